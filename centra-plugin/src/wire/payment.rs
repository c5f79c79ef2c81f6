//! Answers to payments, and receipts: what to do next, or the order.

use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::{fault::Fault, loose};
use crate::reported::reported;

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
    /// What was wrong: names, mostly with words.
    #[serde(deserialize_with = "loose::faults")]
    pub errors: Vec<Fault>,
    /// What was wrong, in words. They may repeat what was sent, so only scrubbed ones are passed on.
    messages: Value,
    message: Value,
    msg: Value,
    /// A number or word of the platform's.
    code: Value,
}

impl Payment {
    /// Whether it has the form of the Checkout API's answers: others have a `message` or an `error`, too.
    pub fn has_form(&self) -> bool {
        let said = [&self.messages, &self.msg].into_iter().any(|own| !own.is_null());
        self.token.is_some() || self.action.is_some() || !self.errors.is_empty() || !self.order.is_empty() || said
    }

    /// Whether a message has this word in it.
    pub fn mentions(&self, word: &str) -> bool {
        let names = self.errors.iter().flat_map(|own| [own.name.as_str(), own.text.as_str()]);
        names.chain(self.texts()).any(|text| text.to_ascii_lowercase().contains(word))
    }

    fn texts(&self) -> impl Iterator<Item = &str> {
        let all = self.messages.as_array().into_iter().flatten();
        [&self.message, &self.msg, &self.messages].into_iter().chain(all).filter_map(Value::as_str)
    }

    /// The platform's own code and words, fit for an operator: `code -7: The provider does not answer`.
    pub fn words(&self) -> Option<String> {
        let faults = self.errors.iter().map(|own| format!("{}: {}", own.name, own.text));
        let mut said: Vec<String> = vec![];
        for text in self.texts().map(str::to_owned).chain(faults).filter_map(|text| reported(&text)) {
            if said.len() < 3 && !said.contains(&text) {
                said.push(text);
            }
        }
        with_code(&self.code, (!said.is_empty()).then(|| said.join("; ")))
    }
}

/// A code of the platform's with its words.
pub fn with_code(code: &Value, words: Option<String>) -> Option<String> {
    let code = match code {
        Value::Number(number) => Some(number.to_string()),
        Value::String(text) => reported(text).filter(|own| own.len() <= 40),
        _ => None,
    };
    match (code, words) {
        (Some(code), Some(words)) => Some(format!("code {code}: {words}")),
        (Some(code), None) => Some(format!("code {code}")),
        (None, words) => words,
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
