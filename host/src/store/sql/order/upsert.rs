//! Upserts of orders: as those of the catalog, and what changed enters the order's history and the outbox in the same
//! transaction.

use std::collections::{HashMap, HashSet};

use connector_api::{domain::Timestamp, wire::pull::Stream};
use serde_json::{Map, Value, json};
use sqlx::{FromRow, SqliteConnection};

use crate::{
    model::{
        announcement::RecordAnnouncement,
        intent::Difference,
        rows::{Mark, OrderRow},
    },
    store::{
        db::{
            bulk::{Binder, Statement},
            failure::Outcome,
        },
        sql::{
            catalog::upsert::{Stamp, seen, stamped},
            intent::difference,
            order::history::{self, Entry},
            outbox::announce::record::{self, RecordChange, Telling},
        },
    },
};

/// Where an order stood before.
#[derive(FromRow)]
struct Before {
    id: String,
    status: String,
    fulfillment_status: String,
    financial_status: String,
    currency: String,
}

pub(crate) async fn orders(
    tx: &mut SqliteConnection,
    rows: &[OrderRow],
    stamp: Stamp,
    telling: Telling,
) -> Outcome<u64> {
    const UPSERT: Statement = Statement {
        head: "INSERT INTO orders (connection, generation, changed_at, read_at, id, number, channel_reference, status, \
               fulfillment_status, financial_status, currency, total_minor, pieces, placed_at, updated_at, erased, digest, \
               body) VALUES",
        columns: 18,
        tail: "ON CONFLICT DO UPDATE SET generation = excluded.generation, changed_at = excluded.changed_at, \
               read_at = excluded.read_at, retired_at = NULL, number = excluded.number, channel_reference = excluded.channel_reference, \
               status = excluded.status, fulfillment_status = excluded.fulfillment_status, \
               financial_status = excluded.financial_status, currency = excluded.currency, \
               total_minor = excluded.total_minor, pieces = excluded.pieces, placed_at = excluded.placed_at, \
               updated_at = excluded.updated_at, erased = excluded.erased, digest = excluded.digest, body = excluded.body \
               WHERE (read_at <= excluded.read_at OR read_at > excluded.changed_at + 3600000) AND (digest <> excluded.digest OR retired_at IS NOT NULL) RETURNING id",
    };
    const SEEN: Statement = Statement {
        head: "UPDATE orders SET generation = max(generation, ?), read_at = max(read_at, ?) WHERE connection = ? \
               AND (generation < ? OR read_at < ?) AND id IN (VALUES",
        columns: 1,
        tail: ")",
    };
    const BEFORE: Statement = Statement {
        head: "SELECT id, status, fulfillment_status, financial_status, currency FROM orders WHERE connection = ? AND id IN (VALUES",
        columns: 1,
        tail: ")",
    };
    let rows = last_of_each(rows, |row| &row.id);
    let rows = not_erased(tx, stamp, rows, |row| {
        let own = (!row.erased).then_some(&row.mark);
        own.into_iter().chain(&row.persons).collect()
    })
    .await?;
    let before: Vec<Before> =
        BEFORE.fetch(tx, &rows, |query| query.bind(stamp.connection), |query, row| query.bind(row.id.clone())).await?;
    let changed: HashSet<String> =
        UPSERT.returning(tx, &rows, |query, row| bind_order(stamped(query, stamp), row)).await?.into_iter().collect();
    if changed.len() < rows.len() {
        SEEN.execute(tx, &rows, seen(stamp), |query, row| query.bind(row.id.clone())).await?;
    }
    let changed: Vec<&OrderRow> = rows.into_iter().filter(|row| changed.contains(&row.id)).collect();
    replace_persons(tx, &changed, stamp).await?;
    let before: HashMap<&str, &Before> = before.iter().map(|before| (before.id.as_str(), before)).collect();
    let mut told = vec![];
    for row in &changed {
        let before = before.get(row.id.as_str());
        let detail = before.map(|before| status_changes(before, row)).unwrap_or_default();
        told.push(order_change(row, before.is_none(), &detail));
        // No order changes its currency: of one that was placed here, somebody must look at it.
        if let Some(before) = before.filter(|before| before.currency != row.currency) {
            let (agreed, actual) = (before.currency.as_str().into(), row.currency.as_str().into());
            let other = Difference { field: "currency".to_owned(), agreed: Some(agreed), actual: Some(actual) };
            difference::note_of_order(tx, stamp.connection, &row.id, &other, stamp.now).await?;
        }
        if !detail.is_empty() {
            let entry = Entry {
                order_id: Some(&row.id),
                intent: None,
                kind: "status_changed",
                actor: None,
                detail: detail.into(),
            };
            history::append(tx, stamp.connection, &entry, stamp.now).await?;
        }
    }
    record::tell(tx, stamp, &Stream::Orders, telling, told).await?;
    Ok(changed.len() as u64)
}

fn order_change(row: &OrderRow, is_new: bool, moved: &Map<String, Value>) -> RecordChange {
    let states = [
        ("status", &row.status),
        ("fulfillment_status", &row.fulfillment_status),
        ("financial_status", &row.financial_status),
    ];
    let record = RecordAnnouncement {
        id: row.id.as_str().into(),
        order_id: None,
        number: row.number.clone(),
        channel_reference: row.channel_reference.clone(),
        states: states.map(|(axis, state)| (axis.to_owned(), state.clone())).into(),
        changed: changed_fields(is_new, moved.keys().cloned().collect()),
        updated_at: row.updated_at,
    };
    RecordChange { is_new, record }
}

/// What has changed of a record that is not new: what stands in the open by name, the sealed rest as `details`.
pub(crate) fn changed_fields(is_new: bool, named: Vec<String>) -> Vec<String> {
    if is_new || !named.is_empty() { named } else { vec!["details".to_owned()] }
}

fn bind_order<'q>(query: Binder<'q>, row: &OrderRow) -> Binder<'q> {
    query
        .bind(row.id.clone())
        .bind(row.number.clone())
        .bind(row.channel_reference.clone())
        .bind(row.status.clone())
        .bind(row.fulfillment_status.clone())
        .bind(row.financial_status.clone())
        .bind(row.currency.clone())
        .bind(row.total_minor)
        .bind(row.pieces)
        .bind(row.placed_at.map(Timestamp::as_unix_ms))
        .bind(row.updated_at.map(Timestamp::as_unix_ms))
        .bind(row.erased)
        .bind(row.body.digest.clone())
        .bind(row.body.blob.clone())
}

/// `{"status": {"from": "open", "to": "accepted"}}` for each axis that moved.
fn status_changes(before: &Before, after: &OrderRow) -> Map<String, Value> {
    let axes = [
        ("status", &before.status, &after.status),
        ("fulfillment_status", &before.fulfillment_status, &after.fulfillment_status),
        ("financial_status", &before.financial_status, &after.financial_status),
    ];
    let moved = axes.into_iter().filter(|(_, from, to)| from != to);
    moved.map(|(axis, from, to)| (axis.to_owned(), json!({ "from": from, "to": to }))).collect()
}

async fn replace_persons(tx: &mut SqliteConnection, orders: &[&OrderRow], stamp: Stamp) -> Outcome<()> {
    const DELETE: Statement = Statement {
        head: "DELETE FROM order_person WHERE connection = ? AND order_id IN (VALUES",
        columns: 1,
        tail: ")",
    };
    const INSERT: Statement =
        Statement { head: "INSERT INTO order_person (connection, mark, order_id) VALUES", columns: 3, tail: "" };
    DELETE
        .execute(tx, orders, |query| query.bind(stamp.connection), |query, order| query.bind(order.id.clone()))
        .await?;
    let persons: Vec<(&Mark, &str)> =
        orders.iter().flat_map(|order| order.persons.iter().map(|mark| (mark, order.id.as_str()))).collect();
    INSERT
        .execute(
            tx,
            &persons,
            |query| query,
            |query, (mark, order)| query.bind(stamp.connection).bind(mark.0.clone()).bind((*order).to_owned()),
        )
        .await?;
    Ok(())
}

/// If a page has a record twice, only the later counts.
pub(crate) fn last_of_each<R>(rows: &[R], id: impl Fn(&R) -> &String) -> Vec<&R> {
    let last: HashMap<&str, usize> = rows.iter().enumerate().map(|(at, row)| (id(row).as_str(), at)).collect();
    rows.iter().enumerate().filter(|(at, row)| last.get(id(row).as_str()) == Some(at)).map(|(_, row)| row).collect()
}

/// Leaves out rows with data of people who were erased after the rows were made. `marks` are those a row must not have.
pub(crate) async fn not_erased<'r, R>(
    tx: &mut SqliteConnection,
    stamp: Stamp,
    rows: Vec<&'r R>,
    marks: impl Fn(&'r R) -> Vec<&'r Mark>,
) -> Outcome<Vec<&'r R>> {
    const FIND: Statement = Statement {
        head: "SELECT mark FROM erased_mark WHERE connection = ? AND mark IN (VALUES",
        columns: 1,
        tail: ")",
    };
    let any: bool = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM erased_mark WHERE connection = $1)")
        .bind(stamp.connection)
        .fetch_one(&mut *tx)
        .await?;
    if !any {
        return Ok(rows);
    }
    let asked: Vec<&Mark> = rows.iter().flat_map(|row| marks(row)).collect();
    let erased: Vec<(Vec<u8>,)> =
        FIND.fetch(tx, &asked, |query| query.bind(stamp.connection), |query, mark| query.bind(mark.0.clone())).await?;
    let erased: HashSet<Vec<u8>> = erased.into_iter().map(|(mark,)| mark).collect();
    Ok(rows.into_iter().filter(|row| !marks(row).iter().any(|mark| erased.contains(&mark.0))).collect())
}
