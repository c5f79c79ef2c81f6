//! Claims syncs that are due and runs them, one after the other; there may be several workers and several hosts.

use std::{panic::AssertUnwindSafe, pin::pin, sync::Arc, time::Duration};

use connector_api::{ConnectorError, ErrorCode, Retry, domain::Timestamp};
use futures_util::FutureExt;

use super::{outcome::Outcomes, progress::ProgressBoard, queue::SyncQueue};
use crate::{
    core::{
        connection::{self, Connections, Connectors, Ctx},
        sync::{Error, Progress, Stop, SyncEngine, SyncOptions},
    },
    model::{
        connection::ConnectionStatus,
        job::{ClaimedSync, SyncJob},
        run::{Mode, RunView, Trigger},
    },
    store,
    work::{
        Due, Kind, Lease, Next, Shutdown,
        backoff::{self, Backoff, Jitter, of_key},
        keep, keep_to_the_end,
    },
};

/// How often a worker looks whether something has become due that nobody woke it for.
const LOOK_AGAIN: Duration = Duration::from_secs(2);
/// How often it is looked whether a sync at work is still wanted, at least.
const LOOK_WHETHER_WANTED: Duration = Duration::from_secs(5);
/// Before a failed sync is tried again, and before it is looked again for a plugin that is not there.
const FIRST_PAUSE: Duration = Duration::from_mins(1);
const BACKOFF: Backoff = Backoff::new(FIRST_PAUSE, Duration::from_hours(1), Jitter::TENTH_SOONER);

/// Runs syncs that are due.
#[derive(Clone)]
pub struct Worker {
    /// Where they are asked for.
    pub queue: SyncQueue,
    /// Connections, to see whether a sync is still wanted.
    pub connections: Connections,
    /// Opens their connectors.
    pub connectors: Connectors,
    /// Notes how syncs ended.
    pub outcomes: Outcomes,
    /// Runs them.
    pub engine: SyncEngine,
    /// Who watches.
    pub board: ProgressBoard,
    /// Minutes between two syncs; 0 for none by itself.
    pub every_min: u32,
    /// Seconds a claim holds without being renewed: how long a sync waits whose host died.
    pub lease_s: u32,
    /// Names this process: a claim of another one that was not ended reports its death.
    pub owner: Arc<str>,
}

/// What follows a sync.
enum After {
    /// It went well, or there is no point in trying again soon.
    AsScheduled,
    /// It is tried again; after the platform's own pause at least.
    Again { asked_ms: u64 },
    /// It was cancelled with the host, or another one was ended in its place.
    Now,
    /// Its plugin is not there: it is looked again soon, and nothing counts.
    Later,
    /// Not before the connection is mended.
    Never,
}

impl Kind for Worker {
    const NAME: &'static str = "sync";
    type Claimed = ClaimedSync;
    type Error = store::Error;

    async fn claim(&self) -> store::Result<Due<ClaimedSync>> {
        let now = self.queue.clock.now();
        let until = now.plus_seconds(self.lease_s.into());
        Ok(Due::of(self.queue.store.claim_sync(&self.owner, now, until).await?, LOOK_AGAIN))
    }

    async fn work(self, claimed: ClaimedSync, shutdown: Shutdown) {
        self.run(claimed, shutdown).await;
    }

    async fn woken(&self) {
        self.queue.wake.notified().await;
    }
}

impl Worker {
    async fn run(&self, claimed: ClaimedSync, shutdown: Shutdown) {
        let job = &claimed.job;
        if let Some(died) = &claimed.died
            && let Err(error) = self.outcomes.note_death(&self.ctx(), &job.connection, died).await
        {
            tracing::error!(connection = job.connection.as_str(), %error, "cannot record the crash of a host");
        }
        let reporter = self.board.reporter(&job.connection);
        let work = AssertUnwindSafe(self.sync_with_claim(&claimed, &reporter, shutdown)).catch_unwind();
        let outcome = work.await.unwrap_or_else(|_| {
            let message = "the host panicked during the sync; see the log";
            Err(Error::Connector(ConnectorError::new(ErrorCode::HostFailed, message)))
        });
        if let Err(error) = &outcome {
            tracing::warn!(connection = job.connection.as_str(), %error, "a sync did not finish");
            reporter.gave_up(&error.to_string());
        }
        let next = match &outcome {
            // An increment that had been interrupted was ended in its place: the full pass is still to come.
            Ok(run) if job.full && run.streams.iter().any(|stream| stream.mode == Mode::Increment) => After::Now,
            Ok(_) => After::AsScheduled,
            Err(error) => after(error),
        };
        // A refusal is confirmed first, which may take as long as a platform does not answer: the claim is kept meanwhile.
        let noted = self.noted(job, outcome.as_ref(), next);
        let Ok(next) = keep(self.lease(), || self.renew(&claimed), noted).await else {
            return tracing::warn!(connection = job.connection.as_str(), "another worker took over a sync");
        };
        let now = self.queue.clock.now();
        let next = self.next_job(job, &next, now);
        // That the host ends is no failure of the sync.
        let error = outcome.as_ref().err().filter(|error| !matches!(error, Error::Cancelled)).map(ToString::to_string);
        match self.queue.store.end_sync(&claimed, next.as_ref(), error.as_deref(), now).await {
            Ok(true) => {}
            Ok(false) => tracing::warn!(connection = job.connection.as_str(), "another worker took over a sync"),
            Err(error) => {
                tracing::error!(connection = job.connection.as_str(), %error, "cannot record the end of a sync");
            }
        }
    }

    /// A sync that is cancelled commits what it has and gives its lease back: it is not cut, whoever has its claim.
    async fn sync_with_claim(
        &self,
        claimed: &ClaimedSync,
        progress: &dyn Progress,
        mut shutdown: Shutdown,
    ) -> Result<RunView, Error> {
        let job = &claimed.job;
        let opened = self.connectors.open(&job.connection).await.map_err(|error| of_opening(job, error))?;
        let options = SyncOptions { full: job.full, streams: vec![], trigger: Some(job.trigger) };
        let stop = Stop::default();
        let sync = async {
            let mut sync = pin!(self.engine.sync(&job.connection, &opened.connector, &options, progress, &stop));
            tokio::select! {
                outcome = &mut sync => return outcome,
                () = shutdown.begun() => stop.cancel(),
            }
            sync.await
        };
        // What nobody wants any more is as good as lost.
        let renew = || async { Ok::<_, store::Error>(self.is_wanted(job).await && self.renew(claimed).await?) };
        let outcome = keep_to_the_end(self.lease(), renew, || stop.cancel(), sync).await;
        outcome.map(|ended| ended.run)
    }

    fn lease(&self) -> Lease {
        Lease::of(Duration::from_secs(self.lease_s.into())).renewed_at_least_every(LOOK_WHETHER_WANTED)
    }

    async fn renew(&self, claimed: &ClaimedSync) -> store::Result<bool> {
        let until = self.queue.clock.now().plus_seconds(self.lease_s.into());
        self.queue.store.renew_claim(claimed, until).await
    }

    /// A connection that was paused or disconnected meanwhile is not read any further.
    async fn is_wanted(&self, job: &SyncJob) -> bool {
        let connection = self.connections.get(&job.connection).await;
        connection.is_ok_and(|connection| {
            connection.paused_at.is_none() && connection.health.status != ConnectionStatus::Disconnected
        })
    }

    /// Notes what a run means for its connection; one that is closed by it is not synced again.
    async fn noted(&self, job: &SyncJob, outcome: Result<&RunView, &Error>, next: After) -> After {
        match self.outcomes.note_run(&self.ctx(), &job.connection, outcome).await {
            Ok(true) => After::Never,
            Ok(false) => next,
            Err(error) => {
                tracing::error!(connection = job.connection.as_str(), %error, "cannot record the outcome of a sync");
                next
            }
        }
    }

    fn ctx(&self) -> Ctx {
        Ctx::operator("sync", self.queue.clock.now())
    }

    fn next_job(&self, job: &SyncJob, after: &After, now: Timestamp) -> Option<SyncJob> {
        let failures = job.attempts.saturating_add(1);
        let next = match after {
            After::AsScheduled if self.every_min == 0 => Next::Never,
            After::AsScheduled => Next::At(now.plus_seconds(i64::from(self.every_min) * 60)),
            After::Again { asked_ms } => Next::Backoff { failures, asked: Duration::from_millis(*asked_ms) },
            After::Later => Next::At(backoff::after(now, FIRST_PAUSE)),
            After::Now => Next::At(now),
            After::Never => Next::Never,
        };
        let due_at = next.due_at(&BACKOFF, now, of_key(job.connection.as_str()))?;
        let connection = job.connection.clone();
        Some(match after {
            After::AsScheduled => SyncJob { connection, due_at, full: false, trigger: Trigger::Schedule, attempts: 0 },
            After::Again { .. } => SyncJob { due_at, attempts: failures, ..job.clone() },
            _ => SyncJob { due_at, ..job.clone() },
        })
    }
}

/// What follows a sync that did not come to its end.
fn after(error: &Error) -> After {
    match error {
        Error::NotFound(_) => After::Never,
        Error::NotReady { .. } => After::Later,
        Error::Cancelled => After::Now,
        Error::Deferred { error, .. } => After::Again {
            asked_ms: match error.retry {
                Retry::After { ms } => ms,
                _ => 0,
            },
        },
        Error::Auth(_)
        | Error::Held { .. }
        | Error::DiskLow(_)
        | Error::Connector(_)
        | Error::Secret(_)
        | Error::Store(_) => After::Again { asked_ms: 0 },
    }
}

fn of_opening(job: &SyncJob, error: connection::Error) -> Error {
    match error {
        connection::Error::NotFound(text) => Error::NotFound(text),
        error @ connection::Error::NoConnector(_) => {
            Error::NotReady { connection: job.connection.to_string(), cause: error.to_string() }
        }
        connection::Error::Connector(error) => Error::Connector(error),
        connection::Error::Store(error) => Error::Store(error),
        other => Error::Connector(ConnectorError::new(ErrorCode::HostFailed, other.to_string())),
    }
}
