//! What the merchant's people do to an order comes by webhook, at once, and is reported to the channel.

use e2e::{
    order_desk::{OrderDesk, WEBHOOK_SECRET},
    wait::wait_until,
};
use serde_json::json;

#[test]
fn an_order_that_is_confirmed_shipped_and_returned_in_the_store_comes_by_webhook() {
    let desk =
        OrderDesk::open("[server]\nsync_every_min = 0\n[webhooks]\npoll_s = 0\n[advanced]\nwebhook_settle_ms = 10\n");
    let placed = desk.place("key-1", &desk.order("CH-1")).unwrap().json();
    let order = &placed["outcome"]["orders"][0];
    let number: i64 = order["number"].as_str().unwrap().parse().unwrap();
    let path = format!("/orders/{}", order["id"].as_str().unwrap());
    let url = format!("{}/webhooks/{}", desk.server.address, desk.id);
    desk.world.sim.webhooks(&json!([{ "url": url, "secret": WEBHOOK_SECRET, "version": "integration" }]));
    let runs = desk.get("/runs")["data"].as_array().unwrap().len();
    let reported = |kind: &str| {
        let events = desk.server.get(&desk.channel.key, &format!("/v1/events?limit=250&type={kind}"));
        events["data"].as_array().unwrap().clone()
    };
    let (before, orders) = (desk.get(&path)["summary"].clone(), reported("order.updated").len());

    desk.world.sim.work(number, "confirm");
    let confirmed = wait_until("the order has another state", || {
        let now = desk.get(&path)["summary"].clone();
        (now["status"] != before["status"]).then_some(now)
    });
    assert_eq!(confirmed["channel_reference"], "CH-1", "{confirmed:#}");
    let updated = wait_until("the update is received", || reported("order.updated").get(orders).cloned());
    assert_eq!(updated["subject"], json!(format!("orders/{}", order["id"].as_str().unwrap())));

    desk.world.sim.work(number, "ship");
    let shipped = wait_until("the shipment is received", || reported("shipment.created").pop());
    desk.world.sim.work(number, "return");
    let back = wait_until("the return is received", || reported("return.created").pop());
    let shown = wait_until("both are there", || {
        let shown = desk.get(&path);
        let [shipments, returns] = ["shipments", "returns"].map(|name| shown[name].as_array().unwrap().len());
        (shipments == 1 && returns == 1).then_some(shown)
    });
    assert_eq!(shown["shipments"][0]["tracking"][0]["carrier"], "PostNord", "{shown:#}");
    for event in [&shipped, &back] {
        assert!(!event.to_string().contains("Provköp"), "events are free of people: {event:#}");
    }

    assert_eq!(desk.get("/runs")["data"].as_array().unwrap().len(), runs, "a sync came first: this shows nothing");
    let overview = desk.server.get(&desk.operator, &format!("/v1/connections/{}/webhooks", desk.id));
    assert_eq!((&overview["refused"], &overview["dead_lettered_entities"]), (&json!(0), &json!(0)), "{overview:#}");
    let by_webhook = |stream: &str| {
        let changes = overview["changes"].as_array().unwrap();
        changes.iter().any(|count| count["stream"] == stream && count["source"] == "webhook")
    };
    assert!(["orders", "shipments", "returns"].into_iter().all(by_webhook), "{overview:#}");
}
