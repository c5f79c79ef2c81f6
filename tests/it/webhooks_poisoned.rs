//! A connector that fails on a part of what was named: the part is found and dead-lettered, the rest is read.

use e2e::{Host, Plugin, api::Server, wait::wait_until, world};
use serde_json::{Value, json};

#[test]
fn one_entity_that_cannot_be_read_does_not_hold_up_the_others() {
    let host = Host::new(&[Plugin::Misbehaves]);
    host.write("connector-host.toml", "[advanced]\nwebhook_settle_ms = 0\n");
    let added = world::add(&host, "misbehaves", &json!({ "mode": "well" }));
    assert_eq!(added.code, 0, "{added:#?}");
    let id = added.json()["id"].as_str().unwrap().to_owned();
    let server = Server::start(&host);
    let path = format!("/v1/connections/{id}/webhooks");
    let changed = server.call(&server.operator, "PATCH", &path, &json!({ "allow_unsigned": true }));
    assert_eq!(changed.status, 200, "{changed:#?}");

    // A hundred in one reading; two of them, far apart, let it fail.
    let mut named: Vec<String> = (0..98).map(|number| format!("sound-{number:02}")).collect();
    named.insert(20, "poison-1".to_owned());
    named.insert(77, "poison-2".to_owned());
    let posted = server.send("POST", &format!("/webhooks/{id}"), "", &named.join("\n"));
    assert_eq!(posted.status, 200, "{posted:#?}");
    let settled = wait_until("nothing waits any more", || {
        let overview = server.get(&server.operator, &path);
        let waits = ["waiting_deliveries", "waiting_entities"].iter().any(|name| overview[*name] != 0);
        (!waits).then_some(overview)
    });
    assert_eq!(settled["dead_lettered_entities"], 2, "{settled:#}");
    let dead = server.get(&server.operator, &format!("{path}/dead-letters"));
    let mut dead_lettered: Vec<_> = dead["data"].as_array().unwrap().iter().map(|queue| queue["id"].clone()).collect();
    dead_lettered.sort_by_key(Value::to_string);
    assert_eq!(dead_lettered, [json!("poison-1"), json!("poison-2")]);
    assert!(dead["data"][0]["error"].as_str().unwrap().contains("cannot be read"), "{dead:#}");
    let delivery = server.get(&server.operator, &format!("{path}/deliveries"))["data"][0]["id"].clone();
    let shown = server.get(&server.operator, &format!("{path}/deliveries/{delivery}"));
    let entities = shown["events"][0]["entities"].as_array().unwrap();
    let done = entities.iter().filter(|entity| entity["state"] == "done").count();
    assert_eq!((entities.len(), done), (100, 98), "{shown:#}");

    let stream = dead["data"][0]["stream"].as_str().unwrap();
    let replay = |entity: &str| host.json(&["webhook", "replay", &id, "--entity", &format!("{stream}/{entity}")]);
    assert_eq!(replay("sound-00"), json!({ "deliveries": 0, "entities": 0 }), "it is not dead-lettered");
    assert_eq!(replay("poison-1"), json!({ "deliveries": 0, "entities": 1 }));
}
