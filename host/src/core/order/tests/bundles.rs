//! Orders of bundles: one line with the goods inside.

use connector_api::domain::ShipmentLine;
use serde_json::{Value, json};

use super::{
    agreed::{reported, shirts},
    world::{Fault, World},
};
use crate::{
    core::order::{
        Error, Intent,
        follow_up::{Cancel, FollowUp, NewShipment},
    },
    model::intent::IntentState,
};

fn part(id: &str, ordered: u32, canceled: u32) -> Value {
    json!({ "id": id, "variant_id": format!("v-{id}"), "title": "Part", "ordered": ordered, "fulfilled": 0,
        "returned": 0, "canceled": canceled })
}

/// Two bundles of one and two pieces.
fn bundles(canceled: u32) -> Value {
    let mut lines = shirts(2, 1000);
    lines[0]["parts"] = json!([part("p1", 2, canceled), part("p2", 4, 0)]);
    lines
}

/// A world with an order of bundles, and what its placing came to.
async fn placed() -> (World, Intent) {
    let world = World::new().await;
    world.shop.faults.lock().unwrap().push_back(Fault::Answers(json!({ "lines": bundles(0) })));
    let intent = world.submit("k1").await.unwrap();
    (world, intent)
}

async fn ask(world: &World, key: &str, wanted: FollowUp) -> Result<Intent, Error> {
    world.orders.follow_up(&world.ctx(), &world.id, "o1", key, &wanted).await
}

fn ship(lines: &[(&str, u32)]) -> FollowUp {
    let line =
        |(id, quantity): &(&str, u32)| ShipmentLine { id: None, order_line_id: (*id).into(), quantity: *quantity };
    FollowUp::Ship(NewShipment { lines: lines.iter().map(line).collect(), tracking: vec![] })
}

#[tokio::test]
async fn an_order_of_bundles_is_as_agreed() {
    let (_, intent) = placed().await;
    assert_eq!((intent.state, intent.manual_resolution), (IntentState::Confirmed, false));
    assert_eq!(reported(&intent.differs_from_agreed), Vec::<String>::new());
}

#[tokio::test]
async fn goods_of_a_bundle_are_sent_by_their_own_lines() {
    let (world, _) = placed().await;
    let refused = ask(&world, "s1", ship(&[("l1", 2), ("p2", 5), ("p9", 1)])).await;
    let Err(Error::Invalid(mistakes)) = refused else { panic!("{refused:?}") };
    let named: Vec<_> = mistakes.iter().map(|error| format!("{} {}", error.pointer, error.code)).collect();
    assert_eq!(
        named,
        ["/lines/0/order_line_id bundle_line", "/lines/1/quantity range", "/lines/2/order_line_id unknown_line"]
    );
    assert!(mistakes[0].message.contains("`p1`, `p2`"), "{}", mistakes[0].message);
    let sent = ask(&world, "s2", ship(&[("p1", 2), ("p2", 4)])).await.unwrap();
    assert_eq!((sent.state, reported(&sent.differs_from_agreed)), (IntentState::Confirmed, vec![]));
}

#[tokio::test]
async fn what_was_taken_out_of_a_bundle_is_held_against_what_was_asked() {
    let (world, _) = placed().await;
    let cancel: Cancel =
        serde_json::from_value(json!({ "lines": [{ "order_line_id": "p1", "quantity": 1 }] })).unwrap();
    for (key, canceled, expected) in [("c1", 1, vec![]), ("c2", 0, vec!["lines/p1/canceled 1/0"])] {
        world.shop.faults.lock().unwrap().push_back(Fault::Answers(json!({ "lines": bundles(canceled) })));
        let done = ask(&world, key, FollowUp::Cancel(cancel.clone())).await.unwrap();
        assert_eq!(reported(&done.differs_from_agreed), expected, "{key}");
        world.clock.advance(60);
    }
}
