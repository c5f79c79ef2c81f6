//! Events in the document: a schema for each kind of data, and a webhook for each type.

use schemars::JsonSchema;
use serde_json::{Map, Value, json};

use super::{
    schemas::{Schemas, reference},
    variants::pascal_case,
};
use crate::core::outbox::{CloudEvent, EventType, envelope::CONTENT_TYPE, schemas::EventData};

/// The event as a choice by its type, and one schema for each kind of data.
pub(super) fn schemas(known: &mut Schemas) -> Map<String, Value> {
    let envelope = CloudEvent::json_schema(known.outputs()).to_value();
    let mut all = Map::new();
    let mut mapping = Map::new();
    for kind in EventData::ALL {
        let types = types_of(kind);
        let mut event = envelope.clone();
        let described = |inner: Value, from: &Value| {
            let mut inner = inner;
            inner["description"] = from["description"].clone();
            inner
        };
        event["description"] = format!("An event with `{}Data`, as a CloudEvent 1.0.", kind.event_name()).into();
        event["properties"]["type"] =
            described(json!({ "type": "string", "enum": types }), &envelope["properties"]["type"]);
        event["properties"]["data"] = kind.schema(known.outputs());
        mapping.extend(types.iter().map(|word| ((*word).to_owned(), reference(kind.event_name())["$ref"].clone())));
        all.insert(kind.event_name().to_owned(), event);
    }
    let choices: Vec<_> = EventData::ALL.iter().map(|kind| reference(kind.event_name())).collect();
    let event = json!({
        "description": "An event, as a CloudEvent 1.0. Its `type` decides the form of its `data`.",
        "oneOf": choices,
        "discriminator": { "propertyName": "type", "mapping": mapping }
    });
    all.insert("CloudEvent".to_owned(), event);
    all
}

/// What the host sends to event endpoints.
pub(super) fn webhooks() -> Value {
    let webhooks: Map<_, _> = EventType::ALL.iter().map(|kind| (kind.as_str().to_owned(), webhook(*kind))).collect();
    webhooks.into()
}

fn webhook(kind: EventType) -> Value {
    let data = EventData::of(kind);
    let header = |name: &str, description: &str| json!({ "name": name, "in": "header", "required": true, "description": description, "schema": { "type": "string" } });
    json!({
        "post": {
            "operationId": operation_id(kind.as_str()),
            "tags": ["events"],
            "summary": format!("Receive `{}`", kind.as_str()),
            "description": "The host sends the event to event endpoints that ask for its type, signed as Standard Webhooks, \
                            until the endpoint answers 2xx.",
            "security": [],
            "parameters": [
                header("webhook-id", "Id of the event; the same however often it is sent."),
                header("webhook-timestamp", "When it was sent, in seconds since 1970."),
                header("webhook-signature", "Signatures, separated by spaces.")
            ],
            "requestBody": { "required": true, "content": { CONTENT_TYPE: { "schema": reference(data.event_name()) } } },
            "responses": {
                "2XX": { "description": "Accepted: it is not sent again." },
                "410": { "description": "The endpoint is gone: the host disables it." },
                "4XX": { "description": "Not accepted: the host tries again later." }
            }
        }
    })
}

fn types_of(data: EventData) -> Vec<&'static str> {
    let all = EventType::ALL.iter().filter(|kind| EventData::of(**kind) == data);
    all.map(|kind| kind.as_str()).collect()
}

/// `onOfferUpdated` for `offer.updated`.
fn operation_id(kind: &str) -> String {
    format!("on{}", pascal_case(kind))
}
