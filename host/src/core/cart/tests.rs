//! The service over a real store and a scripted platform: who prices, and what is said about it.

mod excluded;
mod failing;
mod scripted;

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use connector_api::{
    ConnectorError, ErrorCode,
    domain::{ConnectionId, Quote, QuoteSource},
    wire::{
        capability::{CapabilityName, CapabilityState},
        pull::Stream,
    },
};
use serde_json::{Value, json};

use self::scripted::{Script, Scripted};
use super::{circuit::CircuitRules, *};
use crate::{
    core::connection::{Connection, ConnectionStatus, Ctx, Viewer},
    model::{
        audit::{AuditAction, AuditEntry},
        channel::{Channel, LocalQuotes},
        rows::{EntityRow, OfferRow, Rows, VariantRow},
    },
    store::{
        Store,
        suite::fixture::{at, full_sync, price, stock},
    },
    testing::{self, SetClock},
};

fn sek(minor: i64) -> Value {
    json!({ "amount_minor": minor, "currency": "SEK" })
}

struct World {
    host: testing::World,
    store: Store,
    service: QuoteService,
    platform: Arc<Scripted>,
    clock: SetClock,
    id: ConnectionId,
}

fn entity(id: &str, body: &Value) -> EntityRow {
    EntityRow { id: id.into(), title: None, parent_id: None, body: body.to_string() }
}

impl World {
    async fn new() -> Self {
        let clock = SetClock::at(at(100));
        let host = testing::World::new(&clock).await;
        let priced = |connection: &mut Connection| {
            connection.channel_id = Some("ch_1".into());
            connection.findings.capabilities = vec![CapabilityState {
                name: CapabilityName::CartRealtime,
                on: true,
                degraded: false,
                reason: "The platform prices carts.".into(),
            }];
        };
        let id = host.connect(priced).await;
        fill(&host.store, &id).await;
        let answers = Script::Answers(Box::new(|_: &mut Value| {}));
        let platform = Arc::new(Scripted { script: Mutex::new(answers), calls: AtomicU32::new(0) });
        let settings = QuoteSettings {
            deadline: Duration::from_secs(3),
            local_valid_s: 300,
            circuit: CircuitRules { failures: 2, open_s: 10 },
        };
        let reader = QuoteReader::new(host.store.clone(), 5, 100);
        let service = host.quotes(platform.clone(), reader, settings);
        Self { store: host.store.clone(), host, service, platform, clock, id }
    }

    fn ctx(&self, viewer: &Viewer) -> Ctx {
        Ctx { viewer: viewer.clone(), ..self.host.ctx() }
    }

    fn script(&self, script: Script) {
        *self.platform.script.lock().unwrap() = script;
    }

    fn answer(&self, change: impl Fn(&mut Value) + Clone + Send + Sync + 'static) {
        self.script(Script::Answers(Box::new(change)));
    }

    fn fail(&self, code: ErrorCode) {
        self.script(Script::Fails(ConnectorError::new(code, "the platform says no")));
    }

    fn set_time(&self, seconds: i64) {
        self.clock.set(at(seconds));
    }

    fn calls(&self) -> u32 {
        self.platform.calls.swap(0, Ordering::Relaxed)
    }

    async fn change(&self, change: impl FnOnce(&mut Connection)) {
        let mut connection = self.store.connection(&self.id).await.unwrap().unwrap();
        change(&mut connection);
        self.store.update_connection(&mut connection).await.unwrap();
    }

    async fn ask(&self, viewer: &Viewer, source: Source) -> Result<QuoteReply, Error> {
        let cart = json!({ "currency": "SEK", "lines": [{ "sku": "SKU-a", "quantity": 1 }],
            "ship_to": { "country": "SE" } });
        let options = QuoteOptions { source, ..QuoteOptions::default() };
        self.service.quote(&self.ctx(viewer), &self.id, serde_json::from_value(cart).unwrap(), options).await
    }

    async fn quote(&self) -> Quote {
        self.ask(&Viewer::Operator, Source::Auto).await.unwrap().quote
    }
}

/// One shirt at 1.00 kr with 25 per cent inside, delivered for 0.39 kr.
async fn fill(store: &Store, id: &ConnectionId) {
    let body = json!({ "id": "10", "title": { "default": "Shirt" }, "status": "active",
        "variants": [{ "id": "a", "active": true }, { "id": "b", "active": true }, { "id": "c", "active": true }] });
    let variant = |id: &str, sku: &str| VariantRow {
        id: id.into(),
        sku: Some(sku.into()),
        active: true,
        ..VariantRow::default()
    };
    let offer = OfferRow {
        id: "10".into(),
        status: "active".into(),
        body: body.to_string(),
        variants: vec![variant("a", "SKU-a"), variant("b", "TWIN"), variant("c", "TWIN")],
        ..OfferRow::default()
    };
    let price = crate::model::rows::PriceRow { currency: "SEK".into(), ..price("a", "", 100) };
    let rule = json!({ "id": "1", "name": "Moms", "country": "SE", "rate_percent": "25", "target": "goods" });
    let option = json!({ "id": "7", "name": { "default": "Post" }, "active": true, "rates": [{ "countries": ["SE"],
        "bands": [{ "kind": "order_total", "from": "0", "price": sek(39) }] }] });
    let pages = [
        (Stream::TaxRules, Rows::Entities(vec![entity("1", &rule)])),
        (Stream::ShippingOptions, Rows::Entities(vec![entity("7", &option)])),
        (Stream::Offers, Rows::Offers(vec![offer])),
        (Stream::Prices, Rows::Prices(vec![price])),
        (Stream::Inventory, Rows::Inventory(vec![stock("a", "", 5)])),
    ];
    full_sync(store, id, &pages, at(10)).await;
}

fn total(quote: &Quote) -> i64 {
    quote.totals.last().unwrap().amount.amount_minor
}

fn codes(quote: &Quote) -> Vec<&str> {
    quote.messages.iter().map(|message| message.code.as_str()).collect()
}

#[tokio::test]
async fn the_platform_prices_when_it_can_and_synced_data_when_it_cannot() {
    let world = World::new().await;
    let quote = world.quote().await;
    assert_eq!((quote.source, quote.reason, quote.messages.len()), (QuoteSource::Realtime, None, 0));

    world.fail(ErrorCode::PlatformUnavailable);
    let quote = world.quote().await;
    assert_eq!((quote.source.clone(), total(&quote)), (QuoteSource::Local, 139));
    assert_eq!(quote.reason.as_deref(), Some("the platform says no"));
    assert_eq!(codes(&quote), ["realtime_failed"]);
    assert_eq!(quote.parts.prices.data_as_of, Some(at(100)), "the watermark of the last complete pass");
    assert_eq!(quote.parts.discounts.reason.as_deref(), Some("the platform says no"));
}

#[tokio::test]
async fn without_listed_delivery_methods_those_of_synced_data_are_shown() {
    let world = World::new().await;
    world.answer(|quote| {
        quote["shipping_methods"] = json!([]);
        quote["totals"] = json!([{ "kind": "subtotal", "amount": sek(200) }, { "kind": "total", "amount": sek(200) }]);
        quote.as_object_mut().unwrap().remove("selected_shipping_id");
    });
    let quote = world.quote().await;
    assert_eq!(quote.source, QuoteSource::Mixed);
    assert_eq!((quote.parts.prices.source, quote.parts.shipping.source), (QuoteSource::Realtime, QuoteSource::Local));
    let method = &quote.shipping_methods[0];
    assert_eq!((method.price.amount_minor, method.cart_total.unwrap().amount_minor), (39, 239));
    assert_eq!(quote.messages[0].code, "shipping_estimated");
}

#[tokio::test]
async fn connections_that_cannot_ask_say_why() {
    type Change = fn(&mut Connection);
    let cases: [(Change, &str); 4] = [
        (|connection| connection.findings.capabilities[0].on = false, "realtime_off"),
        (|connection| connection.findings.capabilities.clear(), "realtime_off"),
        (|connection| connection.paused_at = Some(at(1)), "realtime_paused"),
        (|connection| connection.health.status = ConnectionStatus::ReauthRequired, "realtime_reauth_required"),
    ];
    for (change, code) in cases {
        let world = World::new().await;
        world.change(change).await;
        let quote = world.quote().await;
        assert_eq!((quote.source.clone(), codes(&quote)), (QuoteSource::Local, vec![code]));
        assert_eq!(world.calls(), 0);
        let refused = world.ask(&Viewer::Operator, Source::Realtime).await.unwrap_err();
        assert!(matches!(refused, Error::NoRealtime(_)), "{refused}");
    }
    let world = World::new().await;
    world.change(|connection| connection.health.status = ConnectionStatus::Disconnected).await;
    assert!(matches!(world.ask(&Viewer::Operator, Source::Auto).await, Err(Error::Ended)));
}

#[tokio::test]
async fn a_refusal_that_no_check_confirms_ends_no_connection_and_is_not_tried_for_ever() {
    let world = World::new().await;
    world.fail(ErrorCode::AuthRevoked);
    for _ in 0..2 {
        assert_eq!(codes(&world.quote().await), ["realtime_reauth_required"]);
    }
    assert_eq!(codes(&world.quote().await), ["realtime_circuit_open"]);
    assert_eq!(world.calls(), 2);
    let connection = world.store.connection(&world.id).await.unwrap().unwrap();
    assert_eq!(connection.health.status, ConnectionStatus::Active, "there is no plugin here that could confirm it");
}

#[tokio::test]
async fn a_cart_that_the_platform_refuses_is_the_callers_to_mend() {
    let world = World::new().await;
    let error = ConnectorError::new(ErrorCode::InvalidRequest, "not a postal code");
    world.script(Script::Fails(error.at_field("/ship_to/postal_code", "pattern", "five digits")));
    match world.ask(&Viewer::Operator, Source::Auto).await {
        Err(Error::Refused(error)) => assert_eq!(error.field_errors[0].pointer, "/ship_to/postal_code"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_channel_allows_flags_or_blocks_local_parts() {
    let channel = Viewer::Channel("ch_1".into());
    for (policy, expected) in [
        (LocalQuotes::Allow, Some(vec!["realtime_failed"])),
        (LocalQuotes::Flag, Some(vec!["realtime_failed", "local_parts"])),
        (LocalQuotes::Block, None),
    ] {
        let world = World::new().await;
        let mut row: Channel = serde_json::from_value(json!({ "id": "ch_1", "version": 0, "name": "Channel",
            "redirect_urls": [], "allowed_connectors": [], "frame_ancestors": [], "local_quotes": policy,
            "created_at": at(0), "updated_at": at(0) }))
        .unwrap();
        let audit = AuditEntry::new("test", AuditAction::ChannelCreated, at(0));
        world.store.insert_channel(&mut row, &audit).await.unwrap();
        assert_eq!(world.ask(&channel, Source::Auto).await.unwrap().quote.messages, [], "nothing is local");
        world.fail(ErrorCode::Unreachable);
        match (world.ask(&channel, Source::Auto).await, expected) {
            (Ok(reply), Some(expected)) => assert_eq!(codes(&reply.quote), expected),
            (Err(Error::Blocked { parts, .. }), None) => assert!(parts.starts_with("prices"), "{parts}"),
            (other, _) => panic!("{policy:?}: {other:?}"),
        }
        let stranger = Viewer::Channel("ch_2".into());
        let missing = world.ask(&stranger, Source::Auto).await.unwrap_err();
        assert!(missing.to_string().contains("there is no connection"), "{missing}");
    }
}

#[tokio::test]
async fn both_sources_stand_side_by_side_with_what_differs() {
    let world = World::new().await;
    let reply = world.ask(&Viewer::Operator, Source::Both).await.unwrap();
    let comparison = reply.comparison.unwrap();
    assert_eq!((reply.quote.source, comparison.local.source), (QuoteSource::Realtime, QuoteSource::Local));
    let differing: Vec<_> = comparison.differences.iter().map(|difference| difference.what.as_str()).collect();
    assert!(differing.contains(&"lines/1/unit_price") && differing.contains(&"totals/total"), "{differing:?}");
    world.fail(ErrorCode::Unreachable);
    let reply = world.ask(&Viewer::Operator, Source::Both).await.unwrap();
    let comparison = reply.comparison.unwrap();
    assert_eq!((comparison.realtime, comparison.absence.unwrap().code), (None, "realtime_failed".to_owned()));
    assert_eq!(reply.quote.source, QuoteSource::Local);
}

#[tokio::test]
async fn mistakes_in_a_cart_are_named_with_their_place() {
    let world = World::new().await;
    let line = json!({ "variant_id": "a", "quantity": 1 });
    for (cart, expected) in [
        (json!({ "currency": "SEK", "lines": [] }), "/lines required"),
        (json!({ "currency": "SEK", "lines": vec![line.clone(); 201] }), "/lines too_many"),
        (json!({ "currency": "SEK", "lines": [{ "variant_id": "a", "quantity": 0 }] }), "/lines/0/quantity range"),
        (json!({ "currency": "SEK", "lines": [{ "quantity": 1 }] }), "/lines/0/variant_id required"),
        (json!({ "currency": "SEK", "lines": [{ "sku": "NONE", "quantity": 1 }] }), "/lines/0/sku sku_unknown"),
        (
            json!({ "currency": "SEK", "lines": [line.clone(), { "sku": "TWIN", "quantity": 1 }] }),
            "/lines/1/sku sku_ambiguous",
        ),
        (
            json!({ "currency": "SEK", "lines": [{ "id": "x", "variant_id": "a", "quantity": 1 },
                { "id": "x", "variant_id": "a", "quantity": 1 }] }),
            "/lines/1/id repeated",
        ),
        (
            json!({ "currency": "SEK", "ship_to": { "country": "Sweden" }, "lines": [{ "variant_id": "a", "quantity": 1 }] }),
            "/ship_to/country country",
        ),
        (
            json!({ "currency": "SEK", "lines": [{ "variant_id": "a", "quantity": 1,
                "unit_price": { "amount_minor": 1, "currency": "EUR" } }] }),
            "/lines/0/unit_price currency",
        ),
        (
            json!({ "currency": "SEK", "lines": [{ "variant_id": "a", "quantity": 1, "unit_price": sek(-1) }] }),
            "/lines/0/unit_price range",
        ),
        (
            json!({ "currency": "SEK", "lines": [line], "discounts": [{ "code": "A" }, { "code": " A" }] }),
            "/discounts/1/code repeated",
        ),
        (
            json!({ "currency": "SEK", "lines": [line], "ship_to": { "country": "se", "email": "ada.example.com" } }),
            "/ship_to/email email",
        ),
        (
            json!({ "currency": "SEK", "lines": [line], "ship_to": { "country": "SE", "city": "\u{200b}" } }),
            "/ship_to/city required",
        ),
    ] {
        let cart: CartInput = serde_json::from_value(cart).unwrap();
        match world.service.quote(&world.host.ctx(), &world.id, cart, QuoteOptions::default()).await {
            Err(Error::Invalid(mistakes)) => {
                assert_eq!(format!("{} {}", mistakes[0].pointer, mistakes[0].code), expected);
            }
            other => panic!("{expected}: {other:?}"),
        }
    }
    let refused: Result<CartInput, _> = serde_json::from_value(json!({ "currency": "SEK", "lines": [], "colour": 1 }));
    assert!(refused.unwrap_err().to_string().contains("unknown field `colour`"));
}

#[tokio::test]
async fn what_is_kept_in_memory_ages() {
    let world = World::new().await;
    let local = async || world.ask(&Viewer::Operator, Source::Local).await.unwrap().quote;
    assert_eq!(total(&local().await), 139);
    let dearer = crate::model::rows::PriceRow { currency: "SEK".into(), ..price("a", "", 200) };
    full_sync(&world.store, &world.id, &[(Stream::Prices, Rows::Prices(vec![dearer]))], at(20)).await;
    assert_eq!(total(&local().await), 139, "kept for five seconds");
    world.set_time(105);
    assert_eq!(total(&local().await), 239);
}

#[tokio::test]
async fn the_platform_has_the_last_word_on_what_was_agreed() {
    let world = World::new().await;
    let connection = world.store.connection(&world.id).await.unwrap().unwrap();
    let objections = async |price: i64| {
        let cart = json!({ "id": "c", "currency": "SEK", "ship_to": { "country": "SE" }, "shipping_method_id": "7",
            "lines": [{ "id": "1", "variant_id": "a", "quantity": 1, "unit_price": sek(price) }] });
        let shipping = serde_json::from_value(sek(39)).unwrap();
        let cart = serde_json::from_value(cart).unwrap();
        let found = world.service.objections(&connection, &cart, Some(shipping)).await.unwrap();
        let codes: Vec<String> = found.wrong.into_iter().chain(found.stale).map(|error| error.code).collect();
        (codes, world.calls())
    };
    assert_eq!(objections(100).await, (vec![], 0), "as synced: the platform is not bothered");
    assert_eq!(objections(200).await, (vec![], 1), "the platform sells it at what was agreed");
    world.answer(|quote| {
        quote["messages"] = json!([{ "code": "stock_short", "severity": "recoverable", "text": "one left" }]);
    });
    assert_eq!(objections(200).await, (vec!["stock_short".to_owned()], 1));
    world.fail(ErrorCode::PlatformUnavailable);
    assert_eq!(objections(200).await, (vec!["price_changed".to_owned()], 1), "synced data, as nothing better is known");
}
