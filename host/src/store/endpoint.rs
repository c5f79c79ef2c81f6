//! Endpoints that events are sent to, and how the sending goes.
//!
//! An endpoint has a position in the outbox: every event up to it was tried once, in order. What failed then, or was wished
//! for again, is a row of its own with the time it is due.

use async_trait::async_trait;
use connector_api::domain::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::{
    error::Result,
    outbox::{Audience, EventType, OutboxEvent},
    paging::{Listing, PageQuery},
};

/// Most endpoints of a channel, or of operators.
pub const MAX_ENDPOINTS: u32 = 20;

/// Where events are sent. Its secrets are sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// `ep_` and a UUID version 7.
    pub id: String,
    /// Rises with every change that somebody makes.
    pub version: i64,
    /// Whose; absent for an operator's, which hears every event of the host.
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
    pub rest_until: Option<Timestamp>,
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
    #[serde(rename = "dead_lettered")]
    pub dead: u64,
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
    /// The how-manieth attempt it was, from 1.
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
    /// It is given up.
    Dead,
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
    pub rest_until: Option<Timestamp>,
    /// Why it is disabled from now on.
    pub disabled: Option<&'a str>,
    /// The time.
    pub now: Timestamp,
}

/// An event that was given up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetter {
    /// The event.
    pub event: OutboxEvent,
    /// How often it was tried.
    pub attempts: u32,
    /// Since when it is given up.
    pub dead_at: Timestamp,
}

/// Keeps endpoints.
#[async_trait]
pub trait EndpointStore: Send + Sync {
    /// Adds an endpoint and sets its version to 1. `Limit` when its owner has [`MAX_ENDPOINTS`].
    async fn insert_endpoint(&self, endpoint: &mut Endpoint) -> Result<()>;

    /// One endpoint.
    async fn endpoint(&self, id: &str) -> Result<Option<Endpoint>>;

    /// Writes what people may change, if nobody else has since it was read: address, description, types, secrets,
    /// whether it is disabled. Ends a rest. `Conflict` when somebody has.
    async fn update_endpoint(&self, endpoint: &mut Endpoint) -> Result<()>;

    /// Endpoints, oldest first; those that an audience may look after.
    async fn endpoints(&self, audience: &Audience, page: &PageQuery) -> Result<Listing<Endpoint>>;

    /// Removes an endpoint with all that waits for it; `false` when there is none.
    async fn delete_endpoint(&self, id: &str) -> Result<bool>;

    /// What is to be sent again to an endpoint.
    async fn backlog(&self, id: &str) -> Result<Backlog>;

    /// Puts newly sealed secrets in place of those read before; `false` when they have changed meanwhile. Keeps the
    /// version.
    async fn reseal_endpoint(&self, before: &Endpoint, secret: &[u8], former: Option<&[u8]>) -> Result<bool>;
}

/// Keeps what is to be sent.
#[async_trait]
pub trait DeliveryStore: Send + Sync {
    /// Takes an enabled endpoint that has something due and does not rest, until `until`; the one that has waited
    /// longest.
    async fn claim_endpoint(&self, now: Timestamp, until: Timestamp) -> Result<Option<ClaimedEndpoint>>;

    /// Keeps a claim until a later time; `false` when it was lost.
    async fn renew_endpoint(&self, claimed: &ClaimedEndpoint, until: Timestamp) -> Result<bool>;

    /// What is due for a claimed endpoint, at most `limit` of each kind.
    async fn due(&self, claimed: &ClaimedEndpoint, now: Timestamp, limit: u32) -> Result<Due>;

    /// Writes what came of it and ends the claim. `false`, and nothing is written, when the claim was lost.
    async fn commit_delivery(&self, commit: DeliveryCommit<'_>) -> Result<bool>;

    /// Keeps an attempt that belongs to no claim: a test.
    async fn record_attempt(&self, endpoint: &str, attempt: &Attempt) -> Result<()>;

    /// Attempts of an endpoint, newest first.
    async fn attempts(&self, endpoint: &str, page: &PageQuery) -> Result<Listing<Attempt>>;

    /// Events that were given up, oldest first.
    async fn dead_letters(&self, endpoint: &str, page: &PageQuery) -> Result<Listing<DeadLetter>>;

    /// Makes one event due again at once; ends a rest. `Gone` without the endpoint.
    async fn replay_event(&self, endpoint: &str, event: i64, now: Timestamp) -> Result<()>;

    /// Moves the position back, so that every event after it is sent again, in order; ends a rest. `Gone` without the
    /// endpoint.
    async fn replay_after(&self, endpoint: &str, position: i64) -> Result<()>;

    /// Makes everything that was given up due again; ends a rest. Returns how many.
    async fn replay_dead(&self, endpoint: &str, now: Timestamp) -> Result<u64>;
}
