//! Webhooks: the inbox of deliveries, and the lanes of the entities they name.
//!
//! A delivery waits in the inbox until its events are in their lanes. There is one lane per entity, which ends with its
//! work ([`super::FetchedStore::commit_fetch`]). Connections take turns: [`WebhookStore::claim_turn`] gives the work of the
//! one that has waited longest, and does not look at the others, however much they have.

use async_trait::async_trait;
use connector_api::{
    domain::{ConnectionId, Timestamp},
    wire::{pull::EntityRef, webhook::PlatformEvent},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    error::Result,
    fetched::{LaneHold, Way},
    run::stored_word,
};

/// Most deliveries kept in one transaction.
pub const MAX_BATCH: usize = 512;
/// Deliveries that one turn reads.
pub const READ_AT_ONCE: u32 = 100;
/// Lanes that one turn works off: as many as one `fetch` may name.
pub const LANES_AT_ONCE: u32 = 100;
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
        Dead = "dead",
    }
);

/// A delivery to be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDelivery {
    /// For whom.
    pub connection: ConnectionId,
    /// When it was received.
    pub received_at: Timestamp,
    /// Why it was let in.
    pub proof: Proof,
    /// When the platform signed it.
    pub signed_at: Option<Timestamp>,
    /// The same delivery sent twice has the same key.
    pub dedupe_key: Option<String>,
    /// Headers and body, sealed.
    pub content: Vec<u8>,
    /// Bytes of the body as it came.
    pub bytes: u64,
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
    pub way: Way,
    /// How often its reading has failed.
    pub attempts: u32,
    /// Headers and body, sealed.
    pub content: Vec<u8>,
}

/// A lane that was claimed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimedLane {
    /// The right to end it.
    pub hold: LaneHold,
    /// How often its work has failed.
    pub attempts: u32,
    /// How the change was learnt of.
    pub way: Way,
}

/// The work of one connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Turn {
    /// Deliveries to be read, oldest first. Nobody else reads this connection's before the claim ends.
    Read {
        /// The connection.
        connection: ConnectionId,
        /// The right to end it.
        fence: i64,
        /// Which.
        deliveries: Vec<WaitingDelivery>,
    },
    /// Lanes to be worked off.
    Apply {
        /// The connection.
        connection: ConnectionId,
        /// Which.
        lanes: Vec<ClaimedLane>,
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
        dead: bool,
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
    /// When new lanes are due: events that come together become one reading.
    pub lanes_due_at: Timestamp,
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
    /// Entities that were put into lanes, each as often as it was named.
    pub routed: u64,
}

/// Work that failed: when it is tried again.
#[derive(Debug)]
pub struct LanePutOff<'a> {
    /// Which.
    pub holds: &'a [LaneHold],
    /// When it is due again; absent when it is given up.
    pub due_at: Option<Timestamp>,
    /// Whether this counts as an attempt.
    pub counts: bool,
    /// Why.
    pub error: &'a str,
}

/// Which deliveries are to be read again.
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
    pub dead: bool,
}

/// Keeps deliveries and lanes.
#[async_trait]
pub trait WebhookStore: Send + Sync {
    /// Keeps deliveries and notes refusals in one transaction: when it returns they are on disk. What belongs to a
    /// connection that does not exist is left out.
    async fn keep_deliveries(&self, deliveries: &[NewDelivery], refusals: &[NewRefusal]) -> Result<KeptBatch>;

    /// Keeps events of a platform's queue: a delivery that is read already, and its lanes.
    async fn keep_polled(
        &self,
        connection: &ConnectionId,
        events: &[PlatformEvent],
        content: &[u8],
        lanes_due_at: Timestamp,
        now: Timestamp,
    ) -> Result<EventCount>;

    /// Takes the work of the connection that has waited longest, until `until`. Connections that are paused or whose
    /// credentials are refused keep theirs.
    async fn claim_turn(&self, now: Timestamp, until: Timestamp) -> Result<Option<Turn>>;

    /// When the next turn is due.
    async fn next_turn(&self) -> Result<Option<Timestamp>>;

    /// Puts the events of deliveries into their lanes and ends the turn, in one transaction. Nothing when the turn was
    /// taken over meanwhile.
    async fn commit_reading(&self, reading: ReadingCommit<'_>) -> Result<EventCount>;

    /// Keeps claimed lanes until a later time.
    async fn renew_lanes(&self, connection: &ConnectionId, holds: &[LaneHold], until: Timestamp) -> Result<()>;

    /// Gives lanes back whose work failed.
    async fn put_off_lanes(&self, connection: &ConnectionId, put_off: LanePutOff<'_>, now: Timestamp) -> Result<()>;

    /// Lets deliveries be read again; returns how many.
    async fn replay_deliveries(&self, connection: &ConnectionId, range: &ReplayRange, now: Timestamp) -> Result<u64>;

    /// Lets lanes that were given up be worked off again: one, or all; returns how many.
    async fn revive_lanes(&self, connection: &ConnectionId, entity: Option<&EntityRef>, now: Timestamp) -> Result<u64>;

    /// Whether unsigned deliveries are accepted as hints.
    async fn allow_unsigned(&self, connection: &ConnectionId, allowed: bool) -> Result<()>;

    /// Deletes deliveries that came before `before` and do not wait, with their events, and counts of changes before
    /// `changes_before`; returns how many deliveries.
    async fn prune_webhooks(&self, before: Timestamp, changes_before: Timestamp) -> Result<u64>;

    /// Notes since when nothing comes, with an event; the next delivery ends it, with another. `false` when it was known.
    async fn note_silence(&self, connection: &ConnectionId, since: Timestamp, now: Timestamp) -> Result<bool>;
}
