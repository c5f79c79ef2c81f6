//! Reading runs and their streams.

use connector_api::{
    domain::ConnectionId,
    wire::pull::{Checkpoint, Stream},
};
use sqlx::{AssertSqlSafe, FromRow, SqliteConnection};

use super::{count, failure::Outcome, from_json, optional_time, time, unreadable};
use crate::store::{
    paging::{Listing, PageQuery},
    run::{Mode, RunId, RunResult, RunView, StreamState, StreamView, Trigger},
};

const SELECT_RUN: &str = "SELECT r.id, r.trigger, r.started_at, r.ended_at, r.result, r.error, r.resumed, r.continues \
     FROM sync_run r JOIN connections c ON c.key = r.connection WHERE c.id = ?";

#[derive(FromRow)]
struct StoredRun {
    id: String,
    trigger: String,
    started_at: i64,
    ended_at: Option<i64>,
    result: Option<String>,
    error: Option<String>,
    resumed: u32,
    continues: Option<String>,
}

#[derive(FromRow)]
pub(super) struct StoredStream {
    pub(super) stream: String,
    pub(super) mode: String,
    pub(super) since: Option<i64>,
    pub(super) watermark: i64,
    pub(super) generation: i64,
    pub(super) state: String,
    pub(super) checkpoint: Option<String>,
    pub(super) pages: i64,
    pub(super) seen: i64,
    pub(super) upserted: i64,
    pub(super) unchanged: i64,
    pub(super) retired: i64,
    pub(super) held: i64,
    pub(super) doubts: String,
    pub(super) skipped: i64,
    pub(super) left_out: String,
    pub(super) requests: i64,
    pub(super) bytes: i64,
    pub(super) total: Option<i64>,
    pub(super) notices: String,
    pub(super) error: Option<String>,
    pub(super) started_at: Option<i64>,
    pub(super) ended_at: Option<i64>,
}

pub(super) async fn one(db: &mut SqliteConnection, connection: &ConnectionId, run: &RunId) -> Outcome<Option<RunView>> {
    let sql = AssertSqlSafe(format!("{SELECT_RUN} AND r.id = ?"));
    let row: Option<StoredRun> =
        sqlx::query_as(sql).bind(connection.as_str()).bind(&run.0).fetch_optional(&mut *db).await?;
    with_streams_of(db, connection, row).await
}

pub(super) async fn unfinished(db: &mut SqliteConnection, connection: &ConnectionId) -> Outcome<Option<RunView>> {
    let sql = AssertSqlSafe(format!("{SELECT_RUN} AND r.ended_at IS NULL"));
    let row: Option<StoredRun> = sqlx::query_as(sql).bind(connection.as_str()).fetch_optional(&mut *db).await?;
    with_streams_of(db, connection, row).await
}

pub(super) async fn list(
    db: &mut SqliteConnection,
    connection: &ConnectionId,
    page: &PageQuery,
) -> Outcome<Listing<RunView>> {
    let sql = AssertSqlSafe(format!("{SELECT_RUN} AND r.id < ? ORDER BY r.id DESC LIMIT ?"));
    let limit = page.effective_limit();
    let before = page.key()?.unwrap_or_else(|| "~".to_owned());
    let rows: Vec<StoredRun> =
        sqlx::query_as(sql).bind(connection.as_str()).bind(before).bind(limit + 1).fetch_all(&mut *db).await?;
    let mut runs = Vec::with_capacity(rows.len());
    for row in rows {
        runs.push(with_streams(db, connection, row).await?);
    }
    Ok(Listing::from_overread(runs, limit, |run| run.id.0.clone()))
}

async fn with_streams_of(
    db: &mut SqliteConnection,
    connection: &ConnectionId,
    row: Option<StoredRun>,
) -> Outcome<Option<RunView>> {
    match row {
        Some(row) => with_streams(db, connection, row).await.map(Some),
        None => Ok(None),
    }
}

async fn with_streams(db: &mut SqliteConnection, connection: &ConnectionId, row: StoredRun) -> Outcome<RunView> {
    let streams: Vec<StoredStream> =
        sqlx::query_as("SELECT * FROM sync_stream WHERE run = ? ORDER BY ordinal").bind(&row.id).fetch_all(db).await?;
    let result = row.result.map(|word| RunResult::from_word(&word).ok_or_else(|| unreadable("run result", word)));
    Ok(RunView {
        id: RunId(row.id),
        connection: connection.clone(),
        trigger: Trigger::from_word(&row.trigger).ok_or_else(|| unreadable("run trigger", row.trigger))?,
        started_at: time(row.started_at)?,
        ended_at: optional_time(row.ended_at)?,
        result: result.transpose()?,
        error: row.error.map(|error| from_json("run error", &error)).transpose()?,
        resumed: row.resumed,
        continues: row.continues.map(RunId),
        streams: streams.into_iter().map(StoredStream::read).collect::<Outcome<_>>()?,
    })
}

impl StoredStream {
    fn read(self) -> Outcome<StreamView> {
        Ok(StreamView {
            stream: Stream::from(self.stream.as_str()),
            mode: Mode::from_word(&self.mode).ok_or_else(|| unreadable("stream mode", self.mode))?,
            since: optional_time(self.since)?,
            watermark: time(self.watermark)?,
            generation: self.generation,
            state: StreamState::from_word(&self.state).ok_or_else(|| unreadable("stream state", self.state))?,
            checkpoint: self.checkpoint.map(|text| from_json("checkpoint", &text).map(Checkpoint)).transpose()?,
            pages: count(self.pages),
            seen: count(self.seen),
            upserted: count(self.upserted),
            unchanged: count(self.unchanged),
            retired: count(self.retired),
            held: count(self.held),
            doubts: from_json("doubts", &self.doubts)?,
            skipped: count(self.skipped),
            left_out: from_json("left_out", &self.left_out)?,
            requests: count(self.requests),
            bytes: count(self.bytes),
            total: self.total.map(count),
            notices: from_json("notices", &self.notices)?,
            error: self.error.map(|error| from_json("stream error", &error)).transpose()?,
            started_at: optional_time(self.started_at)?,
            ended_at: optional_time(self.ended_at)?,
        })
    }
}
