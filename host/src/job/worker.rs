//! Claims syncs that are due and runs them, one after the other; there may be several workers and several hosts.

use std::{panic::AssertUnwindSafe, pin::pin, sync::Arc, time::Duration};

use connector_api::{ConnectorError, ErrorCode, Retry, domain::Timestamp};
use futures_util::FutureExt;
use tokio::sync::watch;

use super::{outcome::Outcomes, progress::ProgressBoard, queue::SyncQueue};
use crate::{
    connection::{self, Connections, Connectors, Ctx},
    model::{
        connection::ConnectionStatus,
        job::{ClaimedSync, SyncJob},
        run::{Mode, RunView, Trigger},
    },
    sync::{Error, Progress, Stop, SyncEngine, Wish},
};

/// How often a worker looks whether something has become due that nobody woke it for.
const LOOK_AGAIN: Duration = Duration::from_secs(2);
/// How often it is looked whether a sync at work is still wanted, at least.
const LOOK_WHETHER_WANTED: Duration = Duration::from_secs(5);
/// Seconds before a failed sync is tried again; doubled each time …
const FIRST_PAUSE_S: i64 = 60;
/// … up to this.
const LONGEST_PAUSE_S: i64 = 3_600;

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
    /// Names this process: a claim of another one that was not ended tells of its death.
    pub owner: Arc<str>,
}

/// What follows a sync.
enum Next {
    /// It went well, or there is no point in trying again soon.
    AsScheduled,
    /// It is tried again; after the platform's own wish at least.
    Again { asked_ms: u64 },
    /// It was called off with the host, or another one was ended in its place.
    Now,
    /// Its plugin is not there: it is looked again soon, and nothing counts.
    Later,
    /// Not before the connection is mended.
    Never,
}

impl Worker {
    /// Works until it is told to end; a sync at work is called off and goes on after the restart.
    pub async fn work(self, mut ending: watch::Receiver<bool>) {
        while !*ending.borrow() {
            let now = self.queue.clock.now();
            match self.queue.store.claim_sync(&self.owner, now, now.plus_seconds(self.lease_s.into())).await {
                Ok(Some(claimed)) => self.run(claimed, &mut ending).await,
                outcome => {
                    if let Err(error) = outcome {
                        tracing::error!(%error, "cannot read due syncs");
                    }
                    tokio::select! {
                        () = self.queue.wake.notified() => {}
                        () = tokio::time::sleep(LOOK_AGAIN) => {}
                        _ = ending.changed() => {}
                    }
                }
            }
        }
    }

    async fn run(&self, claimed: ClaimedSync, ending: &mut watch::Receiver<bool>) {
        let job = &claimed.job;
        if let Some(died) = &claimed.died
            && let Err(error) = self.outcomes.note_death(&self.ctx(), &job.connection, died).await
        {
            tracing::error!(connection = job.connection.as_str(), %error, "cannot record the crash of a host");
        }
        let reporter = self.board.reporter(&job.connection);
        let work = AssertUnwindSafe(self.sync_with_claim(&claimed, &reporter, ending)).catch_unwind();
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
            Ok(run) if job.full && run.streams.iter().any(|stream| stream.mode == Mode::Increment) => Next::Now,
            Ok(_) => Next::AsScheduled,
            Err(error) => after(error),
        };
        // A refusal is confirmed first, which may take as long as a platform does not answer: the claim is kept meanwhile.
        let stop = Stop::default();
        let mut keeping = pin!(self.keep_claim(&claimed, &stop));
        let mut noting = pin!(self.noted(job, outcome.as_ref(), next));
        let next = loop {
            tokio::select! {
                next = &mut noting => break next,
                () = &mut keeping => {}
            }
        };
        let now = self.queue.clock.now();
        let next = self.next_job(job, &next, now);
        // That the host ends is no failure of the sync.
        let error = outcome.as_ref().err().filter(|error| !matches!(error, Error::CalledOff)).map(ToString::to_string);
        match self.queue.store.end_sync(&claimed, next.as_ref(), error.as_deref(), now).await {
            Ok(true) => {}
            Ok(false) => tracing::warn!(connection = job.connection.as_str(), "another worker took over a sync"),
            Err(error) => {
                tracing::error!(connection = job.connection.as_str(), %error, "cannot record the end of a sync");
            }
        }
    }

    async fn sync_with_claim(
        &self,
        claimed: &ClaimedSync,
        progress: &dyn Progress,
        ending: &mut watch::Receiver<bool>,
    ) -> Result<RunView, Error> {
        let job = &claimed.job;
        let opened = self.connectors.open(&job.connection).await.map_err(|error| of_opening(job, error))?;
        let wish = Wish { full: job.full, streams: vec![], trigger: Some(job.trigger) };
        let stop = Stop::default();
        let mut sync = pin!(self.engine.sync(&job.connection, &opened.connector, &wish, progress, &stop));
        // Goes on beside the sync, never in its place: a sync that stands still may hold what the renewal waits for.
        let mut keeping = pin!(self.keep_claim(claimed, &stop));
        loop {
            tokio::select! {
                outcome = &mut sync => return outcome.map(|ended| ended.run),
                () = &mut keeping => {}
                _ = ending.changed() => stop.call_off(),
            }
        }
    }

    /// Keeps the claim for as long as it is waited for; calls the sync off when nobody wants it any more.
    async fn keep_claim(&self, claimed: &ClaimedSync, stop: &Stop) {
        let every = (Duration::from_secs(self.lease_s.into()) / 3).min(LOOK_WHETHER_WANTED);
        loop {
            tokio::time::sleep(every).await;
            if !self.is_wanted(&claimed.job).await {
                stop.call_off();
            }
            let until = self.queue.clock.now().plus_seconds(self.lease_s.into());
            match self.queue.store.renew_claim(claimed, until).await {
                Ok(true) => {}
                // Another worker has it: it reads on from what is committed.
                Ok(false) => stop.call_off(),
                Err(error) => tracing::warn!(%error, "cannot renew the claim of a sync"),
            }
        }
    }

    /// A connection that was paused or disconnected meanwhile is not read any further.
    async fn is_wanted(&self, job: &SyncJob) -> bool {
        let connection = self.connections.get(&job.connection).await;
        connection.is_ok_and(|connection| {
            connection.paused_at.is_none() && connection.health.status != ConnectionStatus::Disconnected
        })
    }

    /// Notes what a run means for its connection; one that is closed by it is not synced again.
    async fn noted(&self, job: &SyncJob, outcome: Result<&RunView, &Error>, next: Next) -> Next {
        match self.outcomes.note_run(&self.ctx(), &job.connection, outcome).await {
            Ok(true) => Next::Never,
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

    fn next_job(&self, job: &SyncJob, next: &Next, now: Timestamp) -> Option<SyncJob> {
        let scheduled = |due_at, attempts| SyncJob {
            connection: job.connection.clone(),
            due_at,
            full: false,
            trigger: Trigger::Schedule,
            attempts,
        };
        match next {
            Next::AsScheduled if self.every_min == 0 => None,
            Next::AsScheduled => Some(scheduled(now.plus_seconds(i64::from(self.every_min) * 60), 0)),
            Next::Again { asked_ms } => {
                let own = FIRST_PAUSE_S.saturating_mul(1 << job.attempts.min(10)).min(LONGEST_PAUSE_S);
                // A plugin hands on what its platform asks; a mistake in it must not silence a connection for years.
                let asked = i64::try_from(asked_ms / 1_000).unwrap_or(LONGEST_PAUSE_S).min(LONGEST_PAUSE_S);
                let again = scheduled(now.plus_seconds(own.max(asked)), job.attempts.saturating_add(1));
                Some(SyncJob { full: job.full, trigger: job.trigger, ..again })
            }
            Next::Later => Some(SyncJob { due_at: now.plus_seconds(FIRST_PAUSE_S), ..job.clone() }),
            Next::Now => Some(SyncJob { due_at: now, ..job.clone() }),
            Next::Never => None,
        }
    }
}

/// What follows a sync that did not come to its end.
fn after(error: &Error) -> Next {
    match error {
        Error::NotFound(_) => Next::Never,
        Error::NotReady { .. } => Next::Later,
        Error::CalledOff => Next::Now,
        Error::PutOff { error, .. } => Next::Again {
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
        | Error::Store(_) => Next::Again { asked_ms: 0 },
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
