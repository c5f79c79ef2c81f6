//! Parameters of an operation.

use serde_json::{Value, json};

use super::schemas::reference;

/// What each part of a path names.
const PARTS: [(&str, &str); 13] = [
    ("connection_id", "Id of the connection."),
    ("channel_id", "Id of the channel."),
    ("key_id", "Id of the key, not the key itself."),
    ("session_id", "Id of the connect session."),
    ("connector_id", "Id of the connector, such as `acme`."),
    ("run_id", "Id of the sync run."),
    ("offer_id", "The platform's id of the offer."),
    ("stream", "Name of the stream, such as `markets`, `pricelists` or `categories`."),
    ("order_id", "The platform's id of the order."),
    ("intent_id", "Id of the order intent."),
    ("delivery_id", "Number of the delivery."),
    ("event_id", "Id of the event."),
    ("endpoint_id", "Id of the event endpoint."),
];

/// The parameters that a path names.
pub(super) fn of_path(path: &str) -> Vec<Value> {
    let names = path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let parameter = |name: &str| {
        let description = PARTS.iter().find(|(part, _)| *part == name).map_or("", |(_, description)| *description);
        let schema = match name {
            "delivery_id" => json!({ "type": "integer", "format": "int64" }),
            "stream" => reference("Stream"),
            _ => json!({ "type": "string" }),
        };
        json!({ "name": name, "in": "path", "required": true, "description": description, "schema": schema })
    };
    names.map(parameter).collect()
}

/// The query parameters that a struct's schema describes.
pub(super) fn of_query(schema: &Value) -> Vec<Value> {
    let properties = schema["properties"].as_object().cloned().unwrap_or_default();
    let parameter = |(name, schema): (String, Value)| {
        let mut schema = without_null(schema);
        let description = schema.as_object_mut().and_then(|schema| schema.remove("description"));
        json!({ "name": name, "in": "query", "description": description.unwrap_or_default(), "schema": schema })
    };
    properties.into_iter().map(parameter).collect()
}

/// A parameter is absent, never null.
fn without_null(mut schema: Value) -> Value {
    if schema["default"].is_null()
        && let Some(schema) = schema.as_object_mut()
    {
        schema.remove("default");
    }
    if let Some(types) = schema["type"].as_array() {
        let types: Vec<_> = types.iter().filter(|one| **one != "null").cloned().collect();
        if let [one] = types.as_slice() {
            schema["type"] = one.clone();
        }
    }
    let is_null = |one: &Value| one["type"] == "null";
    let Some(choices) = schema["anyOf"].as_array().filter(|choices| choices.iter().any(is_null)) else { return schema };
    let Some(mut inner) = choices.iter().find(|one| !is_null(one)).cloned() else { return schema };
    if let Some(description) = schema.get("description") {
        inner["description"] = description.clone();
    }
    inner
}

pub(super) fn idempotency_key() -> Value {
    json!({
        "name": "Idempotency-Key", "in": "header", "required": true,
        "description": "A key of your own, 1 to 255 visible ASCII characters. A request with the same key and body gets the \
                        same answer; nothing is done twice.",
        "schema": { "type": "string", "minLength": 1, "maxLength": 255 }
    })
}
