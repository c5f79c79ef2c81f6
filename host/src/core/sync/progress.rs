//! Receives the progress of a sync.

use connector_api::{domain::Timestamp, wire::pull::Stream};

use crate::model::run::{RunView, StreamView};

/// Something that happened in a sync.
#[derive(Debug)]
pub enum Event<'a> {
    /// Another process has the connection; this one waits to see whether it is alive.
    Waiting {
        /// Who.
        owner: &'a str,
        /// Until when, unless it is renewed.
        until: Timestamp,
    },
    /// A run begins, or goes on where an earlier one stopped.
    Started(&'a RunView),
    /// A page was committed.
    Page {
        /// The stream.
        stream: &'a Stream,
        /// Pages so far.
        pages: u64,
        /// Records so far.
        seen: u64,
        /// Total number of records, when the platform gives it.
        total: Option<u64>,
    },
    /// A page is tried again.
    Retry {
        /// The stream.
        stream: &'a Stream,
        /// Why.
        reason: &'a str,
        /// How long the pause is, in milliseconds.
        pause_ms: u64,
    },
    /// A stream has ended.
    StreamEnded(&'a StreamView),
    /// The run has ended.
    Ended(&'a RunView),
}

/// Is told how a sync goes on.
pub trait Progress: Send + Sync {
    /// Something happened.
    fn event(&self, event: Event<'_>);
}

/// Tells nobody.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Progress for Silent {
    fn event(&self, _: Event<'_>) {}
}
