//! A test key of a channel: everything that is live does not exist for it.

use serde_json::json;

use super::World;
use crate::core::connection::{Connection, Environment};

struct Tester {
    world: World,
    live: String,
    test: String,
    live_key: String,
    test_key: String,
}

impl Tester {
    async fn new() -> Self {
        let world = World::new().await;
        let (channel, live_key) = world.channel("Channel").await;
        let test_key =
            world.channels.issue_key(&world.host.ctx(), Some(&channel), Environment::Test, "").await.unwrap().key;
        let live = world.connection(&channel).await.to_string();
        let mut connection = Connection::new(
            "demo",
            "1.0.0",
            "Test shop",
            Environment::Test,
            connector_api::domain::Timestamp::default(),
        );
        connection.channel_id = Some(channel);
        world.store.insert_connection(&mut connection).await.unwrap();
        Self { world, live, test: connection.id.to_string(), live_key, test_key }
    }
}

#[tokio::test]
async fn no_operation_on_a_live_connection_knows_a_test_key() {
    let tester = Tester::new().await;
    let mut tried = 0;
    for (method, path, operation) in super::operations() {
        let takes_keys = operation["security"].as_array().unwrap().iter().any(|way| way.get("key").is_some());
        if !takes_keys || !path.contains("/connections/{connection_id}") || super::is_for_operators(&operation) {
            continue;
        }
        let body = super::strangers::smallest_body(&operation, &tester.live);
        let asked = super::filled(&path, &tester.live);
        let answer = tester.world.call(&tester.test_key, &method, &asked, &body).await;
        assert_eq!((answer.status, answer.code().as_str()), (404, "not_found"), "{method} {path}: {}", answer.text);
        tried += 1;
    }
    assert!(tried > 15, "{tried}");
    let seen =
        async |key: &str, id: &str| tester.world.call(key, "GET", &format!("/v1/connections/{id}"), &json!({})).await;
    assert_eq!(seen(&tester.test_key, &tester.test).await.status, 200);
    assert_eq!(seen(&tester.live_key, &tester.live).await.status, 200);
    assert_eq!(seen(&tester.live_key, &tester.test).await.status, 200, "a live key sees tests as well");
    let listed = tester.world.call(&tester.test_key, "GET", "/v1/connections", &json!({})).await.json();
    let ids: Vec<_> = listed["data"].as_array().unwrap().iter().map(|line| line["id"].clone()).collect();
    assert_eq!(ids, [json!(tester.test)]);
    // Nor can it renew one.
    let renewal =
        json!({ "connector": "demo", "redirect_url": "https://channel.example/back", "connection_id": tester.live });
    let refused = tester.world.call(&tester.test_key, "POST", "/v1/connect-sessions", &renewal).await;
    assert_eq!(refused.code(), "not_found");
}

#[tokio::test]
async fn events_of_live_connections_are_neither_read_nor_sent_with_a_test_key() {
    let tester = Tester::new().await;
    for id in [&tester.live, &tester.test] {
        for what in ["pause", "resume"] {
            let path = format!("/v1/connections/{id}/{what}");
            assert_eq!(tester.world.call(&tester.world.operator, "POST", &path, &json!({})).await.status, 200);
        }
    }
    let read = async |key: &str, query: &str| {
        let events = tester.world.call(key, "GET", &format!("/v1/events{query}"), &json!({})).await.json();
        let of = |event: &serde_json::Value| (event["id"].as_str().unwrap().to_owned(), event["connectionid"].clone());
        events["data"].as_array().unwrap().iter().map(of).collect::<Vec<_>>()
    };
    let all = read(&tester.live_key, "").await;
    assert_eq!(all.iter().filter(|(_, id)| *id == json!(tester.live)).count(), 2);
    for query in [String::new(), "?newest_first=true".to_owned(), format!("?connection_id={}", tester.live)] {
        let own = read(&tester.test_key, &query).await;
        assert!(own.iter().all(|(_, id)| *id == json!(tester.test)), "{query}: {own:?}");
        assert_eq!(own.len(), if query.contains("connection") { 0 } else { 2 }, "{query}");
    }
    let (live_event, _) = all.iter().find(|(_, id)| *id == json!(tester.live)).unwrap();
    let one = tester.world.call(&tester.test_key, "GET", &format!("/v1/events/{live_event}"), &json!({})).await;
    assert_eq!(one.code(), "not_found");

    let make = async |key: &str| {
        let body = json!({ "url": "https://channel.example/hooks" });
        tester.world.call(key, "POST", "/v1/event-endpoints", &body).await.json()
    };
    let (of_tests, of_all) = (make(&tester.test_key).await, make(&tester.live_key).await);
    assert_eq!((&of_tests["tests_only"], &of_all["tests_only"]), (&json!(true), &json!(false)));
    let foreign = format!("/v1/event-endpoints/{}", of_all["id"].as_str().unwrap());
    for (method, path) in
        [("GET", ""), ("PATCH", ""), ("DELETE", ""), ("POST", "/secret"), ("POST", "/test"), ("GET", "/attempts")]
    {
        let answer = tester.world.call(&tester.test_key, method, &format!("{foreign}{path}"), &json!({})).await;
        assert_eq!(answer.code(), "not_found", "{method} {path}");
    }
    let listed = tester.world.call(&tester.test_key, "GET", "/v1/event-endpoints", &json!({})).await.json();
    assert_eq!(listed["data"].as_array().unwrap().len(), 1);
    let replay = format!("/v1/event-endpoints/{}/replay", of_tests["id"].as_str().unwrap());
    let refused = tester.world.call(&tester.live_key, "POST", &replay, &json!({ "event_id": live_event })).await;
    assert_eq!(refused.code(), "not_found", "an endpoint for tests is sent nothing live, whoever asks for it");
}
