//! The interface in this process, over a database of its own and without plugins: who may call what, and what is refused
//! before anything happens.

mod access;
mod document;
mod metrics;
mod orders;
mod sessions;
mod slow;
mod strangers;
mod test_keys;

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderMap, Request},
};
use connector_api::domain::ConnectionId;
use serde_json::{Value, json};
use tokio::sync::watch;
use tower::ServiceExt;

use super::{ServerSettings, Services, openapi_document, router::router};
use crate::{
    clock::{Clock, SystemClock},
    core::{
        audit::AuditLog,
        cart::{QuoteReader, QuoteSettings, circuit::CircuitRules},
        channel::{ChannelProfile, ChannelService},
        connection::{Connection, Environment, Platform},
        job::ProgressBoard,
        order::OrderSettings,
        outbox::{EventService, Sender},
    },
    metrics::Metrics,
    store::{
        Store,
        disk::{DiskGuard, DiskOf},
    },
    testing,
    work::Workers,
};

const ORIGIN: &str = "http://127.0.0.1:8080";

struct World {
    app: Router,
    services: Services,
    store: Store,
    operator: String,
    channels: ChannelService,
    host: testing::World,
    _shutdown: watch::Sender<bool>,
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

    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
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
        Self::with(ServerSettings::default()).await
    }

    async fn with(settings: ServerSettings) -> Self {
        let host = testing::World::new(testing::Options::default()).await;
        let channels = ChannelService { store: host.store.clone(), clock: Arc::clone(&host.clock) };
        let public_url: url::Url = ORIGIN.parse().unwrap();
        let operator = channels.bootstrap(&host.ctx()).await.unwrap().unwrap().key;
        assert!(channels.bootstrap(&host.ctx()).await.unwrap().is_none(), "the first key is issued once");
        let platform: Arc<dyn Platform> = Arc::new(host.connectors.clone());
        let quoting = QuoteSettings {
            deadline: Duration::from_secs(1),
            local_valid_s: 60,
            circuit: CircuitRules { failures: 5, open_s: 10 },
        };
        let webhooks = host.webhooks();
        let sender = Sender {
            network: Arc::clone(&host.network),
            vault: host.vault.clone(),
            clock: Arc::clone(&host.clock),
            deadline: Duration::from_secs(1),
        };
        let services = Services {
            clock: Arc::clone(&host.clock),
            disk: DiskGuard::new(Arc::new(DiskOf(std::env::temp_dir())), 0),
            orders: host.orders(Arc::clone(&platform), OrderSettings::default()),
            events: EventService { store: host.store.clone(), sender },
            webhooks: webhooks.service.clone(),
            receiver: webhooks.receiver.clone(),
            connections: host.connections.clone(),
            connectors: host.connectors.clone(),
            checker: host.checker.clone(),
            metrics: Metrics::start().unwrap(),
            quotes: host.quotes(platform, QuoteReader::new(host.store.clone(), 0, 1), quoting),
            channels: channels.clone(),
            sessions: host.sessions(channels.clone(), public_url.clone()),
            queue: host.queue.clone(),
            board: ProgressBoard::new(host.store.clone()),
            audit: AuditLog::new(host.store.clone()),
            workers: Workers::new(watch::channel(false).1),
            demonstration: false,
        };
        let (shutdown, shutdown_signal) = watch::channel(false);
        let app = router(services.clone(), settings, public_url, shutdown_signal);
        Self { app, services, store: host.store.clone(), operator, channels, host, _shutdown: shutdown }
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
        let channel = self.channels.add(&self.host.ctx(), profile).await.unwrap();
        let key = self.channels.issue_key(&self.host.ctx(), Some(&channel.id), Environment::Live, "").await.unwrap();
        (channel.id, key.key)
    }

    async fn connection(&self, channel: &str) -> ConnectionId {
        let mut connection = Connection::new("demo", "1.0.0", "Shop", Environment::Live, SystemClock.now());
        connection.channel_id = Some(channel.to_owned());
        self.store.insert_connection(&mut connection).await.unwrap();
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

fn is_for_operators(operation: &Value) -> bool {
    operation["description"].as_str().unwrap().ends_with("Requires an operator's key.")
}

fn filled(path: &str, id: &str) -> String {
    let part = |part: &str| match part {
        "{connection_id}" | "{channel_id}" | "{session_id}" => id.to_owned(),
        "{delivery_id}" => "1".to_owned(),
        part if part.starts_with('{') => "x".to_owned(),
        part => part.to_owned(),
    };
    path.split('/').map(part).collect::<Vec<_>>().join("/")
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
    for stray in ["s3cret_value_as_a_name", "S3CRET`, expected `x", "s3cret\\n\\u001b[31m"] {
        let body = format!("{{\"name\": \"x\", \"{stray}\": 1}}");
        let unknown = post(&[json], &body).await;
        let error = unknown.json()["errors"][0].clone();
        assert_eq!((unknown.status, &error["code"], &error["pointer"]), (422, &json!("unknown_field"), &json!("")));
        assert!(!unknown.text.to_lowercase().contains("s3cret"), "{}", unknown.text);
    }
    let typo = post(&[json], "{\"nmae\": \"x\"}").await.json();
    assert!(typo["errors"][0]["detail"].as_str().unwrap().contains("`name`"), "the known ones are listed: {typo:#}");
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
async fn disconnecting_destroys_secrets_and_leaves_a_record() {
    let world = World::new().await;
    let (channel, key) = world.channel("Channel").await;
    let id = world.connection(&channel).await;
    let path = format!("/v1/connections/{id}");
    assert_eq!(world.call(&key, "DELETE", &path, &json!({ "reason": " " })).await.code(), "invalid_request");
    let ended = world.call(&key, "DELETE", &path, &json!({ "reason": "The merchant left." })).await.json();
    assert_eq!(ended["health"]["status"], "disconnected");
    assert_eq!(ended["health"]["cause"], "The merchant left.");
    let events = world.call(&key, "GET", &format!("{path}/events?newest_first=true"), &json!({})).await.json();
    assert_eq!(events["data"][0]["type"], "connection.disconnected");
    let last = &events["data"][0]["data"];
    assert_eq!((&last["before"], &last["status"]), (&json!("pending"), &json!("disconnected")), "{events:#}");
    assert!(last["actor"].as_str().unwrap().starts_with(&format!("channel {channel} (key ")), "{last:#}");
    for (method, what) in [("POST", "pause"), ("POST", "check"), ("POST", "sync"), ("POST", "reauth-link")] {
        let answer = world.call(&world.operator, method, &format!("{path}/{what}"), &json!({})).await;
        assert_eq!((answer.status, answer.code().as_str()), (409, "not_ready"), "{what}");
    }
}
