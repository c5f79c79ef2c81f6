//! One run: lease → streams in order → pull, store, checkpoint, page by page → retire → release.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use connector_api::{
    ConnectorError, Retry,
    domain::{ConnectionId, Timestamp},
    wire::{Op, pull::PullRequest},
};

use tokio::sync::watch;

use super::{
    Error, Event, Progress, Wish,
    apply::{RawPage, is_stored},
    lease::HeldLease,
    personal::PersonalRows,
    plan::{Freshness, plan},
    timings::{Timings, add_since},
};
use crate::{
    clock::Clock,
    metrics,
    plugin::ConnectorHandle,
    secret::Vault,
    store::{
        Stores,
        run::{Mode, RunResult, RunView, StreamState, StreamView},
        sync::{PageCommit, StreamEnd},
    },
};

/// How long an unfinished run stays worth going on with, in seconds: platforms forget cursors.
const RESUME_WITHIN_S: i64 = 24 * 3_600;
/// The first pause before a page is tried again; each further one twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
/// The longest pause of our own choice.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// The longest pause a platform may ask for before the run is put off instead.
const LONGEST_ASKED_PAUSE: Duration = Duration::from_mins(2);

/// How runs behave.
#[derive(Debug, Clone, Copy)]
pub struct SyncSettings {
    /// Records asked for in one page.
    pub page_limit: u32,
    /// How long one page may take.
    pub page_timeout: Duration,
    /// How often a page is tried.
    pub page_attempts: u32,
    /// How old things may be.
    pub freshness: Freshness,
    /// Seconds a lease holds without being renewed: how long others wait for a host that died.
    pub lease_s: u32,
}

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
    pub fn call_off(&self) {
        self.0.send_replace(true);
    }

    async fn called(&self) {
        // The sender lives as long as `self`, so waiting cannot fail.
        self.0.subscribe().wait_for(|called| *called).await.ok();
    }
}

/// Runs syncs. Cheap to clone.
#[derive(Clone)]
pub struct SyncEngine {
    stores: Arc<dyn Stores>,
    vault: Vault,
    clock: Arc<dyn Clock>,
    settings: SyncSettings,
    owner: String,
}

impl SyncEngine {
    /// An engine; `owner` names this process to others that want the same connection.
    pub fn new(
        stores: Arc<dyn Stores>,
        vault: Vault,
        clock: Arc<dyn Clock>,
        settings: SyncSettings,
        owner: String,
    ) -> Self {
        Self { stores, vault, clock, settings, owner }
    }

    /// Syncs one connection. A run that was interrupted goes on where it stopped; `wish` then waits for the next one.
    pub async fn sync(
        &self,
        connection: &ConnectionId,
        connector: &ConnectorHandle,
        wish: &Wish,
        progress: &dyn Progress,
        stop: &Stop,
    ) -> Result<Outcome, Error> {
        let (stores, clock) = (Arc::clone(&self.stores), Arc::clone(&self.clock));
        let held = HeldLease::acquire(stores, clock, connection, &self.owner, self.settings.lease_s, progress).await?;
        let mut timings = Timings::default();
        let outcome = tokio::select! {
            outcome = self.run(connection, connector, wish, progress, &held, &mut timings) => outcome,
            () = stop.called() => Err(Error::CalledOff),
        };
        let released = held.release().await;
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
        wish: &Wish,
        progress: &dyn Progress,
        held: &HeldLease,
        timings: &mut Timings,
    ) -> Result<RunView, Error> {
        self.abandon_outdated_run(connection, held).await?;
        let mut declared = connector.plugin().manifest().streams.clone();
        declared.retain(|declaration| is_stored(&declaration.stream));
        if let Some(stray) = wish.streams.iter().find(|wanted| !declared.iter().any(|known| known.stream == **wanted)) {
            return Err(Error::NotFound(format!("this connector has no stream `{stray}`")));
        }
        let positions = self.stores.positions(connection).await?;
        let plan = plan(&declared, &positions, wish, self.settings.freshness, self.clock.now());
        let run = self.stores.begin_or_resume_run(&held.lease, &plan, self.clock.now()).await?;
        progress.event(Event::Started(&run));
        let personal = PersonalRows::open(&self.vault, &*self.stores, connection).await?;
        let mut failed = false;
        for stream in &run.streams {
            if stream.state.has_ended() {
                failed |= stream.state != StreamState::Done;
                continue;
            }
            let personal = &personal;
            let mut reading =
                StreamRun { engine: self, connector, held, personal, run: &run, progress, timings: &mut *timings };
            failed |= !reading.read(stream).await?;
        }
        let result = if failed { RunResult::Partial } else { RunResult::Ok };
        Ok(self.stores.finish_run(&held.lease, &run.id, result, None, self.clock.now()).await?)
    }

    async fn abandon_outdated_run(&self, connection: &ConnectionId, held: &HeldLease) -> Result<(), Error> {
        let Some(run) = self.stores.unfinished_run(connection).await? else { return Ok(()) };
        let now = self.clock.now();
        if run.started_at.plus_seconds(RESUME_WITHIN_S) < now {
            let why =
                serde_json::json!({ "code": "outdated", "message": "interrupted and not taken up again in time" });
            self.stores.finish_run(&held.lease, &run.id, RunResult::Aborted, Some(&why), now).await?;
        }
        Ok(())
    }
}

/// The reading of one stream of a run.
struct StreamRun<'a> {
    engine: &'a SyncEngine,
    connector: &'a ConnectorHandle,
    held: &'a HeldLease,
    personal: &'a PersonalRows,
    run: &'a RunView,
    progress: &'a dyn Progress,
    timings: &'a mut Timings,
}

impl StreamRun<'_> {
    /// Reads it to its end. `false` when something of it could not be read; an error when the run cannot go on.
    async fn read(&mut self, stream: &StreamView) -> Result<bool, Error> {
        let mut skipped = stream.skipped;
        if stream.state != StreamState::Read {
            match self.pages(stream).await? {
                Ok(skipped_now) => skipped = skipped_now,
                Err(error) => {
                    self.finish(stream, StreamEnd::Failed { error: serde_json::to_value(&error).unwrap_or_default() })
                        .await?;
                    return Ok(false);
                }
            }
        }
        let end = match (skipped, stream.mode) {
            (0, mode) => StreamEnd::Complete { retire: mode == Mode::Full },
            _ => StreamEnd::Partial,
        };
        self.finish(stream, end).await?;
        Ok(skipped == 0)
    }

    /// Pulls and commits page after page; gives the number of records that could not be read. The inner error ends
    /// this stream only, the outer one the run.
    async fn pages(&mut self, stream: &StreamView) -> Result<Result<u64, ConnectorError>, Error> {
        let (mut checkpoint, mut pages, mut seen, mut skipped) =
            (stream.checkpoint.clone(), stream.pages, stream.seen, stream.skipped);
        loop {
            let request = PullRequest {
                stream: stream.stream.clone(),
                since: stream.since,
                checkpoint: checkpoint.take(),
                limit: self.engine.settings.page_limit,
                pass_over: false,
            };
            let (start, read_at) = (Instant::now(), self.engine.clock.now());
            let text = match self.pull(&request).await? {
                Ok(text) => text,
                Err(error) => return Ok(Err(error)),
            };
            add_since(&mut self.timings.pull, start);
            let start = Instant::now();
            let read = RawPage::read(&text).and_then(|page| Ok((page.rows(&stream.stream, self.personal)?, page)));
            let (rows, page) = match read {
                Ok(page) => page,
                Err(problem) => return Ok(Err(self.connector.broken(&Op::Pull, &problem))),
            };
            add_since(&mut self.timings.decode, start);
            if page.next.is_some() && page.next == request.checkpoint {
                return Ok(Err(self.connector.broken(&Op::Pull, &"a page that leads to itself")));
            }
            let start = Instant::now();
            self.commit(stream, &page, &rows, read_at).await?;
            add_since(&mut self.timings.store, start);
            (pages, seen, skipped) = (pages + 1, seen + page.seen(), skipped + page.skipped);
            self.progress.event(Event::Page { stream: &stream.stream, pages, seen, total: page.total });
            checkpoint = page.next;
            if checkpoint.is_none() {
                return Ok(Ok(skipped));
            }
        }
    }

    async fn commit(
        &self,
        stream: &StreamView,
        page: &RawPage<'_>,
        rows: &crate::store::Rows,
        read_at: Timestamp,
    ) -> Result<(), Error> {
        let commit = PageCommit {
            lease: &self.held.lease,
            run: &self.run.id,
            stream: &stream.stream,
            rows,
            next: page.next.as_ref(),
            seen: page.seen(),
            skipped: page.skipped,
            total: page.total,
            notices: &page.notices,
            read_at,
            now: self.engine.clock.now(),
        };
        self.engine.stores.commit_page(commit).await?;
        metrics::records_read(stream.stream.as_str(), page.seen());
        Ok(())
    }

    /// Pulls one page, again and again where that can help.
    async fn pull(&self, request: &PullRequest) -> Result<Result<Vec<u8>, ConnectorError>, Error> {
        let settings = self.engine.settings;
        let mut attempt = 0;
        loop {
            attempt += 1;
            let error = match self.connector.call_raw(&Op::Pull, request, vec![], settings.page_timeout).await {
                Ok(text) => return Ok(Ok(text)),
                Err(error) => error,
            };
            if error.is_auth() {
                return Err(Error::Auth(error));
            }
            let put_off = |error| Err(Error::PutOff { stream: request.stream.to_string(), error });
            let pause = match error.retry {
                Retry::Never if error.code.concerns_connection() => return put_off(error),
                Retry::Never => return Ok(Err(error)),
                Retry::Backoff => FIRST_PAUSE.saturating_mul(1 << (attempt - 1).min(16)).min(LONGEST_PAUSE),
                Retry::After { ms } => Duration::from_millis(ms),
            };
            if attempt >= settings.page_attempts || pause > LONGEST_ASKED_PAUSE || self.held.is_lost() {
                return put_off(error);
            }
            let pause_ms = u64::try_from(pause.as_millis()).unwrap_or(u64::MAX);
            self.progress.event(Event::Retry { stream: &request.stream, reason: &error.message, pause_ms });
            tokio::time::sleep(pause).await;
        }
    }

    async fn finish(&self, stream: &StreamView, end: StreamEnd) -> Result<(), Error> {
        let engine = self.engine;
        let now = engine.clock.now();
        engine.stores.finish_stream(&self.held.lease, &self.run.id, &stream.stream, &end, now).await?;
        let run = engine.stores.run(&self.run.connection, &self.run.id).await?;
        if let Some(ended) = run.iter().flat_map(|run| &run.streams).find(|other| other.stream == stream.stream) {
            self.progress.event(Event::StreamEnded(ended));
        }
        Ok(())
    }
}
