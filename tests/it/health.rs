//! What is believed of a connection: what its platform was seen to do, asked twice before it is closed, and no more.

use e2e::{World, shop::Shop, world};
use serde_json::{Value, json};

fn health(world: &World, id: &str) -> Value {
    world.host.json(&["connection", "show", id])["health"].clone()
}

#[test]
fn a_check_during_an_outage_leaves_the_connection_as_it_is_and_says_so() {
    let mut world = World::small();
    let id = world.connect();
    let before = health(&world, &id);
    for kind in ["500", "429", "truncated_json"] {
        world.sim.faults(&json!([{ "after": 0, "kind": kind }]));
        let checked = world.host.run(&["connection", "check", &id, "--json"]);
        assert_eq!((checked.code, &checked.json()["outcome"]), (6, &json!("not_asked")), "{kind}: {checked:#?}");
        assert_eq!(health(&world, &id), before, "{kind}");
    }
    world.sim.faults(&json!([]));
    assert_eq!(world.host.json(&["connection", "check", &id])["outcome"], "works");
    world.sim.stop();
    let checked = world.host.run(&["connection", "check", &id, "--json"]);
    assert_eq!((checked.code, health(&world, &id)["status"].as_str()), (6, Some("active")), "{checked:#?}");
}

#[test]
fn syncs_that_fail_again_and_again_show_and_a_good_one_ends_it() {
    let world = World::small();
    world.host.write("connector-host.toml", "[advanced]\nsync_page_attempts = 1\n");
    let id = world.connect();
    let sync = |world: &World| world.host.json(&["connection", "show", &id])["sync"].clone();
    assert_eq!(sync(&world)["last_good_at"], Value::Null);
    world.sync(&id, &[]);
    let good = sync(&world)["last_good_at"].clone();
    assert!(good.is_string());
    let mut states = vec![];
    for _ in 0..6 {
        world.sim.reset_stats();
        world.sim.faults(&json!([{ "after": 0, "kind": "disconnect" }]));
        world.host.fails(&["sync", &id], 6);
        states.push(health(&world, &id)["status"].as_str().unwrap().to_owned());
    }
    assert_eq!(states, ["active", "active", "degraded", "degraded", "degraded", "failing"]);
    let failing = health(&world, &id);
    assert!(failing["cause"].as_str().unwrap().contains("ended the connection"), "{failing:#}");
    assert_eq!((&sync(&world)["last_good_at"], &sync(&world)["failed_in_a_row"]), (&good, &json!(6)));
    world.sim.faults(&json!([]));
    // That it can be asked does not mean that it can be synced.
    assert_eq!(world.host.json(&["connection", "check", &id])["outcome"], "works");
    assert_eq!(health(&world, &id)["status"], "failing");
    world.sync(&id, &[]);
    assert_eq!((health(&world, &id)["status"].as_str(), &sync(&world)["failed_in_a_row"]), (Some("active"), &json!(0)));
    let events = world.host.json(&["events", "list", "--type", "connection.*", "--connection", &id]);
    let text = events.to_string();
    for kind in ["connection.degraded", "connection.failing", "connection.restored"] {
        assert!(text.contains(kind), "{kind}: {events:#}");
    }
}

#[test]
fn a_single_refusal_ends_no_connection_and_a_second_one_does() {
    let host = world::fresh_host();
    let shop = Shop::start();
    let id = world::add(&host, "template", &shop.credentials()).json()["id"].as_str().unwrap().to_owned();
    let status = || host.json(&["connection", "show", &id])["health"]["status"].clone();
    shop.refuse(1);
    assert_eq!(host.fails(&["sync", &id], 3)["code"], "auth_invalid");
    assert_eq!(status(), "active", "whoever answered the second question did not refuse it");
    shop.refuse(1);
    let checked = host.run(&["connection", "check", &id, "--json"]);
    assert_eq!((checked.code, &checked.json()["outcome"]), (0, &json!("works")), "{checked:#?}");
    shop.refuse(usize::MAX);
    assert_eq!(host.fails(&["sync", &id], 3)["code"], "auth_invalid");
    assert_eq!(status(), "reauth_required");
    shop.refuse(0);
    assert_eq!(host.json(&["connection", "check", &id])["connection"]["health"]["status"], "active");
    assert_eq!(host.json(&["sync", &id])["run"]["result"], "ok");
}
