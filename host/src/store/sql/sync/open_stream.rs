//! A stream that is being read.

use connector_api::wire::pull::{LeftOut, Stream};
use sqlx::FromRow;

use crate::{
    model::{
        doubt::Doubt,
        run::{Mode, RunId, StreamState},
    },
    store::{
        db::{
            self,
            failure::Outcome,
            value::{count, from_json, unreadable},
        },
        error::Error,
    },
};

/// A stream of a run that has not ended.
pub(crate) struct OpenStream {
    pub(crate) generation: i64,
    pub(crate) mode: Mode,
    pub(crate) state: StreamState,
    pub(crate) seen: u64,
    /// Rows that the records became.
    pub(crate) stored: u64,
    pub(crate) skipped: u64,
    pub(crate) total: Option<u64>,
    pub(crate) doubts: Vec<Doubt>,
    pub(crate) left_out: Vec<LeftOut>,
    /// As JSON.
    pub(crate) notices: String,
}

impl OpenStream {
    /// Records that were left out on purpose.
    pub(crate) fn left_out(&self) -> u64 {
        self.left_out.iter().map(|left_out| left_out.count).sum()
    }
}

#[derive(FromRow)]
struct StoredOpen {
    generation: i64,
    mode: String,
    state: String,
    seen: i64,
    stored: i64,
    skipped: i64,
    total: Option<i64>,
    doubts: String,
    left_out: String,
    notices: String,
}

/// The stream of an unfinished run of this connection, if neither has ended.
pub(crate) async fn open_stream(
    tx: &mut db::Connection,
    connection: i64,
    run: &RunId,
    stream: &Stream,
) -> Outcome<OpenStream> {
    let row: Option<StoredOpen> = db::query_as(
        "SELECT s.generation, s.mode, s.state, s.seen, s.stored, s.skipped, s.total, s.doubts, s.left_out, s.notices \
         FROM sync_stream s JOIN sync_run r ON r.id = s.run WHERE s.run = $1 AND s.stream = $2 AND r.connection = $3 \
         AND r.ended_at IS NULL AND s.ended_at IS NULL",
    )
    .bind(&run.0)
    .bind(stream.as_str())
    .bind(connection)
    .fetch_optional(tx)
    .await?;
    let Some(row) = row else {
        return Err(Error::Refused(format!("stream `{stream}` of run {run} has ended or is not planned")).into());
    };
    Ok(OpenStream {
        generation: row.generation,
        mode: Mode::from_word(&row.mode).ok_or_else(|| unreadable("stream mode", row.mode))?,
        state: StreamState::from_word(&row.state).ok_or_else(|| unreadable("stream state", row.state))?,
        seen: count(row.seen),
        stored: count(row.stored),
        skipped: count(row.skipped),
        total: row.total.map(count),
        doubts: from_json("doubts", &row.doubts)?,
        left_out: from_json("left_out", &row.left_out)?,
        notices: row.notices,
    })
}
