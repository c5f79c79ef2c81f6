//! The interface in this process, over a database of its own and without plugins: who may call what, and what is refused
//! before anything happens.

mod strangers;

use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderMap, Request, StatusCode},
};
use connector_api::domain::{ConnectionId, Timestamp};
use serde_json::{Value, json};
use tokio::sync::watch;
use tower::ServiceExt;

use super::{Host, Services, openapi_document, router::router};
use crate::{
    cart::{QuoteReader, QuoteService, QuoteSettings, circuit::CircuitRules},
    channel::{ChannelProfile, ChannelService},
    clock::{Clock, SystemClock},
    config::ServerSection,
    connection::{Connection, ConnectionService, ConnectorPool, Environment},
    job::{ProgressBoard, SyncQueue},
    net::{BudgetConfig, Network, NetworkPolicy},
    order::{OrderService, OrderSettings},
    outbox::{EventService, Sender},
    plugin::Registry,
    secret::{Keyring, Vault},
    session::{Draft, SessionService, SessionStatus},
    store::{ConnectionStore, SessionStore, SqliteStores, Stores, session::ConnectSession},
    webhook::{Settings, Webhooks},
};

mod orders;

const ORIGIN: &str = "http://127.0.0.1:8080";

struct World {
    app: Router,
    stores: Arc<SqliteStores>,
    operator: String,
    channels: ChannelService,
    _folder: tempfile::TempDir,
    _ending: watch::Sender<bool>,
}

struct Answer {
    status: u16,
    headers: HeaderMap,
    text: String,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    /// The problem's code, after checking that it is a whole problem.
    fn code(&self) -> String {
        assert_eq!(self.headers["content-type"], "application/problem+json", "{} {}", self.status, self.text);
        let problem = self.json();
        assert_eq!(problem["status"], self.status);
        assert_eq!(problem["request_id"], self.headers["x-request-id"].to_str().unwrap());
        problem["code"].as_str().unwrap().to_owned()
    }
}

impl World {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let stores = Arc::new(SqliteStores::open(&folder.path().join("store.db")).await.unwrap());
        let shared: Arc<dyn Stores> = stores.clone();
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let connections = ConnectionService {
            stores: Arc::clone(&shared),
            vault: Vault::new(Arc::clone(&shared), Arc::new(Keyring::generate().unwrap()), "test"),
            registry: Arc::new(Registry::default()),
            network: Arc::new(Network::new(NetworkPolicy::default()).unwrap()),
            budget: BudgetConfig::default(),
            clock: Arc::clone(&clock),
            http_deadline: Duration::from_secs(1),
            actor: "test".into(),
        };
        let channels = ChannelService { stores: Arc::clone(&shared), clock: Arc::clone(&clock) };
        let queue = SyncQueue::new(Arc::clone(&shared), Arc::clone(&clock));
        let public_url: url::Url = ORIGIN.parse().unwrap();
        let sessions =
            SessionService::new(connections.clone(), channels.clone(), queue.clone(), public_url.clone(), 60);
        let operator = channels.bootstrap().await.unwrap().unwrap().key;
        assert!(channels.bootstrap().await.unwrap().is_none(), "the first key is issued once");
        let pool = ConnectorPool::new(connections.clone());
        let quotes = QuoteService::new(
            connections.clone(),
            Arc::new(pool),
            Arc::new(QuoteReader::new(Arc::clone(&shared), 0, 1)),
            QuoteSettings {
                deadline: Duration::from_secs(1),
                local_valid_s: 60,
                circuit: CircuitRules { failures: 5, open_s: 10 },
            },
        );
        let webhooks = Webhooks::start(&connections, queue.clone(), Settings::default());
        let sender = Sender {
            network: Arc::clone(&connections.network),
            vault: connections.vault.clone(),
            clock: Arc::clone(&connections.clock),
            deadline: Duration::from_secs(1),
        };
        let services = Services {
            orders: OrderService::new(connections.clone(), OrderSettings::default()),
            events: EventService { stores: Arc::clone(&connections.stores), sender },
            webhooks: webhooks.service.clone(),
            receiver: webhooks.receiver.clone(),
            connections,
            quotes,
            channels: channels.clone(),
            sessions,
            queue,
            board: ProgressBoard::default(),
            demonstration: false,
        };
        let settings = ServerSection { listen: SocketAddr::from(([127, 0, 0, 1], 8080)), ..ServerSection::default() };
        let (ending, is_ending) = watch::channel(false);
        let app = router(Host::new(services, settings, public_url, is_ending));
        Self { app, stores, operator, channels, _folder: folder, _ending: ending }
    }

    async fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let mut request = Request::builder().method(method).uri(path).header("host", "127.0.0.1:8080");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = self.app.clone().oneshot(request.body(Body::from(body.to_owned())).unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, 10 << 20).await.unwrap();
        Answer {
            status: parts.status.as_u16(),
            headers: parts.headers,
            text: String::from_utf8(bytes.to_vec()).unwrap(),
        }
    }

    async fn call(&self, key: &str, method: &str, path: &str, body: &Value) -> Answer {
        let key = format!("Bearer {key}");
        let headers =
            [("authorization", key.as_str()), ("content-type", "application/json"), ("idempotency-key", "key-1")];
        self.send(method, path, &headers, &body.to_string()).await
    }

    /// A channel and a key of it.
    async fn channel(&self, name: &str) -> (String, String) {
        let profile = ChannelProfile {
            name: name.to_owned(),
            redirect_urls: vec!["https://channel.example/back".to_owned()],
            ..ChannelProfile::default()
        };
        let channel = self.channels.add(profile).await.unwrap();
        let key = self.channels.issue_key(Some(&channel.id), Environment::Live, "").await.unwrap();
        (channel.id, key.key)
    }

    async fn connection(&self, channel: &str) -> ConnectionId {
        let mut connection = Connection::new("demo", "1.0.0", "Shop", Environment::Live, SystemClock.now());
        connection.channel_id = Some(channel.to_owned());
        self.stores.insert_connection(&mut connection).await.unwrap();
        connection.id
    }
}

/// Every documented operation: method, path, and what is said of it.
fn operations() -> Vec<(String, String, Value)> {
    let document = openapi_document();
    let mut all = vec![];
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            all.push((method.to_uppercase(), path.clone(), operation.clone()));
        }
    }
    assert!(all.len() > 35, "{}", all.len());
    all
}

fn filled(path: &str, id: &str) -> String {
    let known = path.replace("{id}", id);
    ["{connector}", "{delivery}", "{endpoint_id}", "{event_id}", "{key_id}", "{run}", "{offer}", "{stream}"]
        .iter()
        .fold(known, |path, part| path.replace(part, "x"))
}

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
        if operation["description"] == "For operators only." {
            let target = filled(&path, if path.contains("/connections/") { id.as_str() } else { &owner });
            let body = match path.rsplit('/').next().unwrap_or_default() {
                "channels" => json!({ "name": "x" }),
                "resolve" => json!({ "decision": "not_done" }),
                "webhooks" => json!({ "allow_unsigned": true }),
                "revive" => json!({ "stream": "offers", "id": "1" }),
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
            token_hash: crate::channel::key::sha256(token),
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
            heard_at: None,
            result: None,
            result_key: None,
            redeemed_at: None,
            created_at: now,
            expires_at,
        };
        world.stores.insert_session(&session, now.plus_seconds(-86_400)).await.unwrap();
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
async fn bodies_and_parameters_that_cannot_be_read_are_named_and_not_repeated() {
    let world = World::new().await;
    let key = format!("Bearer {}", world.operator);
    let auth = ("authorization", key.as_str());
    let json = ("content-type", "application/json");
    let post = async |headers: &[(&str, &str)], body: &str| {
        world.send("POST", "/v1/channels", &[&[auth], headers].concat(), body).await
    };
    let large = format!("{{\"name\": \"{}\"}}", "x".repeat(200 * 1024));
    assert_eq!(post(&[json], &large).await.code(), "body_too_large");
    assert_eq!(post(&[("content-type", "text/plain")], "{}").await.code(), "unsupported_media_type");
    assert_eq!(post(&[], "name=x").await.code(), "unsupported_media_type");
    let broken = post(&[json], "{\"name\": \"s3cret-value\" oops").await;
    assert_eq!((broken.status, broken.code().as_str()), (400, "invalid_json"));
    let wrong = post(&[json], "{\"name\": [\"s3cret-value\"]}").await;
    assert_eq!((wrong.status, wrong.json()["errors"][0]["pointer"].as_str()), (422, Some("/name")));
    let missing = post(&[json], "{}").await;
    assert_eq!(
        missing.json()["errors"][0],
        json!({ "pointer": "/name", "code": "required", "detail": "`name` is missing" })
    );
    assert!(!broken.text.contains("s3cret") && !wrong.text.contains("s3cret"), "{} {}", broken.text, wrong.text);
    for path in [
        "/v1/connections?limit=0",
        "/v1/connections?limit=251",
        "/v1/connections?limit=x",
        "/v1/connections?colour=red",
    ] {
        let answer = world.send("GET", path, &[auth], "").await;
        assert_eq!((answer.status, answer.code().as_str()), (400, "invalid_query"), "{path}");
    }
    let cursor = world.send("GET", "/v1/connections?cursor=%21", &[auth], "").await;
    assert_eq!((cursor.status, cursor.code().as_str()), (400, "refused"));
}

#[tokio::test]
async fn lists_go_on_where_the_last_page_ended() {
    let world = World::new().await;
    for number in 0..5 {
        world.channel(&format!("Channel {number}")).await;
    }
    let (mut names, mut cursor) = (vec![], String::new());
    loop {
        let page =
            world.call(&world.operator, "GET", &format!("/v1/channels?limit=2{cursor}"), &json!({})).await.json();
        names.extend(page["data"].as_array().unwrap().iter().map(|channel| channel["name"].clone()));
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(names, ["Channel 0", "Channel 1", "Channel 2", "Channel 3", "Channel 4"]);
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

#[tokio::test]
async fn disconnecting_destroys_secrets_and_leaves_a_record() {
    let world = World::new().await;
    let (channel, key) = world.channel("Channel").await;
    let id = world.connection(&channel).await;
    let path = format!("/v1/connections/{id}");
    assert_eq!(world.call(&key, "DELETE", &path, &json!({ "reason": " " })).await.code(), "invalid_request");
    let ended = world.call(&key, "DELETE", &path, &json!({ "reason": "The merchant left." })).await.json();
    assert_eq!(ended["health"]["status"], "disconnected");
    assert_eq!(ended["health"]["cause"], "The merchant left.");
    let events = world.call(&key, "GET", &format!("{path}/events"), &json!({})).await.json();
    let last = &events["data"][0];
    assert_eq!((&last["before"], &last["after"]), (&json!("pending"), &json!("disconnected")), "{events:#}");
    assert!(last["actor"].as_str().unwrap().starts_with(&format!("channel {channel} (key ")), "{last:#}");
    for (method, what) in [("POST", "pause"), ("POST", "check"), ("POST", "sync"), ("POST", "reauth-link")] {
        let answer = world.call(&world.operator, method, &format!("{path}/{what}"), &json!({})).await;
        assert_eq!((answer.status, answer.code().as_str()), (409, "not_ready"), "{what}");
    }
}

#[tokio::test]
async fn the_document_describes_itself() {
    let world = World::new().await;
    let answer = world.send("GET", "/openapi.json", &[], "").await;
    assert_eq!(StatusCode::from_u16(answer.status).unwrap(), StatusCode::OK);
    let document = answer.json();
    assert_eq!(document["openapi"], "3.1.0");
    let mut ids: Vec<_> =
        operations().into_iter().map(|(.., operation)| operation["operationId"].to_string()).collect();
    let all = ids.len();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), all, "an operation id is used twice");
    // Every reference leads somewhere.
    let text = document.to_string();
    let references = text.split("\"$ref\":\"#").skip(1).filter_map(|rest| rest.split('"').next());
    for reference in references {
        assert!(document.pointer(reference).is_some(), "{reference} leads nowhere");
    }
}
