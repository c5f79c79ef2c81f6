//! What the platform answers is held against what was agreed: an order stays what it is, and differs from it with both values.

use std::sync::atomic::Ordering;

use serde_json::{Value, json};

use super::world::{Fault, World, an_order, has_form};
use crate::{
    core::order::{Difference, Error, IntentFilter, decide::Decision},
    model::{intent::IntentState, outbox::OutboxFilter, paging::PageQuery},
};

pub(super) fn eur(minor: i64) -> Value {
    json!({ "amount_minor": minor, "currency": "EUR" })
}

/// `FIELD AGREED/ACTUAL`, amounts in minor units.
pub(super) fn reported(differences: &[Difference]) -> Vec<String> {
    let value = |value: &Option<Value>| match value {
        Some(Value::Object(money)) => money["amount_minor"].to_string(),
        Some(value) => value.as_str().map_or_else(|| value.to_string(), str::to_owned),
        None => "-".to_owned(),
    };
    let reported = |own: &Difference| format!("{} {}/{}", own.field, value(&own.agreed), value(&own.actual));
    differences.iter().map(reported).collect()
}

/// The lines of an order of so many shirts.
pub(super) fn shirts(quantity: u32, price: i64) -> Value {
    json!([{ "id": "l1", "variant_id": "v1", "title": "Shirt", "ordered": quantity, "fulfilled": 0, "returned": 0,
        "canceled": 0, "unit_price": eur(price), "total": eur(price * i64::from(quantity)) }])
}

fn totals(minor: i64) -> Value {
    json!([{ "kind": "shipping", "amount": eur(500) }, { "kind": "total", "amount": eur(minor) }])
}

#[tokio::test]
async fn an_order_that_is_not_as_agreed_is_confirmed_and_says_where_it_differs() {
    let yen = json!({ "currency": "JPY",
        "totals": [{ "kind": "total", "amount": { "amount_minor": 2500, "currency": "JPY" } }] });
    let cases = [
        (yen, vec!["currency EUR/JPY", "total 2500/2500"]),
        (json!({ "channel_reference": "another" }), vec!["channel_reference ref-k1/another"]),
        (json!({ "totals": totals(3220) }), vec!["total 2500/3220"]),
        (json!({ "lines": shirts(4, 1000) }), vec!["lines/v1/quantity 2/4"]),
        (
            json!({ "lines": shirts(2, 999), "totals": totals(2498) }),
            vec!["lines/v1/unit_price 1000/999", "total 2500/2498"],
        ),
        (json!({ "status": "canceled" }), vec!["status open/canceled"]),
        (json!({ "shipping_address": { "country": "NO" } }), vec!["ship_to/country SE/NO"]),
        (
            json!({ "totals": [{ "kind": "shipping", "amount": eur(900) }, { "kind": "total", "amount": eur(2900) }] }),
            vec!["shipping_price 500/900", "total 2500/2900"],
        ),
    ];
    for (answer, expected) in cases {
        let world = World::new().await;
        world.shop.faults.lock().unwrap().push_back(Fault::Answers(answer));
        let intent = world.submit("k1").await.unwrap();
        assert_eq!((intent.state, intent.manual_resolution), (IntentState::Confirmed, true), "{expected:?}");
        assert_eq!(reported(&intent.differs_from_agreed), expected);
        assert_eq!(world.submit("k1").await.unwrap(), intent, "and says so again");
        assert_eq!(world.shop.placed().len(), 1);
    }
}

#[tokio::test]
async fn what_is_only_written_differently_does_not_differ() {
    let unnamed = {
        let mut lines = shirts(2, 1000);
        lines[0]["variant_id"] = Value::Null;
        lines
    };
    let gift = {
        let mut lines = shirts(2, 1000);
        let mut gift = shirts(1, 0)[0].clone();
        gift["variant_id"] = json!("gift");
        lines.as_array_mut().unwrap().push(gift);
        lines
    };
    let taxed = json!({ "taxes": [{ "title": "Tax", "amount": eur(625) }], "totals": totals(3125) });
    for answer in [
        json!({ "channel_reference": " ref-k1\u{a0}" }),
        json!({ "channel_reference": null }),
        json!({ "totals": totals(2501) }),
        json!({ "lines": [shirts(1, 1000)[0], shirts(1, 1000)[0]] }),
        json!({ "lines": unnamed }),
        json!({ "lines": gift }),
        taxed,
    ] {
        let world = World::new().await;
        world.shop.faults.lock().unwrap().push_back(Fault::Answers(answer.clone()));
        let intent = world.submit("k1").await.unwrap();
        assert_eq!((intent.manual_resolution, intent.differs_from_agreed), (false, vec![]), "{answer}");
    }
}

#[tokio::test]
async fn tax_on_top_that_was_agreed_is_held_to() {
    for (tax, expected) in [(625, vec![]), (0, vec!["total 2500/3125"])] {
        let world = World::new().await;
        let taxed = json!({ "taxes": [{ "title": "Tax", "amount": eur(625) }], "totals": totals(3125) });
        world.shop.faults.lock().unwrap().push_back(Fault::Answers(taxed));
        let mut order = an_order("k1");
        order.tax = serde_json::from_value(eur(tax)).unwrap();
        let intent = world.orders.submit(&world.ctx(), &world.id, "k1", order).await.unwrap();
        assert_eq!(reported(&intent.differs_from_agreed), expected);
    }
}

#[tokio::test]
async fn a_code_of_unknown_worth_takes_off_and_adds_nothing() {
    for (total, expected) in [(1800, vec![]), (2600, vec!["total 2500/2600"])] {
        let world = World::new().await;
        world.shop.faults.lock().unwrap().push_back(Fault::Answers(json!({ "totals": totals(total) })));
        let mut order = an_order("k1");
        order.cart.discounts = serde_json::from_value(json!([{ "code": "SPRING" }])).unwrap();
        let intent = world.orders.submit(&world.ctx(), &world.id, "k1", order).await.unwrap();
        assert_eq!(reported(&intent.differs_from_agreed), expected);
    }
}

#[tokio::test]
async fn an_answer_that_shows_little_is_completed_by_reading_the_order() {
    let world = World::new().await;
    world.shop.faults.lock().unwrap().push_back(Fault::Answers(json!({ "lines": [], "totals": [] })));
    let intent = world.submit("k1").await.unwrap();
    assert_eq!((reported(&intent.differs_from_agreed), world.shop.count("get_order")), (vec![], 1));
    // What is not shown even then is named.
    let nowhere = json!({ "id": "o77", "lines": [], "totals": [] });
    world.shop.faults.lock().unwrap().push_back(Fault::Answers(nowhere));
    let intent = world.submit("k2").await.unwrap();
    assert_eq!(reported(&intent.differs_from_agreed), ["lines 1/-", "total 2500/-"]);
}

#[tokio::test]
async fn a_lost_order_that_is_found_is_held_against_the_draft_as_well() {
    let world = World::new().await;
    let doubled = json!({ "lines": shirts(4, 1000), "totals": totals(4500) });
    world.shop.faults.lock().unwrap().push_back(Fault::Makes(doubled));
    assert_eq!(world.submit("k1").await.unwrap().state, IntentState::Unknown);
    world.let_time_pass().await;
    let found = world.intent("k1").await;
    assert_eq!((found.state, found.manual_resolution), (IntentState::Confirmed, true));
    assert_eq!(reported(&found.differs_from_agreed), ["lines/v1/quantity 2/4", "total 2500/4500"]);
}

#[tokio::test]
async fn somebody_elses_order_is_not_taken_for_a_lost_one() {
    let world = World::new().await;
    world.shop.faults.lock().unwrap().push_back(Fault::Makes(json!({ "channel_reference": "somebody else" })));
    world.submit("k1").await.unwrap();
    world.let_time_pass().await;
    let waits = world.intent("k1").await;
    assert_eq!((waits.state, waits.manual_resolution, waits.outcome), (IntentState::Unknown, true, None));
    assert_eq!(world.shop.count("submit_order"), 1, "nothing is sent again");
}

#[tokio::test]
async fn an_order_without_an_id_is_looked_for() {
    let world = World::new().await;
    world.shop.faults.lock().unwrap().push_back(Fault::Answers(json!({ "id": "" })));
    assert_eq!(world.submit("k1").await.unwrap().state, IntentState::Unknown);
    world.let_time_pass().await;
    let found = world.intent("k1").await;
    assert_eq!((found.state, found.outcome.unwrap()["orders"][0]["id"].clone()), (IntentState::Confirmed, json!("o1")));
    assert_eq!(world.shop.placed().len(), 1);
}

#[tokio::test]
async fn one_order_is_not_taken_for_two() {
    let world = World::new().await;
    let first = world.submit("k1").await.unwrap();
    *world.shop.conclusive.lock().unwrap() = false;
    world.shop.faults.lock().unwrap().push_back(Fault::Answer("timeout"));
    let second = world.submit("k2").await.unwrap();
    let done = Decision::Done { order_ids: vec!["o1".into()] };
    let resolved = world.orders.resolve(&world.ctx(), &world.id, &second.id, &done).await.unwrap();
    let expected =
        ["channel_reference ref-k2/ref-k1".to_owned(), format!("orders/o1/intent_id {}/{}", second.id, first.id)];
    assert_eq!(reported(&resolved.differs_from_agreed), expected);
}

#[tokio::test]
async fn a_difference_is_shown_published_and_accepted_by_a_person() {
    let world = World::new().await;
    world.shop.faults.lock().unwrap().push_back(Fault::Answers(json!({ "totals": totals(3220) })));
    let intent = world.submit("k1").await.unwrap();
    let differs = async || world.store.order(&world.id, "o1").await.unwrap().unwrap().summary.differs_from_agreed;
    let filter = IntentFilter { manual_resolution: true, ..IntentFilter::default() };
    let waiting = async || {
        let page = PageQuery::default();
        world.orders.intents(&world.ctx(), &world.id, &filter, &page).await.unwrap().data.len()
    };
    assert_eq!((differs().await, waiting().await), (true, 1));
    for note in ["", "\u{200b}", "ada@example.com said so"] {
        let decision = Decision::AcceptDifference { note: note.into() };
        let refused = world.orders.resolve(&world.ctx(), &world.id, &intent.id, &decision).await;
        assert!(matches!(&refused, Err(Error::Invalid(wrong)) if wrong[0].pointer == "/note"), "{note}: {refused:?}");
    }
    let decision = Decision::AcceptDifference { note: "agreed by telephone".into() };
    let accepted = world.orders.resolve(&world.ctx(), &world.id, &intent.id, &decision).await.unwrap();
    assert_eq!((accepted.state, accepted.manual_resolution), (IntentState::Confirmed, false));
    assert_eq!(accepted.differs_from_agreed, intent.differs_from_agreed, "it differs all the same");
    let by = accepted.difference_accepted.unwrap();
    assert_eq!((by.note.as_str(), by.actor.as_str()), ("agreed by telephone", "test"));
    assert_eq!((differs().await, waiting().await), (false, 0));
    let again = world.orders.resolve(&world.ctx(), &world.id, &intent.id, &decision).await;
    assert!(matches!(again, Err(Error::Settled(_))), "{again:?}");

    let shown = world.orders.show(&world.ctx(), &world.id, "o1").await.unwrap();
    assert_eq!(reported(&shown.differs_from_agreed[0].differences), ["total 2500/3220"]);
    let kinds: Vec<_> = shown.timeline.iter().map(|moment| moment.kind.as_str()).collect();
    assert_eq!(kinds, ["intended", "sent", "confirmed", "differs_from_agreed", "difference_accepted"]);
    has_form(&shown);
    let events = world.store.outbox(&OutboxFilter::default(), 0, 100).await.unwrap().events;
    let events: Vec<_> = events.iter().filter(|event| event.kind.starts_with("order.differ")).collect();
    let kinds: Vec<_> = events.iter().map(|event| event.kind.as_str()).collect();
    assert_eq!(kinds, ["order.differs_from_agreed", "order.difference_accepted"]);
    let data: Value = serde_json::from_str(&events[0].data).unwrap();
    assert_eq!((&data["order_ids"], &data["channel_reference"]), (&json!(["o1"]), &json!("ref-k1")));
    assert_eq!(data["differences"], json!([{ "field": "total", "agreed": eur(2500), "actual": eur(3220) }]));
    assert_eq!(events[0].subject.as_deref(), Some("orders/o1"));
}

#[tokio::test]
async fn an_order_that_meets_a_disconnect_is_not_ready() {
    let world = World::new().await;
    world.store.destroy_secrets(&world.id).await.unwrap();
    let refused = world.submit("k1").await;
    assert!(matches!(refused, Err(Error::NotReady(_))), "{refused:?}");

    // Or a moment later, when the intent is written and the platform is to be asked.
    let world = World::new().await;
    world.shop.is_gone.store(true, Ordering::SeqCst);
    let refused = world.submit("k1").await;
    assert!(matches!(&refused, Err(Error::Refused(error)) if error.code.as_str() == "not_ready"), "{refused:?}");
    assert_eq!(world.shop.count("submit_order"), 0);
}
