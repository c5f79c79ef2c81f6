//! The Integration version: events with type, action, time and id.

use connector_api::wire::{
    pull::{EntityRef, Stream},
    webhook::{EventDecision, PlatformEvent},
};
use serde_json::Value;

use super::{
    label::{MOST_CHARS, id_of, label},
    member::rejected,
};
use crate::{entity, map};

/// Reads one event.
pub(super) fn read(entry: &Value) -> PlatformEvent {
    let Some(kind) = entry["type"].as_str() else {
        return rejected("events", "The event has no `type`.");
    };
    let action = entry["action"].as_str();
    let date = entry["date"].as_str();
    if [Some(kind), action, date].into_iter().flatten().any(|text| text.chars().count() > MOST_CHARS) {
        return rejected(kind, "A text of the event is longer than any that Centra sends.");
    }
    let id = id_of(&entry["id"]);
    let decided = decide(kind, id, &entry["data"]);
    let (decision, reason, refs) = match decided {
        Decided::Route(entity) => (EventDecision::Route, None, vec![entity]),
        Decided::Ignore(reason) => (EventDecision::Ignore, Some(reason.to_owned()), vec![]),
        Decided::Reject(reason) => (EventDecision::Reject, Some(reason.to_owned()), vec![]),
    };
    PlatformEvent {
        topic: label(kind),
        action: action.map(label),
        dedupe_key: id.zip(date).map(|(id, date)| format!("{kind}:{}:{id}:{date}", action.unwrap_or_default())),
        // Centra writes the store's local time without a zone, which is no point in time.
        occurred_at: map::time(date),
        decision,
        reason,
        refs,
    }
}

enum Decided {
    Route(EntityRef),
    Ignore(&'static str),
    Reject(&'static str),
}

fn decide(kind: &str, id: Option<i64>, data: &Value) -> Decided {
    let by_id = |read: fn(i64) -> EntityRef| {
        id.map_or(Decided::Reject("The event's `id` is not an id."), |id| Decided::Route(read(id)))
    };
    match kind {
        // A number: ids of orders are hashes, which the events never carry at this place.
        "order" | "check_first" => by_id(entity::order_number),
        "shipment" => by_id(|id| EntityRef { stream: Stream::Shipments, id: id.into() }),
        "return" => by_id(|id| EntityRef { stream: Stream::Returns, id: id.into() }),
        "customer" => by_id(|id| EntityRef { stream: Stream::Customers, id: id.into() }),
        // Whether `id` is the request's or the order's number is contradictory; what the data says is not.
        "allocation_request" => match id_of(&data["order"]["number"]) {
            Some(number) => Decided::Route(entity::order_number(number)),
            None => Decided::Ignore("The event does not name its order."),
        },
        "account" => Decided::Ignore("Accounts are wholesale customers, which this connector does not keep."),
        _ => Decided::Ignore("This version of the connector does not support this type."),
    }
}
