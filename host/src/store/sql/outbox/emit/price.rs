//! What has changed in prices, as events.

use std::collections::BTreeMap;

use connector_api::domain::{ExternalId, Price, Timestamp};
use sqlx::{AssertSqlSafe, FromRow};

use crate::{
    model::{
        event_data::{ChangedPrice, PriceEventData, RowChange},
        outbox::EventType,
    },
    store::{
        db::{self, bulk::BulkStatement, failure::Outcome, value::to_json},
        sql::{
            catalog::price::{PriceKey, StoredPrice, columns_as_given},
            outbox::emit::{
                MOST_ROWS, NewEvent, add,
                changes::{Before, PriceValues},
                row_change::{names_of, row_change},
            },
        },
    },
};

/// A price as it is now.
#[derive(FromRow)]
struct Now {
    is_deleted: bool,
    #[sqlx(flatten)]
    price: StoredPrice,
}

/// The events of changed prices, by what is priced.
pub(super) async fn events(
    tx: &mut db::Connection,
    connection: i64,
    changed: Vec<(PriceKey, Before<PriceValues>)>,
    at: i64,
) -> Outcome<Vec<NewEvent>> {
    let head = format!(
        "SELECT p.deleted_at IS NOT NULL AS is_deleted, {} FROM prices p WHERE p.connection = ? \
         AND (p.priced_id, p.pricelist_id, p.market_id, p.min_quantity, p.valid_from) IN (VALUES",
        columns_as_given()
    );
    let now: Vec<Now> = BulkStatement { head: &head, columns: 5, tail: ")" }
        .fetch(
            tx,
            &changed,
            |query| query.bind(connection),
            |query, ((priced, pricelist, market, quantity, start), _)| {
                query.bind(priced.clone()).bind(pricelist.clone()).bind(market.clone()).bind(*quantity).bind(*start)
            },
        )
        .await?;
    let mut now: BTreeMap<PriceKey, Now> = now.into_iter().map(|row| (row.price.key(), row)).collect();
    let mut of_priced: BTreeMap<String, Vec<ChangedPrice>> = BTreeMap::new();
    for (key, before) in changed {
        let Some(now) = now.remove(&key) else { continue };
        if let Some(price) = price(before, now, at)? {
            of_priced.entry(key.0).or_default().push(price);
        }
    }
    of_things(tx, connection, &of_priced).await
}

fn price(before: Before<PriceValues>, now: Now, at: i64) -> Outcome<Option<ChangedPrice>> {
    let Some(change) = row_change(before.was_there, !now.is_deleted) else { return Ok(None) };
    let price = now.price;
    let old = before.values;
    // That it ended was emitted when it did; that it comes or goes afterwards changes nothing.
    let has_ended = |until: Option<i64>| until.is_some_and(|until| until <= at);
    let was_over = old.as_ref().is_some_and(|old| has_ended(old.valid_until));
    if has_ended(price.valid_until) && (change != RowChange::Changed || was_over) {
        return Ok(None);
    }
    let changed = old.map_or_else(Vec::new, |old| {
        let differences = [
            ("amount", old.amount_minor != price.amount_minor),
            ("currency", old.currency != price.currency),
            ("list_amount", old.list_amount_minor != price.list_amount_minor),
            ("lowest_amount", old.lowest_amount_minor != price.lowest_amount_minor),
            ("source", old.source != price.source),
            ("tax", old.tax != price.tax),
            ("valid_until", old.valid_until != price.valid_until),
        ];
        names_of(change, &differences)
    });
    if change == RowChange::Changed && changed.is_empty() {
        return Ok(None);
    }
    let price = Price::try_from(price.read()?)?;
    Ok(Some(ChangedPrice { change, changed, price, before: None, instead: None, at: None }))
}

/// Events of changed prices, by what is priced: each names the variants that cost this.
async fn of_things(
    db: &mut db::Connection,
    connection: i64,
    changes: &BTreeMap<String, Vec<ChangedPrice>>,
) -> Outcome<Vec<NewEvent>> {
    if changes.is_empty() {
        return Ok(vec![]);
    }
    let priced: Vec<&String> = changes.keys().collect();
    let dialect = db.dialect();
    // Without statistics SQLite would go through all variants of a connection for each of them.
    let rows: Vec<(String, String)> = db::query_as(AssertSqlSafe(format!(
        "SELECT w.value, v.id FROM {priced} w {join} variants v {by_group} \
         ON v.connection = $2 AND v.price_group_id = w.value AND v.price_group_id IS NOT NULL WHERE v.deleted_at IS NULL \
         UNION SELECT w.value, v.id FROM {priced} w {join} variants v {by_id} \
         ON v.connection = $2 AND v.id = w.value WHERE v.price_group_id IS NULL AND v.deleted_at IS NULL ORDER BY 1, 2",
        priced = dialect.texts_of_json("$1"),
        join = dialect.join_in_order(),
        by_group = dialect.indexed_by("variants_by_price_group"),
        by_id = dialect.indexed_by("variants_by_id"),
    )))
    .bind(to_json("ids", &priced)?)
    .bind(connection)
    .fetch_all(db)
    .await?;
    let mut variants: BTreeMap<String, Vec<ExternalId>> = BTreeMap::new();
    for (priced, variant) in rows {
        variants.entry(priced).or_default().push(ExternalId(variant));
    }
    let mut events = vec![];
    for (priced, prices) in changes {
        let of_it = variants.remove(priced).unwrap_or_default();
        let groups: Vec<&[ExternalId]> = if of_it.is_empty() { vec![&[]] } else { of_it.chunks(MOST_ROWS).collect() };
        for variant_ids in groups {
            for prices in prices.chunks(MOST_ROWS) {
                let data = PriceEventData {
                    priced_id: ExternalId(priced.clone()),
                    variant_ids: variant_ids.to_vec(),
                    prices: prices.to_vec(),
                };
                events.push(NewEvent::about(EventType::PriceChanged, format!("prices/{priced}"), &data)?);
            }
        }
    }
    Ok(events)
}

/// Writes events of prices that started or ended.
pub(in crate::store) async fn emit_started(
    tx: &mut db::Connection,
    connection: i64,
    changes: &BTreeMap<String, Vec<ChangedPrice>>,
    now: Timestamp,
) -> Outcome<u64> {
    let events = of_things(tx, connection, changes).await?;
    add(tx, connection, now.as_unix_ms(), &events).await
}
