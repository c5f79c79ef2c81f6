//! Sync runs and their streams as they are stored: plan, progress, result.

use connector_api::{
    ConnectorError,
    domain::{ConnectionId, Timestamp},
    wire::pull::{Checkpoint, LeftOut, Notice, Stream},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::model::{Code, doubt::Doubt, stored_word::stored_word};

/// Id of a sync run: a UUID version 7.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct RunId(pub String);

impl RunId {
    /// A fresh id.
    pub fn new(now: Timestamp) -> Self {
        Self(uuid7(now).to_string())
    }
}

impl std::fmt::Display for RunId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// A fresh UUID version 7 of a given time.
pub(crate) fn uuid7(now: Timestamp) -> Uuid {
    let ms = u64::try_from(now.as_unix_ms()).unwrap_or(0);
    let nanos = u32::try_from(ms % 1000).unwrap_or(0) * 1_000_000;
    Uuid::new_v7(uuid::Timestamp::from_unix(uuid::NoContext, ms / 1000, nanos))
}

stored_word!(
    /// What made a run begin.
    Trigger {
        /// A person or program asked.
        Manual = "manual",
        /// It was due.
        Schedule = "schedule",
        /// The connection was just made or renewed.
        Connect = "connect",
    }
);
stored_word!(
    /// How much of a stream is read.
    Mode {
        /// Everything.
        Full = "full",
        /// What changed since the last time.
        Increment = "increment",
    }
);
stored_word!(
    /// State of a stream in a run.
    StreamState {
        /// No page yet.
        Pending = "pending",
        /// Some pages.
        Running = "running",
        /// All pages are committed; deletions and the watermark are still to be written.
        Read = "read",
        /// All was read.
        Done = "done",
        /// Ended, but not all could be read.
        Partial = "partial",
        /// Failed in this run.
        Failed = "failed",
    }
);

impl StreamState {
    /// Whether this run reads it no further.
    pub fn has_ended(self) -> bool {
        matches!(self, Self::Done | Self::Partial | Self::Failed)
    }
}

stored_word!(
    /// How a run ended.
    RunResult {
        /// Everything that was planned was read.
        Ok = "ok",
        /// Some records or streams could not be read.
        Partial = "partial",
        /// The platform ended a stream before its end.
        Truncated = "truncated",
        /// It could not continue.
        Failed = "failed",
        /// It was interrupted and not continued in time.
        Aborted = "aborted",
    }
);

/// What a new run is to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunPlan {
    /// What made it begin.
    pub trigger: Trigger,
    /// The streams, in the order they are to be read.
    pub streams: Vec<StreamPlan>,
}

/// How one stream is to be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamPlan {
    /// The stream.
    pub stream: Stream,
    /// Everything or changes.
    pub mode: Mode,
    /// From when on changes are read; only for increments.
    pub since: Option<Timestamp>,
    /// Taken before the first read: where the next increment begins if this pass is complete.
    pub watermark: Timestamp,
}

/// A run of the connection's syncs.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct RunView {
    /// Id of the run.
    pub id: RunId,
    /// Id of the connection.
    pub connection: ConnectionId,
    /// What made it begin.
    pub trigger: Trigger,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// How it ended.
    pub result: Option<RunResult>,
    /// Why it did not end well.
    #[schemars(with = "Option<RunError>")]
    pub error: Option<serde_json::Value>,
    /// How often it was taken up again after an interruption.
    pub resumed: u32,
    /// The deferred run that this one continues.
    pub continues: Option<RunId>,
    /// Its streams, in the order of the plan.
    pub streams: Vec<StreamView>,
}

/// Why a run did not end well.
#[derive(Serialize, JsonSchema)]
struct RunError {
    /// What kind of error it is.
    code: Code,
    /// The stream in which it happened.
    #[serde(skip_serializing_if = "Option::is_none")]
    stream: Option<Stream>,
    /// What happened, for people.
    message: String,
}

/// One stream of a run.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct StreamView {
    /// Name of the stream.
    pub stream: Stream,
    /// Everything or changes.
    pub mode: Mode,
    /// From when on changes are read.
    pub since: Option<Timestamp>,
    /// Where the next increment begins if this pass is complete.
    pub watermark: Timestamp,
    /// Number of this pass over the stream, counted from 1.
    pub generation: i64,
    /// State of the stream.
    pub state: StreamState,
    /// The checkpoint of the last page; absent before the first page and after the last.
    pub checkpoint: Option<Checkpoint>,
    /// Number of committed pages.
    pub pages: u64,
    /// Records the connector gave.
    pub seen: u64,
    /// Rows that are new or changed.
    pub upserted: u64,
    /// Rows that were already the same.
    pub unchanged: u64,
    /// Rows deleted at the end.
    pub deleted: u64,
    /// Rows that were not found and are kept, because their deletion is doubted.
    pub held: u64,
    /// Why what this pass did not see is not taken for deleted.
    pub doubts: Vec<Doubt>,
    /// Records the connector could not read.
    pub skipped: u64,
    /// Records that are deliberately not mapped, by reason.
    pub left_out: Vec<LeftOut>,
    /// Requests sent to the platform for it.
    pub requests: u64,
    /// Bytes of its pages.
    pub bytes: u64,
    /// Total number of records, when the platform gives it.
    pub total: Option<u64>,
    /// What the operator should know, each once.
    pub notices: Vec<Notice>,
    /// Why it failed.
    #[schemars(with = "Option<ConnectorError>")]
    pub error: Option<serde_json::Value>,
    /// When its first page was committed.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
}

/// What is known of a stream over all runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct StreamPosition {
    /// The stream.
    pub stream: Stream,
    /// Where the next increment begins; absent until a pass was complete.
    pub last_ok_watermark: Option<Timestamp>,
    /// When a full pass was last complete.
    pub last_full_at: Option<Timestamp>,
    /// Number of the last pass begun.
    pub generation: i64,
    /// Since when deletions are held: until they are decided, full passes are made.
    pub held_since: Option<Timestamp>,
}

/// How long a run that did not come to its end stays worth going on with, in milliseconds: platforms forget cursors.
pub const CONTINUE_WITHIN_MS: i64 = 24 * 3_600_000;
