//! Answers to payments, and receipts: what to do next, or the order.

use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::loose;

/// An answer to `POST payment`, `POST payment-result` or `GET receipt`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Payment {
    /// The session's token, which may be another than the one sent.
    #[serde(deserialize_with = "loose::text")]
    pub token: Option<String>,
    /// What to do next: `external`, `success`, `redirect`, `form`, `failed`, …
    #[serde(deserialize_with = "loose::text")]
    pub action: Option<String>,
    /// The hash of the selection that is to be paid; none where a whole cart stands instead.
    #[serde(deserialize_with = "loose::text")]
    pub selection: Option<String>,
    /// Numbers of the order: an object that holds it, or the number itself, as older answers have it.
    #[serde(deserialize_with = "numbers")]
    pub order: Vec<i64>,
    /// Names of what was wrong.
    #[serde(deserialize_with = "loose::keys")]
    pub errors: Vec<String>,
    /// What was wrong, in words. They may repeat what was sent, and go nowhere.
    messages: Value,
}

impl Payment {
    /// Whether a message has this word in it.
    pub fn mentions(&self, word: &str) -> bool {
        let texts = self.messages.as_array().into_iter().flatten().chain([&self.messages]).filter_map(Value::as_str);
        self.errors.iter().map(String::as_str).chain(texts).any(|text| text.to_ascii_lowercase().contains(word))
    }
}

fn numbers<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<i64>, D::Error> {
    Ok(read(&Value::deserialize(deserializer)?))
}

fn read(value: &Value) -> Vec<i64> {
    match value {
        Value::Array(own) => own.iter().flat_map(read).collect(),
        Value::Object(own) => own.get("order").map(read).unwrap_or_default(),
        Value::Number(number) => number.as_i64().into_iter().collect(),
        Value::String(text) => text.trim().parse().into_iter().collect(),
        _ => vec![],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_is_named_in_any_of_its_forms() {
        for (json, expected) in [
            (r#"{"order":{"order":"2001","status":"untouched"}}"#, vec![2001]),
            (r#"{"order":{"order":2001}}"#, vec![2001]),
            (r#"{"order":"1114","status":"untouched"}"#, vec![1114]),
            (r#"{"order":["2001",{"order":2002}]}"#, vec![2001, 2002]),
            (r#"{"order":false,"selection":"4f12"}"#, vec![]),
            (r#"{"selection":{"currency":"SEK"}}"#, vec![]),
        ] {
            assert_eq!(serde_json::from_str::<Payment>(json).unwrap().order, expected, "{json}");
        }
    }
}
