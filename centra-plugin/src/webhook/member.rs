//! The members of a webhook's lists, and what becomes of one that cannot be understood.

use connector_api::wire::webhook::{EventDecision, PlatformEvent};
use serde_json::Value;

use super::label::label;

/// The members of a list. PHP writes a list whose keys have gaps as an object, and none as null.
pub(super) fn members(value: Value) -> Vec<Value> {
    match value {
        Value::Array(members) => members,
        Value::Object(members) => members.into_iter().map(|(_, member)| member).collect(),
        Value::Null => vec![],
        single => vec![single],
    }
}

/// An event that cannot be understood.
pub(super) fn rejected(topic: &str, reason: impl Into<String>) -> PlatformEvent {
    PlatformEvent {
        topic: label(topic),
        action: None,
        dedupe_key: None,
        occurred_at: None,
        decision: EventDecision::Reject,
        reason: Some(reason.into()),
        refs: vec![],
    }
}
