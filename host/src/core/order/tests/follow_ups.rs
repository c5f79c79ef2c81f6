//! What is asked of an order that is there.

use connector_api::domain::ShipmentLine;

use super::world::{Fault, World, has_form};
use crate::{
    core::order::{
        Error,
        follow_up::{Cancel, Confirm, FollowUp, NewCapture, NewReturn, NewShipment},
    },
    model::intent::IntentState,
};

async fn ask(world: &World, key: &str, wanted: &FollowUp) -> Result<crate::core::order::Intent, Error> {
    world.orders.follow_up(&world.ctx(), &world.id, "o1", key, wanted).await
}

fn shipment() -> FollowUp {
    FollowUp::Ship(NewShipment {
        lines: vec![ShipmentLine { id: None, order_line_id: "l1".into(), quantity: 2 }],
        tracking: vec![],
    })
}

#[tokio::test]
async fn an_order_is_confirmed_shipped_and_taken_back_with_a_timeline() {
    let world = World::new().await;
    world.submit("k1").await.unwrap();
    world.clock.advance(60);
    let confirmed = ask(&world, "c1", &FollowUp::Confirm(Confirm {})).await.unwrap();
    assert_eq!(confirmed.outcome.as_ref().unwrap()["orders"][0]["status"], "accepted");
    assert_eq!(ask(&world, "c1", &FollowUp::Confirm(Confirm {})).await.unwrap(), confirmed);
    assert_eq!(world.shop.count("confirm_order"), 1);
    world.clock.advance(60);
    let shipped = ask(&world, "s1", &shipment()).await.unwrap();
    assert_eq!(shipped.outcome.unwrap()["shipment"]["id"], "s1");
    world.clock.advance(60);
    let back = serde_json::json!({ "lines": [{ "order_line_id": "l1", "quantity": 1 }], "restock": true });
    let back: NewReturn = serde_json::from_value(back).unwrap();
    ask(&world, "r1", &FollowUp::Return(back)).await.unwrap();

    let shown = world.orders.show(&world.ctx(), &world.id, "o1").await.unwrap();
    assert_eq!((shown.summary.status.as_str(), shown.summary.fulfillment_status.as_str()), ("accepted", "shipped"));
    assert_eq!((shown.shipments.len(), shown.returns.len()), (1, 1));
    has_form(&shown);
    let reported: Vec<_> = shown.timeline.iter().map(|moment| moment.kind.as_str()).collect();
    let expected = [
        "intended",
        "sent",
        "confirmed", // placed
        "intended",
        "sent",
        "status_changed",
        "confirmed", // accepted
        "intended",
        "sent",
        "status_changed",
        "confirmed",
        "shipped", // sent
        "intended",
        "sent",
        "confirmed",
        "returned", // taken back
    ];
    assert_eq!(reported, expected);
}

#[tokio::test]
async fn what_an_order_shows_settles_what_nobody_received() {
    let world = World::new().await;
    world.submit("k1").await.unwrap();
    world.shop.faults.lock().unwrap().push_back(Fault::DoneThen("timeout"));
    let unknown = ask(&world, "c1", &FollowUp::Confirm(Confirm {})).await.unwrap();
    assert_eq!(unknown.state, IntentState::Unknown);
    world.let_time_pass().await;
    assert_eq!(world.intent("c1").await.state, IntentState::Confirmed);

    // A cancellation that did not happen may be asked for again; it does not happen by itself.
    world.shop.faults.lock().unwrap().push_back(Fault::Answer("timeout"));
    let cancel = FollowUp::Cancel(Cancel { restock: true, ..Cancel::default() });
    ask(&world, "x1", &cancel).await.unwrap();
    world.let_time_pass().await;
    let not_done = world.intent("x1").await;
    assert_eq!((not_done.state, not_done.repeatable), (IntentState::Rejected, true));
    assert_eq!(world.shop.count("cancel_order"), 1);
    assert_eq!(ask(&world, "x1", &cancel).await.unwrap().state, IntentState::Confirmed);
}

#[tokio::test]
async fn goods_and_money_are_never_sent_twice_unasked() {
    let world = World::new().await;
    world.submit("k1").await.unwrap();
    world.shop.faults.lock().unwrap().push_back(Fault::DoneThen("timeout"));
    ask(&world, "s1", &shipment()).await.unwrap();
    world.let_time_pass().await;
    let waits = world.intent("s1").await;
    assert_eq!((waits.state, waits.manual_resolution), (IntentState::Unknown, true));
    assert_eq!(world.shop.count("create_shipment"), 1);
}

#[tokio::test]
async fn what_does_not_fit_the_order_is_named() {
    let world = World::new().await;
    world.submit("k1").await.unwrap();
    let line = |id: &str, quantity| ShipmentLine { id: None, order_line_id: id.into(), quantity };
    let wrong = NewShipment { lines: vec![line("l9", 1), line("l1", 3)], tracking: vec![] };
    let refused = ask(&world, "s1", &FollowUp::Ship(wrong)).await;
    let Err(Error::Invalid(mistakes)) = refused else { panic!("{refused:?}") };
    let named: Vec<_> = mistakes.iter().map(|error| format!("{} {}", error.pointer, error.code)).collect();
    assert_eq!(named, ["/lines/0/order_line_id unknown_line", "/lines/1/quantity range"]);
    let missing = world.orders.follow_up(&world.ctx(), &world.id, "o9", "s1", &shipment()).await;
    assert!(matches!(missing, Err(Error::NotFound(_))), "{missing:?}");
    let again = ask(&world, "k1", &shipment()).await;
    assert!(matches!(again, Err(Error::KeyReused)), "the key of the order itself: {again:?}");
}

fn capture(reference: Option<&str>) -> FollowUp {
    FollowUp::Capture(NewCapture { reference: reference.map(str::to_owned), ..NewCapture::default() })
}

#[tokio::test]
async fn money_is_taken_once_and_found_again_by_its_number() {
    let world = World::new().await;
    world.submit("k1").await.unwrap();
    world.shop.faults.lock().unwrap().push_back(Fault::DoneThen("timeout"));
    let unknown = ask(&world, "p1", &capture(Some("psp-1"))).await.unwrap();
    assert_eq!(unknown.state, IntentState::Unknown);
    world.let_time_pass().await;
    let found = world.intent("p1").await;
    assert_eq!((found.state, found.manual_resolution), (IntentState::Confirmed, false), "{found:?}");
    assert_eq!(ask(&world, "p1", &capture(Some("psp-1"))).await.unwrap(), found);
    assert_eq!(world.shop.count("capture"), 1);
}

#[tokio::test]
async fn a_capture_that_cannot_be_distinguished_from_another_waits_for_manual_resolution() {
    let world = World::new().await;
    world.submit("k1").await.unwrap();
    ask(&world, "p1", &capture(Some("psp-1"))).await.unwrap();
    world.shop.faults.lock().unwrap().push_back(Fault::Answer("timeout"));
    ask(&world, "p2", &capture(Some("psp-2"))).await.unwrap();
    world.let_time_pass().await;
    let waits = world.intent("p2").await;
    assert_eq!((waits.state, waits.manual_resolution), (IntentState::Unknown, true));
    assert_eq!(world.shop.count("capture"), 2, "it was not sent again");
}

/// What the shop shows of an order's payment: all of it is authorized, and captured or not.
fn show_payment(world: &World, captured: bool, reference: Option<&str>) {
    let whole = serde_json::json!({ "amount_minor": 2500, "currency": "EUR" });
    let event = |kind: &str, reference: Option<&str>| serde_json::json!({ "kind": kind, "status": "succeeded", "amount": whole, "reference": reference });
    let mut events = vec![event("authorization", None)];
    let mut payment = serde_json::json!({ "authorized": whole });
    if captured {
        events.push(event("capture", reference));
        payment["captured"] = whole.clone();
    }
    let mut orders = world.shop.orders.lock().unwrap();
    orders[0].1.payments = serde_json::from_value(events.into()).unwrap();
    orders[0].1.payment = serde_json::from_value(payment).unwrap();
}

#[tokio::test]
async fn a_capture_that_is_shown_late_is_found_and_not_taken_for_not_done() {
    let world = World::new().await;
    world.submit("k1").await.unwrap();
    show_payment(&world, false, None);
    world.shop.faults.lock().unwrap().push_back(Fault::Answer("timeout"));
    ask(&world, "p1", &capture(Some("psp-1"))).await.unwrap();
    let code = |intent: &crate::core::order::Intent| intent.error.as_ref().map(|error| error["code"].clone());
    while code(&world.intent("p1").await) != Some("not_found_once".into()) {
        let intent = world.intent("p1").await;
        assert_eq!(intent.state, IntentState::Unknown, "one look does not prove it: {intent:?}");
        while world.resolver.step().await.unwrap() {}
        world.clock.advance(1);
    }
    show_payment(&world, true, Some("psp-1"));
    world.let_time_pass().await;
    let found = world.intent("p1").await;
    assert_eq!((found.state, found.differs_from_agreed.len()), (IntentState::Confirmed, 0), "{found:?}");

    // What two searches do not find was not done.
    let world = World::new().await;
    world.submit("k1").await.unwrap();
    show_payment(&world, false, None);
    world.shop.faults.lock().unwrap().push_back(Fault::Answer("timeout"));
    ask(&world, "p1", &capture(Some("psp-1"))).await.unwrap();
    world.let_time_pass().await;
    let not_done = world.intent("p1").await;
    assert_eq!((not_done.state, not_done.repeatable), (IntentState::Rejected, true));
    assert_eq!(world.shop.count("capture"), 1);
}

fn capture_of(minor: i64) -> FollowUp {
    let amount = serde_json::json!({ "amount_minor": minor, "currency": "EUR" });
    FollowUp::Capture(NewCapture { amount: serde_json::from_value(amount).unwrap(), ..NewCapture::default() })
}

#[tokio::test]
async fn a_captured_order_that_is_stored_before_the_answer_is_no_difference() {
    let world = World::new().await;
    world.submit("k1").await.unwrap();
    world.shop.faults.lock().unwrap().push_back(Fault::DoneThenWaits);
    let meanwhile = async {
        world.shop.is_done.notified().await;
        ask(&world, "c1", &FollowUp::Confirm(Confirm {})).await.unwrap();
        world.shop.goes_on.notify_one();
    };
    let wanted = capture_of(700);
    let (part, ()) = tokio::join!(ask(&world, "p1", &wanted), meanwhile);
    let part = part.unwrap();
    assert_eq!((part.state, part.differs_from_agreed.len()), (IntentState::Confirmed, 0), "{part:?}");

    // The same when the answer is lost, and the order is looked at afterwards.
    let world = World::new().await;
    world.submit("k1").await.unwrap();
    world.shop.faults.lock().unwrap().push_back(Fault::Answer("timeout"));
    ask(&world, "p1", &capture_of(2500)).await.unwrap();
    show_payment(&world, true, None);
    ask(&world, "c1", &FollowUp::Confirm(Confirm {})).await.unwrap();
    world.let_time_pass().await;
    let found = world.intent("p1").await;
    assert_eq!((found.state, found.differs_from_agreed.len()), (IntentState::Confirmed, 0), "{found:?}");
}

#[tokio::test]
async fn a_capture_in_another_currency_or_of_nothing_is_named() {
    let world = World::new().await;
    world.submit("k1").await.unwrap();
    for (amount, expected) in [("JPY", "/amount currency"), ("EUR", "/amount range")] {
        let amount = serde_json::json!({ "amount_minor": if amount == "EUR" { 0 } else { 5 }, "currency": amount });
        let wanted = NewCapture { amount: serde_json::from_value(amount).unwrap(), ..NewCapture::default() };
        let refused = ask(&world, "p1", &FollowUp::Capture(wanted)).await;
        let Err(Error::Invalid(mistakes)) = refused else { panic!("{refused:?}") };
        let named: Vec<_> = mistakes.iter().map(|error| format!("{} {}", error.pointer, error.code)).collect();
        assert_eq!(named, [expected]);
    }
    assert_eq!(world.shop.count("capture"), 0);
}
