//! How far syncs are, for those who watch: one board for the process, a snapshot per connection.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use connector_api::{domain::ConnectionId, wire::pull::Stream};
use schemars::JsonSchema;
use serde::Serialize;
use tokio::sync::watch;

use crate::{
    core::sync::{Event, Progress},
    model::run::{RunId, RunResult, RunView, StreamState},
};

/// Boards kept of connections that nobody watches and that are not running.
const MANY: usize = 10_000;

/// What the sync of a connection does.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SyncState {
    /// No sync has run since the host was started.
    #[default]
    Idle,
    /// A sync was claimed and has not started yet.
    Waiting,
    /// A sync is running.
    Running,
    /// The last sync has ended.
    Ended,
}

/// How far the sync of a connection is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Snapshot {
    /// What the sync does.
    pub state: SyncState,
    /// Id of the run.
    pub run_id: Option<RunId>,
    /// Its streams, in order.
    pub streams: Vec<StreamProgress>,
    /// What the operator should know at the moment, such as that a page is tried again.
    pub message: Option<String>,
    /// How the run ended.
    pub result: Option<RunResult>,
}

/// How far one stream is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct StreamProgress {
    /// Name of the stream.
    pub stream: Stream,
    /// State of the stream.
    pub state: StreamState,
    /// Number of committed pages.
    pub pages: u64,
    /// Number of records read.
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
        sender.send_modify(|snapshot| *snapshot = Snapshot { state: SyncState::Waiting, ..Snapshot::default() });
        Reporter(sender)
    }

    fn sender(&self, connection: &ConnectionId) -> watch::Sender<Snapshot> {
        let mut board = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if board.len() > MANY {
            board.retain(|_, sender| sender.receiver_count() > 0 || sender.sender_count() > 1);
        }
        let idle = || watch::Sender::new(Snapshot::default());
        board.entry(connection.clone()).or_insert_with(idle).clone()
    }
}

/// Turns a sync's events into snapshots.
pub(super) struct Reporter(watch::Sender<Snapshot>);

impl Reporter {
    /// The sync did not come to its end.
    pub(super) fn gave_up(&self, why: &str) {
        self.0.send_modify(|snapshot| {
            snapshot.state = SyncState::Ended;
            snapshot.message = Some(why.to_owned());
        });
    }

    fn stream(&self, name: &Stream, change: impl FnOnce(&mut StreamProgress)) {
        self.0.send_modify(|snapshot| {
            snapshot.message = None;
            if let Some(stream) = snapshot.streams.iter_mut().find(|stream| stream.stream == *name) {
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
                self.0.send_replace(snapshot_of(run, SyncState::Running));
            }
            Event::Page { stream, pages, seen, total } => self.stream(stream, |progress| {
                (progress.state, progress.pages, progress.seen) = (StreamState::Running, pages, seen);
                progress.total = total.or(progress.total);
            }),
            Event::Retry { stream, reason, pause_ms } => {
                let message = format!("{stream}: retrying in {pause_ms} ms: {reason}");
                self.0.send_modify(|snapshot| snapshot.message = Some(message));
            }
            Event::StreamEnded(ended) => self.stream(&ended.stream, |progress| {
                (progress.state, progress.pages, progress.seen) = (ended.state, ended.pages, ended.seen);
            }),
            Event::Ended(run) => {
                self.0.send_replace(snapshot_of(run, SyncState::Ended));
            }
        }
    }
}

fn snapshot_of(run: &RunView, state: SyncState) -> Snapshot {
    let streams = run.streams.iter().map(|stream| StreamProgress {
        stream: stream.stream.clone(),
        state: stream.state,
        pages: stream.pages,
        seen: stream.seen,
        total: stream.total,
    });
    Snapshot { state, run_id: Some(run.id.clone()), streams: streams.collect(), message: None, result: run.result }
}
