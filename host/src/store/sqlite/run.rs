//! The beginning and the end of a run.

use std::collections::HashSet;

use connector_api::domain::Timestamp;
use sqlx::SqliteConnection;

use super::{SqliteStores, announce, failure::Outcome, lease, run_view, to_json, unreadable};
use crate::store::{
    error::Error,
    run::{Mode, RunId, RunPlan, RunResult, RunView, StreamPlan},
    sync::{Lease, RUNS_KEPT},
};

pub(super) async fn begin_or_resume(
    stores: &SqliteStores,
    lease: &Lease,
    plan: &RunPlan,
    now: Timestamp,
) -> Outcome<RunView> {
    check(plan)?;
    let mut tx = stores.begin().await?;
    let connection = lease::guard(&mut tx, lease).await?;
    let unfinished: Option<String> = sqlx::query_scalar(
        "UPDATE sync_run SET resumed = resumed + 1 WHERE connection = ? AND ended_at IS NULL RETURNING id",
    )
    .bind(connection)
    .fetch_optional(&mut *tx)
    .await?;
    let is_new = unfinished.is_none();
    let run = match unfinished {
        Some(run) => RunId(run),
        None => begin(&mut tx, connection, plan, now).await?,
    };
    let view = run_view::one(&mut tx, &lease.connection, &run).await?;
    let view = view.ok_or_else(|| unreadable("run", "it vanished while it began"))?;
    if is_new {
        announce::run::tell(&mut tx, connection, &view, now).await?;
    }
    tx.commit().await?;
    Ok(view)
}

fn check(plan: &RunPlan) -> Result<(), Error> {
    let mut streams = HashSet::new();
    for StreamPlan { stream, mode, since, .. } in &plan.streams {
        if !streams.insert(stream.as_str()) {
            return Err(Error::Refused(format!("the plan names the stream `{stream}` twice")));
        }
        if (*mode == Mode::Increment) != since.is_some() {
            return Err(Error::Refused(format!(
                "stream `{stream}`: increments need `since`, full passes must not have it"
            )));
        }
    }
    Ok(())
}

async fn begin(tx: &mut SqliteConnection, connection: i64, plan: &RunPlan, now: Timestamp) -> Outcome<RunId> {
    let run = RunId::new(now);
    sqlx::query("INSERT INTO sync_run (id, connection, trigger, started_at) VALUES (?, ?, ?, ?)")
        .bind(&run.0)
        .bind(connection)
        .bind(plan.trigger.as_str())
        .bind(now.as_unix_ms())
        .execute(&mut *tx)
        .await?;
    for (ordinal, stream) in (0_i64..).zip(&plan.streams) {
        let generation: i64 = sqlx::query_scalar(
            "INSERT INTO stream_position (connection, stream, generation) VALUES (?, ?, 1) \
             ON CONFLICT (connection, stream) DO UPDATE SET generation = generation + 1 RETURNING generation",
        )
        .bind(connection)
        .bind(stream.stream.as_str())
        .fetch_one(&mut *tx)
        .await?;
        sqlx::query(
            "INSERT INTO sync_stream (run, ordinal, stream, mode, since, watermark, generation, state) \
             VALUES (?, ?, ?, ?, ?, ?, ?, 'pending')",
        )
        .bind(&run.0)
        .bind(ordinal)
        .bind(stream.stream.as_str())
        .bind(stream.mode.as_str())
        .bind(stream.since.map(Timestamp::as_unix_ms))
        .bind(stream.watermark.as_unix_ms())
        .bind(generation)
        .execute(&mut *tx)
        .await?;
    }
    sqlx::query(
        "DELETE FROM sync_run WHERE connection = ?1 AND id <= \
         (SELECT id FROM sync_run WHERE connection = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)",
    )
    .bind(connection)
    .bind(RUNS_KEPT)
    .execute(&mut *tx)
    .await?;
    Ok(run)
}

pub(super) async fn finish(
    stores: &SqliteStores,
    lease: &Lease,
    run: &RunId,
    result: RunResult,
    error: Option<&serde_json::Value>,
    now: Timestamp,
) -> Outcome<RunView> {
    let error = error.map(|error| to_json("run error", error)).transpose()?;
    let mut tx = stores.begin().await?;
    let connection = lease::guard(&mut tx, lease).await?;
    if result == RunResult::Ok {
        let incomplete: Option<String> = sqlx::query_scalar(
            "SELECT stream FROM sync_stream WHERE run = ? AND state <> 'done' ORDER BY ordinal LIMIT 1",
        )
        .bind(&run.0)
        .fetch_optional(&mut *tx)
        .await?;
        if let Some(stream) = incomplete {
            let text = format!("run {run} is not ok: stream `{stream}` was not read completely");
            return Err(Error::Refused(text).into());
        }
    }
    let done = sqlx::query(
        "UPDATE sync_run SET ended_at = ?, result = ?, error = ? WHERE id = ? AND connection = ? AND ended_at IS NULL",
    )
    .bind(now.as_unix_ms())
    .bind(result.as_str())
    .bind(error)
    .bind(&run.0)
    .bind(connection)
    .execute(&mut *tx)
    .await?;
    if done.rows_affected() == 0 {
        return Err(Error::Refused(format!("run {run} has ended or is not one of this connection")).into());
    }
    let view = run_view::one(&mut tx, &lease.connection, run).await?;
    let view = view.ok_or_else(|| unreadable("run", "it vanished while it ended"))?;
    announce::run::tell(&mut tx, connection, &view, now).await?;
    tx.commit().await?;
    Ok(view)
}
