//! Writing a page: rows, checkpoint and counters in one transaction under the lease's fence.

use connector_api::wire::pull::{Notice, Stream};
use sqlx::SqliteConnection;

use super::{SqliteStores, announce, change, failure::Outcome, from_json, lease, stored, to_json, unreadable, upsert};
use crate::store::{
    error::Error,
    rows::Rows,
    run::{Mode, RunId, StreamState},
    sync::{MAX_CHECKPOINT_BYTES, MAX_NOTICES, PageCommit, PageOutcome},
};

/// A stream of a run that has not ended.
pub(super) struct OpenStream {
    pub(super) generation: i64,
    pub(super) mode: Mode,
    pub(super) state: StreamState,
    pub(super) skipped: i64,
    pub(super) notices: String,
}

pub(super) async fn commit(stores: &SqliteStores, page: &PageCommit<'_>) -> Outcome<PageOutcome> {
    check_kind(page.stream, page.rows)?;
    let checkpoint = page.next.map(|next| to_json("checkpoint", next)).transpose()?;
    if checkpoint.as_ref().is_some_and(|text| text.len() > MAX_CHECKPOINT_BYTES) {
        let what = format!("the checkpoint of stream `{}`, in bytes,", page.stream);
        return Err(Error::Limit { what, limit: MAX_CHECKPOINT_BYTES as u64 }.into());
    }
    let mut tx = stores.begin().await?;
    let connection = lease::guard(&mut tx, page.lease).await?;
    let open = open_stream(&mut tx, connection, page.run, page.stream).await?;
    if open.state == StreamState::Read {
        return Err(Error::Refused(format!("the last page of stream `{}` is already committed", page.stream)).into());
    }
    let stamp = upsert::Stamp {
        connection,
        generation: open.generation,
        now: page.now.as_unix_ms(),
        read_at: page.read_at.as_unix_ms(),
    };
    let upserted = upsert::rows(&mut tx, page.stream, page.rows, stamp).await?;
    change::count_reconciled(&mut tx, stamp, page.stream, upserted).await?;
    let outcome = PageOutcome { upserted, unchanged: (page.rows.len() as u64).saturating_sub(upserted) };
    let state = if page.next.is_some() { StreamState::Running } else { StreamState::Read };
    sqlx::query(
        "UPDATE sync_stream SET state = ?, checkpoint = ?, pages = pages + 1, seen = seen + ?, upserted = upserted + ?, \
         unchanged = unchanged + ?, skipped = skipped + ?, total = coalesce(?, total), notices = ?, \
         started_at = coalesce(started_at, ?) WHERE run = ? AND stream = ?",
    )
    .bind(state.as_str())
    .bind(checkpoint)
    .bind(stored(page.seen))
    .bind(stored(outcome.upserted))
    .bind(stored(outcome.unchanged))
    .bind(stored(page.skipped))
    .bind(page.total.map(stored))
    .bind(with_notices(open.notices, page.notices)?)
    .bind(page.now.as_unix_ms())
    .bind(&page.run.0)
    .bind(page.stream.as_str())
    .execute(&mut *tx)
    .await?;
    announce::catalog::tell(&mut tx, connection, stamp.now).await?;
    tx.commit().await?;
    Ok(outcome)
}

pub(super) fn check_kind(stream: &Stream, rows: &Rows) -> Result<(), Error> {
    let belongs = match stream {
        Stream::Offers => matches!(rows, Rows::Offers(_)),
        Stream::Prices => matches!(rows, Rows::Prices(_)),
        Stream::Inventory => matches!(rows, Rows::Inventory(_)),
        Stream::Orders => matches!(rows, Rows::Orders(_)),
        Stream::Customers => matches!(rows, Rows::Customers(_)),
        Stream::Shipments => matches!(rows, Rows::Shipments(_)),
        Stream::Returns => matches!(rows, Rows::Returns(_)),
        _ => matches!(rows, Rows::Entities(_)),
    };
    if belongs { Ok(()) } else { Err(Error::Refused(format!("the page's rows do not belong to stream `{stream}`"))) }
}

/// The stream of an unfinished run of this connection, if neither has ended.
pub(super) async fn open_stream(
    tx: &mut SqliteConnection,
    connection: i64,
    run: &RunId,
    stream: &Stream,
) -> Outcome<OpenStream> {
    let row: Option<(i64, String, String, i64, String)> = sqlx::query_as(
        "SELECT s.generation, s.mode, s.state, s.skipped, s.notices FROM sync_stream s JOIN sync_run r ON r.id = s.run \
         WHERE s.run = ? AND s.stream = ? AND r.connection = ? AND r.ended_at IS NULL AND s.ended_at IS NULL",
    )
    .bind(&run.0)
    .bind(stream.as_str())
    .bind(connection)
    .fetch_optional(tx)
    .await?;
    let Some((generation, mode, state, skipped, notices)) = row else {
        return Err(Error::Refused(format!("stream `{stream}` of run {run} has ended or is not planned")).into());
    };
    Ok(OpenStream {
        generation,
        mode: Mode::from_word(&mode).ok_or_else(|| unreadable("stream mode", mode))?,
        state: StreamState::from_word(&state).ok_or_else(|| unreadable("stream state", state))?,
        skipped,
        notices,
    })
}

fn with_notices(kept: String, new: &[Notice]) -> Outcome<String> {
    if new.is_empty() {
        return Ok(kept);
    }
    let mut notices: Vec<Notice> = from_json("notices", &kept)?;
    for notice in new {
        if notices.len() < MAX_NOTICES && !notices.contains(notice) {
            notices.push(notice.clone());
        }
    }
    to_json("notices", &notices)
}
