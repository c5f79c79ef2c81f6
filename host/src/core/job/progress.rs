//! How far syncs are, for those who watch: one board for the process, a snapshot per connection.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use connector_api::domain::ConnectionId;
use schemars::JsonSchema;
use serde::Serialize;
use tokio::sync::watch;

use crate::{
    core::sync::{Event, Progress},
    model::run::{RunResult, RunView},
};

/// Boards kept of connections that nobody watches and that are not at work.
const MANY: usize = 10_000;

/// How far the sync of a connection is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Snapshot {
    /// `idle`, `waiting`, `running` or `ended`.
    pub state: &'static str,
    /// The run.
    pub run_id: Option<String>,
    /// Its streams, in order.
    pub streams: Vec<StreamProgress>,
    /// What the operator should know at the moment, such as that a page is tried again.
    pub message: Option<String>,
    /// How the run ended.
    pub result: Option<RunResult>,
}

/// How far one stream is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct StreamProgress {
    /// The stream.
    pub stream: String,
    /// Its state.
    pub state: &'static str,
    /// Pages committed.
    pub pages: u64,
    /// Records read.
    pub seen: u64,
    /// Total number of records, when the platform gives it.
    pub total: Option<u64>,
}

/// All snapshots of this process. Cheap to clone.
#[derive(Clone, Default)]
pub struct ProgressBoard(Arc<Mutex<HashMap<ConnectionId, watch::Sender<Snapshot>>>>);

impl ProgressBoard {
    /// Follows a connection: the snapshot as it is, then every change.
    pub fn watch(&self, connection: &ConnectionId) -> watch::Receiver<Snapshot> {
        self.sender(connection).subscribe()
    }

    /// Where the sync of a connection reports.
    pub(super) fn reporter(&self, connection: &ConnectionId) -> Reporter {
        let sender = self.sender(connection);
        sender.send_modify(|snapshot| *snapshot = Snapshot { state: "waiting", ..Snapshot::default() });
        Reporter(sender)
    }

    fn sender(&self, connection: &ConnectionId) -> watch::Sender<Snapshot> {
        let mut board = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if board.len() > MANY {
            board.retain(|_, sender| sender.receiver_count() > 0 || sender.sender_count() > 1);
        }
        let idle = || watch::Sender::new(Snapshot { state: "idle", ..Snapshot::default() });
        board.entry(connection.clone()).or_insert_with(idle).clone()
    }
}

/// Turns a sync's events into snapshots.
pub(super) struct Reporter(watch::Sender<Snapshot>);

impl Reporter {
    /// The sync did not come to its end.
    pub(super) fn gave_up(&self, why: &str) {
        self.0.send_modify(|snapshot| {
            snapshot.state = "ended";
            snapshot.message = Some(why.to_owned());
        });
    }

    fn stream(&self, name: &str, change: impl FnOnce(&mut StreamProgress)) {
        self.0.send_modify(|snapshot| {
            snapshot.message = None;
            if let Some(stream) = snapshot.streams.iter_mut().find(|stream| stream.stream == name) {
                change(stream);
            }
        });
    }
}

impl Progress for Reporter {
    fn event(&self, event: Event<'_>) {
        match event {
            Event::Waiting { .. } => {
                self.0.send_modify(|snapshot| snapshot.message = Some("another process syncs this connection".into()));
            }
            Event::Started(run) => {
                self.0.send_replace(snapshot_of(run, "running"));
            }
            Event::Page { stream, pages, seen, total } => self.stream(stream.as_str(), |progress| {
                (progress.state, progress.pages, progress.seen) = ("running", pages, seen);
                progress.total = total.or(progress.total);
            }),
            Event::Retry { stream, reason, pause_ms } => {
                let message = format!("{stream}: retrying in {pause_ms} ms: {reason}");
                self.0.send_modify(|snapshot| snapshot.message = Some(message));
            }
            Event::StreamEnded(ended) => self.stream(ended.stream.as_str(), |progress| {
                (progress.state, progress.pages, progress.seen) = (ended.state.as_str(), ended.pages, ended.seen);
            }),
            Event::Ended(run) => {
                self.0.send_replace(snapshot_of(run, "ended"));
            }
        }
    }
}

fn snapshot_of(run: &RunView, state: &'static str) -> Snapshot {
    let streams = run.streams.iter().map(|stream| StreamProgress {
        stream: stream.stream.to_string(),
        state: stream.state.as_str(),
        pages: stream.pages,
        seen: stream.seen,
        total: stream.total,
    });
    Snapshot { state, run_id: Some(run.id.0.clone()), streams: streams.collect(), message: None, result: run.result }
}
