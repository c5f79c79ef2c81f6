//! A host without plugins, and a platform in memory that fails as it is told.

use std::{
    collections::VecDeque,
    path::PathBuf,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use connector_api::{
    ConnectorError, ErrorCode,
    domain::{
        Address, Cart, CartLine, ConnectionId, FinancialStatus, FulfillmentStatus, Money, Order, OrderDraft,
        OrderStatus, Pii, Timestamp, Total, TotalKind,
    },
    wire::{
        Op,
        capability::{CapabilityName, CapabilityState},
    },
};
use serde_json::{Value, json};
use tokio::sync::Notify;
use tokio_util::task::TaskTracker;

use crate::{
    clock::Clock,
    connection::{self, Connection, ConnectionService, ConnectionStatus, Environment, Viewer},
    net::{BudgetConfig, Network, NetworkPolicy},
    order::{Error, Intent, NewOrder, OrderService, OrderSettings, Platform, Platforms, Resolver, draft::Buyer},
    plugin::Registry,
    secret::{Keyring, Vault},
    store::Store,
};

const KEYS: &str = "a:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

/// Seconds of the settings below.
pub(super) const TIMEOUT_S: i64 = 10;
pub(super) const SETTLE_S: i64 = 30;

/// A clock that goes when it is told.
#[derive(Clone)]
pub(super) struct SetClock(Arc<AtomicI64>);

impl SetClock {
    pub(super) fn advance(&self, seconds: i64) {
        self.0.fetch_add(seconds * 1000, Ordering::SeqCst);
    }
}

impl Clock for SetClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix_ms(self.0.load(Ordering::SeqCst)).unwrap()
    }
}

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
    DieHearing,
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
    fn new(clock: SetClock) -> Self {
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
            Some(Fault::DieHearing | Fault::DoneThenWaits) => {
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
impl Platform for Arc<Shop> {
    async fn ask(
        &self,
        op: &Op,
        request: Value,
        key: Option<&str>,
        _deadline: Duration,
    ) -> Result<Vec<u8>, ConnectorError> {
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
        let answer = match (op, fault) {
            (_, Some(Fault::Answer(code))) => Err(failed(code)),
            (Op::SubmitOrder, _) => self.submit(&request, key).await,
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

struct Shops(Arc<Shop>);

#[async_trait]
impl Platforms for Shops {
    async fn open(&self, id: &ConnectionId) -> Result<Arc<dyn Platform>, connection::Error> {
        if self.0.is_gone.load(Ordering::SeqCst) {
            return Err(connection::Error::Ended(id.clone()));
        }
        Ok(Arc::new(Arc::clone(&self.0)))
    }
}

/// A host on a database of its own, and one shop.
pub(super) struct World {
    pub(super) orders: OrderService,
    pub(super) resolver: Resolver,
    pub(super) shop: Arc<Shop>,
    pub(super) clock: SetClock,
    pub(super) id: ConnectionId,
    pub(super) store: Store,
    pub(super) path: PathBuf,
    folder: Option<tempfile::TempDir>,
}

impl World {
    pub(super) async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.db");
        let clock = SetClock(Arc::new(AtomicI64::new(1_760_000_000_000)));
        let shop = Arc::new(Shop::new(clock.clone()));
        let store = Store::open(&path).await.unwrap();
        let mut connection = Connection::new("demo", "1.0.0", "Shop", Environment::Test, clock.now());
        connection.health.status = ConnectionStatus::Active;
        connection.channel_id = Some("chan_a".into());
        for name in [CapabilityName::OrderSubmit, CapabilityName::OrderManagement] {
            let state = CapabilityState { name, on: true, degraded: false, reason: "it works".into() };
            connection.findings.capabilities.push(state);
        }
        store.insert_connection(&mut connection).await.unwrap();
        let world = Self::over(store, shop, clock, connection.id, path, Some(folder));
        let vault = &world.orders.connections.vault;
        vault.put_credentials(&world.id, &std::collections::BTreeMap::default(), world.clock.now()).await.unwrap();
        world
    }

    fn over(
        store: Store,
        shop: Arc<Shop>,
        clock: SetClock,
        id: ConnectionId,
        path: PathBuf,
        folder: Option<tempfile::TempDir>,
    ) -> Self {
        let connections = ConnectionService {
            store: store.clone(),
            vault: Vault::new(store.clone(), Arc::new(Keyring::parse(KEYS).unwrap()), "test"),
            registry: Arc::new(Registry::default()),
            network: Arc::new(Network::new(NetworkPolicy::default()).unwrap()),
            budget: BudgetConfig::default(),
            clock: Arc::new(clock.clone()),
            http_deadline: Duration::from_secs(1),
            actor: "test".into(),
        };
        let settings = OrderSettings {
            timeout_s: u32::try_from(TIMEOUT_S).unwrap(),
            settle_s: u32::try_from(SETTLE_S).unwrap(),
            submit_within_s: 86_400,
            answer_within_s: 5,
        };
        let orders = OrderService {
            connections,
            platforms: Arc::new(Shops(Arc::clone(&shop))),
            quotes: None,
            settings,
            at_work: TaskTracker::new(),
        };
        let resolver = Resolver { orders: orders.clone() };
        Self { orders, resolver, shop, clock, id, store, path, folder }
    }

    /// The host dies and starts again.
    pub(super) async fn restart(&mut self) {
        self.store.close().await;
        let store = Store::open(&self.path).await.unwrap();
        let (shop, clock, id) = (Arc::clone(&self.shop), self.clock.clone(), self.id.clone());
        *self = Self::over(store, shop, clock, id, self.path.clone(), self.folder.take());
    }

    pub(super) async fn connection(&self) -> Connection {
        self.store.connection(&self.id).await.unwrap().unwrap()
    }

    pub(super) async fn submit(&self, key: &str) -> Result<Intent, Error> {
        self.orders.submit(&Viewer::Operator, &self.id, key, an_order(key)).await
    }

    /// Submits, and dies when the platform says so.
    pub(super) async fn submit_and_die(&mut self, key: &str) {
        let claimed = match self.orders.intend_order(&self.connection().await, key, an_order(key)).await.unwrap() {
            crate::model::intent::Begun::Claimed(claimed) => claimed,
            other => panic!("{other:?}"),
        };
        tokio::select! {
            biased;
            () = self.shop.dies.notified() => {}
            ended = self.orders.carry_on(*claimed) => panic!("it should have died: {ended:?}"),
        }
        self.restart().await;
    }

    /// The resolver works on while the time passes, until nothing is left to do or a day is over.
    pub(super) async fn let_time_pass(&self) {
        for _ in 0..1_000 {
            while self.resolver.step().await.unwrap() {}
            self.clock.advance(86);
        }
    }

    pub(super) async fn intent(&self, key: &str) -> Intent {
        self.store.intent_of_key(&self.id, key).await.unwrap().unwrap()
    }
}

fn eur(amount_minor: i64) -> Money {
    Money { amount_minor, currency: "EUR".parse().unwrap() }
}

pub(super) fn an_order(key: &str) -> NewOrder {
    let text = |text: &str| Some(Pii(text.to_owned()));
    NewOrder {
        channel_reference: Some(format!("ref-{key}")),
        cart: Cart {
            id: "cart".into(),
            market_id: None,
            pricelist_id: None,
            locale: None,
            currency: "EUR".parse().unwrap(),
            lines: vec![CartLine {
                id: "l1".into(),
                variant_id: "v1".into(),
                offer_id: None,
                quantity: 2,
                unit_price: Some(eur(1000)),
            }],
            discounts: vec![],
            ship_to: Some(Address {
                name: text("Ada Lovelace"),
                line1: text("Main street 1"),
                city: text("Stockholm"),
                country: "SE".into(),
                email: text("ada@example.com"),
                ..Address::default()
            }),
            shipping_method_id: Some("post".into()),
        },
        shipping_price: Some(eur(500)),
        tax: None,
        total: None,
        customer: Some(Buyer { email: text("ada@example.com"), ..Buyer::default() }),
        billing_address: None,
        payment: None,
    }
}
