//! A merchant's link and the page behind it.

use connector_api::domain::Timestamp;
use serde_json::json;

use super::World;
use crate::{
    clock::{Clock, SystemClock},
    core::{
        connection::Environment,
        session::{Draft, SessionStatus},
    },
    model::session::ConnectSession,
};

#[tokio::test]
async fn a_sessions_redirect_must_be_registered_letter_by_letter() {
    let world = World::new().await;
    let (_, key) = world.channel("Channel").await;
    for redirect in [
        "https://channel.example/back/",
        "https://channel.example/back?x",
        "https://channel.example.evil.example/back",
        "https://CHANNEL.example/back",
        "//channel.example/back",
        "javascript:alert(1)",
        "",
    ] {
        let body = json!({ "connector": "demo", "redirect_url": redirect, "state": "s".repeat(513) });
        let answer = world.call(&key, "POST", "/v1/connect-sessions", &body).await;
        assert_eq!((answer.status, answer.code().as_str()), (422, "invalid_request"), "{redirect}");
        let pointers: Vec<_> =
            answer.json()["errors"].as_array().unwrap().iter().map(|e| e["pointer"].clone()).collect();
        assert_eq!(pointers, ["/redirect_url", "/state"], "{redirect}");
    }
    let body = json!({ "connector": "demo", "redirect_url": "https://channel.example/back" });
    let operators = world.call(&world.operator, "POST", "/v1/connect-sessions", &body).await;
    assert_eq!(operators.code(), "channel_key_required");
}

#[tokio::test]
async fn links_that_are_over_or_made_up_say_so() {
    let world = World::new().await;
    let (channel, _) = world.channel("Channel").await;
    let now = SystemClock.now();
    let insert = async |token: &str, status: SessionStatus, expires_at: Timestamp| {
        let session = ConnectSession {
            id: format!("cs_{token}"),
            token_hash: crate::core::channel::key::sha256(token),
            channel_id: channel.clone(),
            connector_id: "demo".into(),
            connection: "conn_x".into(),
            reauth: false,
            redirect_url: "https://channel.example/back".into(),
            state: None,
            merchant_id: None,
            locale: None,
            environment: Environment::Live,
            status,
            draft: Draft::default(),
            sealed: None,
            webhook_received_at: None,
            result: None,
            result_key: None,
            redeemed_at: None,
            created_at: now,
            expires_at,
        };
        world.store.insert_session(&session, now.plus_seconds(-86_400)).await.unwrap();
    };
    insert("old", SessionStatus::Open, now.plus_seconds(-1)).await;
    insert("used", SessionStatus::Done, now.plus_seconds(60)).await;
    insert("off", SessionStatus::Cancelled, now.plus_seconds(-1)).await;
    insert("open", SessionStatus::Open, now.plus_seconds(60)).await;
    let json = ("content-type", "application/json");
    for (token, status, code) in [
        ("old", 410, "session_expired"),
        ("used", 410, "session_used"),
        ("off", 410, "session_used"),
        ("cs_open", 401, "session_unknown"),
        ("", 401, "session_unknown"),
    ] {
        let header = format!("Connect {token}");
        for (method, path) in [
            ("GET", "session"),
            ("PUT", "draft"),
            ("POST", "check"),
            ("POST", "confirm"),
            ("POST", "cancel"),
            ("GET", "webhook"),
        ] {
            let path = format!("/connect/v1/{path}");
            let answer = world.send(method, &path, &[("authorization", &header), json], "{}").await;
            assert_eq!((answer.status, answer.code().as_str()), (status, code), "{method} {path} {token}");
        }
    }
    let unchecked = world.send("POST", "/connect/v1/confirm", &[("authorization", "Connect open"), json], "{}").await;
    assert_eq!((unchecked.status, unchecked.code().as_str()), (409, "not_checked"));
    let cancelled = world.send("POST", "/connect/v1/cancel", &[("authorization", "Connect open")], "").await;
    assert_eq!(cancelled.json()["redirect_url"], "https://channel.example/back?status=cancelled");
    let again = world.send("POST", "/connect/v1/cancel", &[("authorization", "Connect open")], "").await;
    assert_eq!(again.code(), "session_used");
}

#[tokio::test]
async fn the_page_may_be_framed_by_those_its_channel_names_only() {
    let world = World::new().await;
    let (channel, _) = world.channel("Channel").await;
    let path = format!("/v1/channels/{channel}");
    let change = json!({ "frame_ancestors": ["https://channel.example"] });
    assert_eq!(world.call(&world.operator, "PATCH", &path, &change).await.status, 200);
    let policy = async |path: &str| {
        let page = world.send("GET", path, &[], "").await;
        assert_eq!(page.status, 200);
        page.headers["content-security-policy"].to_str().unwrap().to_owned()
    };
    assert!(policy("/connect/").await.contains("frame-ancestors 'none';"));
    assert!(policy("/connect/?channel=ch_made_up").await.contains("frame-ancestors 'none';"));
    let framed = policy(&format!("/connect/?channel={channel}")).await;
    assert!(framed.contains("frame-ancestors https://channel.example;"), "{framed}");
    assert!(policy("/dashboard/").await.contains("frame-ancestors 'none';"));
    for part in ["default-src 'none'", "script-src 'self'", "require-trusted-types-for 'script'"] {
        assert!(framed.contains(part), "{framed}");
    }
}
