//! Upserts that tell changed rows from unchanged ones.
//!
//! First an upsert that touches only rows that are new, different or retired: what it changes is counted. Only if that was
//! not all rows, a second statement marks the others as seen by this pass. A row that a later reading has written stays
//! as it is, whatever an earlier one brings.

use std::collections::{HashMap, HashSet};

use connector_api::{domain::Timestamp, wire::pull::Stream};
use sqlx::SqliteConnection;

use crate::{
    model::{
        price::LowestSource,
        rows::{EntityRow, InventoryRow, OfferRow, PriceRow, Rows, VariantRow},
    },
    store::{
        db::{
            bulk::{Binder, Statement},
            failure::Outcome,
        },
        sql::{
            catalog::price::stored_start,
            order::{sealed_upsert, upsert},
            outbox::announce::record::Telling,
        },
    },
};

/// What every row of a page carries.
#[derive(Clone, Copy)]
pub(crate) struct Stamp {
    pub(crate) connection: i64,
    pub(crate) generation: i64,
    pub(crate) now: i64,
    /// When the reading of the page began.
    pub(crate) read_at: i64,
}

/// Writes a page's rows and returns how many were new or changed.
pub(crate) async fn rows(tx: &mut SqliteConnection, stream: &Stream, rows: &Rows, stamp: Stamp) -> Outcome<u64> {
    match rows {
        Rows::Entities(rows) => entities(tx, stream.as_str(), rows, stamp).await,
        Rows::Offers(rows) => offers(tx, rows, stamp).await,
        Rows::Prices(rows) => prices(tx, rows, stamp).await,
        Rows::Inventory(rows) => inventory(tx, rows, stamp).await,
        Rows::Orders(rows) => upsert::orders(tx, rows, stamp, Telling::OnceRead).await,
        Rows::Customers(rows) => sealed_upsert::write(tx, rows, stamp, Telling::OnceRead).await,
        Rows::Shipments(rows) => sealed_upsert::write(tx, rows, stamp, Telling::OnceRead).await,
        Rows::Returns(rows) => sealed_upsert::write(tx, rows, stamp, Telling::OnceRead).await,
    }
}

pub(crate) fn stamped(query: Binder<'_>, stamp: Stamp) -> Binder<'_> {
    query.bind(stamp.connection).bind(stamp.generation).bind(stamp.now).bind(stamp.read_at)
}

/// What the statement that marks unchanged rows needs before its keys.
pub(crate) fn seen(stamp: Stamp) -> impl for<'q> Fn(Binder<'q>) -> Binder<'q> + Send + Sync {
    move |query| {
        query
            .bind(stamp.generation)
            .bind(stamp.read_at)
            .bind(stamp.connection)
            .bind(stamp.generation)
            .bind(stamp.read_at)
    }
}

async fn entities(tx: &mut SqliteConnection, stream: &str, rows: &[EntityRow], stamp: Stamp) -> Outcome<u64> {
    const UPSERT: Statement = Statement {
        head: "INSERT INTO entities (connection, generation, changed_at, read_at, stream, id, title, parent_id, body) \
               VALUES",
        columns: 9,
        tail: "ON CONFLICT DO UPDATE SET generation = excluded.generation, changed_at = excluded.changed_at, \
               read_at = excluded.read_at, retired_at = NULL, title = excluded.title, parent_id = excluded.parent_id, \
               body = excluded.body \
               WHERE (read_at <= excluded.read_at OR read_at > excluded.changed_at + 3600000) AND (body <> excluded.body OR retired_at IS NOT NULL)",
    };
    const SEEN: Statement = Statement {
        head: "UPDATE entities SET generation = max(generation, ?), read_at = max(read_at, ?) WHERE connection = ? \
               AND (generation < ? OR read_at < ?) AND (stream, id) IN (VALUES",
        columns: 2,
        tail: ")",
    };
    let upserted = UPSERT
        .execute(
            tx,
            rows,
            |query| query,
            |query, row| {
                stamped(query, stamp)
                    .bind(stream.to_owned())
                    .bind(row.id.clone())
                    .bind(row.title.clone())
                    .bind(row.parent_id.clone())
                    .bind(row.body.clone())
            },
        )
        .await?;
    if upserted < rows.len() as u64 {
        SEEN.execute(tx, rows, seen(stamp), |query, row| query.bind(stream.to_owned()).bind(row.id.clone())).await?;
    }
    Ok(upserted)
}

async fn offers(tx: &mut SqliteConnection, rows: &[OfferRow], stamp: Stamp) -> Outcome<u64> {
    const UPSERT: Statement = Statement {
        head: "INSERT INTO offers (connection, generation, changed_at, read_at, id, status, updated_at, title, handle, \
               search, body) VALUES",
        columns: 11,
        tail: "ON CONFLICT DO UPDATE SET generation = excluded.generation, changed_at = excluded.changed_at, \
               read_at = excluded.read_at, retired_at = NULL, status = excluded.status, updated_at = excluded.updated_at, \
               title = excluded.title, \
               handle = excluded.handle, search = excluded.search, body = excluded.body \
               WHERE (read_at <= excluded.read_at OR read_at > excluded.changed_at + 3600000) AND (body <> excluded.body OR retired_at IS NOT NULL) RETURNING id",
    };
    const SEEN: Statement = Statement {
        head: "UPDATE offers SET generation = max(generation, ?), read_at = max(read_at, ?) WHERE connection = ? \
               AND (generation < ? OR read_at < ?) AND id IN (VALUES",
        columns: 1,
        tail: ")",
    };
    let rows = last_of_each(rows);
    let changed: HashSet<String> = UPSERT
        .returning(tx, &rows, |query, row| {
            stamped(query, stamp)
                .bind(row.id.clone())
                .bind(row.status.clone())
                .bind(row.updated_at.map(Timestamp::as_unix_ms))
                .bind(row.title.clone())
                .bind(row.handle.clone())
                .bind(searchable(row))
                .bind(row.body.clone())
        })
        .await?
        .into_iter()
        .collect();
    if changed.len() < rows.len() {
        SEEN.execute(tx, &rows, seen(stamp), |query, row| query.bind(row.id.clone())).await?;
    }
    let changed_rows: Vec<&OfferRow> = rows.into_iter().filter(|row| changed.contains(&row.id)).collect();
    replace_variants(tx, &changed_rows, stamp).await?;
    Ok(changed_rows.len() as u64)
}

/// If a page has an offer twice, only the later counts, with its variants.
fn last_of_each(rows: &[OfferRow]) -> Vec<&OfferRow> {
    let last: HashMap<&str, usize> = rows.iter().enumerate().map(|(at, row)| (row.id.as_str(), at)).collect();
    rows.iter().enumerate().filter(|(at, row)| last.get(row.id.as_str()) == Some(at)).map(|(_, row)| row).collect()
}

/// What [`crate::model::catalog::OfferFilter::text`] is looked for in.
fn searchable(row: &OfferRow) -> String {
    let skus = row.variants.iter().filter_map(|variant| variant.sku.as_deref());
    let texts = [Some(row.id.as_str()), row.title.as_deref(), row.handle.as_deref()];
    texts.into_iter().flatten().chain(skus).collect::<Vec<_>>().join("\n").to_lowercase()
}

async fn replace_variants(tx: &mut SqliteConnection, offers: &[&OfferRow], stamp: Stamp) -> Outcome<()> {
    const RETIRE: Statement = Statement {
        head: "UPDATE variants SET retired_at = ? WHERE connection = ? AND retired_at IS NULL AND offer_id IN (VALUES",
        columns: 1,
        tail: ")",
    };
    const UPSERT: Statement = Statement {
        head: "INSERT INTO variants (connection, offer_id, id, position, active, price_group_id, sku, title) VALUES",
        columns: 8,
        tail: "ON CONFLICT DO UPDATE SET retired_at = NULL, position = excluded.position, active = excluded.active, \
               price_group_id = excluded.price_group_id, sku = excluded.sku, title = excluded.title",
    };
    RETIRE
        .execute(
            tx,
            offers,
            |query| query.bind(stamp.now).bind(stamp.connection),
            |query, offer| query.bind(offer.id.clone()),
        )
        .await?;
    let variants: Vec<(&str, i64, &VariantRow)> = offers
        .iter()
        .flat_map(|offer| {
            (0_i64..).zip(&offer.variants).map(|(position, variant)| (offer.id.as_str(), position, variant))
        })
        .collect();
    UPSERT
        .execute(
            tx,
            &variants,
            |query| query,
            |query, (offer, position, variant)| {
                query
                    .bind(stamp.connection)
                    .bind((*offer).to_owned())
                    .bind(variant.id.clone())
                    .bind(*position)
                    .bind(variant.active)
                    .bind(variant.price_group_id.clone())
                    .bind(variant.sku.clone())
                    .bind(variant.title.clone())
            },
        )
        .await?;
    Ok(())
}

async fn prices(tx: &mut SqliteConnection, rows: &[PriceRow], stamp: Stamp) -> Outcome<u64> {
    const UPSERT: Statement = Statement {
        head: "INSERT INTO prices (connection, generation, changed_at, read_at, priced_id, pricelist_id, market_id, \
               min_quantity, valid_from, valid_until, currency, amount_minor, list_amount_minor, lowest_amount_minor, tax, \
               source) VALUES",
        columns: 16,
        tail: "ON CONFLICT DO UPDATE SET generation = excluded.generation, changed_at = excluded.changed_at, \
               read_at = excluded.read_at, retired_at = NULL, valid_until = excluded.valid_until, \
               currency = excluded.currency, amount_minor = excluded.amount_minor, \
               list_amount_minor = excluded.list_amount_minor, lowest_amount_minor = excluded.lowest_amount_minor, \
               tax = excluded.tax, source = excluded.source \
               WHERE (read_at <= excluded.read_at OR read_at > excluded.changed_at + 3600000) AND (amount_minor <> excluded.amount_minor \
               OR list_amount_minor IS NOT excluded.list_amount_minor OR currency <> excluded.currency \
               OR lowest_amount_minor IS NOT excluded.lowest_amount_minor OR tax <> excluded.tax \
               OR source <> excluded.source OR valid_until IS NOT excluded.valid_until OR retired_at IS NOT NULL)",
    };
    const SEEN: Statement = Statement {
        head: "UPDATE prices SET generation = max(generation, ?), read_at = max(read_at, ?) WHERE connection = ? \
               AND (generation < ? OR read_at < ?) \
               AND (priced_id, pricelist_id, market_id, min_quantity, valid_from) IN (VALUES",
        columns: 5,
        tail: ")",
    };
    let upserted = UPSERT
        .execute(
            tx,
            rows,
            |query| query,
            |query, row| {
                price_key(stamped(query, stamp), row)
                    .bind(row.valid_until.map(Timestamp::as_unix_ms))
                    .bind(row.currency.clone())
                    .bind(row.amount_minor)
                    .bind(row.list_amount_minor)
                    // What this host observed is kept elsewhere.
                    .bind(row.lowest_amount_minor.filter(|_| row.lowest_source != Some(LowestSource::Observed)))
                    .bind(row.tax.clone())
                    .bind(row.source.clone())
            },
        )
        .await?;
    if upserted < rows.len() as u64 {
        SEEN.execute(tx, rows, seen(stamp), price_key).await?;
    }
    Ok(upserted)
}

fn price_key<'q>(query: Binder<'q>, row: &PriceRow) -> Binder<'q> {
    query
        .bind(row.priced_id.clone())
        .bind(row.pricelist_id.clone())
        .bind(row.market_id.clone())
        .bind(row.min_quantity)
        .bind(stored_start(row.valid_from))
}

async fn inventory(tx: &mut SqliteConnection, rows: &[InventoryRow], stamp: Stamp) -> Outcome<u64> {
    const UPSERT: Statement = Statement {
        head: "INSERT INTO inventory (connection, generation, changed_at, read_at, variant_id, location_id, available, \
               policy, \
               as_of) VALUES",
        columns: 9,
        tail: "ON CONFLICT DO UPDATE SET generation = excluded.generation, changed_at = excluded.changed_at, \
               read_at = excluded.read_at, retired_at = NULL, available = excluded.available, policy = excluded.policy, \
               as_of = excluded.as_of \
               WHERE (read_at <= excluded.read_at OR read_at > excluded.changed_at + 3600000) \
               AND (available <> excluded.available OR policy <> excluded.policy OR retired_at IS NOT NULL)",
    };
    const SEEN: Statement = Statement {
        head: "UPDATE inventory SET generation = max(generation, ?), read_at = max(read_at, ?) WHERE connection = ? \
               AND (generation < ? OR read_at < ?) AND (variant_id, location_id) IN (VALUES",
        columns: 2,
        tail: ")",
    };
    let upserted = UPSERT
        .execute(
            tx,
            rows,
            |query| query,
            |query, row| {
                inventory_key(stamped(query, stamp), row)
                    .bind(row.available)
                    .bind(row.policy.clone())
                    .bind(row.as_of.map(Timestamp::as_unix_ms))
            },
        )
        .await?;
    if upserted < rows.len() as u64 {
        SEEN.execute(tx, rows, seen(stamp), inventory_key).await?;
    }
    Ok(upserted)
}

fn inventory_key<'q>(query: Binder<'q>, row: &InventoryRow) -> Binder<'q> {
    query.bind(row.variant_id.clone()).bind(row.location_id.clone())
}
