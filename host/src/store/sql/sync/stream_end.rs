//! The end of a stream: what it deletes or holds, and the stream's position.

use connector_api::{domain::Timestamp, wire::pull::Stream};

use crate::{
    model::{
        run::{Mode, RunId, StreamState},
        sync::{Lease, StreamEnd, StreamEnded},
    },
    store::{
        Store,
        db::{
            self,
            failure::Outcome,
            value::{stored, to_json},
        },
        error::{Error, Result},
        sql::{
            catalog::{change, known_page},
            outbox::emit::{self, changes::Changes},
            sync::{deletion, lease, open_stream::open_stream},
        },
    },
};

impl Store {
    /// Ends a stream, deletes or holds what its pass did not see and moves the stream's position, in one transaction.
    pub async fn finish_stream(
        &self,
        lease: &Lease,
        run: &RunId,
        stream: &Stream,
        end: &StreamEnd,
        now: Timestamp,
    ) -> Result<StreamEnded> {
        self.explained(|| async {
            let mut tx = self.begin().await?;
            let connection = lease::guard(&mut tx, lease).await?;
            let open = open_stream(&mut tx, connection, run, stream).await?;
            let mut ended = StreamEnded::default();
            let mut changes = Changes::begin(&mut tx, connection).await?;
            let mut doubts = open.doubts.clone();
            let (state, error) = match end {
                StreamEnd::Complete { delete, rule } => {
                    let refused =
                        |why: &str| Err(Error::Refused(format!("stream `{stream}` of run {run} {why}")).into());
                    if open.state != StreamState::Read {
                        return refused("is not complete: its last page is not committed");
                    }
                    if open.skipped > 0 {
                        return refused("is not complete: records were skipped");
                    }
                    if *delete && open.mode != Mode::Full {
                        return refused("must not delete anything: it reads changes only");
                    }
                    let mut is_incomplete = doubts.iter().any(|doubt| doubt.is_incomplete());
                    if *delete || open.mode == Mode::Increment {
                        let settled =
                            deletion::settle(&mut tx, connection, stream, &open, *rule, now, &mut changes).await?;
                        change::count_deleted(&mut tx, connection, stream, settled.deleted, now).await?;
                        if settled.is_news {
                            let (held, doubts) = (settled.held, &settled.doubts);
                            emit::run::emit_held(&mut tx, connection, run, stream, held, doubts, now).await?;
                        }
                        is_incomplete = settled.is_incomplete();
                        ended = StreamEnded { deleted: settled.deleted + settled.ended, held: settled.held };
                        doubts = settled.doubts;
                    }
                    if !is_incomplete {
                        advance(&mut tx, connection, run, stream, now).await?;
                    }
                    (if is_incomplete || ended.held > 0 { StreamState::Partial } else { StreamState::Done }, None)
                }
                // What the pass did not see is kept, but no page will bring it again.
                StreamEnd::Partial => {
                    known_page::remove_missed(&mut tx, connection, stream, open.generation).await?;
                    (StreamState::Partial, None)
                }
                StreamEnd::Failed { error } => {
                    known_page::remove_forgotten(&mut tx, connection, stream, open.generation).await?;
                    (StreamState::Failed, Some(to_json("stream error", error)?))
                }
            };
            db::query(
        "UPDATE sync_stream SET state = $1, error = $2, deleted = deleted + $3, held = $4, doubts = $5, ended_at = $6 \
         WHERE run = $7 AND stream = $8",
    )
    .bind(state.as_str())
    .bind(error)
    .bind(stored(ended.deleted))
    .bind(stored(ended.held))
    .bind(to_json("doubts", &doubts)?)
    .bind(now.as_unix_ms())
    .bind(&run.0)
    .bind(stream.as_str())
    .execute(&mut *tx)
    .await?;
            emit::catalog_changes::emit(&mut tx, changes, now.as_unix_ms()).await?;
            if open.state == StreamState::Read {
                start_emitting(&mut tx, connection, run, stream).await?;
            }
            tx.commit().await?;
            Ok(ended)
        })
        .await
    }
}

/// The next increment begins where this pass began.
async fn advance(
    tx: &mut db::Connection,
    connection: i64,
    run: &RunId,
    stream: &Stream,
    now: Timestamp,
) -> Outcome<()> {
    db::query(
        "UPDATE stream_position SET last_ok_watermark = s.watermark, \
         last_full_at = CASE WHEN s.mode = 'full' THEN $1 ELSE last_full_at END \
         FROM sync_stream s WHERE s.run = $2 AND s.stream = $3 \
         AND stream_position.connection = $4 AND stream_position.stream = s.stream",
    )
    .bind(now.as_unix_ms())
    .bind(&run.0)
    .bind(stream.as_str())
    .bind(connection)
    .execute(tx)
    .await?;
    Ok(())
}

/// A stream that was read to its end once has a state that changes can be reported against, even if some records could not
/// be read.
async fn start_emitting(tx: &mut db::Connection, connection: i64, run: &RunId, stream: &Stream) -> Outcome<()> {
    db::query(
        "UPDATE stream_position SET emitted_by = $1 WHERE connection = $2 AND stream = $3 AND emitted_by IS NULL",
    )
    .bind(&run.0)
    .bind(connection)
    .bind(stream.as_str())
    .execute(tx)
    .await?;
    Ok(())
}
