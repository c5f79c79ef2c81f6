//! What is known of webhooks: deliveries, events, entity queues that were dead-lettered, refusals, counters.

use connector_api::{
    domain::Timestamp,
    wire::{
        pull::{EntityRef, Stream},
        webhook::{EventDecision, WebhookVerdict},
    },
};
use schemars::JsonSchema;
use serde::Serialize;

use crate::model::{
    fetched::ChangeSource,
    webhook::{DeliveryState, Proof},
};

/// A delivery in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct DeliveryView {
    /// Number of the delivery.
    pub id: i64,
    /// When it was received.
    pub received_at: Timestamp,
    /// How it was received.
    pub source: ChangeSource,
    /// Why it was accepted.
    pub proof: Proof,
    /// When the platform signed it.
    pub signed_at: Option<Timestamp>,
    /// Bytes of its body.
    pub bytes: u64,
    /// State of the delivery.
    pub state: DeliveryState,
    /// How often its reading has failed.
    pub attempts: u32,
    /// How often it was replayed.
    pub replays: u32,
    /// When its events were queued.
    pub read_at: Option<Timestamp>,
    /// Why it could not be read.
    pub error: Option<String>,
    /// How many of its events were new.
    pub events: u64,
}

/// An event of a delivery.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct EventView {
    /// The platform's own name of the kind of event.
    pub topic: String,
    /// The platform's own word for what was done.
    pub action: Option<String>,
    /// When it happened, by the platform's clock.
    pub occurred_at: Option<Timestamp>,
    /// What the connector decided.
    #[schemars(with = "EventDecision")]
    pub decision: String,
    /// Why it is ignored or rejected.
    pub reason: Option<String>,
    /// Entities it concerns.
    pub entities: Vec<EventEntity>,
}

/// An entity that an event concerns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct EventEntity {
    /// Which.
    #[serde(flatten)]
    pub entity: EntityRef,
    /// Whether it is still to be refetched.
    #[schemars(with = "EntityState")]
    pub state: &'static str,
}

/// Whether an entity is still to be refetched.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[expect(dead_code, reason = "describes words that the database gives")]
enum EntityState {
    /// It waits.
    Waiting,
    /// Refetching it failed too often.
    DeadLettered,
    /// Nothing is left to do, because of this event or another.
    Done,
}

/// One delivery with all that is known of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryDetail {
    /// In short.
    pub delivery: DeliveryView,
    /// Headers and body, sealed.
    pub content: Vec<u8>,
    /// Its events that no earlier delivery contained.
    pub events: Vec<EventView>,
}

/// A refused delivery.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RefusalView {
    /// When it was received.
    pub at: Timestamp,
    /// The connector's verdict.
    #[schemars(with = "WebhookVerdict")]
    pub verdict: String,
    /// The likely cause, and what to do.
    pub likely_cause: Option<String>,
    /// Bytes of the body.
    pub bytes: u64,
}

/// An entity that could not be refetched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct DeadLetteredEntity {
    /// Which.
    #[serde(flatten)]
    pub entity: EntityRef,
    /// Since when it was to be refetched.
    pub since: Timestamp,
    /// When it was dead-lettered.
    pub dead_lettered_at: Timestamp,
    /// How often it was tried.
    pub attempts: u32,
    /// Reason why it was dead-lettered.
    pub error: Option<String>,
}

/// What is known of a connection's webhooks.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct EndpointView {
    /// Whether unsigned deliveries are accepted as hints.
    pub allow_unsigned: bool,
    /// Deliveries accepted, without duplicates.
    pub accepted: u64,
    /// Number of duplicate deliveries.
    pub duplicates: u64,
    /// Number of refused deliveries.
    pub refused: u64,
    /// Times events were taken from the platform's queue.
    pub polled: u64,
    /// When the last was accepted.
    pub last_accepted_at: Option<Timestamp>,
    /// When the last was refused.
    pub last_refused_at: Option<Timestamp>,
    /// Since when changes are found without any delivery.
    pub silent_since: Option<Timestamp>,
    /// Deliveries that wait to be read.
    pub waiting_deliveries: u64,
    /// Deliveries that could not be read.
    pub dead_lettered_deliveries: u64,
    /// Entities that wait to be refetched.
    pub waiting_entities: u64,
    /// Entities that could not be refetched.
    pub dead_lettered_entities: u64,
}

/// Changed records of a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ChangeCount {
    /// The day, in UTC, as its first moment.
    pub day: Timestamp,
    /// Name of the stream.
    #[schemars(with = "Stream")]
    pub stream: String,
    /// Where the changes were learnt from.
    pub source: ChangeSource,
    /// How many records changed.
    pub changed: u64,
    /// How many of them no webhook or event had named.
    pub drift: u64,
}

/// Which deliveries to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeliveryFilter {
    /// Return only those in this state.
    pub state: Option<DeliveryState>,
    /// Only those that came this way.
    pub source: Option<ChangeSource>,
}
