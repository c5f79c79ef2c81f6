//! A pass over a stream, and the rows that it did not see.
//!
//! The statements bind connection (`$1`), generation of the pass (`$2`), time (`$3`) and stream (`$4`), whatever the table.

use connector_api::wire::pull::Stream;
use sqlx::AssertSqlSafe;

use crate::{
    model::doubt::SMALL,
    store::{
        db::{self, failure::Outcome, value::count},
        sql::{
            catalog::{
                known_page::SEEN_BY,
                stream_table::{Table, table},
            },
            outbox::emit::{self, changes::Changes},
            sync::deleted::{self, DeletedRow},
        },
    },
};

/// Ids whose rows are deleted in one go.
const IDS_AT_ONCE: u32 = 250;

/// Rows of a stream as a pass left them.
pub(crate) struct Tally {
    pub(crate) live: u64,
    pub(crate) missed: u64,
    pub(crate) of_pass: u64,
}

/// A pass over a stream.
#[derive(Clone, Copy)]
pub(crate) struct Pass<'a> {
    pub(crate) connection: i64,
    pub(crate) generation: i64,
    pub(crate) stream: &'a Stream,
    pub(crate) now: i64,
}

impl Pass<'_> {
    pub(crate) async fn change(self, tx: &mut db::Connection, sql: String, at: i64) -> Outcome<u64> {
        let done = db::query(AssertSqlSafe(sql))
            .bind(self.connection)
            .bind(self.generation)
            .bind(at)
            .bind(self.stream.as_str())
            .execute(tx)
            .await?;
        Ok(done.rows_affected())
    }

    /// Counts rows of the stream.
    pub(crate) async fn counts<R>(self, tx: &mut db::Connection, sql: String) -> Outcome<R>
    where
        R: db::Readable,
    {
        Ok(db::query_as(AssertSqlSafe(sql))
            .bind(self.connection)
            .bind(self.generation)
            .bind(None::<i64>)
            .bind(self.stream.as_str())
            .fetch_one(tx)
            .await?)
    }

    pub(crate) async fn tally(self, tx: &mut db::Connection) -> Outcome<Tally> {
        let table = table(self.stream);
        let (Table { name, own, .. }, lasting) = (&table, table.lasting(self.now));
        let sql = format!(
            "SELECT count(*) FILTER (WHERE deleted_at IS NULL AND {lasting}), \
             count(*) FILTER (WHERE deleted_at IS NULL AND {lasting} AND {SEEN_BY} < $2), \
             count(*) FILTER (WHERE {SEEN_BY} = $2) FROM {name} WHERE {own}"
        );
        let (live, missed, of_pass): (i64, i64, i64) = self.counts(tx, sql).await?;
        Ok(Tally { live: count(live), missed: count(missed), of_pass: count(of_pass) })
    }

    /// Whether no row of a location or pricelist was seen that has as many as are no few deletions.
    pub(crate) async fn missed_a_part(self, tx: &mut db::Connection) -> Outcome<bool> {
        let Some(sql) = table(self.stream).missed_part(SMALL, self.now) else { return Ok(false) };
        let (found,): (i64,) = self.counts(tx, sql).await?;
        Ok(found > 0)
    }

    /// Marks rows of the stream as deleted that meet a condition; of offers, their variants as well. Some at a time where each
    /// row is looked at: memory must not grow with what a pass deletes.
    pub(crate) async fn delete(
        self,
        tx: &mut db::Connection,
        which: &str,
        at: i64,
        changes: &mut Changes,
    ) -> Outcome<u64> {
        let table = table(self.stream);
        let deleted = if *self.stream == Stream::Prices || changes.tracks(self.stream) {
            self.delete_each(tx, &table, which, at, changes).await?
        } else {
            let Table { name, own, .. } = table;
            let now = self.now;
            let sql = format!("UPDATE {name} SET deleted_at = {now} WHERE {own} AND deleted_at IS NULL AND {which}");
            self.change(tx, sql, at).await?
        };
        if *self.stream == Stream::Offers && deleted > 0 {
            db::query(
                "UPDATE variants SET deleted_at = $1 WHERE connection = $2 AND deleted_at IS NULL AND offer_id IN \
                 (SELECT id FROM offers WHERE connection = $2 AND deleted_at = $1)",
            )
            .bind(self.now)
            .bind(self.connection)
            .execute(tx)
            .await?;
        }
        Ok(deleted)
    }

    /// Deletes rows and emits it, some at a time.
    async fn delete_each(
        self,
        tx: &mut db::Connection,
        table: &Table,
        which: &str,
        at: i64,
        changes: &mut Changes,
    ) -> Outcome<u64> {
        let (last, delete) = table.delete_some(which, self.now, IDS_AT_ONCE);
        let (mut after, mut deleted) = (String::new(), 0);
        loop {
            let last: Option<String> = db::query_scalar(AssertSqlSafe(last.as_str()))
                .bind(self.connection)
                .bind(self.generation)
                .bind(at)
                .bind(self.stream.as_str())
                .bind(&after)
                .fetch_one(&mut *tx)
                .await?;
            let Some(last) = last else { return Ok(deleted) };
            let rows: Vec<DeletedRow> = db::query_as(AssertSqlSafe(delete.as_str()))
                .bind(self.connection)
                .bind(self.generation)
                .bind(at)
                .bind(self.stream.as_str())
                .bind(&after)
                .bind(&last)
                .fetch_all(&mut *tx)
                .await?;
            deleted += deleted::note(tx, self.stream, rows, self.now, changes).await?;
            emit::catalog_changes::emit(tx, changes.take(), self.now).await?;
            after = last;
        }
    }
}

/// The stream holds nothing any more.
pub(crate) async fn release(tx: &mut db::Connection, pass: Pass<'_>) -> Outcome<()> {
    db::query(
        "UPDATE stream_position SET held_since = NULL, held_doubts = NULL \
         WHERE connection = $1 AND stream = $2 AND held_since IS NOT NULL",
    )
    .bind(pass.connection)
    .bind(pass.stream.as_str())
    .execute(tx)
    .await?;
    Ok(())
}
