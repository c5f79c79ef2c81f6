//! A delivery as bytes: the JSON of each version, PHP's form encoding, the signature.

use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Map, Value, json};
use sha2::Sha256;

use crate::webhook::plugin::{Ids, PluginSettings, Spaces, Version};
use crate::webhook::topic::Change;

/// The body that reports these changes.
pub fn body(changes: &[Change], settings: &PluginSettings) -> Vec<u8> {
    let payload = match settings.version {
        Version::Integration => events(changes),
        version => ids(changes, version, settings.ids),
    };
    // PHP escapes slashes.
    let json = payload.to_string().replace('/', "\\/");
    encode(&json, settings.spaces)
}

/// The header's value.
pub fn signature(secret: &str, time: i64, body: &[u8]) -> Option<String> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).ok()?;
    mac.update(format!("{time}.").as_bytes());
    mac.update(body);
    Some(format!("t={time},v1={}", hex::encode(mac.finalize().into_bytes())))
}

fn events(changes: &[Change]) -> Value {
    let events = changes.iter().map(|change| {
        let date = change.at.strftime("%Y-%m-%d %H:%M:%S.%6f").to_string();
        json!({ "type": change.topic.name(Version::Integration), "action": change.action, "date": date, "id": change.id })
    });
    json!({ "events": events.collect::<Vec<_>>() })
}

/// Ids by kind, each once.
fn ids(changes: &[Change], version: Version, form: Ids) -> Value {
    let mut kinds = Map::new();
    for change in changes {
        let Some(name) = change.topic.name(version) else { continue };
        let id = match form {
            Ids::Text => json!(change.id.to_string()),
            Ids::Number => json!(change.id),
        };
        if let Some(ids) = kinds.entry(name).or_insert_with(|| json!([])).as_array_mut()
            && !ids.contains(&id)
        {
            ids.push(id);
        }
    }
    Value::Object(kinds)
}

fn encode(json: &str, spaces: Spaces) -> Vec<u8> {
    let mut body = String::from("payload=");
    for byte in json.bytes() {
        match byte {
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'-' | b'_' | b'.' => body.push(byte.into()),
            b' ' if spaces == Spaces::Plus => body.push('+'),
            byte => body += &format!("%{byte:02X}"),
        }
    }
    body.into_bytes()
}
