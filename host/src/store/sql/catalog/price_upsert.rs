//! Writing prices, and which amounts were seen.

use std::collections::HashMap;

use connector_api::domain::Timestamp;
use sqlx::FromRow;

use crate::{
    model::{price::LowestSource, rows::PriceRow},
    store::{
        db::{self, failure::Outcome},
        sql::{
            catalog::{
                known_page,
                price::{PriceKey, stored_start},
                price_seen,
                row_table::RowTable,
                stamp::{Stamp, last_of_each},
            },
            outbox::emit::changes::{Before, Changes, PriceValues},
        },
    },
};

const VALUES: &[&str] =
    &["valid_until", "currency", "amount_minor", "list_amount_minor", "lowest_amount_minor", "tax", "source"];

/// How prices are written.
pub(crate) const PRICES: RowTable = RowTable {
    name: "prices",
    key: &["priced_id", "pricelist_id", "market_id", "min_quantity", "valid_from"],
    own: VALUES,
    compared: VALUES,
};

/// A price that a page brings anew or otherwise, as it is stored.
#[derive(FromRow)]
struct Differing {
    priced_id: String,
    pricelist_id: String,
    market_id: String,
    min_quantity: i64,
    valid_from: i64,
    is_known: bool,
    was_there: bool,
    #[sqlx(flatten)]
    values: StoredValues,
}

/// Absent all together when the price is new.
#[derive(FromRow)]
struct StoredValues {
    currency: Option<String>,
    amount_minor: Option<i64>,
    list_amount_minor: Option<i64>,
    lowest_amount_minor: Option<i64>,
    tax: Option<String>,
    source: Option<String>,
    valid_until: Option<i64>,
}

/// Writes prices; returns how many were new or changed.
pub(crate) async fn write(
    tx: &mut db::Connection,
    rows: &[PriceRow],
    stamp: Stamp,
    changes: &mut Changes,
) -> Outcome<u64> {
    let rows = last_of_each(rows, key);
    known_page::forget(tx, &PRICES, &rows, stamp, |query, row| bind_key(query, row)).await?;
    let mut before = differing(tx, &rows, stamp).await?;
    let (candidates, mut unchanged): (Vec<&PriceRow>, Vec<&PriceRow>) =
        rows.into_iter().partition(|row| before.contains_key(&key(row)));
    let upsert = PRICES.upsert();
    let written: Vec<PriceKey> = upsert
        .statement()
        .fetch(tx, &candidates, |query| query, |query, row| bind_values(bind_key(stamp.bind(query), row), row))
        .await?;
    let mut of_key: HashMap<PriceKey, &PriceRow> = candidates.into_iter().map(|row| (key(row), row)).collect();
    let mut seen = price_seen::Observed::default();
    for key in &written {
        let (Some(row), Some(old)) = (of_key.remove(key), before.remove(key)) else { continue };
        observe(&mut seen, row, &old, stamp);
        let Differing { was_there, values, .. } = old;
        changes.price(key.clone(), Before { was_there, values: values.read() });
    }
    // What is left a later reading has written.
    unchanged.extend(of_key.into_values());
    PRICES
        .seen(tx.dialect())
        .statement()
        .execute(tx, &unchanged, |query| stamp.bind_seen(query), |query, row| bind_key(query, row))
        .await?;
    price_seen::keep(tx, stamp.connection, &seen, stamp.now).await?;
    Ok(written.len() as u64)
}

async fn differing(tx: &mut db::Connection, rows: &[&PriceRow], stamp: Stamp) -> Outcome<HashMap<PriceKey, Differing>> {
    let columns: Vec<String> = PRICES.own.iter().map(|column| format!("t.{column}")).collect();
    let differing = PRICES.differing(&columns.join(", "));
    let found: Vec<Differing> = differing
        .statement()
        .fetch(tx, rows, |query| query.bind(stamp.connection), |query, row| bind_values(bind_key(query, row), row))
        .await?;
    Ok(found.into_iter().map(|row| (row.key(), row)).collect())
}

impl Differing {
    fn key(&self) -> PriceKey {
        let [priced, pricelist, market] = [&self.priced_id, &self.pricelist_id, &self.market_id].map(String::clone);
        (priced, pricelist, market, self.min_quantity, self.valid_from)
    }
}

impl StoredValues {
    fn read(self) -> Option<PriceValues> {
        Some(PriceValues {
            currency: self.currency?,
            amount_minor: self.amount_minor?,
            list_amount_minor: self.list_amount_minor,
            lowest_amount_minor: self.lowest_amount_minor,
            tax: self.tax?,
            source: self.source?,
            valid_until: self.valid_until,
        })
    }
}

/// An amount that holds from now on ends the one before; what is said of its tax or its source does not.
fn observe(seen: &mut price_seen::Observed, row: &PriceRow, old: &Differing, stamp: Stamp) {
    if row.min_quantity > 1 {
        return;
    }
    let until = row.valid_until.map(Timestamp::as_unix_ms);
    let is_same = old.was_there
        && old.values.currency.as_ref() == Some(&row.currency)
        && old.values.amount_minor == Some(row.amount_minor)
        && old.values.list_amount_minor == row.list_amount_minor
        && old.values.valid_until == until;
    if is_same {
        return;
    }
    let place = (row.priced_id.clone(), row.pricelist_id.clone(), row.market_id.clone(), stored_start(row.valid_from));
    if old.is_known {
        seen.ended.push(place.clone());
    }
    let from = stamp.now.max(place.3);
    if until.is_none_or(|until| until > from) {
        seen.begun.push(price_seen::Amount {
            place,
            from,
            until,
            currency: row.currency.clone(),
            minor: row.amount_minor,
        });
    }
}

fn key(row: &PriceRow) -> PriceKey {
    let [priced, pricelist, market] = [&row.priced_id, &row.pricelist_id, &row.market_id].map(String::clone);
    (priced, pricelist, market, i64::from(row.min_quantity), stored_start(row.valid_from))
}

fn bind_key(query: db::Query, row: &PriceRow) -> db::Query {
    query
        .bind(row.priced_id.clone())
        .bind(row.pricelist_id.clone())
        .bind(row.market_id.clone())
        .bind(i64::from(row.min_quantity))
        .bind(stored_start(row.valid_from))
}

fn bind_values(query: db::Query, row: &PriceRow) -> db::Query {
    query
        .bind(row.valid_until.map(Timestamp::as_unix_ms))
        .bind(row.currency.clone())
        .bind(row.amount_minor)
        .bind(row.list_amount_minor)
        // What this host observed is kept elsewhere.
        .bind(row.lowest_amount_minor.filter(|_| row.lowest_source != Some(LowestSource::Observed)))
        .bind(row.tax.clone())
        .bind(row.source.clone())
}
