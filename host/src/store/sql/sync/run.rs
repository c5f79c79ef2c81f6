//! The beginning and the end of a run.

use std::collections::HashSet;

use connector_api::{domain::Timestamp, wire::pull::Stream};

use crate::{
    model::{
        run::{CONTINUE_WITHIN_MS, Mode, RunId, RunPlan, RunResult, RunView, StreamPlan},
        sync::{Lease, RUNS_KEPT},
    },
    store::{
        Store,
        db::{
            self,
            failure::Outcome,
            value::{to_json, unreadable},
        },
        error::{Error, Result},
        sql::{
            outbox::emit,
            sync::{lease, run_view},
        },
    },
};

/// After so many runs in a row that brought no page, a new one begins anew: one place must not keep the rest waiting.
const IDLE_RUNS: u32 = 3;

impl Store {
    /// The unfinished run of a connection, with its checkpoints and its own plan (`resumed` says it from a new one); or
    /// one that goes on with a deferred run; or a new run of this plan. What is new has this `id`, and each stream with a generation above all before. `LeaseLost` without the lease.
    pub async fn begin_or_resume_run(
        &self,
        lease: &Lease,
        plan: &RunPlan,
        id: RunId,
        now: Timestamp,
    ) -> Result<RunView> {
        self.explained(|| async {
            check(plan)?;
            let mut tx = self.begin().await?;
            let connection = lease::guard(&mut tx, lease).await?;
            let unfinished: Option<String> = db::query_scalar(
                "UPDATE sync_run SET resumed = resumed + 1 WHERE connection = $1 AND ended_at IS NULL RETURNING id",
            )
            .bind(connection)
            .fetch_optional(&mut *tx)
            .await?;
            let taken_up = match unfinished {
                Some(run) => Some(RunId(run)),
                None => go_on(&mut tx, connection, &id, now).await?,
            };
            let is_new = taken_up.is_none();
            let run = match taken_up {
                Some(run) => run,
                None => begin(&mut tx, connection, plan, id.clone(), now).await?,
            };
            prune(&mut tx, connection).await?;
            let view = run_view::one(&mut tx, &lease.connection, &run).await?;
            let view = view.ok_or_else(|| unreadable("run", "it vanished while it began"))?;
            if is_new {
                emit::run::emit(&mut tx, connection, &view, now).await?;
            }
            tx.commit().await?;
            Ok(view)
        })
        .await
    }
}

fn check(plan: &RunPlan) -> Result<()> {
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

async fn begin(tx: &mut db::Connection, connection: i64, plan: &RunPlan, run: RunId, now: Timestamp) -> Outcome<RunId> {
    db::query("INSERT INTO sync_run (id, connection, trigger, started_at) VALUES ($1, $2, $3, $4)")
        .bind(&run.0)
        .bind(connection)
        .bind(plan.trigger.as_str())
        .bind(now.as_unix_ms())
        .execute(&mut *tx)
        .await?;
    for (ordinal, stream) in (0_i64..).zip(&plan.streams) {
        let generation: i64 = db::query_scalar(
            "INSERT INTO stream_position (connection, stream, generation) VALUES ($1, $2, 1) ON CONFLICT \
             (connection, stream) DO UPDATE SET generation = stream_position.generation + 1 RETURNING generation",
        )
        .bind(connection)
        .bind(stream.stream.as_str())
        .fetch_one(&mut *tx)
        .await?;
        db::query(
            "INSERT INTO sync_stream (run, ordinal, stream, mode, since, watermark, generation, state) VALUES ($1, \
             $2, $3, $4, $5, $6, $7, 'pending')",
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
    Ok(run)
}

async fn prune(tx: &mut db::Connection, connection: i64) -> Outcome<()> {
    db::query(
        "DELETE FROM sync_run WHERE connection = $1 AND id <= (SELECT id FROM sync_run WHERE connection = $1 ORDER \
         BY id DESC LIMIT 1 OFFSET $2)",
    )
    .bind(connection)
    .bind(RUNS_KEPT)
    .execute(tx)
    .await?;
    Ok(())
}

/// A new run that goes on where the last one was deferred, if it was. The stream at which it was deferred comes last now, so
/// that it cannot keep the others from being read.
async fn go_on(tx: &mut db::Connection, connection: i64, run: &RunId, now: Timestamp) -> Outcome<Option<RunId>> {
    let last: Option<(String, Option<String>, i64, i64)> = db::query_as(
        "SELECT id, deferred, coalesce(begun_at, started_at), idle FROM sync_run WHERE connection = $1 \
         ORDER BY rowid DESC LIMIT 1",
    )
    .bind(connection)
    .fetch_optional(&mut *tx)
    .await?;
    let Some((last, Some(deferred), begun_at, idle)) = last else { return Ok(None) };
    let age = now.as_unix_ms().saturating_sub(begun_at);
    // A run of the future was begun by a clock that was wrong.
    if idle >= i64::from(IDLE_RUNS) || !(0..=CONTINUE_WITHIN_MS).contains(&age) {
        return Ok(None);
    }
    db::query(
        "INSERT INTO sync_run (id, connection, trigger, started_at, resumed, begun_at, continues, idle, \
         pages_before) SELECT $1, connection, trigger, $2, resumed + 1, $3, id, idle, (SELECT coalesce(sum(pages), \
         0) FROM sync_stream WHERE run = $4) FROM sync_run WHERE id = $4",
    )
    .bind(&run.0)
    .bind(now.as_unix_ms())
    .bind(begun_at)
    .bind(&last)
    .execute(&mut *tx)
    .await?;
    db::query(
        "INSERT INTO sync_stream (run, ordinal, stream, mode, since, watermark, generation, state, checkpoint, \
         pages, seen, upserted, unchanged, deleted, skipped, total, notices, error, started_at, ended_at, left_out, \
         doubts, held, stored, requests, bytes) SELECT $1, ordinal + CASE WHEN stream = $2 THEN 1000 ELSE 0 END, \
         stream, mode, since, watermark, generation, state, checkpoint, pages, seen, upserted, unchanged, deleted, \
         skipped, total, notices, error, started_at, ended_at, left_out, doubts, held, stored, requests, bytes FROM \
         sync_stream WHERE run = $3",
    )
    .bind(&run.0)
    .bind(deferred)
    .bind(&last)
    .execute(tx)
    .await?;
    Ok(Some(run.clone()))
}

impl Store {
    /// Ends a run that cannot go on now as `failed`, at this stream and for this reason. The next run goes on with it: with
    /// its plan, its checkpoints and what it has counted. Emits nothing: who runs the sync knows whether it is tried again.
    pub async fn defer_run(
        &self,
        lease: &Lease,
        run: &RunId,
        stream: &Stream,
        error: &serde_json::Value,
        now: Timestamp,
    ) -> Result<RunView> {
        self.explained(|| async {
            let error = to_json("run error", error)?;
            let mut tx = self.begin().await?;
            let connection = lease::guard(&mut tx, lease).await?;
            let done = db::query(
                "UPDATE sync_run SET ended_at = $1, result = 'failed', error = $2, deferred = $3, idle = CASE WHEN \
                 (SELECT coalesce(sum(pages), 0) FROM sync_stream WHERE run = sync_run.id) > pages_before THEN 0 \
                 ELSE idle + 1 END WHERE id = $4 AND connection = $5 AND ended_at IS NULL",
            )
            .bind(now.as_unix_ms())
            .bind(error)
            .bind(stream.as_str())
            .bind(&run.0)
            .bind(connection)
            .execute(&mut *tx)
            .await?;
            if done.rows_affected() == 0 {
                return Err(Error::Refused(format!("run {run} has ended or is not one of this connection")).into());
            }
            let view = run_view::one(&mut tx, &lease.connection, run).await?;
            tx.commit().await?;
            view.ok_or_else(|| unreadable("run", "it vanished while it ended"))
        })
        .await
    }

    /// Ends a run. `Ok` is refused unless every stream ended as `StreamEnd::Complete`.
    pub async fn finish_run(
        &self,
        lease: &Lease,
        run: &RunId,
        result: RunResult,
        error: Option<&serde_json::Value>,
        now: Timestamp,
    ) -> Result<RunView> {
        self.explained(|| async {
            let error = error.map(|error| to_json("run error", error)).transpose()?;
            let mut tx = self.begin().await?;
            let connection = lease::guard(&mut tx, lease).await?;
            if result == RunResult::Ok {
                let incomplete: Option<String> = db::query_scalar(
                    "SELECT stream FROM sync_stream WHERE run = $1 AND state <> 'done' ORDER BY ordinal LIMIT 1",
                )
                .bind(&run.0)
                .fetch_optional(&mut *tx)
                .await?;
                if let Some(stream) = incomplete {
                    let text = format!("run {run} is not ok: stream `{stream}` was not read completely");
                    return Err(Error::Refused(text).into());
                }
            }
            let done = db::query(
                "UPDATE sync_run SET ended_at = $1, result = $2, error = $3 WHERE id = $4 AND connection = $5 AND \
                 ended_at IS NULL",
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
            emit::run::emit(&mut tx, connection, &view, now).await?;
            tx.commit().await?;
            Ok(view)
        })
        .await
    }
}
