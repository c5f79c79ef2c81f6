//! Writing a page: rows, checkpoint and counters in one transaction under the lease's fence.

use connector_api::wire::pull::{LeftOut, Notice, Stream};
use sqlx::FromRow;

use crate::{
    model::{
        doubt::Doubt,
        run::{Mode, RunId, StreamState},
        sync::{MAX_CHECKPOINT_BYTES, MAX_LEFT_OUT, MAX_NOTICES, PageCommit, PageOutcome},
    },
    store::{
        Store, Topic,
        db::{
            self,
            failure::Outcome,
            value::{count, from_json, stored, to_json, unreadable},
        },
        error::{Error, Result},
        sql::{
            catalog::{change, stamp::Stamp},
            outbox::emit::{self, changes::Changes},
            sync::{lease, page_rows, shrunk},
        },
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
    left_out: Vec<LeftOut>,
    notices: String,
}

impl OpenStream {
    /// Records that were left out on purpose.
    pub(crate) fn left_out(&self) -> u64 {
        self.left_out.iter().map(|left_out| left_out.count).sum()
    }

    /// The doubts with those of one more page.
    fn doubts_with(&self, page: &PageCommit<'_>) -> Vec<Doubt> {
        let shrank = matches!((self.total, page.total), (Some(before), Some(now)) if now < before);
        let mut doubts = self.doubts.clone();
        for doubt in page.doubts.iter().copied().chain(shrank.then_some(Doubt::TotalShrank)) {
            if !doubts.contains(&doubt) {
                doubts.push(doubt);
            }
        }
        doubts
    }

    /// What was left out, with that of one more page.
    fn left_out_with(&self, page: &[LeftOut]) -> Vec<LeftOut> {
        let mut all = self.left_out.clone();
        for new in page {
            let known = all.iter().position(|known| known.reason == new.reason);
            // More reasons than are kept: the counts still add up.
            let full = (all.len() >= MAX_LEFT_OUT).then(|| all.len() - 1);
            match known.or(full).and_then(|at| all.get_mut(at)) {
                Some(known) => known.count = known.count.saturating_add(new.count),
                None => all.push(new.clone()),
            }
        }
        all
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

impl Store {
    /// Writes rows, checkpoint and counters in one transaction, or nothing. `LeaseLost` without the lease, `Refused` for
    /// a stream that has ended or rows that do not belong to it.
    pub async fn commit_page(&self, page: PageCommit<'_>) -> Result<PageOutcome> {
        self.explained(|| async {
            let page = &page;
            page_rows::check_kind(page.stream, page.rows)?;
            let checkpoint = page.next.map(|next| to_json("checkpoint", next)).transpose()?;
            if checkpoint.as_ref().is_some_and(|text| text.len() > MAX_CHECKPOINT_BYTES) {
                let what = format!("the checkpoint of stream `{}`, in bytes,", page.stream);
                return Err(Error::Limit { what, limit: MAX_CHECKPOINT_BYTES as u64 }.into());
            }
            let mut tx = self.begin().await?;
            let connection = lease::guard(&mut tx, page.lease).await?;
            let open = open_stream(&mut tx, connection, page.run, page.stream).await?;
            if open.state == StreamState::Read {
                return Err(
                    Error::Refused(format!("the last page of stream `{}` is already committed", page.stream)).into()
                );
            }
            let stamp = Stamp {
                connection,
                generation: open.generation,
                now: page.now.as_unix_ms(),
                read_at: page.read_at.as_unix_ms(),
            };
            let held = shrunk::hold_back(&mut tx, page.rows, stamp, Some(page.rule)).await?;
            let (rows, held_back) = held.as_ref().map_or((page.rows, 0), |(rows, held)| (rows, *held));
            let mut changes = Changes::begin(&mut tx, connection).await?;
            let upserted = page_rows::write(&mut tx, page.stream, rows, stamp, &mut changes).await?;
            change::count_reconciled(&mut tx, stamp, page.stream, upserted).await?;
            let outcome = PageOutcome { upserted, unchanged: (rows.len() as u64).saturating_sub(upserted), held_back };
            let notices: Vec<Notice> =
                page.notices.iter().cloned().chain((held_back > 0).then(variants_missing)).collect();
            let state = if page.next.is_some() { StreamState::Running } else { StreamState::Read };
            let (doubts, left_out) = (open.doubts_with(page), open.left_out_with(page.left_out));
            db::query(
                "UPDATE sync_stream SET state = $1, checkpoint = $2, pages = pages + 1, seen = seen + $3, upserted = \
                 upserted + $4, unchanged = unchanged + $5, skipped = skipped + $6, total = coalesce($7, total), \
                 notices = $8, left_out = $9, doubts = $10, stored = stored + $11, requests = requests + $12, bytes \
                 = bytes + $13, started_at = coalesce(started_at, $14) WHERE run = $15 AND stream = $16",
            )
            .bind(state.as_str())
            .bind(checkpoint)
            .bind(stored(page.seen))
            .bind(stored(outcome.upserted))
            .bind(stored(outcome.unchanged))
            .bind(stored(page.skipped + held_back))
            .bind(page.total.map(stored))
            .bind(with_notices(open.notices, &notices)?)
            .bind(to_json("left_out", &left_out)?)
            .bind(to_json("doubts", &doubts)?)
            .bind(stored(page.rows.len() as u64))
            .bind(stored(page.requests))
            .bind(stored(page.bytes))
            .bind(page.now.as_unix_ms())
            .bind(&page.run.0)
            .bind(page.stream.as_str())
            .execute(&mut *tx)
            .await?;
            keep_count(&mut tx, stamp, page, upserted).await?;
            emit::catalog_changes::emit(&mut tx, changes, stamp.now).await?;
            tx.commit().await?;
            if upserted > 0 && *page.stream == Stream::Prices {
                self.hint(Topic::Price);
            }
            Ok(outcome)
        })
        .await
    }
}

fn variants_missing() -> Notice {
    Notice {
        code: "variants_missing".to_owned(),
        message: "Offers came without variants they had before. They stay as they were until a later full sync says the same."
            .to_owned(),
    }
}

/// Counts what the stream may occupy at most: a changed row is counted like a new one until it is counted anew.
async fn keep_count(tx: &mut db::Connection, stamp: Stamp, page: &PageCommit<'_>, upserted: u64) -> Outcome<()> {
    if upserted == 0 {
        return Ok(());
    }
    let share = page.bytes.saturating_mul(upserted) / page.seen.max(1);
    db::query(
        "UPDATE stream_position SET kept = kept + $1, kept_bytes = kept_bytes + $2 WHERE connection = $3 AND stream \
         = $4",
    )
    .bind(stored(upserted))
    .bind(stored(share))
    .bind(stamp.connection)
    .bind(page.stream.as_str())
    .execute(tx)
    .await?;
    Ok(())
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
