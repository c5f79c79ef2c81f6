//! What the platform answers to a follow-up is held against what was asked.

use serde_json::{Value, json};

use super::{
    agreed::{eur, reported, shirts},
    world::{Fault, World},
};
use crate::{
    core::order::{
        Error,
        follow_up::{Cancel, Confirm, FollowUp, Hold, NewCapture, NewRefund, NewReturn, NewShipment},
    },
    model::intent::IntentState,
};

fn ship() -> FollowUp {
    let lines = json!({ "lines": [{ "order_line_id": "l1", "quantity": 1 }] });
    FollowUp::Ship(serde_json::from_value::<NewShipment>(lines).unwrap())
}

fn take_back() -> FollowUp {
    let lines = json!({ "lines": [{ "order_line_id": "l1", "quantity": 1 }] });
    FollowUp::Return(serde_json::from_value::<NewReturn>(lines).unwrap())
}

fn refund(amount: Option<i64>) -> FollowUp {
    let amount = amount.map(|minor| serde_json::from_value(eur(minor)).unwrap());
    FollowUp::Refund(NewRefund { amount, ..NewRefund::default() })
}

fn capture(amount: Option<i64>) -> FollowUp {
    let amount = amount.map(|minor| serde_json::from_value(eur(minor)).unwrap());
    FollowUp::Capture(NewCapture { amount, reference: Some("psp-1".to_owned()), ..NewCapture::default() })
}

/// The fields of an order whose payment history shows these captures: amount and reference.
fn captured(taken: &[(i64, &str)]) -> Value {
    let event = |(minor, reference): &(i64, &str)| json!({ "kind": "capture", "status": "succeeded", "amount": eur(*minor), "reference": reference });
    let reserved = json!({ "kind": "authorization", "status": "succeeded", "amount": eur(2500) });
    let events: Vec<Value> = std::iter::once(reserved).chain(taken.iter().map(event)).collect();
    let sum: i64 = taken.iter().map(|(minor, _)| minor).sum();
    let sum = (sum > 0).then(|| eur(sum));
    json!({ "payments": events, "payment": { "authorized": eur(2500), "captured": sum } })
}

fn cancel(lines: Value) -> FollowUp {
    FollowUp::Cancel(Cancel { lines: serde_json::from_value(lines).unwrap(), ..Cancel::default() })
}

fn canceled(quantity: u32) -> Value {
    let mut lines = shirts(2, 1000);
    lines[0]["canceled"] = json!(quantity);
    json!({ "lines": lines, "status": "open" })
}

#[tokio::test]
async fn what_is_done_otherwise_than_asked_is_done_and_says_where_it_differs() {
    let of_line = |quantity: u32| json!({ "lines": [{ "order_line_id": "l1", "quantity": quantity }] });
    let half_done = |code: &str| json!({ "warnings": [{ "code": code, "severity": "warning", "text": "Look." }] });
    let yen = json!({ "amount": { "amount_minor": 2500, "currency": "JPY" } });
    let one = || cancel(json!([{ "order_line_id": "l1", "quantity": 1 }]));
    // The order came to cost less than was reserved: no more than its total is owed.
    let mut more_authorized = captured(&[(2500, "psp-1")]);
    more_authorized["payment"]["authorized"] = eur(4000);
    for (wanted, answer, expected) in [
        (ship(), of_line(1), vec![]),
        (ship(), of_line(2), vec!["lines/l1/quantity 1/2"]),
        (ship(), json!({ "order_id": "o9" }), vec!["order_id o1/o9"]),
        (ship(), json!({ "lines": [] }), vec!["lines 1/-"]),
        (take_back(), of_line(2), vec!["lines/l1/quantity 1/2"]),
        (ship(), half_done("not_completed"), vec!["completed true/false"]),
        (ship(), half_done("not_captured"), vec!["completed true/false"]),
        (ship(), half_done("carrier_unknown"), vec![]),
        (take_back(), half_done("not_completed"), vec!["completed true/false"]),
        (refund(Some(700)), json!({}), vec![]),
        (refund(Some(700)), json!({ "amount": eur(7000) }), vec!["amount 700/7000"]),
        (refund(Some(700)), json!({ "amount": null }), vec!["amount 700/-"]),
        (refund(None), yen, vec!["currency EUR/JPY"]),
        (refund(None), json!({ "amount": eur(0) }), vec!["amount -/0"]),
        (capture(Some(700)), json!({}), vec![]),
        (capture(Some(700)), captured(&[(7000, "psp-1")]), vec!["captured 700/7000"]),
        (capture(Some(700)), captured(&[(500, "psp-0"), (700, "psp-1")]), vec![]),
        (capture(Some(700)), captured(&[(700, "other")]), vec![]),
        (capture(Some(700)), captured(&[(600, "other")]), vec!["captured 700/600"]),
        (capture(Some(700)), captured(&[]), vec!["captured 700/-"]),
        (capture(None), captured(&[(2500, "psp-1")]), vec![]),
        (capture(None), captured(&[]), vec!["captured 2500/-"]),
        (capture(None), captured(&[(100, "psp-1")]), vec!["captured 2500/100"]),
        (capture(None), captured(&[(500, "psp-0"), (2000, "psp-1")]), vec![]),
        (capture(None), more_authorized, vec![]),
        (FollowUp::Confirm(Confirm {}), json!({ "status": "open" }), vec!["status accepted/open"]),
        (FollowUp::Hold(Hold { hold: true, reason: None }), json!({}), vec![]),
        (FollowUp::Hold(Hold { hold: true, reason: None }), json!({ "on_hold": false }), vec!["on_hold true/false"]),
        (cancel(json!([])), json!({ "status": "open" }), vec!["status canceled/open"]),
        (one(), canceled(1), vec![]),
        (one(), canceled(2), vec!["lines/l1/canceled 1/2"]),
        (one(), canceled(0), vec!["lines/l1/canceled 1/0"]),
    ] {
        let world = World::new().await;
        world.submit("k1").await.unwrap();
        world.shop.faults.lock().unwrap().push_back(Fault::Answers(answer.clone()));
        let done = world.orders.follow_up(&world.ctx(), &world.id, "o1", "f1", &wanted).await.unwrap();
        assert_eq!(done.state, IntentState::Confirmed, "{wanted:?} {answer}");
        assert_eq!(reported(&done.differs_from_agreed), expected, "{wanted:?} {answer}");
        assert_eq!(done.manual_resolution, !expected.is_empty());
    }
}

#[tokio::test]
async fn an_order_that_changes_its_currency_differs_from_what_was_agreed_when_it_was_placed() {
    let world = World::new().await;
    world.submit("k1").await.unwrap();
    world.clock.advance(60);
    world.shop.faults.lock().unwrap().push_back(Fault::Answers(json!({ "currency": "JPY" })));
    let confirm = FollowUp::Confirm(Confirm {});
    let done = world.orders.follow_up(&world.ctx(), &world.id, "o1", "c1", &confirm).await.unwrap();
    assert_eq!(reported(&done.differs_from_agreed), ["currency EUR/JPY"]);
    let placed = world.intent("k1").await;
    assert_eq!(
        (placed.manual_resolution, reported(&placed.differs_from_agreed)),
        (true, vec!["currency EUR/JPY".to_owned()])
    );
}

#[tokio::test]
async fn a_line_is_named_once_and_no_money_is_below_zero() {
    let world = World::new().await;
    world.submit("k1").await.unwrap();
    let minus = json!({ "amount_minor": -1, "currency": "EUR" });
    let twice = cancel(json!([{ "order_line_id": "l1", "quantity": 2 },
        { "order_line_id": "l1", "quantity": 2, "amount": minus }]));
    let hidden = FollowUp::Hold(Hold { hold: true, reason: Some("wait\u{202e}".into()) });
    for (wanted, expected) in [
        (twice, vec!["/lines/1/order_line_id repeated", "/lines/1/amount range"]),
        (hidden, vec!["/reason direction_character"]),
    ] {
        let refused = world.orders.follow_up(&world.ctx(), &world.id, "o1", "f1", &wanted).await;
        let Err(Error::Invalid(mistakes)) = refused else { panic!("{refused:?}") };
        let named: Vec<_> = mistakes.iter().map(|error| format!("{} {}", error.pointer, error.code)).collect();
        assert_eq!(named, expected);
    }
}
