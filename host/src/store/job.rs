//! Syncs that are due: one row per connection.

use async_trait::async_trait;
use connector_api::domain::{ConnectionId, Timestamp};

use super::{error::Result, run::Trigger};

/// The next sync of a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyncJob {
    /// Whose.
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

/// Keeps what is due.
#[async_trait]
pub trait JobStore: Send + Sync {
    /// Makes a sync due, or due earlier; a wish to read everything stays. `Gone` when the connection does not exist.
    async fn request_sync(&self, job: &SyncJob) -> Result<()>;

    /// Makes a first sync due for every connection that can be synced and has none; returns how many.
    async fn schedule_missing_syncs(&self, due_at: Timestamp) -> Result<u64>;

    /// Takes the sync that has been due longest, of a connection that can be synced, until `until`.
    async fn claim_sync(&self, now: Timestamp, until: Timestamp) -> Result<Option<SyncJob>>;

    /// Keeps a claim.
    async fn renew_claim(&self, connection: &ConnectionId, until: Timestamp) -> Result<()>;

    /// Ends a claim: the next one is due then, or never. What was requested meanwhile stays due as it was requested.
    /// The first error of a row of them is told as `sync.failed`.
    async fn end_sync(
        &self,
        claimed: &SyncJob,
        next: Option<&SyncJob>,
        error: Option<&str>,
        now: Timestamp,
    ) -> Result<()>;

    /// Whether a sync of the connection is due or running, and when.
    async fn next_sync(&self, connection: &ConnectionId) -> Result<Option<SyncJob>>;
}
