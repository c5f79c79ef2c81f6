//! A platform in memory that fails as configured.

use std::{
    collections::VecDeque,
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use async_trait::async_trait;
use connector_api::{
    ConnectorError, ErrorCode,
    domain::{
        ConnectionId, FinancialStatus, FulfillmentStatus, Money, Order, OrderDraft, OrderStatus, Timestamp, Total,
        TotalKind,
    },
    wire::Op,
};
use serde_json::{Value, json};
use tokio::sync::Notify;

use super::world::eur;
use crate::{
    clock::Clock,
    core::connection::{self, Connection, Platform, Question},
    testing::SetClock,
};

/// What the platform does to one submission.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Fault {
    /// Answers with this code and does nothing.
    Answer(&'static str),
    /// Does it, and the answer is lost.
    DoneThen(&'static str),
    /// Answers with this code, and does it some seconds later.
    DoneLate(&'static str, i64),
    /// Answers with two orders.
    Split,
    /// Never answers; does it first or not.
    Hang { done: bool },
    /// Does it and answers, but whoever asked dies before hearing it.
    DieReceiving,
    /// Does it, and answers once `goes_on` says so.
    DoneThenWaits,
    /// Does it, and answers with these fields in place of the right ones.
    Answers(Value),
    /// Does it with these fields in place of the right ones; the answer is lost.
    Makes(Value),
}

/// A platform in memory.
pub(super) struct Shop {
    clock: SetClock,
    pub(super) orders: Mutex<Vec<(String, Order)>>,
    late: Mutex<Vec<(Timestamp, String, Order)>>,
    pub(super) faults: Mutex<VecDeque<Fault>>,
    /// Faults of searches.
    pub(super) blind: Mutex<VecDeque<&'static str>>,
    pub(super) conclusive: Mutex<bool>,
    pub(super) asked: Mutex<Vec<String>>,
    pub(super) dies: Notify,
    /// What `DoneThenWaits` has done, and that it may answer.
    pub(super) is_done: Notify,
    pub(super) goes_on: Notify,
    /// Whether its connection was disconnected since it was looked at.
    pub(super) is_gone: AtomicBool,
}

impl Shop {
    pub(super) fn new(clock: SetClock) -> Self {
        Self {
            clock,
            orders: Mutex::default(),
            late: Mutex::default(),
            faults: Mutex::default(),
            blind: Mutex::default(),
            conclusive: Mutex::new(true),
            asked: Mutex::default(),
            dies: Notify::new(),
            is_done: Notify::new(),
            goes_on: Notify::new(),
            is_gone: AtomicBool::new(false),
        }
    }

    /// How many orders there are of each submission that made one.
    pub(super) fn placed(&self) -> Vec<String> {
        self.arrive();
        self.orders.lock().unwrap().iter().map(|(key, _)| key.clone()).collect()
    }

    pub(super) fn count(&self, op: &str) -> usize {
        self.asked.lock().unwrap().iter().filter(|asked| *asked == op).count()
    }

    fn arrive(&self) {
        let now = self.clock.now();
        let mut late = self.late.lock().unwrap();
        let due = late.extract_if(.., |(at, ..)| *at <= now);
        self.orders.lock().unwrap().extend(due.map(|(_, key, order)| (key, order)));
    }

    fn place(&self, draft: &OrderDraft) -> Order {
        let mut orders = self.orders.lock().unwrap();
        let order = order_of(draft, orders.len() + 1);
        orders.push((draft.idempotency_key.clone(), order.clone()));
        order
    }

    fn change(&self, id: &str, change: impl FnOnce(&mut Order)) -> Result<Order, ConnectorError> {
        let mut orders = self.orders.lock().unwrap();
        let found = orders.iter_mut().map(|(_, order)| order).find(|order| order.id.0 == id);
        let order = found.ok_or_else(|| failed("not_found"))?;
        change(order);
        Ok(order.clone())
    }

    async fn submit(&self, request: &Value, key: Option<&str>) -> Result<Value, ConnectorError> {
        let draft: OrderDraft = serde_json::from_value(request["draft"].clone()).unwrap();
        assert_eq!(key, Some(draft.idempotency_key.as_str()), "the envelope's key is the draft's");
        let fault = self.faults.lock().unwrap().pop_front();
        match fault {
            None => Ok(json!({ "orders": [self.place(&draft)] })),
            Some(Fault::Answer(code)) => Err(failed(code)),
            Some(Fault::DoneThen(code)) => {
                self.place(&draft);
                Err(failed(code))
            }
            Some(Fault::DoneLate(code, seconds)) => {
                let order = order_of(&draft, 1000 + self.late.lock().unwrap().len());
                let at = self.clock.now().plus_seconds(seconds);
                self.late.lock().unwrap().push((at, draft.idempotency_key, order));
                Err(failed(code))
            }
            Some(Fault::Split) => {
                let mut parts = [draft.clone(), draft];
                for part in &mut parts {
                    part.cart.lines[0].quantity = 1;
                }
                parts[1].shipping_price = Some(eur(0));
                Ok(json!({ "orders": parts.each_ref().map(|part| self.place(part)) }))
            }
            Some(Fault::Hang { done }) => {
                if done {
                    self.place(&draft);
                }
                self.dies.notify_one();
                std::future::pending().await
            }
            Some(Fault::DieReceiving | Fault::DoneThenWaits) => {
                let order = self.place(&draft);
                self.dies.notify_one();
                Ok(json!({ "orders": [order] }))
            }
            Some(Fault::Answers(fields)) => Ok(json!({ "orders": [changed(&json!(self.place(&draft)), &fields)] })),
            Some(Fault::Makes(fields)) => {
                let id = self.place(&draft).id;
                let other =
                    |order: &mut Order| *order = serde_json::from_value(changed(&json!(order), &fields)).unwrap();
                self.change(id.as_str(), other)?;
                Err(failed("timeout"))
            }
        }
    }

    fn find(&self, request: &Value) -> Result<Value, ConnectorError> {
        if let Some(code) = self.blind.lock().unwrap().pop_front() {
            return Err(failed(code));
        }
        let draft: OrderDraft = serde_json::from_value(request["draft"].clone()).unwrap();
        let orders = self.orders.lock().unwrap();
        let found: Vec<_> =
            orders.iter().filter(|(key, _)| *key == draft.idempotency_key).map(|(_, order)| order).collect();
        Ok(json!({ "orders": found, "conclusive": *self.conclusive.lock().unwrap() }))
    }
}

pub(super) fn failed(code: &str) -> ConnectorError {
    ConnectorError::new(ErrorCode::from(code), format!("scripted {code}"))
}

/// A record with other fields.
fn changed(record: &Value, fields: &Value) -> Value {
    let mut record = record.clone();
    for (name, value) in fields.as_object().unwrap() {
        record[name] = value.clone();
    }
    record
}

fn order_of(draft: &OrderDraft, number: usize) -> Order {
    let sum = draft.sum().unwrap_or(Money { amount_minor: 2500, currency: draft.cart.currency });
    let lines = draft.cart.lines.iter().map(|line| {
        let price = line.unit_price.unwrap();
        let total = Money { amount_minor: price.amount_minor * i64::from(line.quantity), ..price };
        json!({ "id": line.id, "variant_id": line.variant_id, "title": "Shirt", "ordered": line.quantity, "fulfilled": 0,
            "returned": 0, "canceled": 0, "unit_price": price, "total": total })
    });
    let order = json!({
        "id": format!("o{number}"), "number": format!("{}", 1000 + number), "currency": draft.cart.currency,
        "status": OrderStatus::Open, "fulfillment_status": FulfillmentStatus::Unfulfilled,
        "financial_status": FinancialStatus::Paid, "lines": lines.collect::<Vec<_>>(),
        "channel_reference": draft.channel_reference, "customer": draft.customer,
        "shipping_address": draft.cart.ship_to,
        "totals": [Total { kind: TotalKind::Shipping, amount: draft.shipping_price.unwrap(), label: None },
            Total { kind: TotalKind::Total, amount: sum, label: None }],
    });
    serde_json::from_value(order).unwrap()
}

/// Notes money that was taken for an order.
fn take(order: &mut Order, amount: Money, reference: Option<&str>) {
    let event = json!({ "kind": "capture", "status": "succeeded", "amount": amount, "reference": reference });
    order.payments.push(serde_json::from_value(event).unwrap());
    let earlier = order.payment.as_ref().and_then(|own| own.captured).map_or(0, |earlier| earlier.amount_minor);
    let captured = Money { amount_minor: earlier + amount.amount_minor, ..amount };
    order.payment = Some(serde_json::from_value(json!({ "captured": captured })).unwrap());
}

#[async_trait]
impl Platform for Shop {
    async fn open(&self, connection: &Connection) -> Result<(), connection::Error> {
        if self.is_gone.load(Ordering::SeqCst) { Err(connection::Error::Ended(connection.id.clone())) } else { Ok(()) }
    }

    fn broken(&self, _: &ConnectionId, _: &Op, problem: &str) -> ConnectorError {
        ConnectorError::new(ErrorCode::PluginContractBroken, problem)
    }

    fn forget(&self, _: &ConnectionId) {}

    async fn ask(&self, _: &Connection, question: Question) -> Result<Vec<u8>, ConnectorError> {
        let Question { op, request, key, .. } = question;
        self.arrive();
        self.asked.lock().unwrap().push(op.to_string());
        let id = request["order_id"].as_str().unwrap_or_default().to_owned();
        let changes = !matches!(op, Op::FindOrders | Op::GetOrder | Op::SubmitOrder);
        let fault = if changes { self.faults.lock().unwrap().pop_front() } else { None };
        let done = |order: Order| json!({ "order": order });
        let (fault, fields) = match fault {
            Some(Fault::Answers(fields)) => (None, fields),
            fault => (fault, json!({})),
        };
        let answer = match (&op, fault) {
            (_, Some(Fault::Answer(code))) => Err(failed(code)),
            (Op::SubmitOrder, _) => self.submit(&request, key.as_deref()).await,
            (Op::FindOrders, _) => self.find(&request),
            (Op::GetOrder, _) => self.change(&id, |_| {}).map(done),
            (Op::ConfirmOrder, fault) => {
                let order = self.change(&id, |order| order.status = OrderStatus::Accepted);
                if let Some(Fault::DoneThen(code)) = fault { Err(failed(code)) } else { order.map(done) }
            }
            (Op::CancelOrder, _) => self.change(&id, |order| order.status = OrderStatus::Canceled).map(done),
            (Op::CreateShipment, fault) => {
                self.change(&id, |order| order.fulfillment_status = FulfillmentStatus::Shipped)?;
                let shipment = json!({ "id": "s1", "order_id": id, "lines": request["lines"],
                    "tracking": request["tracking"], "shipped_at": self.clock.now() });
                if let Some(Fault::DoneThen(code)) = fault {
                    Err(failed(code))
                } else {
                    Ok(json!({ "shipment": shipment }))
                }
            }
            (Op::CreateReturn, _) => {
                let back = json!({ "id": "r1", "order_id": id, "kind": "return", "lines": request["lines"],
                    "reason": request["reason"], "at": self.clock.now() });
                Ok(json!({ "adjustment": back }))
            }
            (Op::Refund, _) => {
                let back = json!({ "id": "r2", "order_id": id, "kind": "refund", "amount": request["amount"] });
                Ok(json!({ "adjustment": back }))
            }
            (Op::Capture, fault) => {
                let order = self.change(&id, |order| {
                    let amount = request["amount"].clone();
                    let amount = serde_json::from_value(amount).unwrap_or_else(|_| order.totals[1].amount);
                    take(order, amount, request["reference"].as_str());
                });
                if fault == Some(Fault::DoneThenWaits) {
                    self.is_done.notify_one();
                    self.goes_on.notified().await;
                }
                if let Some(Fault::DoneThen(code)) = fault { Err(failed(code)) } else { order.map(done) }
            }
            (Op::HoldOrder, _) => self.change(&id, |order| order.on_hold = request["hold"] == true).map(done),
            _ => Err(failed("unsupported_operation")),
        };
        let answer = answer.map(|mut answer| {
            let parts = answer.as_object_mut().into_iter().flat_map(|parts| parts.values_mut());
            for record in parts.filter(|part| part.is_object()) {
                *record = changed(record, &fields);
            }
            answer
        });
        answer.map(|answer| answer.to_string().into_bytes())
    }
}
