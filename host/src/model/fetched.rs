//! Records that were read outside of a sync run, such as after a webhook: how they get into the catalog.
//!
//! Every row remembers when the reading began that wrote it (`read_at`), in a sync run and here, so that whichever reading
//! is written last, the one that began last is kept.

use connector_api::{
    domain::{ConnectionId, Timestamp},
    wire::pull::{EntityRef, Stream},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::{rows::Rows, stored_word::stored_word};

stored_word!(
    /// Where a change of the platform was learnt from.
    #[schemars(rename = "ChangeSource")]
    ChangeSource {
        /// A webhook named it.
        Webhook = "webhook",
        /// The platform's queue of events named it.
        Poll = "poll",
        /// A sync run found it.
        Reconcile = "reconcile",
        /// The host looked by itself, such as after an order was placed.
        Own = "own",
    }
);

/// Records refetched, to be written.
#[derive(Debug)]
pub struct FetchCommit<'a> {
    /// The connection.
    pub connection: &'a ConnectionId,
    /// How it was learnt that they may have changed.
    pub source: ChangeSource,
    /// When the reading began. Rows that a later reading has written stay as they are.
    pub read_at: Timestamp,
    /// What exists. Of `prices` and `inventory`, whose refs name variants, these are all that a variant has: others of
    /// the same variant are deleted.
    pub rows: &'a [(Stream, Rows)],
    /// What does not exist any more: is deleted.
    pub gone: &'a [EntityRef],
    /// Entity queues whose work this is: ended in the same transaction.
    pub queues: &'a [EntityClaim],
    /// The time.
    pub now: Timestamp,
}

/// A claimed entity queue. Every later claim has a higher fence, so that a late end of an earlier one does nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntityClaim {
    /// The entity.
    pub entity: EntityRef,
    /// Rises with every claim.
    pub fence: i64,
}

/// What writing them changed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FetchOutcome {
    /// Rows that are new, changed, or undeleted.
    pub upserted: u64,
    /// Rows that were already the same, or newer.
    pub unchanged: u64,
    /// Rows that were deleted.
    pub deleted: u64,
}
