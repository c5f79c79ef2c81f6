//! Webhooks: the inbox of deliveries, and the entity queues of the entities they name.
//!
//! A delivery waits in the inbox until its events are in their entity queues. There is one entity queue per entity, which ends with its
//! work (`Store::commit_fetch`). Connections are served in rotation: `Store::claim_webhook_work` gives the work of the
//! one that has waited longest, and does not look at the others, however much they have.

use connector_api::{
    domain::{ConnectionId, Timestamp},
    wire::webhook::PlatformEvent,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::{
    fetched::{ChangeSource, EntityClaim},
    stored_word::stored_word,
};

/// Most deliveries kept in one transaction.
pub const MAX_BATCH: usize = 512;
/// Deliveries that one claim reads.
pub const READ_AT_ONCE: u32 = 100;
/// Entity queues that one claim works off: as many as one `fetch` may name.
pub const ENTITIES_AT_ONCE: u32 = 100;
/// Refused deliveries remembered per connection.
pub const REFUSALS_KEPT: u32 = 50;

stored_word!(
    /// Why a delivery was accepted.
    Proof {
        /// Its signature was right.
        Authentic = "authentic",
        /// There is no secret to prove it with, and the operator allowed it as a hint.
        Unsigned = "unsigned",
    }
);

stored_word!(
    /// State of a delivery.
    DeliveryState {
        /// Its events are not queued yet.
        Waiting = "waiting",
        /// Its events are queued.
        Read = "read",
        /// It could not be read.
        #[serde(rename = "dead_lettered")]
        DeadLettered = "dead",
    }
);

/// A delivery to be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDelivery {
    /// For whom.
    pub connection: ConnectionId,
    /// When it was received.
    pub received_at: Timestamp,
    /// Why it was accepted.
    pub proof: Proof,
    /// When the platform signed it.
    pub signed_at: Option<Timestamp>,
    /// The same delivery sent twice has the same key.
    pub dedupe_key: Option<String>,
    /// Headers and body, sealed.
    pub content: Vec<u8>,
    /// Bytes of the body as it came.
    pub bytes: u64,
    /// The trace of the request that brought it.
    pub traceparent: Option<String>,
}

/// A refused delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRefusal {
    /// For whom.
    pub connection: ConnectionId,
    /// When it was received.
    pub at: Timestamp,
    /// The connector's verdict.
    pub verdict: String,
    /// The likely cause, and what to do.
    pub likely_cause: Option<String>,
    /// Bytes of the body.
    pub bytes: u64,
}

/// How many deliveries of a batch were new.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct KeptBatch {
    /// Kept.
    pub new: u64,
    /// Known before; not kept again.
    pub duplicates: u64,
    /// Of those, the ones that were read already and are to be read once more.
    pub again: u64,
}

/// A delivery that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitingDelivery {
    /// Its number.
    pub seq: i64,
    /// How it came.
    pub source: ChangeSource,
    /// How often its reading has failed.
    pub attempts: u32,
    /// Headers and body, sealed.
    pub content: Vec<u8>,
    /// The trace of the request that brought it.
    pub traceparent: Option<String>,
}

/// An entity queue that was claimed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimedEntity {
    /// The right to end it.
    pub hold: EntityClaim,
    /// How often its work has failed.
    pub attempts: u32,
    /// How the change was learnt of.
    pub source: ChangeSource,
}

impl ClaimedEntity {
    /// The rights to end these.
    pub fn holds(queues: &[Self]) -> Vec<EntityClaim> {
        queues.iter().map(|queue| queue.hold.clone()).collect()
    }
}

/// The work of one connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WebhookClaim {
    /// Deliveries to be read, oldest first. Nobody else reads this connection's before the claim ends.
    Read {
        /// The connection.
        connection: ConnectionId,
        /// The right to end it.
        fence: i64,
        /// Which.
        deliveries: Vec<WaitingDelivery>,
    },
    /// Entity queues to be worked off.
    Apply {
        /// The connection.
        connection: ConnectionId,
        /// Which.
        queues: Vec<ClaimedEntity>,
    },
}

/// What came of reading a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reading {
    /// Its events.
    Events(Vec<PlatformEvent>),
    /// It could not be read; is tried again later, or never.
    Failed {
        /// Why.
        error: String,
        /// Whether this was the last try.
        dead_lettered: bool,
    },
}

/// How reading ended.
#[derive(Debug)]
pub struct ReadingCommit<'a> {
    /// The connection.
    pub connection: &'a ConnectionId,
    /// The right to end it.
    pub fence: i64,
    /// What came of each delivery.
    pub readings: &'a [(i64, Reading)],
    /// When new entity queues are due: events that come together become one reading.
    pub queues_due_at: Timestamp,
    /// When deliveries that failed are due again, or all when none could be read.
    pub again_at: Timestamp,
    /// The time.
    pub now: Timestamp,
}

/// How many events there were.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct EventCount {
    /// Events seen for the first time.
    pub new: u64,
    /// Events known from before.
    pub repeated: u64,
    /// Entities that were put into entity queues, each as often as it was named.
    pub routed: u64,
}

/// Work that failed: when it is tried again.
#[derive(Debug)]
pub struct EntityDeferral<'a> {
    /// Which.
    pub holds: &'a [EntityClaim],
    /// When it is due again; absent when it is dead-lettered.
    pub due_at: Option<Timestamp>,
    /// Whether this counts as an attempt.
    pub counts: bool,
    /// Why.
    pub error: &'a str,
}

/// Which deliveries are to be refetched.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ReplayRange {
    /// From this number on.
    pub from: Option<i64>,
    /// Up to this number.
    pub to: Option<i64>,
    /// Only those that came at this time or later.
    pub since: Option<Timestamp>,
    /// Only those that came before this time.
    pub until: Option<Timestamp>,
    /// Only those that could not be read.
    pub dead_lettered: bool,
}
