//! Who may call what: keys, scopes, the dashboard's cookie.

use axum::{body::Body, http::Request};
use serde_json::json;
use tower::ServiceExt;

use super::{ORIGIN, World, filled, operations};
use crate::http::ServerSettings;

#[tokio::test]
async fn nothing_but_what_is_open_answers_without_a_key_or_with_a_wrong_one() {
    let world = World::new().await;
    for (method, path, operation) in operations() {
        if operation["security"] == json!([]) {
            continue;
        }
        let path = filled(&path, "x");
        let json = ("content-type", "application/json");
        assert_eq!(world.send(&method, &path, &[json], "{}").await.status, 401, "{method} {path}");
        let mut wrong = world.operator.clone();
        wrong.replace_range(wrong.len() - 1.., if wrong.ends_with('0') { "1" } else { "0" });
        for header in [format!("Bearer {wrong}"), "Bearer x".to_owned(), "Connect x".to_owned()] {
            let answer = world.send(&method, &path, &[json, ("authorization", &header)], "{}").await;
            let is_link_with_a_form = header.starts_with("Connect") && answer.status == 422;
            assert!(answer.status == 401 || is_link_with_a_form, "{method} {path} {header}: {}", answer.text);
        }
    }
}

#[tokio::test]
async fn what_is_for_operators_is_refused_to_channels_and_what_is_anothers_does_not_exist() {
    let world = World::new().await;
    let (owner, own_key) = world.channel("Owner").await;
    let (_, other_key) = world.channel("Other").await;
    let id = world.connection(&owner).await;
    let mut forbidden = 0;
    for (method, path, operation) in operations() {
        if super::is_for_operators(&operation) {
            let target = filled(&path, if path.contains("/connections/") { id.as_str() } else { &owner });
            let body = match path.rsplit('/').next().unwrap_or_default() {
                "channels" => json!({ "name": "x" }),
                "resolve" => json!({ "decision": "not_done" }),
                "webhooks" => json!({ "allow_unsigned": true }),
                _ => json!({}),
            };
            let answer = world.call(&own_key, &method, &target, &body).await;
            assert_eq!(answer.code(), "operator_required", "{method} {target}");
            forbidden += 1;
        }
    }
    assert!(forbidden >= 12, "{forbidden}");
    assert_eq!(world.call(&own_key, "GET", &format!("/v1/connections/{id}"), &json!({})).await.status, 200);
    let listed = world.call(&other_key, "GET", &format!("/v1/connections?channel_id={owner}"), &json!({})).await;
    assert_eq!(listed.json()["data"], json!([]), "a filter shows nothing of another channel");
    assert_eq!(world.call(&other_key, "GET", &format!("/v1/channels/{owner}"), &json!({})).await.code(), "not_found");
}

#[tokio::test]
async fn keys_are_kept_as_hashes_and_at_most_two_work() {
    let world = World::new().await;
    let (channel, first) = world.channel("Channel").await;
    let keys = format!("/v1/channels/{channel}/keys");
    let second = world.call(&world.operator, "POST", &keys, &json!({ "label": "next" })).await;
    assert_eq!(second.status, 201, "{}", second.text);
    let second = second.json()["key"].as_str().unwrap().to_owned();
    assert_eq!(world.call(&world.operator, "POST", &keys, &json!({})).await.code(), "too_many_keys");
    let listed = world.call(&world.operator, "GET", &keys, &json!({})).await;
    let secret = first.rsplit('_').next().unwrap();
    assert!(!listed.text.contains(secret) && !listed.text.contains("hash"), "{}", listed.text);
    let first_id = first.split('_').nth(2).unwrap();
    assert_eq!(world.call(&world.operator, "DELETE", &format!("{keys}/{first_id}"), &json!({})).await.status, 204);
    assert_eq!(world.call(&first, "GET", "/v1/connections", &json!({})).await.code(), "key_refused");
    assert_eq!(world.call(&second, "GET", "/v1/connections", &json!({})).await.status, 200);
    let listed = world.call(&world.operator, "GET", &keys, &json!({})).await.json();
    assert!(listed["data"][0]["last_used_at"].is_string(), "{listed:#}");
}

#[tokio::test]
async fn a_dashboards_cookie_works_from_the_hosts_own_pages_only() {
    let world = World::new().await;
    let (_, channel_key) = world.channel("Channel").await;
    let json = ("content-type", "application/json");
    let login = |key: &str| json!({ "token": key }).to_string();
    let own = ("origin", ORIGIN);
    let foreign = world
        .send("POST", "/dashboard/v1/login", &[json, ("origin", "https://evil.example")], &login(&world.operator))
        .await;
    assert_eq!((foreign.status, foreign.code().as_str()), (403, "origin_mismatch"));
    let channels = world.send("POST", "/dashboard/v1/login", &[json, own], &login(&channel_key)).await;
    assert_eq!(channels.code(), "key_refused", "a channel's key opens no dashboard");
    let signed_in = world.send("POST", "/dashboard/v1/login", &[json, own], &login(&world.operator)).await;
    assert_eq!(signed_in.status, 204, "{}", signed_in.text);
    let cookie = signed_in.headers["set-cookie"].to_str().unwrap().to_owned();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{cookie}");
    let cookie = ("cookie", cookie.split(';').next().unwrap());
    assert_eq!(world.send("GET", "/v1/channels", &[cookie], "").await.status, 200);
    let body = json!({ "name": "Made here" }).to_string();
    for origin in [None, Some("https://evil.example"), Some("null"), Some("http://127.0.0.1:8081")] {
        let mut headers = vec![cookie, json];
        headers.extend(origin.map(|origin| ("origin", origin)));
        let answer = world.send("POST", "/v1/channels", &headers, &body).await;
        assert_eq!((answer.status, answer.code().as_str()), (403, "origin_mismatch"), "{origin:?}");
    }
    assert_eq!(world.send("POST", "/v1/channels", &[cookie, json, own], &body).await.status, 201);
    assert_eq!(world.send("POST", "/dashboard/v1/logout", &[cookie, own], "").await.status, 204);
    assert_eq!(world.send("GET", "/v1/channels", &[cookie], "").await.code(), "key_required");
}

#[tokio::test]
async fn a_busy_host_says_so_still_lives_and_still_takes_webhooks() {
    let world = World::with(ServerSettings { max_requests: 1, ..ServerSettings::default() }).await;
    assert_eq!(world.call(&world.operator, "GET", "/v1/connections", &json!({})).await.status, 200);
    // The writer is taken: a sign-in stays in progress.
    let writer = world.store.hold_writer().await;
    let login = Request::builder().method("POST").uri("/dashboard/v1/login").header("host", "127.0.0.1:8080");
    let login = login.header("content-type", "application/json").header("origin", ORIGIN);
    let login = login.body(Body::from(json!({ "token": world.operator }).to_string())).unwrap();
    let held = tokio::spawn(world.app.clone().oneshot(login));
    let mut busy = world.call("", "GET", "/openapi.json", &json!({})).await;
    while busy.status == 200 {
        tokio::task::yield_now().await;
        busy = world.call("", "GET", "/openapi.json", &json!({})).await;
    }
    assert_eq!((busy.status, busy.code().as_str()), (503, "overloaded"));
    for path in ["/livez", "/readyz"] {
        assert_eq!(world.call("", "GET", path, &json!({})).await.status, 200, "{path}");
    }
    let webhook = world.call("", "POST", "/webhooks/conn_1", &json!({})).await;
    assert_ne!(webhook.status, 503, "{}", webhook.text);
    let known = world.call(&world.operator, "GET", "/v1/connections", &json!({})).await;
    assert_eq!(known.status, 200, "who is known has places of its own: {}", known.text);
    drop(writer);
    assert_eq!(held.await.unwrap().unwrap().status(), 204);
}
