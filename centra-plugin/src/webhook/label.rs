//! What a webhook calls things: texts kept short, ids as numbers or text.

use serde_json::Value;

/// Most characters kept of a text.
pub(super) const MOST_CHARS: usize = 64;

/// A text, shortened.
pub(super) fn label(text: &str) -> String {
    text.chars().take(MOST_CHARS).collect()
}

/// An id: a whole number above 0 of at most 63 bits, as a number or as text.
pub(super) fn id_of(value: &Value) -> Option<i64> {
    let id = match value {
        Value::String(text) => {
            let text = text.trim();
            text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
        }
        value => value.as_i64(),
    };
    id.filter(|id| *id > 0)
}
