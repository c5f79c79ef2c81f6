//! Claims syncs that are due and runs them, one after the other; there may be several workers and several hosts.

use std::{sync::Arc, time::Duration};

use tracing::{Instrument, Span, field::Empty};

use super::{claimed_run::ClaimedRun, next_sync::After, outcome::Outcomes, progress::ProgressBoard};
use crate::{
    core::{connection::Ctx, sync::Error},
    model::{
        job::{ClaimedSync, SyncJob},
        run::RunView,
    },
    store::{self, Topic},
    trace,
    work::{Due, Kind, Shutdown, keep},
};

/// How often a worker looks whether something has become due that nobody woke it for.
const LOOK_AGAIN: Duration = Duration::from_secs(1);
const TAKEN_OVER: &str = "another worker took over a sync";

/// Runs syncs that are due. Cheap to clone.
#[derive(Clone)]
pub struct Worker {
    /// Runs them.
    pub run: ClaimedRun,
    /// Notes how syncs ended.
    pub outcomes: Outcomes,
    /// Who watches.
    pub board: ProgressBoard,
    /// Minutes between two syncs; 0 for none by itself.
    pub every_min: u32,
    /// Names this process: a claim of another one that was not ended reports its death.
    pub owner: Arc<str>,
}

impl Kind for Worker {
    const NAME: &'static str = "sync";
    type Claimed = ClaimedSync;
    type Error = store::Error;

    async fn claim(&self) -> store::Result<Due<ClaimedSync>> {
        let now = self.run.queue.clock.now();
        let until = now.plus_seconds(self.run.lease_s.into());
        Ok(Due::of(self.run.queue.store.claim_sync(&self.owner, now, until).await?, LOOK_AGAIN))
    }

    async fn work(self, claimed: ClaimedSync, shutdown: Shutdown) {
        let connection = claimed.job.connection.as_str();
        if let Some(died) = &claimed.died
            && let Err(error) = self.outcomes.note_death(&self.ctx(), &claimed.job.connection, died).await
        {
            tracing::error!(connection, %error, "cannot record the crash of a host");
        }
        let span = span_of(&claimed.job);
        let reporter = self.board.reporter(&claimed.job.connection);
        let outcome = self.run.run(&claimed, &reporter, shutdown).instrument(span.clone()).await;
        span.record("outcome", if outcome.is_ok() { "ended" } else { "failed" });
        if let Err(error) = &outcome {
            tracing::warn!(connection, %error, "a sync did not finish");
            reporter.gave_up(&error.to_string());
        }
        // A refusal is confirmed first, which may take as long as a platform does not answer: the claim is kept meanwhile.
        let noted = self.noted(&claimed.job, outcome.as_ref());
        let Ok(after) = keep(self.run.lease(), || self.run.renew(&claimed), noted).await else {
            return tracing::warn!(connection, "{TAKEN_OVER}");
        };
        let now = self.run.queue.clock.now();
        let next = after.next_job(&claimed.job, self.every_min, now);
        // That the host ends is no failure of the sync.
        let error = outcome.as_ref().err().filter(|error| !matches!(error, Error::Cancelled)).map(ToString::to_string);
        match self.run.queue.store.end_sync(&claimed, next.as_ref(), error.as_deref(), now).await {
            Ok(true) => {}
            Ok(false) => tracing::warn!(connection, "{TAKEN_OVER}"),
            Err(error) => tracing::error!(connection, %error, "cannot record the end of a sync"),
        }
    }

    async fn woken(&self) {
        self.run.queue.store.hinted(Topic::Sync).await;
    }
}

/// A sync has a trace of its own, linked to the request that asked for it.
fn span_of(job: &SyncJob) -> Span {
    let span = tracing::info_span!(
        "sync",
        trace_id = Empty,
        connection = job.connection.as_str(),
        trigger = job.trigger.as_str(),
        outcome = Empty,
    );
    trace::link(&span, job.traceparent.as_deref());
    trace::note_id(&span);
    span
}

impl Worker {
    /// Notes what a run means for its connection, and what follows; one that is closed by it is not synced again.
    async fn noted(&self, job: &SyncJob, outcome: Result<&RunView, &Error>) -> After {
        match self.outcomes.note_run(&self.ctx(), &job.connection, outcome).await {
            Ok(true) => After::Never,
            Ok(false) => After::of(job, outcome),
            Err(error) => {
                tracing::error!(connection = job.connection.as_str(), %error, "cannot record the outcome of a sync");
                After::of(job, outcome)
            }
        }
    }

    fn ctx(&self) -> Ctx {
        Ctx::operator("sync", self.run.queue.clock.now())
    }
}
