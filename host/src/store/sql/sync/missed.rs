//! Rows that a pass missed: asked for, and what was found about them.

use connector_api::{
    domain::{ConnectionId, Timestamp},
    wire::pull::Stream,
};
use sqlx::AssertSqlSafe;

use crate::{
    model::{
        doubt::DeletionRule,
        held::{Confirmed, Missed},
        run::{Mode, RunId, StreamState},
        sync::Lease,
    },
    store::{
        Store, Topic,
        db::{
            self,
            failure::Outcome,
            value::{stored, to_json},
        },
        error::{Error, Result},
        sql::{
            catalog::{
                change,
                known_page::SEEN_BY,
                stamp::Stamp,
                stream_table::{Table, table},
            },
            outbox::emit::{self, changes::Changes},
            sync::{
                deleted::delete_named,
                deletion::doubts,
                fetched, lease,
                open_stream::{OpenStream, open_stream},
                page_rows::{self, check_kind},
                pass::Pass,
                shrunk,
            },
        },
    },
};

impl Store {
    /// What a pass that was read to its end would delete, and the reasons to doubt it; the reasons stay with the pass.
    /// Prices that have ended are not counted.
    pub async fn doubt_pass(
        &self,
        lease: &Lease,
        run: &RunId,
        stream: &Stream,
        rule: DeletionRule,
        now: Timestamp,
    ) -> Result<Missed> {
        self.explained(|| async {
            let mut tx = self.begin().await?;
            let connection = lease::guard(&mut tx, lease).await?;
            let open = read_stream(&mut tx, connection, run, stream).await?;
            let pass = Pass { connection, generation: open.generation, stream, now: now.as_unix_ms() };
            let (doubts, rows) = doubts(&mut tx, pass, &open, rule).await?;
            if rows > 0 && doubts != open.doubts {
                db::query("UPDATE sync_stream SET doubts = $1 WHERE run = $2 AND stream = $3")
                    .bind(to_json("doubts", &doubts)?)
                    .bind(&run.0)
                    .bind(stream.as_str())
                    .execute(&mut *tx)
                    .await?;
            }
            tx.commit().await?;
            Ok(Missed { rows, doubts })
        })
        .await
    }

    /// Ids of rows that the pass did not see, in order, as `fetch` names them: of prices what is priced, of stock the
    /// variants. Prices that have ended are left out.
    pub async fn missed_ids(
        &self,
        run: &RunId,
        stream: &Stream,
        after: &str,
        limit: u32,
        now: Timestamp,
    ) -> Result<Vec<String>> {
        self.explained(|| async {
            let pass: Option<(i64, i64)> = db::query_as(
                "SELECT r.connection, s.generation FROM sync_stream s JOIN sync_run r ON r.id = s.run \
                 WHERE s.run = $1 AND s.stream = $2",
            )
            .bind(&run.0)
            .bind(stream.as_str())
            .fetch_optional(&self.readers)
            .await?;
            let Some((connection, generation)) = pass else { return Ok(vec![]) };
            let table = table(stream);
            let (Table { name, id, own, .. }, lasting) = (&table, table.lasting(now.as_unix_ms()));
            let sql = format!(
                "SELECT DISTINCT {id} FROM {name} WHERE {own} AND {SEEN_BY} < $2 AND deleted_at IS NULL AND {lasting} \
                 AND {id} > $3 ORDER BY {id} LIMIT $5"
            );
            Ok(db::query_scalar(AssertSqlSafe(sql))
                .bind(connection)
                .bind(generation)
                .bind(after)
                .bind(stream.as_str())
                .bind(limit)
                .fetch_all(&self.readers)
                .await?)
        })
        .await
    }

    /// Ids of rows that are there, as `fetch` names them: of those that this run's pass saw, or of all. They are asked for
    /// beside rows that may be gone: an answer that does not know them either proves nothing.
    pub async fn witness_ids(
        &self,
        connection: &ConnectionId,
        stream: &Stream,
        seen_by: Option<&RunId>,
        limit: u32,
    ) -> Result<Vec<String>> {
        self.explained(|| async {
            let Table { name, id, own, .. } = table(stream);
            let sql = format!(
                "SELECT DISTINCT {id} FROM {name} WHERE {} AND deleted_at IS NULL AND ($3 IS NULL OR {SEEN_BY} = \
                 (SELECT s.generation FROM sync_stream s WHERE s.run = $3 AND s.stream = $4)) LIMIT $2",
                own.replace("$1", "(SELECT key FROM connections WHERE connections.id = $1)")
            );
            Ok(db::query_scalar(AssertSqlSafe(sql))
                .bind(connection.as_str())
                .bind(limit)
                .bind(seen_by.map(|run| run.0.as_str()))
                .bind(stream.as_str())
                .fetch_all(&self.readers)
                .await?)
        })
        .await
    }

    /// Writes what was found about missed rows, in one transaction. Returns how many were deleted.
    pub async fn confirm_missed(&self, confirmed: Confirmed<'_>) -> Result<u64> {
        self.explained(|| async {
            let confirmed = &confirmed;
            let (run, stream) = (confirmed.run, confirmed.stream);
            confirmed.rows.map_or(Ok(()), |rows| check_kind(stream, rows))?;
            if let Some(other) = confirmed.gone.iter().find(|gone| gone.stream != *stream) {
                let what = format!("a pass over `{stream}` cannot delete rows of `{}`", other.stream);
                return Err(Error::Refused(what).into());
            }
            let mut tx = self.begin().await?;
            let connection = lease::guard(&mut tx, confirmed.lease).await?;
            let open = read_stream(&mut tx, connection, run, stream).await?;
            if open.mode != Mode::Full {
                return Err(Error::Refused(format!("an increment of stream `{stream}` misses nothing")).into());
            }
            let (now, read_at) = (confirmed.now.as_unix_ms(), confirmed.read_at.as_unix_ms());
            let stamp = Stamp { connection, generation: open.generation, now, read_at, page: None };
            let mut changes = Changes::begin(&mut tx, connection).await?;
            let (mut upserted, mut deleted) = (0, 0);
            if let Some(rows) = confirmed.rows {
                let held = shrunk::hold_back(&mut tx, rows, stamp, None).await?;
                let rows = held.as_ref().map_or(rows, |(rows, _)| rows);
                upserted = page_rows::write(&mut tx, stream, rows, stamp, &mut changes).await?;
                change::count_reconciled(&mut tx, stamp, stream, upserted).await?;
                deleted = fetched::delete_unmentioned(&mut tx, stream, rows, stamp, &mut changes).await?;
            }
            let gone: Vec<&str> = confirmed.gone.iter().map(|entity| entity.id.as_str()).collect();
            deleted += delete_named(&mut tx, stream, &gone, stamp, &mut changes).await?;
            change::count_deleted(&mut tx, connection, stream, deleted, confirmed.now).await?;
            db::query(
        "UPDATE sync_stream SET deleted = deleted + $1, upserted = upserted + $2 WHERE run = $3 AND stream = $4",
    )
    .bind(stored(deleted))
    .bind(stored(upserted))
    .bind(&run.0)
    .bind(stream.as_str())
    .execute(&mut *tx)
    .await?;
            emit::catalog_changes::emit(&mut tx, changes, now).await?;
            tx.commit().await?;
            if *stream == Stream::Prices {
                self.hint(Topic::Price);
            }
            Ok(deleted)
        })
        .await
    }
}

async fn read_stream(tx: &mut db::Connection, connection: i64, run: &RunId, stream: &Stream) -> Outcome<OpenStream> {
    let open = open_stream(tx, connection, run, stream).await?;
    if open.state != StreamState::Read {
        return Err(Error::Refused(format!("stream `{stream}` of run {run} was not read to its end")).into());
    }
    Ok(open)
}
