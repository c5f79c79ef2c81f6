//! Who changed what: operators, channels, merchants and the command line, without secrets and people.

use std::fs;

use e2e::{World, api::Server, planted::Planted, receiver::Receiver};
use serde_json::{Value, json};

use crate::events::endpoint;

const TOKEN: &str = "t0ken/pl4nted+4bcdef&Zq8vX2";

/// Action and actor of every entry, oldest first.
fn entries(audit: &Value) -> Vec<(String, String)> {
    let text = |entry: &Value, name: &str| entry[name].as_str().unwrap().to_owned();
    audit["data"].as_array().unwrap().iter().rev().map(|entry| (text(entry, "action"), text(entry, "actor"))).collect()
}

#[test]
fn every_change_is_entered_with_who_made_it() {
    let world = World::start(&["--seed", "small", "--token", TOKEN]);
    let server = Server::start(&world.host);
    let channel = server.channel("Channel");
    let id = server.connect(&channel, &json!({}), &world.credentials());
    let path = format!("/v1/connections/{id}");
    server.synced(&channel.key, &id);
    let post = |path: &str, body: &Value| {
        let answer = server.call(&server.operator, "POST", path, body);
        assert!(answer.status < 300, "{answer:#?}");
        answer.json()
    };
    post(&format!("{path}/pause"), &json!({}));
    post(&format!("{path}/pause"), &json!({}));
    post(&format!("{path}/resume"), &json!({}));
    server.connect(&channel, &json!({ "connection_id": id }), &world.credentials());
    let receiver = Receiver::start();
    let (endpoint, _) = endpoint(&server, &channel, &receiver, &[]);
    let secret = format!("/v1/event-endpoints/{endpoint}/secret");
    assert_eq!(server.call(&channel.key, "POST", &secret, &json!({})).status, 200);
    let exported = json!({ "email": "test@example.com", "reference": "Anna Andersson: born 1980" });
    assert_eq!(server.call(&channel.key, "POST", &format!("{path}/customers/export"), &exported).status, 200);
    let profile = json!({ "name": "Anna Andersson's channel" });
    assert_eq!(server.call(&server.operator, "PATCH", &format!("/v1/channels/{}", channel.id), &profile).status, 200);
    world.host.json(&["webhook", "replay", &id]);
    world.host.json(&["keys", "rotate"]);
    let ended = server.call(&channel.key, "DELETE", &path, &json!({ "reason": "Anna Andersson wants it." }));
    assert_eq!(ended.status, 200, "{ended:#?}");

    let audit = server.get(&server.operator, "/v1/audit?limit=250");
    let key = |key: &str| key.split('_').nth(2).unwrap().to_owned();
    let operator = format!("operator (key {})", key(&server.operator));
    let own = format!("channel {} (key {})", channel.id, key(&channel.key));
    let expected = [
        ("key.issued", "command line (uid "),
        ("channel.created", &operator),
        ("key.issued", &operator),
        ("connection.created", "merchant (session cs_"),
        ("connection.paused", &operator),
        ("connection.resumed", &operator),
        ("connection.credentials_replaced", "merchant (session cs_"),
        ("endpoint.created", &own),
        ("endpoint.secret_rotated", &own),
        ("customer.exported", &own),
        ("channel.updated", &operator),
        ("connection.webhooks_replayed", "command line (uid "),
        ("keyring.rotated", "command line (uid "),
        ("connection.disconnected", &own),
    ];
    let found = entries(&audit);
    assert_eq!(found.iter().map(|(action, _)| action.as_str()).collect::<Vec<_>>(), expected.map(|(action, _)| action));
    for ((_, actor), (action, expected)) in found.iter().zip(expected) {
        assert!(actor.starts_with(expected), "{action}: {actor}");
    }
    let text = audit.to_string();
    assert!(!text.contains("Anna") && !text.contains('@'), "{audit:#}");
    assert_eq!(Planted::new(TOKEN).find("audit", text.as_bytes()), Vec::<String>::new());
    let changed = |action: &str| {
        let of = |entry: &&Value| entry["action"] == action;
        audit["data"].as_array().unwrap().iter().find(of).unwrap()["detail"].clone()
    };
    assert_eq!(changed("channel.updated"), "name");
    assert_eq!(changed("customer.exported"), "1 customers, 1 orders");

    // Filtered, paged, for operators only, and exported as lines.
    let of = |query: &str| entries(&server.get(&server.operator, &format!("/v1/audit?{query}")));
    assert_eq!(of(&format!("connection_id={id}")).len(), 7);
    assert_eq!(of(&format!("actor={}", key(&channel.key))).len(), 4);
    assert_eq!(of("action=key.*").len(), 2);
    let first = server.get(&server.operator, "/v1/audit?limit=10");
    let cursor = first["next_cursor"].as_str().unwrap();
    let rest = server.get(&server.operator, &format!("/v1/audit?limit=10&cursor={cursor}"));
    assert_eq!((entries(&rest).len(), &rest["next_cursor"]), (4, &Value::Null));
    let wrong = server.call(&server.operator, "GET", "/v1/audit?action=keys", &json!({}));
    assert_eq!(wrong.problem(), (400, "invalid_query".to_owned()));
    let refused = server.call(&channel.key, "GET", "/v1/audit", &json!({}));
    assert_eq!(refused.problem(), (403, "operator_required".to_owned()));

    let file = world.host.folder().join("audit.jsonl");
    let out = file.to_str().unwrap();
    assert_eq!(world.host.json(&["audit", "export", "--out", out])["entries"], 14);
    let lines = fs::read_to_string(&file).unwrap();
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines, audit["data"].as_array().unwrap().iter().rev().cloned().collect::<Vec<_>>());
    world.host.fails(&["audit", "export", "--out", out], 2);
    let listed = world.host.json(&["audit", "list", "--action", "connection.paused"]);
    assert_eq!(entries(&listed), [("connection.paused".to_owned(), operator)]);
}
