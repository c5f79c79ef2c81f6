//! The body of an authentic webhook: one form parameter `payload` that holds JSON. All versions of the plugin share it;
//! the top-level key `events` distinguishes the Integration version from the others.

use connector_api::wire::webhook::PlatformEvent;
use serde_json::{Map, Value};
use url::form_urlencoded;

use super::{
    changes, events,
    member::{members, rejected},
};

/// Most events taken from one body. Centra sends at most 100 per call; a body within the host's limit could hold many
/// more.
pub const MOST_EVENTS: usize = 10_000;

/// Reads a body into what has happened, in the order in which it stands there. What cannot be understood is rejected piece
/// by piece, never as an error: another try would not help.
pub fn read(body: &[u8]) -> Vec<PlatformEvent> {
    let payload = match payload_of(body) {
        Ok(payload) => payload,
        Err(reason) => return vec![rejected("payload", reason)],
    };
    let mut found = vec![];
    for (key, value) in payload {
        let room = MOST_EVENTS.saturating_sub(found.len());
        if key == "events" {
            found.extend(members(value).into_iter().take(room + 1).map(|entry| events::read(&entry)));
        } else {
            found.extend(changes::read(&key, value).take(room + 1));
        }
        if found.len() > MOST_EVENTS {
            found.truncate(MOST_EVENTS);
            found.push(rejected("payload", "There are more events in it than this connector takes from one webhook."));
            break;
        }
    }
    found
}

fn payload_of(body: &[u8]) -> Result<Map<String, Value>, &'static str> {
    let json = form_urlencoded::parse(body)
        .find(|(name, _)| name == "payload")
        .map(|(_, value)| value)
        .ok_or("The body has no form parameter `payload`.")?;
    match serde_json::from_str(&json) {
        Ok(Value::Object(payload)) => Ok(payload),
        // PHP writes a map without entries as a list.
        Ok(Value::Array(entries)) if entries.is_empty() => Ok(Map::new()),
        Ok(_) => Err("The payload is not a JSON object."),
        Err(_) => Err("The payload is not JSON."),
    }
}
