//! Reading runs and their streams.

use connector_api::{
    domain::ConnectionId,
    wire::pull::{Checkpoint, Stream},
};
use sqlx::{AssertSqlSafe, FromRow};

use crate::{
    model::{
        paging::{Listing, PageQuery},
        run::{Mode, RunId, RunResult, RunView, StreamState, StreamView, Trigger},
    },
    store::{
        Store,
        db::{
            self,
            failure::Outcome,
            value::{count, from_json, optional_time, time, unreadable},
        },
        error::Result,
    },
};

const SELECT_RUN: &str = "SELECT r.id, r.trigger, r.started_at, r.ended_at, r.result, r.error, r.resumed, \
     r.continues FROM sync_run r JOIN connections c ON c.key = r.connection WHERE c.id = $1";

#[derive(FromRow)]
struct StoredRun {
    id: String,
    trigger: String,
    started_at: i64,
    ended_at: Option<i64>,
    result: Option<String>,
    error: Option<String>,
    #[sqlx(try_from = "i64")]
    resumed: u32,
    continues: Option<String>,
}

#[derive(FromRow)]
pub(crate) struct StoredStream {
    pub(crate) stream: String,
    pub(crate) mode: String,
    pub(crate) since: Option<i64>,
    pub(crate) watermark: i64,
    pub(crate) generation: i64,
    pub(crate) state: String,
    pub(crate) checkpoint: Option<String>,
    pub(crate) pages: i64,
    pub(crate) seen: i64,
    pub(crate) upserted: i64,
    pub(crate) unchanged: i64,
    pub(crate) deleted: i64,
    pub(crate) held: i64,
    pub(crate) doubts: String,
    pub(crate) skipped: i64,
    pub(crate) left_out: String,
    pub(crate) requests: i64,
    pub(crate) bytes: i64,
    pub(crate) total: Option<i64>,
    pub(crate) notices: String,
    pub(crate) error: Option<String>,
    pub(crate) started_at: Option<i64>,
    pub(crate) ended_at: Option<i64>,
}

impl Store {
    /// The unfinished run of a connection, if there is one.
    pub async fn unfinished_run(&self, connection: &ConnectionId) -> Result<Option<RunView>> {
        self.explained(|| async { unfinished(&mut self.readers.acquire().await?, connection).await }).await
    }

    /// One run with its streams.
    pub async fn run(&self, connection: &ConnectionId, run: &RunId) -> Result<Option<RunView>> {
        self.explained(|| async { one(&mut self.readers.acquire().await?, connection, run).await }).await
    }

    /// Runs of a connection, newest first.
    pub async fn runs(&self, connection: &ConnectionId, page: &PageQuery) -> Result<Listing<RunView>> {
        self.explained(|| async { list(&mut self.readers.acquire().await?, connection, page).await }).await
    }
}

pub(crate) async fn one(db: &mut db::Connection, connection: &ConnectionId, run: &RunId) -> Outcome<Option<RunView>> {
    let sql = AssertSqlSafe(format!("{SELECT_RUN} AND r.id = $2"));
    let row: Option<StoredRun> =
        db::query_as(sql).bind(connection.as_str()).bind(&run.0).fetch_optional(&mut *db).await?;
    with_streams_of(db, connection, row).await
}

pub(crate) async fn unfinished(db: &mut db::Connection, connection: &ConnectionId) -> Outcome<Option<RunView>> {
    let sql = AssertSqlSafe(format!("{SELECT_RUN} AND r.ended_at IS NULL"));
    let row: Option<StoredRun> = db::query_as(sql).bind(connection.as_str()).fetch_optional(&mut *db).await?;
    with_streams_of(db, connection, row).await
}

pub(crate) async fn list(
    db: &mut db::Connection,
    connection: &ConnectionId,
    page: &PageQuery,
) -> Outcome<Listing<RunView>> {
    let sql = AssertSqlSafe(format!("{SELECT_RUN} AND r.id < $2 ORDER BY r.id DESC LIMIT $3"));
    let limit = page.effective_limit();
    let before = page.key()?.unwrap_or_else(|| "~".to_owned());
    let rows: Vec<StoredRun> =
        db::query_as(sql).bind(connection.as_str()).bind(before).bind(limit + 1).fetch_all(&mut *db).await?;
    let mut runs = Vec::with_capacity(rows.len());
    for row in rows {
        runs.push(with_streams(db, connection, row).await?);
    }
    Ok(Listing::from_overread(runs, limit, |run| run.id.0.clone()))
}

async fn with_streams_of(
    db: &mut db::Connection,
    connection: &ConnectionId,
    row: Option<StoredRun>,
) -> Outcome<Option<RunView>> {
    match row {
        Some(row) => with_streams(db, connection, row).await.map(Some),
        None => Ok(None),
    }
}

async fn with_streams(db: &mut db::Connection, connection: &ConnectionId, row: StoredRun) -> Outcome<RunView> {
    let streams: Vec<StoredStream> =
        db::query_as("SELECT * FROM sync_stream WHERE run = $1 ORDER BY ordinal").bind(&row.id).fetch_all(db).await?;
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
            deleted: count(self.deleted),
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
