//! One run: lease → streams in order, each read to its end by [`StreamRun`](super::stream) → result → release.

use std::time::Duration;

use connector_api::domain::ConnectionId;
use tokio::sync::watch;

use super::{
    Error, Event, Progress, SyncOptions,
    engine::SyncEngine,
    lease,
    personal::PersonalRows,
    plan::plan,
    pull::{Caller, read_streams},
    stream::error_of,
    stream_run::StreamRun,
    timings::Timings,
};
use crate::{
    metrics,
    model::{
        Code,
        run::{CONTINUE_WITHIN_MS, RunId, RunResult, RunView, StreamState, StreamView},
        sync::Lease,
    },
    plugin::ConnectorHandle,
    store,
    work::{self, Lost, keep},
};

/// A run that has ended, and where its time went.
#[derive(Debug)]
pub struct Outcome {
    /// The run.
    pub run: RunView,
    /// Where its time went.
    pub timings: Timings,
}

/// Calls a sync off from outside: a page that is being written is written whole or not
/// at all, and the next sync goes on from there.
#[derive(Debug, Clone)]
pub struct Stop(watch::Sender<bool>);

impl Default for Stop {
    fn default() -> Self {
        Self(watch::Sender::new(false))
    }
}

impl Stop {
    /// Calls it off.
    pub fn cancel(&self) {
        self.0.send_replace(true);
    }

    async fn called(&self) {
        // The sender lives as long as `self`, so waiting cannot fail.
        self.0.subscribe().wait_for(|called| *called).await.ok();
    }
}

impl SyncEngine {
    /// Syncs one connection. A run that was interrupted goes on where it stopped; `options` then waits for the next one.
    pub async fn sync(
        &self,
        connection: &ConnectionId,
        connector: &ConnectorHandle,
        options: &SyncOptions,
        progress: &dyn Progress,
        stop: &Stop,
    ) -> Result<Outcome, Error> {
        let (clock, holds_s) = (&*self.clock, self.settings.lease_s);
        let lease = lease::acquire(&self.store, clock, connection, &self.owner, holds_s, progress).await?;
        let renew = || self.store.renew_lease(&lease, clock.now().plus_seconds(holds_s.into()));
        let mut timings = Timings::default();
        let run = self.run(connection, connector, options, progress, &lease, &mut timings);
        let outcome = tokio::select! {
            kept = keep(work::Lease::of(Duration::from_secs(holds_s.into())), renew, run) => kept.unwrap_or_else(|Lost| {
                Err(Error::Store(store::Error::LeaseLost { connection: connection.to_string() }))
            }),
            () = stop.called() => Err(Error::Cancelled),
        };
        let released = self.store.release_lease(&lease).await;
        let run = outcome?;
        released?;
        metrics::sync_ended(run.result.map_or("none", RunResult::as_str));
        progress.event(Event::Ended(&run));
        Ok(Outcome { run, timings })
    }

    async fn run(
        &self,
        connection: &ConnectionId,
        connector: &ConnectorHandle,
        options: &SyncOptions,
        progress: &dyn Progress,
        lease: &Lease,
        timings: &mut Timings,
    ) -> Result<RunView, Error> {
        self.disk.check().map_err(Error::DiskLow)?;
        self.abandon_outdated_run(connection, lease).await?;
        let declared = read_streams(&connector.plugin().manifest().streams);
        if let Some(stray) =
            options.streams.iter().find(|wanted| !declared.iter().any(|known| known.stream == **wanted))
        {
            return Err(Error::NotFound(format!("this connector has no stream `{stray}`")));
        }
        let positions = self.store.positions(connection).await?;
        let plan = plan(&declared, &positions, options, self.settings.freshness, self.clock.now());
        let now = self.clock.now();
        let run = self.store.begin_or_resume_run(lease, &plan, RunId::new(now), now).await?;
        progress.event(Event::Started(&run));
        let personal = PersonalRows::open(&self.vault, &self.store, connection).await?;
        let caller = Caller { connector, settings: &self.settings, lease, progress, declared: &declared };
        let mut kept = self.store.kept(connection).await?;
        let (mut result, mut why) = (RunResult::Ok, None);
        for stream in &run.streams {
            let ended = if stream.state.has_ended() {
                stream.clone()
            } else {
                let timings = &mut *timings;
                let mut reading =
                    StreamRun { engine: self, caller, personal: &personal, run: &run, timings, kept: &mut kept };
                match reading.read(stream).await {
                    Ok(ended) => ended,
                    Err(error) => return Err(self.deferred(&run, stream, error, lease, progress).await),
                }
            };
            if ended.state != StreamState::Done {
                result = RunResult::Partial;
                why = why.or_else(|| error_of(&ended));
            }
        }
        Ok(self.store.finish_run(lease, &run.id, result, why.as_ref(), self.clock.now()).await?)
    }

    /// Ends a run that cannot go on now, with its reason, and gives the reason back. One that was cancelled, or whose store
    /// or lease failed, stays as it is.
    async fn deferred(
        &self,
        run: &RunView,
        stream: &StreamView,
        error: Error,
        lease: &Lease,
        progress: &dyn Progress,
    ) -> Error {
        if !matches!(error, Error::Deferred { .. } | Error::Auth(_) | Error::DiskLow(_)) {
            return error;
        }
        let why = serde_json::json!({ "code": error.code(), "stream": stream.stream, "message": error.to_string() });
        match self.store.defer_run(lease, &run.id, &stream.stream, &why, self.clock.now()).await {
            Ok(run) => {
                metrics::sync_ended(run.result.map_or("none", RunResult::as_str));
                progress.event(Event::Ended(&run));
                error
            }
            Err(failure) => {
                tracing::error!(%failure, "cannot record the end of a run");
                error
            }
        }
    }

    async fn abandon_outdated_run(&self, connection: &ConnectionId, lease: &Lease) -> Result<(), Error> {
        let Some(run) = self.store.unfinished_run(connection).await? else { return Ok(()) };
        let now = self.clock.now();
        let is_ahead = run.started_at > now.plus_seconds(crate::model::horizon::CLOCKS_DIFFER_S);
        if is_ahead || run.started_at.as_unix_ms().saturating_add(CONTINUE_WITHIN_MS) < now.as_unix_ms() {
            let why = serde_json::json!({ "code": Code::Outdated, "message": "interrupted and not resumed in time" });
            self.store.finish_run(lease, &run.id, RunResult::Aborted, Some(&why), now).await?;
        }
        Ok(())
    }
}
