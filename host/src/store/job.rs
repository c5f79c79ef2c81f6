//! Syncs that are due: one row per connection.

use async_trait::async_trait;
use connector_api::domain::{ConnectionId, Timestamp};

use super::{error::Result, run::Trigger};

/// The next sync of a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyncJob {
    /// The connection.
    pub connection: ConnectionId,
    /// When.
    pub due_at: Timestamp,
    /// Whether everything is to be read.
    pub full: bool,
    /// What made it due.
    pub trigger: Trigger,
    /// How often it has failed since it last went well.
    pub attempts: u32,
}

/// A sync that was claimed: the right to run it, for as long as the claim holds. Every later claim has a higher fence, so that
/// whoever lost it writes nothing under it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimedSync {
    /// The sync.
    pub job: SyncJob,
    /// Rises with every claim.
    pub fence: i64,
    /// The claim before was never ended: its process died, or stood still for too long.
    pub died: Option<Died>,
}

/// A process that did not end its claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Died {
    /// Which.
    pub owner: String,
    /// How many claims in a row were left like this without that anything more was read in between.
    pub in_a_row: u32,
}

/// Keeps what is due.
#[async_trait]
pub trait JobStore: Send + Sync {
    /// Makes a sync due, or due earlier; a wish to read everything stays. `Gone` when the connection does not exist.
    async fn request_sync(&self, job: &SyncJob) -> Result<()>;

    /// Makes a first sync due for every connection that can be synced and has none; returns how many.
    async fn schedule_missing_syncs(&self, due_at: Timestamp) -> Result<u64>;

    /// Takes the sync that has been due longest, of a connection that can be synced, until `until`.
    async fn claim_sync(&self, owner: &str, now: Timestamp, until: Timestamp) -> Result<Option<ClaimedSync>>;

    /// Keeps a claim; `false` when it is lost.
    async fn renew_claim(&self, claimed: &ClaimedSync, until: Timestamp) -> Result<bool>;

    /// Ends a claim: the next one is due then, or never. What was requested meanwhile stays due as it was requested.
    /// The first error of a row of them is published as `sync.failed`. `false`, and nothing is written, when the claim is lost.
    async fn end_sync(
        &self,
        claimed: &ClaimedSync,
        next: Option<&SyncJob>,
        error: Option<&str>,
        now: Timestamp,
    ) -> Result<bool>;

    /// Whether a sync of the connection is due or running, and when.
    async fn next_sync(&self, connection: &ConnectionId) -> Result<Option<SyncJob>>;
}
