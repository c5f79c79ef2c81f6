//! Syncing: who may sync a connection, what a run has done, and the one way rows get into the catalog.

use connector_api::{
    domain::{ConnectionId, Timestamp},
    wire::pull::{Checkpoint, LeftOut, Notice, Stream},
};

use crate::model::{
    doubt::{DeletionRule, Doubt},
    rows::Rows,
    run::RunId,
};

/// Most bytes of a checkpoint as JSON.
pub const MAX_CHECKPOINT_BYTES: usize = 64 * 1024;
/// Most notices kept per stream of a run; later ones are dropped.
pub const MAX_NOTICES: usize = 100;
/// Most reasons kept per stream of a run for what was left out.
pub const MAX_LEFT_OUT: usize = 50;
/// Runs kept per connection; older ones are dropped when a new one begins.
pub const RUNS_KEPT: u32 = 200;

/// The right to sync one connection. Every later owner has a higher fence, so that a late write of an earlier one is
/// refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// The connection.
    pub connection: ConnectionId,
    /// Rises with every owner.
    pub fence: i64,
}

/// Answer to a request for a lease.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Acquired {
    /// It is yours.
    Lease(Lease),
    /// Somebody else has it.
    HeldBy {
        /// Who.
        owner: String,
        /// Until when, unless renewed.
        until: Timestamp,
    },
}

/// One page to be written.
#[derive(Debug)]
pub struct PageCommit<'a> {
    /// The right to write.
    pub lease: &'a Lease,
    /// The run.
    pub run: &'a RunId,
    /// The stream the page belongs to.
    pub stream: &'a Stream,
    /// Its rows.
    pub rows: &'a Rows,
    /// Digest of its records, when the page may be skipped should it come again unchanged.
    pub digest: Option<&'a [u8]>,
    /// Where the next page begins; absent when this was the last.
    pub next: Option<&'a Checkpoint>,
    /// Records the connector gave.
    pub seen: u64,
    /// Records the connector could not read.
    pub skipped: u64,
    /// Total number of records, when the platform gives it.
    pub total: Option<u64>,
    /// What the operator should know; a notice already kept is not kept twice.
    pub notices: &'a [Notice],
    /// Records that are deliberately not mapped.
    pub left_out: &'a [LeftOut],
    /// Why deletions after this page are doubted.
    pub doubts: &'a [Doubt],
    /// What confirms that offers have lost variants.
    pub rule: DeletionRule,
    /// Requests sent to the platform for it.
    pub requests: u64,
    /// Bytes of its text.
    pub bytes: u64,
    /// When its reading began. Rows that a later reading has written stay as they are.
    pub read_at: Timestamp,
    /// The time.
    pub now: Timestamp,
}

/// Pages that came as they are stored: nothing of them is written but that they were seen.
#[derive(Debug)]
pub struct KnownPages<'a> {
    /// The right to write.
    pub lease: &'a Lease,
    /// The run.
    pub run: &'a RunId,
    /// The stream the pages belong to.
    pub stream: &'a Stream,
    /// The pages, in the order in which they were read.
    pub pages: &'a [KnownPage],
    /// Where the next page begins; absent when the last of these was the last.
    pub next: Option<&'a Checkpoint>,
    /// The time.
    pub now: Timestamp,
}

/// A page that came as it is stored.
#[derive(Debug, Clone)]
pub struct KnownPage {
    /// Digest of its records.
    pub digest: Vec<u8>,
    /// Records the connector gave; none of them was unreadable.
    pub seen: u64,
    /// Total number of records, when the platform gives it.
    pub total: Option<u64>,
    /// What the operator should know.
    pub notices: Vec<Notice>,
    /// Records that are deliberately not mapped.
    pub left_out: Vec<LeftOut>,
    /// Why deletions after this page are doubted.
    pub doubts: Vec<Doubt>,
    /// Requests sent to the platform for it.
    pub requests: u64,
    /// Bytes of its text.
    pub bytes: u64,
    /// When its reading began.
    pub read_at: Timestamp,
}

/// What writing a page changed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PageOutcome {
    /// Rows that are new, changed, or undeleted.
    pub upserted: u64,
    /// Rows that were already the same, or newer.
    pub unchanged: u64,
    /// Offers that came without the variants they had, and stay as they were until a later pass says the same; they count
    /// as skipped.
    pub held_back: u64,
}

/// How the reading of a stream ends.
#[derive(Debug, Clone, PartialEq)]
pub enum StreamEnd {
    /// All was read: the watermark advances. With `delete`, rows that this pass did not see are deleted, as far as there
    /// is no doubt; refused unless the pass was full, its last page is committed and no record was skipped. A pass that
    /// was not complete after all ends like [`Self::Partial`].
    Complete {
        /// Whether to delete what was not seen.
        delete: bool,
        /// What is beyond doubt.
        rule: DeletionRule,
    },
    /// Ended, but not all could be read: the watermark stays, nothing is deleted.
    Partial,
    /// Given up: the watermark stays, nothing is deleted.
    Failed {
        /// Why.
        error: serde_json::Value,
    },
}

/// What a connection's synced rows occupy, deleted ones included.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Kept {
    /// Rows.
    pub rows: u64,
    /// Bytes of the pages they came in.
    pub bytes: u64,
}

/// What the end of a stream did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StreamEnded {
    /// Rows that were deleted.
    pub deleted: u64,
    /// Rows that were not found and are kept, because their deletion is doubted.
    pub held: u64,
}
