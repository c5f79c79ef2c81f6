//! Orders placed in a simulated store: once per key, refused without a trace, followed until the goods come back.

use e2e::{
    World,
    order_desk::{OrderDesk, SECRET, order, settings, sold},
    wait::wait_until,
};
use serde_json::{Value, json};

#[test]
fn a_key_places_an_order_once_and_receives_the_same_again() {
    let desk = OrderDesk::open("");
    let first = desk.place("key-1", &desk.order("CH-1")).unwrap();
    assert_eq!(first.status, 201, "{first:#?}");
    let intent = first.json();
    assert_eq!((&intent["state"], &intent["attempts"]), (&json!("confirmed"), &json!(1)), "{intent:#}");
    let there = desk.world.sim.orders();
    assert_eq!(there.len(), 1, "{there:#?}");
    assert_eq!(there[0]["external_id"], "CH-1");
    let placed = &intent["outcome"]["orders"][0];
    assert_eq!((&placed["id"], &placed["channel_reference"]), (&there[0]["id"], &json!("CH-1")), "{intent:#}");
    // Known at once, without a sync, and with what was agreed.
    let shown = desk.get(&format!("/orders/{}", placed["id"].as_str().unwrap()));
    assert_eq!(shown["summary"]["total_minor"], desk.sold.1 + 4900, "{shown:#}");
    assert_eq!(shown["order"]["channel_reference"], "CH-1");

    let again = desk.place("key-1", &desk.order("CH-1")).unwrap();
    assert_eq!((again.status, again.json()), (201, intent));
    let mut other = desk.order("CH-1");
    other["cart"]["lines"][0]["quantity"] = json!(2);
    assert_eq!(desk.place("key-1", &other).unwrap().problem(), (422, "idempotency_key_reused".to_owned()));
    assert_eq!(desk.place("key-2", &desk.order("CH-1")).unwrap().problem(), (409, "reference_used".to_owned()));
    let path = desk.path("/orders");
    let without = desk.server.call(&desk.channel.key, "POST", &path, &desk.order("CH-2"));
    assert_eq!(without.problem(), (400, "idempotency_key_required".to_owned()));
    let stranger = desk.server.channel("Stranger");
    let foreign = desk.server.call_once(&stranger.key, &path, "key-3", &desk.order("CH-3")).unwrap();
    assert_eq!(foreign.problem(), (404, "not_found".to_owned()));
    assert_eq!(desk.world.sim.orders().len(), 1, "one order is there, whatever was asked");
}

#[test]
fn what_the_store_refuses_leaves_nothing_behind() {
    let desk = OrderDesk::open("[orders]\ncheck_quotes = false\n");
    let mut unknown = desk.order("CH-1");
    unknown["cart"]["lines"][0]["variant_id"] = json!("999999");
    let mut sold_out = desk.order("CH-2");
    sold_out["cart"]["lines"][0]["quantity"] = json!(10_000);
    for (key, order, status, code, why) in [
        ("key-1", unknown, 422, "invalid_request", "not_for_sale"),
        ("key-2", sold_out, 409, "conflict", "out_of_stock"),
    ] {
        for time in ["first", "again"] {
            let refused = desk.place(key, &order).unwrap();
            assert_eq!(refused.problem(), (status, code.to_owned()), "{key} {time}");
            assert_eq!(refused.json()["errors"][0]["code"], why, "{key} {time}: {refused:#?}");
        }
    }
    assert_eq!(desk.world.sim.orders(), Vec::<Value>::new());
    let intents = desk.get("/order-intents?state=rejected");
    assert_eq!(intents["data"].as_array().unwrap().len(), 2, "{intents:#}");
    // Nothing was placed under that number: it is free.
    assert_eq!(desk.place("key-3", &desk.order("CH-2")).unwrap().status, 201);
}

/// The line of an order's timeline that says how a status moved.
fn moved(timeline: &[Value], axis: &str) -> Vec<String> {
    let changes = timeline.iter().filter(|moment| moment["kind"] == "status_changed");
    changes.filter_map(|moment| Some(moment["detail"][axis]["to"].as_str()?.to_owned())).collect()
}

#[test]
fn what_the_merchants_people_do_comes_back_with_the_next_sync() {
    let desk = OrderDesk::open("");
    let placed = desk.place("key-1", &desk.order("CH-1")).unwrap().json();
    let canceled = desk.place("key-2", &desk.order("CH-2")).unwrap().json();
    let id_of = |intent: &Value| intent["outcome"]["orders"][0]["id"].as_str().unwrap().to_owned();
    let number_of = |intent: &Value| {
        let number = &intent["outcome"]["orders"][0]["number"];
        number.as_str().unwrap().parse::<i64>().unwrap()
    };
    desk.world.sim.work(number_of(&placed), "confirm");
    desk.world.sim.work(number_of(&placed), "ship");
    desk.world.sim.work(number_of(&canceled), "cancel");
    desk.world.sync(&desk.id, &[]);
    desk.world.sim.work(number_of(&placed), "return");
    desk.world.sync(&desk.id, &[]);

    let shown = desk.get(&format!("/orders/{}", id_of(&placed)));
    let timeline = shown["timeline"].as_array().unwrap();
    for kind in ["intended", "sent", "confirmed", "placed", "shipped", "returned"] {
        assert!(timeline.iter().any(|moment| moment["kind"] == kind), "no `{kind}` in {timeline:#?}");
    }
    assert!(!moved(timeline, "fulfillment_status").is_empty(), "{timeline:#?}");
    assert_eq!(shown["shipments"][0]["tracking"][0]["carrier"], "PostNord", "{shown:#}");
    assert_eq!(shown["returns"].as_array().unwrap().len(), 1, "{shown:#}");
    let other = desk.get(&format!("/orders/{}", id_of(&canceled)));
    assert_eq!(other["summary"]["status"], "canceled");
    assert_eq!(moved(other["timeline"].as_array().unwrap(), "status"), ["canceled"], "{other:#}");

    let events = desk.server.get(&desk.channel.key, "/v1/events?type=order.*,shipment.*,return.*&limit=250");
    let reported: Vec<&str> =
        events["data"].as_array().unwrap().iter().map(|event| event["type"].as_str().unwrap()).collect();
    for kind in ["order.created", "order.updated", "shipment.created", "return.created"] {
        assert!(reported.iter().any(|own| own.ends_with(kind)), "no `{kind}` in {reported:?}");
    }
    assert!(!events.to_string().contains("Provköp"), "events are free of people");
}

#[test]
fn the_command_line_places_an_order_once() {
    let world = World::start(&["--seed", "small", "--order-api-secret", SECRET]);
    let credentials = world.host.write("credentials.json", &world.credentials().to_string());
    let chosen = world.host.write("settings.json", &settings().to_string());
    let files = ["--credentials-file", &credentials, "--settings-file", &chosen];
    let added = world.host.json(&[&["connection", "add", "--connector", "centra"], &files[..]].concat());
    let id = added["id"].as_str().unwrap();
    world.sync(id, &[]);
    let file = world.host.write("order.json", &order(&sold(&world.export(id)), "CH-1").to_string());
    let submit = ["order", "submit", "--connection", id, "--file", &file, "--key", "key-1"];
    let placed = world.host.json(&submit);
    assert_eq!(world.host.json(&submit), placed);
    let there = world.sim.orders();
    assert_eq!((there.len(), &there[0]["external_id"]), (1, &json!("CH-1")), "{there:#?}");
    let listed = world.host.json(&["order", "list", "--connection", id, "--reference", "CH-1"]);
    assert_eq!(listed["data"][0]["id"], there[0]["id"], "{listed:#}");
    let order_id = there[0]["id"].as_str().unwrap();
    world.host.json(&["order", "cancel", "--connection", id, order_id, "--key", "cancel-1"]);
    assert_eq!(world.sim.orders()[0]["status"], "CANCELLED");

    let other = world.host.write("order.json", &order(&sold(&world.export(id)), "CH-2").to_string());
    let reused = world.host.fails(&["order", "submit", "--connection", id, "--file", &other, "--key", "key-1"], 3);
    assert_eq!(reused["code"], "idempotency_key_reused");
}

#[test]
fn an_answer_that_is_lost_is_found_out_and_nothing_is_placed_twice() {
    let desk = OrderDesk::open("[orders]\ntimeout_s = 1\n[advanced]\norder_settle_s = 1\n");
    desk.world.sim.reset_stats();
    desk.world
        .sim
        .faults(&json!([{ "every": 1, "kind": "lost_answer", "ms": 3000, "times": 1, "operation": "OrderApi" }]));
    let late = desk.place("key-1", &desk.order("CH-1")).unwrap();
    assert_eq!((late.status, &late.json()["state"]), (202, &json!("unknown")), "{late:#?}");
    let path = format!("/order-intents/{}", late.json()["id"].as_str().unwrap());
    let found = wait_until("the order is found", || {
        let intent = desk.get(&path);
        (intent["state"] != "unknown" && intent["state"] != "sent").then_some(intent)
    });
    assert_eq!((&found["state"], &found["attempts"]), (&json!("confirmed"), &json!(1)), "{found:#}");
    assert_eq!(desk.world.sim.orders().len(), 1);
    assert_eq!(desk.place("key-1", &desk.order("CH-1")).unwrap().status, 201);
    assert_eq!(desk.world.sim.orders().len(), 1);
}

#[test]
fn a_host_that_is_reported_to_end_ends_after_the_orders_nobody_waits_for_any_more() {
    let desk = OrderDesk::open("[advanced]\norder_answer_within_s = 1\nserver_drain_s = 0\n");
    desk.world.sim.faults(&json!([{ "at": [1], "operation": "OrderApi", "kind": "slow", "ms": 3_000 }]));
    let placed = desk.place("key-1", &desk.order("CH-1")).unwrap();
    assert_eq!(placed.status, 202, "{placed:#?}");
    assert!(desk.server.terminate());
    let intents = desk.world.host.json(&["order", "intents", "--connection", &desk.id]);
    assert_eq!(intents["data"][0]["state"], "confirmed", "{intents:#}");
    assert_eq!(desk.world.sim.orders().len(), 1);
}
