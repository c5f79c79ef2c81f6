//! Runs a claimed sync while its claim is held and its connection is not paused or disconnected.

use std::{panic::AssertUnwindSafe, pin::pin, time::Duration};

use connector_api::{ConnectorError, ErrorCode};
use futures_util::FutureExt;

use super::queue::SyncQueue;
use crate::{
    core::{
        connection::{self, Connections, Connectors},
        sync::{Error, Progress, Stop, SyncEngine, SyncOptions},
    },
    model::{
        connection::ConnectionStatus,
        job::{ClaimedSync, SyncJob},
        run::RunView,
    },
    store,
    work::{Lease, Shutdown, keep_to_the_end},
};

/// How often it is looked whether a running sync is still wanted, at least.
const LOOK_WHETHER_WANTED: Duration = Duration::from_secs(5);

/// Runs claimed syncs. Cheap to clone.
#[derive(Clone)]
pub struct ClaimedRun {
    /// Where syncs are asked for.
    pub queue: SyncQueue,
    /// Connections, to see whether a sync is still wanted.
    pub connections: Connections,
    /// Opens their connectors.
    pub connectors: Connectors,
    /// Runs them.
    pub engine: SyncEngine,
    /// Seconds a claim holds without being renewed: how long a sync waits whose host died.
    pub lease_s: u32,
}

impl ClaimedRun {
    /// Runs it to its end. A panic is an error of it.
    pub(super) async fn run(
        &self,
        claimed: &ClaimedSync,
        progress: &dyn Progress,
        shutdown: Shutdown,
    ) -> Result<RunView, Error> {
        let work = AssertUnwindSafe(self.sync(claimed, progress, shutdown)).catch_unwind();
        work.await.unwrap_or_else(|_| {
            let message = "the host panicked during the sync; see the log";
            Err(Error::Connector(ConnectorError::new(ErrorCode::HostFailed, message)))
        })
    }

    /// A sync that is cancelled commits what it has and gives its lease back: it is not cut, whoever has its claim.
    async fn sync(
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

    /// The claim's lease.
    pub(super) fn lease(&self) -> Lease {
        Lease::of(Duration::from_secs(self.lease_s.into())).renewed_at_least_every(LOOK_WHETHER_WANTED)
    }

    /// Keeps the claim; `false` when it is lost.
    pub(super) async fn renew(&self, claimed: &ClaimedSync) -> store::Result<bool> {
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
