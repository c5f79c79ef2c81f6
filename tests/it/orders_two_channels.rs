//! Two channels of one store that use the same order numbers: neither takes the other's order for its own.

use e2e::{
    order_desk::{OrderDesk, settings},
    wait::wait_until,
};
use serde_json::{Value, json};

#[test]
fn two_channels_use_the_same_number_and_each_finds_its_own_order() {
    let desk =
        OrderDesk::open("[orders]\ntimeout_s = 1\n[server]\nsync_every_min = 0\n[advanced]\norder_settle_s = 1\n");
    let other = desk.server.channel("Another channel");
    let link = desk.server.link(&other, &json!({}));
    let checked = desk.server.check_with(&link, &desk.world.credentials(), &settings());
    assert_eq!(checked["ok"], true, "{checked:#}");
    let back = desk.server.confirm(&link, &json!({}));
    let id = back["connection_id"].as_str().unwrap();
    assert_ne!(id, desk.id);
    assert_eq!(desk.server.synced(&other.key, id)["result"], "ok");

    // The other channel's answers get lost: once before its order was made, once after.
    for (number, fault) in [("CH-1", "500"), ("CH-2", "lost_answer")] {
        let own = desk.place(number, &desk.order(number)).unwrap();
        assert_eq!(own.status, 201, "{own:#?}");
        desk.world.sim.faults(&json!([{ "at": [1], "kind": fault, "ms": 3000, "operation": "OrderApi" }]));
        let path = format!("/v1/connections/{id}/orders");
        let key = format!("key-{number}");
        let late = desk.server.call_once(&other.key, &path, &key, &desk.order(number)).unwrap();
        assert_eq!((late.status, &late.json()["state"]), (202, &json!("unknown")), "{late:#?}");
        let path = format!("/v1/connections/{id}/order-intents/{}", late.json()["id"].as_str().unwrap());
        let found = wait_until("the other channel's order has ended", || {
            let intent = desk.server.get(&other.key, &path);
            (intent["state"] == "confirmed").then_some(intent)
        });
        let of = |intent: &Value| intent["outcome"]["orders"][0]["id"].as_str().unwrap().to_owned();
        assert_ne!(of(&own.json()), of(&found), "{number}: it took the other's order for its own");
        let attempts = if fault == "500" { 2 } else { 1 };
        assert_eq!(found["attempts"], attempts, "{number}: {found:#}");
    }
    let there = desk.world.sim.orders();
    assert_eq!(there.len(), 4, "{there:#?}");
}
