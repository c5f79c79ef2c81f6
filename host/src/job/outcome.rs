//! What the end of a sync means for its connection.

use connector_api::domain::{ConnectionId, Timestamp};

use crate::{
    connection::{self, ConnectionService, health::FAILING_AFTER},
    model::{
        connection::SyncFailure,
        paging::PageQuery,
        run::{RunResult, RunView, StreamState, StreamView},
    },
    sync::Error,
};

/// `Date` tells whole seconds, and takes its way: clocks that differ by less are taken to agree.
const WHOLE_SECONDS_MS: i64 = 2_000;
/// Most characters kept of an error.
const MOST_CHARS: usize = 300;

/// Notes how a sync went, on the connection; a refusal is confirmed first. Whether it needs new credentials now.
pub async fn note_run(
    connections: &ConnectionService,
    id: &ConnectionId,
    outcome: Result<&RunView, &Error>,
) -> Result<bool, connection::Error> {
    if let Err(Error::Auth(refused) | Error::Connector(refused)) = outcome
        && connections.confirm_refusal(id, refused).await?
    {
        return Ok(true);
    }
    by_the_platforms_time(connections, id).await?;
    match standing(outcome) {
        Some(Ok(())) => connections.note_sync(id, None).await?,
        Some(Err(failure)) => connections.note_sync(id, Some(&failure)).await?,
        None => {}
    }
    Ok(false)
}

/// Moves the beginning of the next increments back to what was the platform's time when this one began, where the host's clock
/// was ahead of it: what the platform changed in between carries its own, earlier time.
async fn by_the_platforms_time(connections: &ConnectionService, id: &ConnectionId) -> Result<(), connection::Error> {
    let Some(offset_ms) = connections.clock_offset_ms(id).filter(|offset_ms| *offset_ms < -WHOLE_SECONDS_MS) else {
        return Ok(());
    };
    let newest = connections.store.runs(id, &PageQuery::first(1)).await?.data;
    for stream in newest.iter().flat_map(|run| &run.streams) {
        let earlier = stream.watermark.as_unix_ms().saturating_add(offset_ms);
        if let Some(earlier) = Timestamp::from_unix_ms(earlier) {
            connections.store.lower_watermark(id, &stream.stream, stream.watermark, earlier).await?;
        }
    }
    Ok(())
}

/// Whether a sync went well; nothing when its end says nothing about the connection: it was called off, somebody else was at
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
        Err(error @ (Error::PutOff { .. } | Error::Auth(_) | Error::Connector(_))) => {
            failure(error.to_string(), u32::MAX)
        }
        Err(
            Error::NotFound(_)
            | Error::Held { .. }
            | Error::CalledOff
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
