//! Writing a page: rows, checkpoint and counters in one transaction under the lease's fence.

use connector_api::wire::pull::Stream;

use crate::{
    model::{
        run::{Mode, StreamState},
        sync::{PageCommit, PageOutcome},
    },
    store::{
        Store, Topic,
        db::{self, failure::Outcome, value::stored},
        error::{Error, Result},
        sql::{
            catalog::{change, known_page, stamp::Stamp},
            outbox::emit::{self, changes::Changes},
            sync::{lease, open_stream::open_stream, page_rows, shrunk, stream_progress::Added},
        },
    },
};

impl Store {
    /// Writes rows, checkpoint and counters in one transaction, or nothing. `LeaseLost` without the lease, `Refused` for
    /// a stream that has ended or rows that do not belong to it.
    pub async fn commit_page(&self, page: PageCommit<'_>) -> Result<PageOutcome> {
        self.explained(|| async {
            let page = &page;
            page_rows::check_kind(page.stream, page.rows)?;
            let mut tx = self.begin().await?;
            let connection = lease::guard(&mut tx, page.lease).await?;
            let open = open_stream(&mut tx, connection, page.run, page.stream).await?;
            if open.state == StreamState::Read {
                return Err(
                    Error::Refused(format!("the last page of stream `{}` is already committed", page.stream)).into()
                );
            }
            let mut stamp = Stamp {
                connection,
                generation: open.generation,
                now: page.now.as_unix_ms(),
                read_at: page.read_at.as_unix_ms(),
                page: None,
            };
            let held = shrunk::hold_back(&mut tx, page.rows, stamp, Some(page.rule)).await?;
            let (rows, held_back) = held.as_ref().map_or((page.rows, 0), |(rows, held)| (rows, *held));
            if let Some(digest) = page.digest.filter(|_| open.mode == Mode::Full && held_back == 0) {
                let key = known_page::insert(&mut tx, page.stream, stamp, digest, rows.len() as u64).await?;
                stamp.page = Some(key);
            }
            let mut changes = Changes::begin(&mut tx, connection).await?;
            let upserted = page_rows::write(&mut tx, page.stream, rows, stamp, &mut changes).await?;
            change::count_reconciled(&mut tx, stamp, page.stream, upserted).await?;
            let outcome = PageOutcome { upserted, unchanged: (rows.len() as u64).saturating_sub(upserted), held_back };
            let mut added = Added::new(open, page.next);
            added.page(page, outcome);
            added.write(&mut tx, page.run, page.stream, page.now).await?;
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
