//! What a mutation did: its payload, and what went wrong as `userErrors`.

use serde_json::{Value, json};

use super::run::{Run, node};
use crate::checkout::change::Changed;
use crate::checkout::goods::Item;

/// What a mutation did.
pub(super) struct Done {
    /// The payload.
    pub(super) payload: Value,
    /// Whether an e-mail address was given, and whether a mail about the abandoned cart was asked for.
    pub(super) mails: (bool, bool),
}

impl Run<'_> {
    /// What went wrong, as `userErrors`; what is sold out as `UnavailableItem`.
    pub(super) fn errors(&self, changed: &Changed, path: Option<&str>) -> Value {
        let view = self.writer.view;
        let mut reported = Vec::new();
        for own in changed.body.get("unavailable").and_then(Value::as_array).into_iter().flatten() {
            let item = own["item"].as_str().and_then(|item| Item::read(view, item));
            reported.push(json!({ "__typename": "UnavailableItem", "message": "Item is not available", "path": path.map(|path| [path]),
                "originalQuantity": own["originalQuantity"], "availableQuantity": own["available"], "unavailableQuantity": own["unavailable"],
                "item": item.map(|item| self.item(item)), "displayItem": item.map(|item| node("DisplayItem", item.shown)) }));
        }
        if reported.is_empty() {
            for (field, message) in changed.body.get("errors").and_then(Value::as_object).into_iter().flatten() {
                reported.push(
                    json!({ "__typename": "UserErrorBase", "message": message, "path": [path.unwrap_or(field)] }),
                );
            }
        }
        reported.into()
    }
}
