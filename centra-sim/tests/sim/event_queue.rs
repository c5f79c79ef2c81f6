//! The queue of events: listened to, filled, confirmed.

use centra_sim::events::{QueueMode, Settings, StockEvent};
use centra_sim::{Seed, SimConfig};
use serde_json::{Value, json};

use crate::support::{Sim, unlimited};

const LISTEN: &str = "mutation($l: [EventListenerSetInput!]!) { setEventListeners(input: $l) { eventListeners { objectType changeTypes } userErrors { message } } }";
const CONFIRM: &str =
    "mutation($e: [Int!]!) { confirmEvents(input: { eventsIds: $e }) { events { id } userErrors { message } } }";

async fn start(mode: QueueMode, stock: StockEvent) -> Sim {
    Sim::start(SimConfig { events: Settings { mode, stock }, ..unlimited(Seed::Small) }).await
}

async fn listen(sim: &Sim, listeners: Value) -> Value {
    sim.data(LISTEN, json!({ "l": listeners })).await["setEventListeners"].take()
}

/// Type, change and reference of what waits.
async fn queued(sim: &Sim) -> Vec<(String, String, i64)> {
    let query = "{ events(limit: 200) { id objectType changeType objectReference createdAt store { id } } }";
    let data = sim.data(query, json!({})).await;
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let events = data["events"].as_array().unwrap().iter();
    let reported =
        |own: &Value| (text(&own["objectType"]), text(&own["changeType"]), own["objectReference"].as_i64().unwrap());
    events.map(reported).collect()
}

fn event(kind: &str, change: &str, reference: i64) -> (String, String, i64) {
    (kind.to_owned(), change.to_owned(), reference)
}

#[tokio::test]
async fn what_is_listened_to_waits_until_it_is_confirmed() {
    let sim = start(QueueMode::On, StockEvent::ProductSize).await;
    assert_eq!(sim.control("touch", &json!({ "display": 1 })).await, 200);
    assert_eq!(queued(&sim).await, [], "nobody listened");
    let wanted = json!([{ "objectType": "Display" }, { "objectType": "ProductSize", "changeTypes": ["CREATED"] }]);
    let received = listen(&sim, wanted.clone()).await;
    assert_eq!(received["eventListeners"].as_array().unwrap().len(), 2);
    assert_eq!(listen(&sim, wanted).await, received, "asking again changes nothing");
    for (control, target) in
        [("touch", json!({ "display": 1 })), ("touch", json!({ "size": 1 })), ("remove", json!({ "display": 2 }))]
    {
        sim.control(control, &target).await;
    }
    let waiting = queued(&sim).await;
    assert_eq!(waiting, [event("Display", "UPDATED", 1), event("Display", "DELETED", 2)]);
    let filtered = sim.data("{ events(where: { changeType: [DELETED] }) { id } }", json!({})).await;
    assert_eq!(filtered["events"].as_array().unwrap().len(), 1);
    let confirmed = sim.data(CONFIRM, json!({ "e": [1] })).await;
    assert_eq!(confirmed["confirmEvents"]["userErrors"], json!([]));
    assert_eq!(queued(&sim).await, [event("Display", "DELETED", 2)], "what is not confirmed comes again");
}

#[tokio::test]
async fn a_change_of_stock_is_reported_as_the_switch_says() {
    for (stock, kind) in [(StockEvent::StockChange, "StockChange"), (StockEvent::ProductSize, "ProductSize")] {
        let sim = start(QueueMode::On, stock).await;
        listen(&sim, json!([{ "objectType": "StockChange" }, { "objectType": "ProductSize" }])).await;
        sim.control("change", &json!({ "count": 3, "seed": 5, "kinds": ["stock"] })).await;
        let waiting = queued(&sim).await;
        assert!(!waiting.is_empty() && waiting.iter().all(|own| own.0 == kind), "{waiting:?}");
    }
}

#[tokio::test]
async fn a_store_without_the_queue_stays_silent_or_refuses() {
    let sim = start(QueueMode::Off, StockEvent::StockChange).await;
    let received = listen(&sim, json!([{ "objectType": "Display" }])).await;
    assert_eq!(received["userErrors"], json!([]));
    sim.control("touch", &json!({ "display": 1 })).await;
    assert_eq!(queued(&sim).await, []);
    let sim = start(QueueMode::Refused, StockEvent::StockChange).await;
    let received = listen(&sim, json!([{ "objectType": "Display" }])).await;
    assert!(received["userErrors"][0]["message"].as_str().unwrap().contains("integration name"), "{received}");
}
