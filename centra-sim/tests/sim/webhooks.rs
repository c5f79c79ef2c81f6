//! What the webhook plugins send, and what goes wrong on purpose.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use centra_sim::Seed;
use centra_sim::webhook::payload;
use centra_sim::webhook::topic::Topic;
use serde_json::{Value, json};

use crate::support::{Sim, unlimited};

const SECRET: &str = "tZ9+nPRpPeUw79Ffhf8GsjfjZQGx+-bU";

/// What a receiver got, and how often it still fails.
#[derive(Default)]
struct Inbox {
    got: Vec<(HeaderMap, Bytes)>,
    failures: usize,
}

/// A receiver of webhooks.
struct Receiver {
    url: String,
    inbox: Arc<Mutex<Inbox>>,
}

impl Receiver {
    async fn start(failures: usize) -> Self {
        let inbox = Arc::new(Mutex::new(Inbox { got: vec![], failures }));
        let app = Router::new().route("/", post(take)).with_state(Arc::clone(&inbox));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { url, inbox }
    }

    fn bodies(&self) -> Vec<String> {
        let inbox = self.inbox.lock().unwrap();
        inbox.got.iter().map(|(_, body)| String::from_utf8(body.to_vec()).unwrap()).collect()
    }

    fn signatures(&self) -> Vec<Option<String>> {
        let inbox = self.inbox.lock().unwrap();
        let value = |headers: &HeaderMap| Some(headers.get("x-centra-signature")?.to_str().unwrap().to_owned());
        inbox.got.iter().map(|(headers, _)| value(headers)).collect()
    }

    fn payloads(&self) -> Vec<Value> {
        self.bodies().iter().map(|body| serde_json::from_str(&decoded(body)).unwrap()).collect()
    }
}

async fn take(State(inbox): State<Arc<Mutex<Inbox>>>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let mut inbox = inbox.lock().unwrap();
    inbox.got.push((headers, body));
    if inbox.failures > 0 {
        inbox.failures -= 1;
        return StatusCode::SERVICE_UNAVAILABLE;
    }
    StatusCode::OK
}

fn decoded(body: &str) -> String {
    let bytes = body.strip_prefix("payload=").unwrap().as_bytes();
    let mut plain = vec![];
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'+' => plain.push(b' '),
            b'%' => {
                plain.push(u8::from_str_radix(std::str::from_utf8(&bytes[at + 1..at + 3]).unwrap(), 16).unwrap());
                at += 2;
            }
            byte => plain.push(byte),
        }
        at += 1;
    }
    String::from_utf8(plain).unwrap()
}

async fn with(settings: Value) -> (Sim, Receiver) {
    let receiver = Receiver::start(settings["failures"].as_u64().unwrap_or(0).try_into().unwrap()).await;
    let sim = Sim::start(unlimited(Seed::Large(500))).await;
    let mut settings = settings;
    settings.as_object_mut().unwrap().remove("failures");
    settings["url"] = receiver.url.clone().into();
    settings["retry_pause_ms"] = 1.into();
    assert_eq!(sim.control("webhooks", &json!([settings])).await, 204);
    (sim, receiver)
}

async fn drain(sim: &Sim) -> Value {
    let request = sim.client.post(format!("{}/_sim/webhooks/drain", sim.handle.base_url));
    request.send().await.unwrap().json::<Value>().await.unwrap()[0]["counters"].clone()
}

#[tokio::test]
async fn a_changed_display_is_reported_by_its_items_and_signed() {
    for (version, name) in [("storefront", "DisplayItems"), ("checkout", "products")] {
        let (sim, receiver) = with(json!({ "secret": SECRET, "version": version })).await;
        assert_eq!(sim.control("touch", &json!({ "size": 17 })).await, 200);
        assert_eq!(sim.control("remove", &json!({ "display": 9 })).await, 200);
        let counters = drain(&sim).await;
        assert_eq!((&counters["published"], &counters["dropped"]), (&json!(2), &json!(0)));
        let reported: Vec<_> =
            receiver.payloads().iter().flat_map(|all| all[name].as_array().unwrap().clone()).collect();
        assert_eq!(reported, [json!("4"), json!("9")], "size 17 is of variant 4, which is display item 4");
        for (signature, body) in receiver.signatures().iter().zip(receiver.bodies()) {
            let signature = signature.clone().unwrap();
            let time = signature.strip_prefix("t=").unwrap().split(',').next().unwrap().parse().unwrap();
            assert_eq!(payload::signature(SECRET, time, body.as_bytes()), Some(signature));
        }
    }
}

#[test]
fn the_signature_is_centras() {
    let body = b"payload=%7B%22x%22%3A%22test%22%7D";
    let expected = "t=12345678,v1=0b9cd84f5d583e5e1aadfb9f160aa8080b51d5b85ff85808d6b75bdac356c549";
    assert_eq!(payload::signature("test123", 12_345_678, body).as_deref(), Some(expected));
}

#[tokio::test]
async fn the_integration_version_reports_of_orders_with_either_space() {
    for (spaces, space) in [("plus", "+"), ("percent", "%20")] {
        let (sim, receiver) = with(json!({ "version": "integration", "spaces": spaces, "paused": true })).await;
        sim.handle.store().webhooks().publish(Topic::Order, 2_735, "update");
        sim.handle.store().webhooks().publish(Topic::Shipment, 1_902, "good_to_go");
        sim.handle.store().webhooks().publish(Topic::DisplayItem, 19, "update");
        sim.control("webhooks/pause", &json!({ "paused": false })).await;
        drain(&sim).await;
        let payload = &receiver.payloads()[0];
        let reported: Vec<_> = payload["events"]
            .as_array()
            .unwrap()
            .iter()
            .map(|event| (&event["type"], &event["action"], &event["id"]))
            .collect();
        let expected =
            [(json!("order"), json!("update"), json!(2_735)), (json!("shipment"), json!("good_to_go"), json!(1_902))];
        assert_eq!(reported, expected.each_ref().map(|(kind, action, id)| (kind, action, id)));
        assert!(receiver.bodies()[0].contains(space), "{}", receiver.bodies()[0]);
        assert_eq!(receiver.signatures(), [None], "there is no secret");
    }
}

#[tokio::test]
async fn a_failing_receiver_is_tried_again_then_the_delivery_is_dropped_and_the_next_is_sent() {
    let (sim, receiver) =
        with(json!({ "secret": SECRET, "retries": 2, "failures": 3, "events_per_call": 1, "paused": true })).await;
    sim.control("touch", &json!({ "display": 1 })).await;
    sim.control("touch", &json!({ "display": 2 })).await;
    sim.control("webhooks/pause", &json!({ "paused": false })).await;
    let counters = drain(&sim).await;
    let names = ["deliveries", "requests", "retried", "dropped", "delivered"];
    assert_eq!(names.map(|name| counters[name].as_u64().unwrap()), [2, 4, 2, 1, 1], "{counters}");
    assert_eq!(counters["by_status"], json!({ "200": 1, "503": 3 }));
    let signatures = receiver.signatures();
    assert!(signatures[..3].iter().all(|signature| *signature == signatures[0]), "the time is kept");

    let (sim, receiver) = with(json!({ "retries": 3, "failures": 1, "retry_on": "timeout" })).await;
    sim.control("touch", &json!({ "display": 1 })).await;
    drain(&sim).await;
    assert_eq!(receiver.bodies().len(), 1, "an answer is an answer");
}

#[tokio::test]
async fn loss_doubles_and_order_are_the_same_for_the_same_seed() {
    let run = async |seed: u64| {
        let (sim, receiver) = with(json!({ "secret": SECRET, "events_per_call": 3, "seed": seed, "lose": 0.3, "double": 0.1, "shuffle": 50, "paused": true })).await;
        for display in 1..=300 {
            sim.handle.store().webhooks().publish(Topic::DisplayItem, display, "update");
        }
        sim.control("webhooks/pause", &json!({ "paused": false })).await;
        let mut counters = drain(&sim).await;
        // How long answers take is not decided by the seed.
        assert!(counters.as_object_mut().unwrap().remove("accepted_by_ms").is_some());
        (counters, receiver.bodies())
    };
    let (first, bodies) = run(7).await;
    let (again, same) = run(7).await;
    assert_eq!((&first, &bodies), (&again, &same));
    assert_ne!(bodies, run(8).await.1);
    let number = |name: &str| first[name].as_u64().unwrap();
    assert_eq!(number("deliveries"), 100);
    assert!((15..45).contains(&number("lost")) && (2..20).contains(&number("doubled")), "{first}");
    assert_eq!(bodies.len() as u64, 100 - number("lost") + number("doubled"));
    let mut ids: Vec<i64> = bodies
        .iter()
        .flat_map(|body| {
            let payload: Value = serde_json::from_str(&decoded(body)).unwrap();
            payload["DisplayItems"]
                .as_array()
                .unwrap()
                .iter()
                .map(|id| id.as_str().unwrap().parse().unwrap())
                .collect::<Vec<i64>>()
        })
        .collect();
    assert!(!ids.is_sorted(), "they are out of order");
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len() as u64, 300 - 3 * number("lost"));
}

#[tokio::test]
async fn many_random_changes_show_in_the_data_and_are_reported() {
    let everything = "{ displays(limit: 200) { name } pricelists { prices(limit: 200) { price { value } } } warehouses(limit: 9) { stock(limit: 200) { physicalQuantity } } }";
    let request = json!({ "count": 400, "seed": 3, "kinds": ["display", "price", "stock", "remove"] });
    let mut seen = vec![];
    for _ in 0..2 {
        let (sim, receiver) = with(json!({ "events_per_call": 10 })).await;
        let before = sim.data(everything, json!({})).await;
        assert_eq!(sim.control("change", &request).await, 200);
        let after = sim.data(everything, json!({})).await;
        for list in ["displays", "pricelists", "warehouses"] {
            assert_ne!(before[list], after[list], "{list}");
        }
        let counters = drain(&sim).await;
        assert!(counters["published"].as_u64().unwrap() > 390, "{counters}");
        assert!(receiver.bodies().len() >= 39);
        seen.push(after);
    }
    assert_eq!(seen[0], seen[1]);
}

#[tokio::test]
async fn settings_outside_centras_ranges_are_refused_by_name() {
    let sim = Sim::start(unlimited(Seed::Small)).await;
    for (setting, value) in [
        ("events_per_call", json!(101)),
        ("timeout_s", json!(0)),
        ("retries", json!(4)),
        ("lose", json!(2)),
        ("url", json!("ftp://x")),
        ("colour", json!(1)),
    ] {
        let mut plugin = json!({ "url": "http://127.0.0.1:1/" });
        plugin[setting] = value;
        let request = sim.client.post(format!("{}/_sim/webhooks", sim.handle.base_url)).json(&json!([plugin]));
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 400);
        let reason = answer.text().await.unwrap();
        assert!(reason.contains(setting), "{reason}");
    }
}
