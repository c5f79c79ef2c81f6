//! How far syncs are, for those who watch: one board for the process, a snapshot per connection, whichever replica is at work.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use connector_api::{domain::ConnectionId, wire::pull::Stream};
use futures_util::stream;
use schemars::JsonSchema;
use serde::Serialize;
use tokio::{sync::watch, time::sleep};

use crate::{
    core::sync::{Event, Progress},
    model::{
        paging::PageQuery,
        run::{RunId, RunResult, RunView, StreamState},
    },
    store::Store,
};

/// Boards kept of connections that nobody watches and that are not running.
const MANY: usize = 10_000;
/// How often it is looked what other replicas have stored.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

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

/// Snapshots of all connections: those that are at work in this process, and what the store says of the others. Cheap to clone.
#[derive(Clone)]
pub struct ProgressBoard {
    store: Store,
    here: Arc<Mutex<HashMap<ConnectionId, watch::Sender<Snapshot>>>>,
}

impl ProgressBoard {
    /// Nothing is at work yet.
    pub fn new(store: Store) -> Self {
        Self { store, here: Arc::default() }
    }

    /// Follows a connection: the snapshot as it is, then every change. What another replica does is seen as far as it is stored.
    pub fn follow(&self, connection: &ConnectionId) -> impl stream::Stream<Item = Snapshot> + Send + use<> {
        let followed = Followed {
            here: self.sender(connection).subscribe(),
            shown: None,
            store: self.store.clone(),
            connection: connection.clone(),
        };
        stream::unfold(followed, |mut followed| async {
            let snapshot = followed.next().await?;
            Some((snapshot, followed))
        })
    }

    /// Where the sync of a connection reports.
    pub(super) fn reporter(&self, connection: &ConnectionId) -> Reporter {
        let sender = self.sender(connection);
        sender.send_modify(|snapshot| *snapshot = Snapshot { state: SyncState::Waiting, ..Snapshot::default() });
        Reporter(sender)
    }

    fn sender(&self, connection: &ConnectionId) -> watch::Sender<Snapshot> {
        let mut board = self.here.lock().unwrap_or_else(PoisonError::into_inner);
        if board.len() > MANY {
            board.retain(|_, sender| sender.receiver_count() > 0 || sender.sender_count() > 1);
        }
        let idle = || watch::Sender::new(Snapshot::default());
        board.entry(connection.clone()).or_insert_with(idle).clone()
    }
}

/// A connection that somebody watches.
struct Followed {
    here: watch::Receiver<Snapshot>,
    shown: Option<Snapshot>,
    store: Store,
    connection: ConnectionId,
}

impl Followed {
    /// The next snapshot that differs from the last one; nothing when the board is gone.
    async fn next(&mut self) -> Option<Snapshot> {
        loop {
            let here = self.here.borrow_and_update().clone();
            let snapshot = self.whole(here).await;
            if self.shown.as_ref() != Some(&snapshot) {
                self.shown = Some(snapshot.clone());
                return Some(snapshot);
            }
            tokio::select! {
                changed = self.here.changed() => changed.ok()?,
                () = sleep(LOOK_AGAIN), if self.store.has_replicas() => {}
            }
        }
    }

    /// What happens here, or else what another replica has stored of the newest run.
    async fn whole(&self, here: Snapshot) -> Snapshot {
        if !self.store.has_replicas() || matches!(here.state, SyncState::Waiting | SyncState::Running) {
            return here;
        }
        let newest = self.store.runs(&self.connection, &PageQuery::first(1)).await;
        let Some(run) = newest.ok().and_then(|runs| runs.data.into_iter().next()) else { return here };
        if here.run_id.as_ref() == Some(&run.id) {
            return here;
        }
        snapshot_of(&run, if run.ended_at.is_some() { SyncState::Ended } else { SyncState::Running })
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
