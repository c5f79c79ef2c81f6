//! Deletions that are held: rows that a pass did not see, and that stay because there is a reason to doubt the pass.

use connector_api::{
    domain::Timestamp,
    wire::pull::{EntityRef, Stream},
};
use schemars::JsonSchema;
use serde::Serialize;

use crate::model::{
    doubt::{Doubt, HeldDoubt},
    rows::Rows,
    run::RunId,
    sync::Lease,
};

/// What the end of a pass would delete.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Missed {
    /// How many rows the pass did not see; none after an increment.
    pub rows: u64,
    /// Why they are not deleted at once.
    pub doubts: Vec<Doubt>,
}

/// Deletions of one stream that are held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct HeldDeletions {
    /// Name of the stream.
    pub stream: Stream,
    /// How many rows the last full pass did not find, and that are kept.
    pub rows: u64,
    /// Reasons why the deletions are held.
    pub doubts: Vec<HeldDoubt>,
    /// Since when there are any.
    pub since: Timestamp,
    /// When a pass of which no request failed first missed one of them. A second such pass confirms the deletion.
    pub first_missed_at: Option<Timestamp>,
    /// Some of them: the platform's ids; of prices those of what is priced, of stock the variants'.
    pub examples: Vec<String>,
}

/// Held deletions that were accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct AcceptedDeletions {
    /// Name of the stream.
    pub stream: Stream,
    /// How many rows were deleted.
    pub rows: u64,
}

/// How many rows of which stream, for records.
pub fn counted(accepted: &[AcceptedDeletions]) -> String {
    accepted.iter().map(|of| format!("{} of `{}`", of.rows, of.stream)).collect::<Vec<_>>().join(", ")
}

/// What was asked about missed rows.
#[derive(Debug)]
pub struct Confirmed<'a> {
    /// The right to write.
    pub lease: &'a Lease,
    /// The run whose pass missed them.
    pub run: &'a RunId,
    /// The stream.
    pub stream: &'a Stream,
    /// What exists after all.
    pub rows: Option<&'a Rows>,
    /// What does not exist any more, by the ids that were asked for.
    pub gone: &'a [EntityRef],
    /// When the question was asked.
    pub read_at: Timestamp,
    /// The time.
    pub now: Timestamp,
}
