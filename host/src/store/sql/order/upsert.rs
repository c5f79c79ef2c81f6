//! Upserts of orders: as those of the catalog, and what changed enters the order's history and the outbox in the same
//! transaction.

use std::collections::{HashMap, HashSet};

use connector_api::{domain::Timestamp, wire::pull::Stream};
use serde_json::{Map, Value, json};
use sqlx::FromRow;

use crate::{
    model::{
        event_data::RecordEventData,
        intent::Difference,
        rows::{OrderRow, Pseudonym},
    },
    store::{
        db::{self, bulk::Statement, failure::Outcome},
        sql::{
            catalog::{
                row_table::RowTable,
                stamp::{Stamp, last_of_each},
            },
            intent::difference,
            order::{
                erased::not_erased,
                history::{self, Entry},
            },
            outbox::emit::record::{self, EmitWhen, RecordChange, changed_fields},
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

/// How orders are written.
pub(crate) const ORDERS: RowTable = RowTable {
    name: "orders",
    key: &["id"],
    own: &[
        "number",
        "channel_reference",
        "status",
        "fulfillment_status",
        "financial_status",
        "currency",
        "total_minor",
        "quantity",
        "placed_at",
        "updated_at",
        "erased",
        "digest",
        "body",
    ],
    compared: &["digest"],
};

/// Writes orders; returns how many were new or changed.
pub(crate) async fn write(tx: &mut db::Connection, rows: &[OrderRow], stamp: Stamp, when: EmitWhen) -> Outcome<u64> {
    let rows = last_of_each(rows, |row| row.id.as_str());
    let rows = not_erased(tx, stamp, rows, |row| {
        let own = (!row.erased).then_some(&row.pseudonym);
        own.into_iter().chain(&row.persons).collect()
    })
    .await?;
    let before = ORDERS.by_key("id, status, fulfillment_status, financial_status, currency");
    let before: Vec<Before> = before
        .statement()
        .fetch(tx, &rows, |query| query.bind(stamp.connection), |query, row| query.bind(row.id.clone()))
        .await?;
    let changed: HashSet<String> = ORDERS
        .upsert()
        .statement()
        .returning(tx, &rows, |query, row| bind_order(stamp.bind(query), row))
        .await?
        .into_iter()
        .collect();
    if changed.len() < rows.len() {
        ORDERS
            .seen(tx.dialect())
            .statement()
            .execute(tx, &rows, |query| stamp.bind_seen(query), |query, row| query.bind(row.id.clone()))
            .await?;
    }
    let changed: Vec<&OrderRow> = rows.into_iter().filter(|row| changed.contains(&row.id)).collect();
    replace_persons(tx, &changed, stamp).await?;
    let before: HashMap<&str, &Before> = before.iter().map(|before| (before.id.as_str(), before)).collect();
    let mut events = vec![];
    for row in &changed {
        let before = before.get(row.id.as_str());
        let detail = before.map(|before| status_changes(before, row)).unwrap_or_default();
        events.push(order_change(row, before.is_none(), &detail));
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
    record::emit(tx, stamp, &Stream::Orders, when, events).await?;
    Ok(changed.len() as u64)
}

fn order_change(row: &OrderRow, is_new: bool, moved: &Map<String, Value>) -> RecordChange {
    let states = [
        ("status", &row.status),
        ("fulfillment_status", &row.fulfillment_status),
        ("financial_status", &row.financial_status),
    ];
    let record = RecordEventData {
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

fn bind_order(query: db::Query, row: &OrderRow) -> db::Query {
    query
        .bind(row.id.clone())
        .bind(row.number.clone())
        .bind(row.channel_reference.clone())
        .bind(row.status.clone())
        .bind(row.fulfillment_status.clone())
        .bind(row.financial_status.clone())
        .bind(row.currency.clone())
        .bind(row.total_minor)
        .bind(row.quantity)
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

async fn replace_persons(tx: &mut db::Connection, orders: &[&OrderRow], stamp: Stamp) -> Outcome<()> {
    const DELETE: Statement = Statement {
        head: "DELETE FROM order_person WHERE connection = ? AND order_id IN (VALUES",
        columns: 1,
        tail: ")",
    };
    const INSERT: Statement =
        Statement { head: "INSERT INTO order_person (connection, pseudonym, order_id) VALUES", columns: 3, tail: "" };
    DELETE
        .execute(tx, orders, |query| query.bind(stamp.connection), |query, order| query.bind(order.id.clone()))
        .await?;
    let persons: Vec<(&Pseudonym, &str)> =
        orders.iter().flat_map(|order| order.persons.iter().map(|pseudonym| (pseudonym, order.id.as_str()))).collect();
    INSERT
        .execute(
            tx,
            &persons,
            |query| query,
            |query, (pseudonym, order)| {
                query.bind(stamp.connection).bind(pseudonym.0.clone()).bind((*order).to_owned())
            },
        )
        .await?;
    Ok(())
}
