//! `POST /_sim/order`: the merchant's people working in Centra's own pages. No part of Centra's interfaces.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::orders::Book;
use crate::orders::order::{Order, Payment, Return};
use crate::store::Store;

/// What is done to which order.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Work {
    number: i64,
    action: Action,
}

/// What the merchant's people do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Let it be sent.
    Confirm,
    /// Stop it.
    Hold,
    /// Let it go on.
    Release,
    /// Send all that was not sent.
    Ship,
    /// Send one piece of the first line that was not sent.
    ShipOne,
    /// Cancel it.
    Cancel,
    /// Take back all that was sent.
    Return,
}

/// `POST /_sim/order {"number": 2000, "action": "ship"}`
pub async fn work(State(store): State<Arc<Store>>, Json(work): Json<Work>) -> (StatusCode, Json<Value>) {
    if !store.book().orders.contains_key(&work.number) {
        return (
            StatusCode::NOT_FOUND,
            Json(json!({ "ok": false, "error": "no such order was placed while the store runs" })),
        );
    }
    let mut made = (None, None);
    let done = store.edit_order(work.number, "update", |order, book| act(order, book, work.action, &mut made));
    match done {
        Ok(()) => {
            if let Some(shipment) = made.0 {
                store.publish_shipment(shipment, "create");
            }
            if let Some(own) = made.1 {
                store.publish_return(own, "create");
            }
            (StatusCode::OK, Json(json!({ "ok": true })))
        }
        Err(error) => (StatusCode::CONFLICT, Json(json!({ "ok": false, "error": error }))),
    }
}

/// `GET /_sim/orders`: numbers of the orders placed while the store runs, with the channel's numbers and
/// what happened to their money.
pub async fn orders(State(store): State<Arc<Store>>) -> Json<Value> {
    let book = store.book();
    let payment = |own: &Payment| json!({ "kind": own.kind, "minor": own.minor, "reference": own.reference });
    let shown = book.orders.values().map(|order| {
        json!({ "number": order.number, "id": order.hash, "status": order.status.name(), "external_id": order.external_id,
            "internal_comment": order.internal_comment,
            "payments": order.payments.iter().map(payment).collect::<Vec<_>>() })
    });
    Json(Value::Array(shown.collect()))
}

fn act(
    order: &mut Order,
    book: &mut Book,
    action: Action,
    made: &mut (Option<i64>, Option<i64>),
) -> Result<(), String> {
    let now = order.updated_at;
    let unsent: Vec<(i64, i64)> =
        order.lines.iter().map(|line| (line.id, order.unsent(line.id))).filter(|(_, quantity)| *quantity > 0).collect();
    match action {
        Action::Confirm => order.confirm(),
        Action::Hold | Action::Release => {
            order.held = action == Action::Hold;
            Ok(())
        }
        Action::Cancel => order.cancel(),
        Action::Ship | Action::ShipOne => {
            let lines: Vec<(i64, i64)> = match action {
                Action::ShipOne => unsent.into_iter().take(1).map(|(line, _)| (line, 1)).collect(),
                _ => unsent,
            };
            if lines.is_empty() {
                return Err("Nothing is left to be shipped.".to_owned());
            }
            let id = book.id();
            order.ship(id, &lines, true, true, now)?;
            let own = order.complete(id, now)?;
            own.carrier = Some("PostNord".to_owned());
            own.tracking = Some(format!("TRACK{id}"));
            made.0 = Some(id);
            Ok(())
        }
        Action::Return => {
            let sent = order
                .shipments
                .iter()
                .find(|own| own.shipped_at.is_some() && own.lines.iter().any(|line| line.2 > line.3));
            let shipment = sent.cloned().ok_or_else(|| "Nothing is left to be returned.".to_owned())?;
            let id = book.id();
            order.take_back(Return {
                id,
                shipment: shipment.id,
                lines: shipment
                    .lines
                    .iter()
                    .filter(|line| line.2 > line.3)
                    .map(|line| (line.0, line.2 - line.3))
                    .collect(),
                completed: true,
                restock: true,
                comment: Some("Returned over the counter".to_owned()),
                created_at: now,
                refunds: vec![],
            })?;
            made.1 = Some(id);
            Ok(())
        }
    }
}
