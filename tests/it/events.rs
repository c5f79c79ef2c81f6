//! Events out: a change in the store is reported to its channel, signed, at least once, and to nobody else.

use std::collections::BTreeSet;

use e2e::{
    World,
    api::{Channel, Server},
    receiver::{Delivery, Receiver},
    wait::wait_until,
};
use serde_json::{Value, json};
use standardwebhooks::Webhook;

/// A store, and a host whose workers' claims run out after a second.
fn world() -> World {
    let world = World::small();
    world.host.write("connector-host.toml", "[advanced]\nlease_s = 1\n");
    world
}

/// An endpoint of a channel; gives its id and secret.
pub(crate) fn endpoint(server: &Server, channel: &Channel, receiver: &Receiver, types: &[&str]) -> (String, String) {
    let request = json!({ "url": receiver.url(), "types": types, "description": "tests" });
    let made = server.call(&channel.key, "POST", "/v1/event-endpoints", &request);
    assert_eq!(made.status, 201, "{made:#?}");
    let text = |name: &str| made.json()[name].as_str().unwrap().to_owned();
    (text("id"), text("secret"))
}

/// Panics unless the official library accepts it now.
pub(crate) fn verify(delivery: &Delivery, secret: &str) {
    let mut headers = reqwest::header::HeaderMap::new();
    for (name, value) in &delivery.headers {
        headers.insert(name.parse::<reqwest::header::HeaderName>().unwrap(), value.parse().unwrap());
    }
    Webhook::new(secret).unwrap().verify(delivery.body.as_bytes(), &headers).unwrap();
}

fn sync_now(server: &Server, connection: &str) {
    let path = format!("/v1/connections/{connection}/sync");
    assert_eq!(server.call(&server.operator, "POST", &path, &json!({})).status, 202);
}

/// Every event that a key sees, by its id, read in pages of so many.
pub(crate) fn readable(server: &Server, key: &str, limit: u32) -> BTreeSet<String> {
    let (mut ids, mut cursor) = (BTreeSet::new(), String::new());
    loop {
        let page = server.get(key, &format!("/v1/events?limit={limit}{cursor}"));
        ids.extend(page["data"].as_array().unwrap().iter().map(|event| event["id"].as_str().unwrap().to_owned()));
        cursor = format!("&cursor={}", page["next_cursor"].as_str().unwrap());
        if page["has_more"] == false {
            return ids;
        }
    }
}

#[test]
fn a_changed_product_is_reported_to_its_channel_and_to_nobody_else() {
    let world = world();
    let server = Server::start(&world.host);
    let (own, other) = (server.channel("Own"), server.channel("Other"));
    let (receives, deaf) = (Receiver::start(), Receiver::start());
    let (id, secret) = endpoint(&server, &own, &receives, &[]);
    endpoint(&server, &other, &deaf, &[]);
    let connection = server.connect(&own, &json!({}), &world.credentials());
    let first = wait_until("the event of the first sync is received", || receives.accepted(&["sync.completed"]).pop());
    assert!(first["data"]["streams"].as_array().unwrap().iter().all(|stream| stream["first"] == true), "{first:#}");
    let single = ["offer.created", "offer.updated", "price.changed", "inventory.changed"];
    assert_eq!(receives.accepted(&single), Vec::<Value>::new(), "the first pass publishes one event");
    world.sim.touch("display", 1);
    sync_now(&server, &connection);
    let updated = wait_until("the event of the change is received", || receives.accepted(&["offer.updated"]).pop());
    assert_eq!((&updated["subject"], &updated["connectionid"]), (&json!("offers/1"), &json!(connection)));
    let changed = updated["data"]["changed"].as_array().unwrap();
    assert!(changed.contains(&json!("title")), "{updated:#}");
    assert!(updated["data"]["title"].as_str().unwrap().contains("touched"), "{updated:#}");
    receives.deliveries().iter().for_each(|delivery| verify(delivery, &secret));
    world.sim.remove("display", 2);
    let full =
        server.call(&server.operator, "POST", &format!("/v1/connections/{connection}/sync"), &json!({ "full": true }));
    assert_eq!(full.status, 202);
    let deleted = wait_until("the event of the deletion is received", || receives.accepted(&["offer.deleted"]).pop());
    assert_eq!(deleted["subject"], "offers/2");
    // The other channel receives, reads and changes nothing of it.
    let event = updated["id"].as_str().unwrap();
    assert_eq!(deaf.deliveries().len(), 0);
    assert_eq!(readable(&server, &other.key, 7), BTreeSet::new());
    assert_eq!(server.call(&other.key, "GET", &format!("/v1/events/{event}"), &json!({})).status, 404);
    assert_eq!(server.get(&own.key, &format!("/v1/events/{event}")), updated, "what is read is what was sent");
    let path = format!("/v1/event-endpoints/{id}");
    for (method, path) in [
        ("GET", path.clone()),
        ("PATCH", path.clone()),
        ("DELETE", path.clone()),
        ("POST", format!("{path}/secret")),
        ("POST", format!("{path}/test")),
        ("GET", format!("{path}/attempts")),
        ("GET", format!("{path}/dead-letters")),
        ("POST", format!("{path}/replay")),
    ] {
        let refused = server.call(&other.key, method, &path, &json!({}));
        assert_eq!(refused.problem(), (404, "not_found".to_owned()), "{method} {path}");
    }
    let seen: BTreeSet<_> =
        receives.accepted(&["offer.updated", "offer.deleted"]).iter().map(|e| e["id"].to_string()).collect();
    assert_eq!(seen.len(), 2);
}

#[test]
fn killed_in_between_every_event_still_arrives_with_the_same_id() {
    let world = world();
    let mut server = Server::start(&world.host);
    let operator = server.operator.clone();
    let channel = server.channel("Channel");
    let receiver = Receiver::start();
    let (id, secret) = endpoint(&server, &channel, &receiver, &[]);
    let connection = server.connect(&channel, &json!({}), &world.credentials());
    wait_until("the event of the first sync is received", || receiver.accepted(&["sync.completed"]).pop());
    // The endpoint has taken an event and the host is killed before it receives the answer.
    receiver.hold(true);
    world.sim.touch("display", 1);
    let before = receiver.deliveries().len();
    let path = format!("/v1/connections/{connection}/sync");
    assert_eq!(server.call(&operator, "POST", &path, &json!({})).status, 202);
    let held = wait_until("an event is on its way", || receiver.deliveries().get(before).cloned());
    // A sync that is cut off goes on only when the dead host's claim has run out.
    wait_until("the sync has ended", || {
        let runs = server.get(&operator, &format!("/v1/connections/{connection}/runs"));
        let ended = runs["data"].as_array().unwrap().iter().filter(|run| run["ended_at"].is_string()).count();
        (ended > 1).then_some(())
    });
    drop(server);
    receiver.hold(false);
    server = Server::start(&world.host);
    let again = wait_until("it comes again", || {
        let mut accepted = receiver.deliveries().into_iter().filter(|delivery| delivery.accepted);
        accepted.rfind(|delivery| delivery.header("webhook-id") == held.header("webhook-id"))
    });
    assert_eq!(again.body, held.body);
    wait_until("the change arrives", || {
        receiver.accepted(&["offer.updated"]).into_iter().find(|event| event["subject"] == "offers/1")
    });
    wait_until("everything has arrived", || {
        let arrived: BTreeSet<_> =
            receiver.deliveries().iter().filter(|d| d.accepted).map(|d| d.header("webhook-id").to_owned()).collect();
        (arrived == readable(&server, &channel.key, 7)).then_some(())
    });
    receiver.deliveries().iter().for_each(|delivery| verify(delivery, &secret));
    let backlog = server.get(&channel.key, &format!("/v1/event-endpoints/{id}"))["backlog"].clone();
    assert_eq!(backlog, json!({ "retrying": 0, "dead_lettered": 0 }));
}

#[test]
fn endpoints_are_looked_after_on_the_command_line() {
    let world = world();
    let receiver = Receiver::start();
    let made = world.host.json(&["endpoint", "add", "--url", &receiver.url(), "--type", "connection.*"]);
    let (id, secret) = (made["id"].as_str().unwrap(), made["secret"].as_str().unwrap());
    assert!(secret.starts_with("whsec_"), "{made:#}");
    let connection = world.connect();
    world.sync(&connection, &[]);
    let listed = world.host.json(&["events", "list", "--type", "connection.*", "--connection", &connection]);
    let event = &listed["data"][0];
    assert_eq!((&event["type"], listed["data"].as_array().unwrap().len()), (&json!("connection.connected"), 1));
    assert_eq!(world.host.json(&["events", "show", event["id"].as_str().unwrap()]), *event);
    assert_eq!(world.host.fails(&["events", "show", "evt_x"], 9)["code"], "not_found");
    let tested = world.host.json(&["endpoint", "test", id]);
    assert_eq!((&tested["outcome"], &tested["type"]), (&json!("delivered"), &json!("endpoint.test")));
    verify(&receiver.deliveries()[0], secret);
    let server = Server::start(&world.host);
    wait_until("the event is sent", || receiver.accepted(&["connection.connected"]).pop());
    // Killed before it is written down, the host would send it once more.
    let written = |count: usize| {
        let attempts = world.host.json(&["endpoint", "attempts", id]);
        (attempts.as_array().unwrap().len() >= count).then_some(attempts)
    };
    wait_until("it is written down", || written(2));
    drop(server);
    assert_eq!(receiver.accepted(&["sync.completed"]), Vec::<Value>::new(), "it did not ask for those");
    assert_eq!(world.host.json(&["endpoint", "replay", id, "--event", event["id"].as_str().unwrap()])["events"], 1);
    assert_eq!(world.host.json(&["endpoint", "replay", id, "--dead-lettered"])["events"], 0);
    let server = Server::start(&world.host);
    wait_until("it is sent again", || receiver.accepted(&["connection.connected"]).get(1).cloned());
    let attempts = wait_until("it is written down", || written(3));
    assert!(attempts.as_array().unwrap().iter().all(|attempt| attempt["outcome"] == "delivered"), "{attempts:#}");
    drop(server);
    let shown = world.host.json(&["endpoint", "list"]);
    assert!(!shown.to_string().contains("whsec_"), "the secret is shown once: {shown:#}");
    world.host.json(&["endpoint", "remove", id]);
    assert_eq!(world.host.fails(&["endpoint", "test", id], 9)["code"], "not_found");
    let inside = world.host.fails(&["endpoint", "add", "--url", "http://10.0.0.1/"], 2);
    assert_eq!(inside["field_errors"][0]["pointer"], "/url");
}
