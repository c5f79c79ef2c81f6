//! Syncs that are due: one row per connection.

use connector_api::domain::{ConnectionId, Timestamp};

use crate::model::run::Trigger;

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
    /// The trace of the request that asked for it; absent of what is due by itself.
    pub traceparent: Option<String>,
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
