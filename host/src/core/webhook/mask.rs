//! What people may see of a delivery's body: its shape and ids, not the people in it.

use connector_api::wire::service::Header;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

use super::content::Content;
use crate::net::Scrubber;

/// Most bytes of a body that are shown.
const MOST_SHOWN: usize = 256 * 1024;

/// Content of a delivery, without personal data.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct MaskedContent {
    /// Its headers; what signs it is cut.
    pub headers: Vec<MaskedHeader>,
    /// Its body read as JSON or as a form whose values may be JSON, without personal data; absent when it is neither, or
    /// too large to be shown.
    pub body: Option<Value>,
}

/// A header, without its value where that is secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct MaskedHeader {
    /// Name of the header.
    pub name: String,
    /// Its value, cut when it may prove something.
    pub value: String,
}

/// Masks a delivery.
pub fn masked(content: &Content) -> MaskedContent {
    let scrubber = Scrubber::new(&[]);
    MaskedContent {
        headers: content.headers.iter().map(header).collect(),
        body: (content.body.len() <= MOST_SHOWN).then(|| body(&scrubber, content)).flatten(),
    }
}

fn header(header: &Header) -> MaskedHeader {
    let name = header.name.to_ascii_lowercase();
    let proves = ["sign", "hmac", "token", "secret", "key"].iter().any(|word| name.contains(word));
    let value = if proves {
        header.value.chars().take(16).chain(std::iter::once('…')).collect()
    } else {
        header.value.clone()
    };
    MaskedHeader { name: header.name.clone(), value }
}

fn body(scrubber: &Scrubber, content: &Content) -> Option<Value> {
    if let Ok(value) = serde_json::from_slice(&content.body) {
        return Some(scrubber.masked(value));
    }
    let is_form = content.headers.iter().any(|header| {
        header.name.eq_ignore_ascii_case("content-type")
            && header.value.trim().to_ascii_lowercase().starts_with("application/x-www-form-urlencoded")
    });
    if !is_form {
        return None;
    }
    let fields = url::form_urlencoded::parse(&content.body).map(|(name, value)| {
        let value = serde_json::from_str(&value).unwrap_or_else(|_| Value::String(value.into_owned()));
        (name.into_owned(), value)
    });
    Some(scrubber.masked(Value::Object(fields.collect::<Map<_, _>>())))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn content(kind: &str, body: &str) -> Content {
        let header = |name: &str, value: &str| Header { name: name.into(), value: value.into(), secret: false };
        let headers = vec![header("Content-Type", kind), header("X-Shop-Signature", "t=12345678,v1=0123456789abcdef")];
        Content { headers, body: body.as_bytes().to_vec() }
    }

    #[test]
    fn people_are_masked_and_ids_are_shown_in_json_and_in_forms() {
        let event = json!({ "id": 7, "email": "ada@home.example", "address": { "city": "Malmö" } }).to_string();
        let expected = json!({ "id": 7, "email": "person@store.example", "address": { "city": "[personal]" } });
        let plain = masked(&content("application/json", &event));
        assert_eq!(plain.body, Some(expected.clone()));
        assert_eq!(plain.headers[1].value, "t=12345678,v1=01…");
        let form = url::form_urlencoded::Serializer::new(String::new()).append_pair("payload", &event).finish();
        let form = masked(&content("application/x-www-form-urlencoded", &form));
        assert_eq!(form.body, Some(json!({ "payload": expected })));
        assert_eq!(masked(&content("text/plain", "Ada lives in Malmö")).body, None);
    }
}
