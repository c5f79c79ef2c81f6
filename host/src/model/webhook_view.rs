//! What is known of webhooks: deliveries, events, lanes that were given up, refusals, counters.

use connector_api::{domain::Timestamp, wire::pull::EntityRef};
use schemars::JsonSchema;
use serde::Serialize;

use crate::model::{
    fetched::Way,
    webhook::{DeliveryState, Proof},
};

/// A delivery in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct DeliveryView {
    /// Its number.
    pub id: i64,
    /// When it came.
    pub received_at: Timestamp,
    /// How it came.
    pub way: Way,
    /// Why it was let in.
    pub proof: Proof,
    /// When the platform signed it.
    pub signed_at: Option<Timestamp>,
    /// Bytes of its body.
    pub bytes: u64,
    /// Where it stands.
    pub state: DeliveryState,
    /// How often its reading has failed.
    pub attempts: u32,
    /// How often it was replayed.
    pub replays: u32,
    /// When its events were put into their lanes.
    pub read_at: Option<Timestamp>,
    /// Why it could not be read.
    pub error: Option<String>,
    /// How many of its events were new.
    pub events: u64,
}

/// An event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct EventView {
    /// The platform's own name of the kind of event.
    pub topic: String,
    /// The platform's own word for what was done.
    pub action: Option<String>,
    /// When it happened, by the platform's clock.
    pub occurred_at: Option<Timestamp>,
    /// `route`, `ignore` or `reject`.
    pub decision: String,
    /// Why it is ignored or rejected.
    pub reason: Option<String>,
    /// Entities it concerns, and where their lanes stand.
    pub entities: Vec<EventEntity>,
}

/// An entity that an event concerns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct EventEntity {
    /// Which.
    #[serde(flatten)]
    pub entity: EntityRef,
    /// `waiting`, `dead`, or `done`: nothing is left to do, whether this event or another was the reason.
    pub state: &'static str,
}

/// One delivery with all that is known of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryDetail {
    /// In short.
    pub delivery: DeliveryView,
    /// Headers and body, sealed.
    pub content: Vec<u8>,
    /// Its events that no earlier delivery had told.
    pub events: Vec<EventView>,
}

/// A delivery that was not let in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RefusalView {
    /// When it came.
    pub at: Timestamp,
    /// The connector's verdict.
    pub verdict: String,
    /// Why, as far as can be told, and what to do.
    pub likely_cause: Option<String>,
    /// Bytes of the body.
    pub bytes: u64,
}

/// An entity that could not be read again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct DeadLane {
    /// Which.
    #[serde(flatten)]
    pub entity: EntityRef,
    /// Since when it was to be read.
    pub since: Timestamp,
    /// When it was given up.
    pub dead_at: Timestamp,
    /// How often it was tried.
    pub attempts: u32,
    /// Why.
    pub error: Option<String>,
}

/// What is known of a connection's webhooks.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct EndpointView {
    /// Whether deliveries without proof are let in as hints.
    pub allow_unsigned: bool,
    /// Deliveries let in, duplicates not counted.
    pub accepted: u64,
    /// Deliveries that were known.
    pub duplicates: u64,
    /// Deliveries refused.
    pub refused: u64,
    /// Times events were taken from the platform's queue.
    pub polled: u64,
    /// When the last was let in.
    pub last_accepted_at: Option<Timestamp>,
    /// When the last was refused.
    pub last_refused_at: Option<Timestamp>,
    /// Since when changes are found but no delivery comes.
    pub silent_since: Option<Timestamp>,
    /// Deliveries that wait to be read.
    pub waiting_deliveries: u64,
    /// Deliveries that could not be read.
    pub dead_deliveries: u64,
    /// Entities that wait to be read again.
    pub waiting_entities: u64,
    /// Entities that could not be read again.
    pub dead_entities: u64,
}

/// Changed records of a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ChangeCount {
    /// The day, in UTC, as its first moment.
    pub day: Timestamp,
    /// The stream.
    pub stream: String,
    /// How the changes were learnt of.
    pub way: Way,
    /// How many records changed.
    pub changed: u64,
    /// How many of them nobody had announced: drift.
    pub unannounced: u64,
}

/// Which deliveries to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeliveryFilter {
    /// Only those in this state.
    pub state: Option<DeliveryState>,
    /// Only those that came this way.
    pub way: Option<Way>,
}
