//! Endpoints that events are sent to, and how the sending goes.
//!
//! An endpoint has a position in the outbox: every event up to it was tried once, in order. What failed then, or was wished
//! for again, is a row of its own with the time it is due.

use connector_api::domain::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use crate::model::outbox::{EventType, OutboxEvent};

/// Most endpoints of a channel, or of operators.
pub const MAX_ENDPOINTS: u32 = 20;

/// Where events are sent. Its secrets are sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// `ep_` and a UUID version 7.
    pub id: String,
    /// Rises with every change that somebody makes.
    pub version: i64,
    /// Whose; absent for an operator's, which receives every event of the host.
    pub channel: Option<String>,
    /// Whether it receives what happens to test connections only: a test key made it.
    pub tests_only: bool,
    /// Where to.
    pub url: String,
    /// For people.
    pub description: String,
    /// Which types, `offer.*` or `offer.updated`; all when empty.
    pub types: Vec<String>,
    /// The secret that signs, sealed.
    pub secret: Vec<u8>,
    /// The secret before it, sealed; signs as well until its time is over.
    pub former_secret: Option<Vec<u8>>,
    /// Until when the former secret signs.
    pub former_until: Option<Timestamp>,
    /// Since when nothing is sent to it.
    pub disabled_at: Option<Timestamp>,
    /// Why nothing is sent to it.
    pub disabled_reason: Option<String>,
    /// Every event up to here was tried once.
    pub position: i64,
    /// Failures in a row.
    pub failures: u32,
    /// Until when it is left alone after failures.
    pub cooldown_until: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// When it last accepted an event.
    pub last_success_at: Option<Timestamp>,
    /// When it last did not.
    pub last_failure_at: Option<Timestamp>,
}

/// What is to be sent again.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Backlog {
    /// Events that are tried again.
    pub retrying: u64,
    /// Events that are dead-lettered.
    pub dead_lettered: u64,
}

/// The right to send to one endpoint. Every later claim has a higher fence, so that a late result is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimedEndpoint {
    /// The endpoint as it was when it was claimed.
    pub endpoint: Endpoint,
    /// Rises with every claim.
    pub fence: i64,
}

/// What is to be sent to an endpoint now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Due {
    /// Events to be tried again, with how often they were; oldest first.
    pub again: Vec<(OutboxEvent, u32)>,
    /// Events to be tried for the first time, in order.
    pub fresh: Vec<OutboxEvent>,
    /// The position once all of `fresh` were tried.
    pub position: i64,
}

/// How an attempt went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Attempt {
    /// Rises with every attempt of the host.
    pub seq: i64,
    /// The event; 0 for a test.
    #[serde(skip)]
    pub event: i64,
    /// The event's id.
    pub event_id: String,
    /// The event's type.
    #[serde(rename = "type")]
    #[schemars(with = "EventType")]
    pub kind: String,
    /// Number of the attempt, counted from 1.
    pub number: u32,
    /// How it ended.
    #[schemars(with = "AttemptOutcome")]
    pub outcome: String,
    /// The HTTP status, if there was an answer.
    pub status: Option<u16>,
    /// What went wrong, in one sentence.
    pub error: Option<String>,
    /// How long it took, in milliseconds.
    pub duration_ms: u64,
    /// When it began.
    pub at: Timestamp,
}

/// How an attempt ended.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[expect(dead_code, reason = "describes words that senders give")]
enum AttemptOutcome {
    /// The endpoint accepted the event.
    Delivered,
    /// The endpoint answered with another status than 2xx.
    Refused,
    /// The endpoint answered 410.
    Gone,
    /// The endpoint did not answer in time.
    Timeout,
    /// The address does not answer.
    Unreachable,
    /// The host may not connect to the address.
    AddressForbidden,
    /// The connection broke off.
    PlatformUnavailable,
    /// The answer cannot be understood.
    PlatformAnswerInvalid,
    /// The answer is too large.
    TooLarge,
    /// The host could not send.
    HostFailed,
    /// Another failure of the network.
    #[serde(untagged)]
    Other(String),
}

/// What follows an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sequel {
    /// The event arrived.
    Delivered,
    /// It is tried again then.
    Again(Timestamp),
    /// It is dead-lettered.
    DeadLettered,
}

/// What came of working on an endpoint; written in one transaction, which ends the claim.
#[derive(Debug)]
pub struct DeliveryCommit<'a> {
    /// The right to write.
    pub claimed: &'a ClaimedEndpoint,
    /// The attempts, each with what follows.
    pub attempts: &'a [(Attempt, Sequel)],
    /// The new position; unless somebody moved it back meanwhile.
    pub position: i64,
    /// Failures in a row.
    pub failures: u32,
    /// Until when it is left alone.
    pub cooldown_until: Option<Timestamp>,
    /// Why it is disabled from now on.
    pub disabled: Option<&'a str>,
    /// The time.
    pub now: Timestamp,
}

/// A dead-lettered event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetter {
    /// The event.
    pub event: OutboxEvent,
    /// How often it was tried.
    pub attempts: u32,
    /// When it was dead-lettered.
    pub dead_lettered_at: Timestamp,
}
