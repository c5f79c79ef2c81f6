//! The mutations of the event queue: who listens to what, and which events were dealt with.

use std::collections::BTreeSet;

use serde_json::{Map, Value as Json};

use crate::events::QueueMode;
use crate::store::Store;
use crate::value::{Kind, Record};

/// Carries out one mutation of the queue; `None` when it is none.
pub fn run(store: &Store, name: &str, arguments: &Map<String, Json>) -> Option<Record> {
    let input = arguments.get("input").unwrap_or(&Json::Null);
    let (payload, done) = match name {
        "setEventListeners" | "unsetEventListeners" => ("EventListenersPayload", "eventListeners"),
        "confirmEvents" => ("EventsConfirmPayload", "events"),
        _ => return None,
    };
    let record = Record::new(payload).with("userWarnings", Vec::<Record>::new());
    if store.config.events.mode == QueueMode::Refused {
        let error = Record::new("UserError")
            .with("message", "The access token must have an integration name to use events.")
            .with("path", vec!["input"]);
        return Some(record.with(done, Vec::<Record>::new()).with("userErrors", vec![error]));
    }
    let changed = store.edit_events(|queue, overlay| match name {
        "setEventListeners" => queue.listen(overlay, &listeners(input)),
        "unsetEventListeners" => queue.ignore(overlay, &listeners(input)),
        _ => {
            let ids = input["eventsIds"].as_array().into_iter().flatten().filter_map(Json::as_i64);
            ids.for_each(|id| drop(overlay.rows.remove(&(Kind::Event, id))));
        }
    });
    let listed: Vec<i64> = if name == "confirmEvents" { vec![] } else { changed };
    Some(record.with(done, (Kind::EventListener, listed)).with("userErrors", Vec::<Record>::new()))
}

fn listeners(input: &Json) -> Vec<(String, BTreeSet<String>)> {
    let text = |value: &Json| value.as_str().map(str::to_owned);
    let one = |own: &Json| {
        let types = own["changeTypes"].as_array().into_iter().flatten().filter_map(text).collect();
        Some((text(&own["objectType"])?, types))
    };
    input.as_array().into_iter().flatten().filter_map(one).collect()
}
