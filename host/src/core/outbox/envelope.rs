//! What is sent: an event as a `CloudEvent` 1.0 in structured JSON.

use connector_api::domain::{ConnectionId, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::value::RawValue;

use crate::model::outbox::{EventType, OutboxEvent};

/// Content type of an event that is sent.
pub const CONTENT_TYPE: &str = "application/cloudevents+json";

const SPECVERSION: &str = "1.0";
const DATA_CONTENT_TYPE: &str = "application/json";

/// An event, as a `CloudEvent` 1.0.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct CloudEvent {
    /// `1.0`, of the specification.
    #[schemars(extend("const" = SPECVERSION))]
    specversion: &'static str,
    /// Id of the event; the same however often it is sent.
    pub id: String,
    /// Where it happened: the address of the connection, relative to the host.
    source: String,
    /// Its type, such as `offer.updated`.
    #[serde(rename = "type")]
    #[schemars(with = "EventType")]
    pub kind: String,
    /// What it is about inside the connection, such as `offers/10`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// When it happened.
    pub time: Timestamp,
    /// Media type of `data`; always `application/json`.
    #[schemars(extend("const" = DATA_CONTENT_TYPE))]
    datacontenttype: &'static str,
    /// Rises with every event of the host; as text of 19 digits, so that it is ordered as text, too. Of two events with
    /// the same subject the higher one is the newer.
    sequence: String,
    /// Id of the connection.
    pub connectionid: ConnectionId,
    /// The channel that receives it.
    #[serde(skip_serializing_if = "Option::is_none")]
    channelid: Option<String>,
    /// The trace of what made it true, as W3C trace context (the distributed tracing extension of `CloudEvents`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub traceparent: Option<String>,
    /// What happened, in the form that its type has; see `docs/events.md`.
    #[schemars(with = "std::collections::BTreeMap<String, serde_json::Value>")]
    data: Box<RawValue>,
}

impl From<OutboxEvent> for CloudEvent {
    fn from(event: OutboxEvent) -> Self {
        Self {
            specversion: SPECVERSION,
            id: event.id,
            source: format!("/v1/connections/{}", event.connection),
            kind: event.kind,
            subject: event.subject,
            time: event.at,
            datacontenttype: DATA_CONTENT_TYPE,
            sequence: format!("{:019}", event.seq),
            connectionid: event.connection,
            channelid: event.channel,
            traceparent: event.traceparent,
            // The store writes nothing but JSON there.
            data: RawValue::from_string(event.data).unwrap_or_default(),
        }
    }
}

impl CloudEvent {
    /// The bytes that are signed and sent.
    pub fn to_body(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }
}
