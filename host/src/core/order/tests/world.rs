//! A host without plugins, and one shop that fails as configured.

use std::{path::PathBuf, sync::Arc};

use connector_api::{
    domain::{Address, Cart, CartLine, ConnectionId, Money, Pii},
    wire::capability::{CapabilityName, CapabilityState},
};
use schemars::generate::SchemaSettings;

pub(super) use super::shop::{Fault, Shop};
use crate::{
    core::{
        connection::{Connection, Ctx, Platform},
        order::{Error, Intent, NewOrder, OrderService, OrderSettings, Resolver, draft::Buyer, reading::OrderDetail},
    },
    model::{audit::AuditAction, history::HistoryDetail},
    store::Store,
    testing::{self, SetClock},
};

/// Seconds of the settings below.
pub(super) const TIMEOUT_S: i64 = 10;
pub(super) const SETTLE_S: i64 = 30;

/// A host on a database of its own, and one shop.
pub(super) struct World {
    host: Option<testing::World>,
    pub(super) orders: OrderService,
    pub(super) resolver: Resolver,
    pub(super) shop: Arc<Shop>,
    pub(super) clock: SetClock,
    pub(super) id: ConnectionId,
    pub(super) store: Store,
    pub(super) path: PathBuf,
}

impl World {
    pub(super) async fn new() -> Self {
        let clock = SetClock::new();
        let host = testing::World::new(&clock).await;
        let able = |connection: &mut Connection| {
            connection.channel_id = Some("chan_a".into());
            for name in [CapabilityName::OrderSubmit, CapabilityName::OrderManagement] {
                let state = CapabilityState { name, on: true, degraded: false, reason: "it works".into() };
                connection.findings.capabilities.push(state);
            }
        };
        let id = host.connect(able).await;
        let audit = host.ctx().audit(AuditAction::ConnectionCredentialsReplaced);
        host.vault.put_credentials(&id, &std::collections::BTreeMap::default(), &audit).await.unwrap();
        let shop = Arc::new(Shop::new(clock.clone()));
        Self::over(host, shop, clock, id)
    }

    fn over(host: testing::World, shop: Arc<Shop>, clock: SetClock, id: ConnectionId) -> Self {
        let settings = OrderSettings {
            timeout_s: u32::try_from(TIMEOUT_S).unwrap(),
            settle_s: u32::try_from(SETTLE_S).unwrap(),
            submit_within_s: 86_400,
            answer_within_s: 5,
        };
        let orders = host.orders(Arc::clone(&shop) as Arc<dyn Platform>, settings);
        let (store, path) = (host.store.clone(), host.database.path());
        let resolver = Resolver { orders: orders.clone(), store: store.clone(), clock: Arc::new(clock.clone()) };
        Self { host: Some(host), orders, resolver, shop, clock, id, store, path }
    }

    /// The host dies and starts again.
    pub(super) async fn restart(&mut self) {
        let host = self.host.take().unwrap().restarted().await;
        *self = Self::over(host, Arc::clone(&self.shop), self.clock.clone(), self.id.clone());
    }

    /// The context of an operator's call.
    pub(super) fn ctx(&self) -> Ctx {
        self.host.as_ref().unwrap().ctx()
    }

    pub(super) async fn connection(&self) -> Connection {
        self.store.connection(&self.id).await.unwrap().unwrap()
    }

    pub(super) async fn submit(&self, key: &str) -> Result<Intent, Error> {
        self.orders.submit(&self.ctx(), &self.id, key, an_order(key)).await
    }

    pub(super) async fn begin(&self, key: &str) -> crate::model::intent::Begun {
        self.orders.begin_order(&self.ctx(), &self.connection().await, key, an_order(key)).await.unwrap()
    }

    /// Submits, and dies when the platform says so.
    pub(super) async fn submit_and_die(&mut self, key: &str) {
        let claimed = match self.begin(key).await {
            crate::model::intent::Begun::Claimed(claimed) => claimed,
            other => panic!("{other:?}"),
        };
        let ctx = self.ctx();
        tokio::select! {
            biased;
            () = self.shop.dies.notified() => {}
            ended = self.orders.carry_on(&ctx, *claimed) => panic!("it should have died: {ended:?}"),
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

pub(super) fn eur(amount_minor: i64) -> Money {
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

/// The whole answer has the form that its schema says, and entries of the timeline have no details that it does not name.
pub(super) fn has_form(shown: &OrderDetail) {
    let schemas = || SchemaSettings::draft2020_12().for_serialize().into_generator();
    let whole = jsonschema::validator_for(&schemas().into_root_schema_for::<OrderDetail>().to_value()).unwrap();
    let named = schemas().into_root_schema_for::<HistoryDetail>().to_value();
    let value = serde_json::to_value(shown).unwrap();
    let problems: Vec<_> = whole.iter_errors(&value).map(|error| error.to_string()).collect();
    assert_eq!(problems, Vec::<String>::new(), "{value:#}");
    for moment in &shown.timeline {
        let fields = moment.detail.as_object().unwrap().keys();
        let strays: Vec<_> = fields.filter(|field| named["properties"][field].is_null()).collect();
        assert!(strays.is_empty(), "{:?}: {strays:?}", moment.kind);
    }
}
