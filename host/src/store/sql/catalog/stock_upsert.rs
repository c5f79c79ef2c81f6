//! Writing stock.

use std::collections::{HashMap, HashSet};

use connector_api::{domain::Timestamp, wire::pull::Stream};
use sqlx::FromRow;

use crate::{
    model::rows::InventoryRow,
    store::{
        db::{self, failure::Outcome},
        sql::{
            catalog::{
                known_page,
                row_table::RowTable,
                stamp::{Stamp, last_of_each},
            },
            outbox::emit::changes::{Before, Changes, StockKey, StockValues},
        },
    },
};

/// How stock is written. When it was counted is no change.
pub(crate) const STOCK: RowTable = RowTable {
    name: "inventory",
    key: &["variant_id", "location_id"],
    own: &["available", "policy", "as_of"],
    compared: &["available", "policy"],
};

/// Stock that a page brings anew or otherwise, as it is stored.
#[derive(FromRow)]
struct Differing {
    variant_id: String,
    location_id: String,
    was_there: bool,
    available: Option<i64>,
    policy: Option<String>,
}

/// Writes stock; returns how many rows were new or changed.
pub(crate) async fn write(
    tx: &mut db::Connection,
    rows: &[InventoryRow],
    stamp: Stamp,
    changes: &mut Changes,
) -> Outcome<u64> {
    let rows = last_of_each(rows, key);
    known_page::forget(tx, &STOCK, &rows, stamp, |query, row| bind_key(query, row)).await?;
    let mut before = if changes.tracks(&Stream::Inventory) { Some(differing(tx, &rows, stamp).await?) } else { None };
    let is_candidate = |row: &&InventoryRow| before.as_ref().is_none_or(|before| before.contains_key(&key(row)));
    let candidates: Vec<&InventoryRow> = rows.iter().copied().filter(is_candidate).collect();
    let upsert = STOCK.upsert();
    let written: Vec<StockKey> = upsert
        .statement()
        .fetch(
            tx,
            &candidates,
            |query| query,
            |query, row| {
                bind_key(stamp.bind(query), row)
                    .bind(row.available)
                    .bind(row.policy.clone())
                    .bind(row.as_of.map(Timestamp::as_unix_ms))
            },
        )
        .await?;
    let written: HashSet<StockKey> = written.into_iter().collect();
    let unchanged: Vec<&InventoryRow> = rows.into_iter().filter(|row| !written.contains(&key(row))).collect();
    STOCK
        .seen(tx.dialect())
        .statement()
        .execute(tx, &unchanged, |query| stamp.bind_seen(query), |query, row| bind_key(query, row))
        .await?;
    let count = written.len() as u64;
    for key in written {
        if let Some(Differing { was_there, available, policy, .. }) = before.as_mut().and_then(|all| all.remove(&key)) {
            let values = available.zip(policy).map(|(available, policy)| StockValues { available, policy });
            changes.stock(key, Before { was_there, values });
        }
    }
    Ok(count)
}

async fn differing(
    tx: &mut db::Connection,
    rows: &[&InventoryRow],
    stamp: Stamp,
) -> Outcome<HashMap<StockKey, Differing>> {
    let differing = STOCK.differing("t.available, t.policy");
    let found: Vec<Differing> = differing
        .statement()
        .fetch(
            tx,
            rows,
            |query| query.bind(stamp.connection),
            |query, row| bind_key(query, row).bind(row.available).bind(row.policy.clone()),
        )
        .await?;
    Ok(found.into_iter().map(|row| ((row.variant_id.clone(), row.location_id.clone()), row)).collect())
}

fn key(row: &InventoryRow) -> StockKey {
    (row.variant_id.clone(), row.location_id.clone())
}

fn bind_key(query: db::Query, row: &InventoryRow) -> db::Query {
    query.bind(row.variant_id.clone()).bind(row.location_id.clone())
}
