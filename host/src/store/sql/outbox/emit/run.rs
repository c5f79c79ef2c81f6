//! How a sync goes, as events.

use connector_api::{
    domain::{ConnectionId, Timestamp},
    wire::pull::Stream,
};
use std::collections::HashSet;

use crate::{
    model::{
        doubt::{Doubt, HeldDoubt},
        event_data::{HeldEventData, StreamEventData, SyncEventData},
        job::SyncJob,
        outbox::EventType,
        run::{RunId, RunResult, RunView},
    },
    store::{
        db::{self, failure::Outcome},
        sql::{
            connection::key::key_of,
            outbox::emit::{NewEvent, add},
        },
    },
};

/// Tells that a run has begun or ended.
pub(in crate::store) async fn emit(
    tx: &mut db::Connection,
    connection: i64,
    run: &RunView,
    now: Timestamp,
) -> Outcome<()> {
    let kind = match run.result {
        None => EventType::SyncStarted,
        Some(RunResult::Ok | RunResult::Partial) => EventType::SyncCompleted,
        Some(RunResult::Truncated) => EventType::SyncTruncated,
        Some(RunResult::Failed | RunResult::Aborted) => EventType::SyncFailed,
    };
    let first: Vec<String> =
        db::query_scalar("SELECT stream FROM stream_position WHERE connection = $1 AND emitted_by = $2")
            .bind(connection)
            .bind(&run.id.0)
            .fetch_all(&mut *tx)
            .await?;
    let data = event_data(run, &first.into_iter().collect());
    let event = NewEvent::about(kind, format!("runs/{}", run.id), &data)?;
    add(tx, connection, now.as_unix_ms(), &[event]).await.map(drop)
}

/// Tells that a sync did not come to its end. Once for a row of failures: that it is tried again is no news.
pub(in crate::store) async fn emit_failure(
    tx: &mut db::Connection,
    job: &SyncJob,
    error: &str,
    now: Timestamp,
) -> Outcome<()> {
    let Some(connection) = key_of(tx, &job.connection).await? else { return Ok(()) };
    let data = SyncEventData {
        run_id: unfinished(tx, &job.connection).await?,
        trigger: job.trigger,
        started_at: None,
        result: None,
        error: Some(error.chars().take(300).collect()),
        streams: vec![],
    };
    add(tx, connection, now.as_unix_ms(), &[NewEvent::new(EventType::SyncFailed, &data)?]).await.map(drop)
}

/// Emits that deletions are held.
pub(in crate::store) async fn emit_held(
    tx: &mut db::Connection,
    connection: i64,
    run: &RunId,
    stream: &Stream,
    rows: u64,
    doubts: &[Doubt],
    now: Timestamp,
) -> Outcome<()> {
    let data = HeldEventData {
        run_id: run.0.clone(),
        stream: stream.clone(),
        rows,
        doubts: doubts.iter().copied().map(HeldDoubt::from).collect(),
    };
    let event = NewEvent::about(EventType::SyncDeletionsHeld, format!("streams/{stream}"), &data)?;
    add(tx, connection, now.as_unix_ms(), &[event]).await.map(drop)
}

/// The newest run, if it did not come to its end.
async fn unfinished(tx: &mut db::Connection, connection: &ConnectionId) -> Outcome<Option<String>> {
    Ok(db::query_scalar(
        "SELECT id FROM (SELECT r.id, r.ended_at, r.result FROM sync_run r JOIN connections c ON c.key = r.connection \
         WHERE c.id = $1 ORDER BY r.rowid DESC LIMIT 1) AS newest \
         WHERE ended_at IS NULL OR result = 'failed'",
    )
    .bind(connection.as_str())
    .fetch_optional(tx)
    .await?)
}

fn event_data(run: &RunView, first: &HashSet<String>) -> SyncEventData {
    let error = run.error.as_ref().and_then(|error| error["message"].as_str());
    let streams = run.streams.iter().map(|stream| StreamEventData {
        stream: stream.stream.clone(),
        mode: stream.mode,
        state: stream.state,
        first: first.contains(stream.stream.as_str()),
        changed: stream.upserted,
        deleted: stream.deleted,
        skipped: stream.skipped,
        held: stream.held,
    });
    SyncEventData {
        run_id: Some(run.id.0.clone()),
        trigger: run.trigger,
        started_at: Some(run.started_at),
        result: run.result,
        error: error.map(str::to_owned),
        streams: streams.collect(),
    }
}
