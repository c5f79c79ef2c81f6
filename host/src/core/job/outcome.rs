//! What the end of a sync means for its connection.

use std::sync::Arc;

use connector_api::domain::{ConnectionId, Timestamp};

use crate::{
    clock::Clock,
    core::{
        connection::{self, Checker, Connections, Connectors, Ctx, health::FAILING_AFTER},
        sync::Error,
    },
    model::{
        connection::SyncFailure,
        job::Died,
        paging::PageQuery,
        run::{RunResult, RunView, StreamState, StreamView},
    },
    store::Store,
};

/// `Date` says whole seconds, and takes its way: clocks that differ by less are taken to agree.
const WHOLE_SECONDS_MS: i64 = 2_000;
/// Most characters kept of an error.
const MOST_CHARS: usize = 300;

/// Notes on connections how their syncs ended. Cheap to clone.
#[derive(Clone)]
pub struct Outcomes {
    store: Store,
    clock: Arc<dyn Clock>,
    connections: Connections,
    connectors: Connectors,
    checker: Checker,
}

impl Outcomes {
    /// Notes them on these connections; a refusal is confirmed by `checker`.
    pub fn new(
        store: Store,
        clock: Arc<dyn Clock>,
        connections: Connections,
        connectors: Connectors,
        checker: Checker,
    ) -> Self {
        Self { store, clock, connections, connectors, checker }
    }

    /// Notes how a sync went, on the connection; a refusal is confirmed first. Whether it needs new credentials now.
    pub async fn note_run(
        &self,
        ctx: &Ctx,
        id: &ConnectionId,
        outcome: Result<&RunView, &Error>,
    ) -> Result<bool, connection::Error> {
        if let Err(Error::Auth(refused) | Error::Connector(refused)) = outcome
            && self.checker.confirm_refusal(ctx, id, refused).await?
        {
            return Ok(true);
        }
        self.by_the_platforms_time(id).await?;
        let ctx = ctx.at(self.clock.now());
        match standing(outcome) {
            Some(Ok(())) => self.connections.note_sync(&ctx, id, None).await?,
            Some(Err(failure)) => self.connections.note_sync(&ctx, id, Some(&failure)).await?,
            None => {}
        }
        Ok(false)
    }

    /// A host died, or stood still for too long, while a connection was synced: a failure of the connection and of its plugin.
    pub async fn note_death(&self, ctx: &Ctx, id: &ConnectionId, died: &Died) -> Result<(), connection::Error> {
        let times = died.in_a_row;
        let error = format!(
            "the host crashed or stalled while syncing this connection: {times} times in a row, with nothing read in \
             between"
        );
        tracing::warn!(connection = id.as_str(), times, "a sync was not finished by the host that started it");
        self.connections.note_sync(ctx, id, Some(&SyncFailure { error, counts_up_to: u32::MAX })).await?;
        self.connectors.note_death(id, died, ctx.now).await
    }

    /// Moves the beginning of the next increments back to what was the platform's time when this one began, where the host's
    /// clock was ahead of it: what the platform changed in between carries its own, earlier time.
    async fn by_the_platforms_time(&self, id: &ConnectionId) -> Result<(), connection::Error> {
        let offset_ms = self.connectors.clock_offset_ms(id).filter(|offset_ms| *offset_ms < -WHOLE_SECONDS_MS);
        let Some(offset_ms) = offset_ms else { return Ok(()) };
        let newest = self.store.runs(id, &PageQuery::first(1)).await?.data;
        for stream in newest.iter().flat_map(|run| &run.streams) {
            let earlier = stream.watermark.as_unix_ms().saturating_add(offset_ms);
            if let Some(earlier) = Timestamp::from_unix_ms(earlier) {
                self.store.lower_watermark(id, &stream.stream, stream.watermark, earlier).await?;
            }
        }
        Ok(())
    }
}

/// Whether a sync went well; nothing when its end says nothing about the connection: it was cancelled, somebody else was at
/// work, or the host itself failed.
fn standing(outcome: Result<&RunView, &Error>) -> Option<Result<(), SyncFailure>> {
    let failure = |error: String, counts_up_to| {
        Some(Err(SyncFailure { error: error.chars().take(MOST_CHARS).collect(), counts_up_to }))
    };
    match outcome {
        Ok(run) => {
            let failed: Vec<_> = run.streams.iter().filter(|stream| stream.state == StreamState::Failed).collect();
            match (run.result, failed.first()) {
                (Some(RunResult::Aborted), _) => None,
                (_, Some(stream)) if failed.len() == run.streams.len() => failure(reason(stream), u32::MAX),
                // The others were read: it works, with something missing.
                (_, Some(stream)) => failure(reason(stream), FAILING_AFTER - 1),
                (Some(RunResult::Failed), None) => {
                    let error = run.error.as_ref().and_then(|error| error["message"].as_str());
                    failure(error.unwrap_or("the sync failed").to_owned(), u32::MAX)
                }
                _ => Some(Ok(())),
            }
        }
        Err(error @ (Error::Deferred { .. } | Error::Auth(_) | Error::Connector(_))) => {
            failure(error.to_string(), u32::MAX)
        }
        Err(
            Error::NotFound(_)
            | Error::Held { .. }
            | Error::Cancelled
            | Error::NotReady { .. }
            | Error::DiskLow(_)
            | Error::Secret(_)
            | Error::Store(_),
        ) => None,
    }
}

fn reason(stream: &StreamView) -> String {
    let error = stream.error.as_ref().and_then(|error| error["message"].as_str());
    format!("stream `{}` cannot be read: {}", stream.stream, error.unwrap_or("no reason is known"))
}
