//! Many rows in one statement.
//!
//! Every statement costs a round trip to the thread that SQLite runs on, about 20 µs, so a page of 1000 rows must not be
//! 1000 statements, nor a group of 60 webhooks twenty. Rows go out in batches of a few sizes only, so that each table needs
//! a few prepared statements, whatever the pages' sizes are. Placeholders are plain `?`: SQLite looks up numbered ones one by one.

use sqlx::{
    AssertSqlSafe, FromRow, Sqlite, SqliteConnection,
    query::Query,
    sqlite::{SqliteArguments, SqliteRow},
};

use crate::store::db::failure::Outcome;

/// A statement whose values are bound one after the other.
pub(crate) type Binder<'q> = Query<'q, Sqlite, SqliteArguments>;

const BATCHES: [usize; 8] = [128, 64, 32, 16, 8, 4, 2, 1];

/// A statement with one group of placeholders per row.
pub(crate) struct BulkStatement<'s> {
    /// Up to where the groups begin.
    pub(crate) head: &'s str,
    /// Placeholders of one row.
    pub(crate) columns: usize,
    /// What follows the groups.
    pub(crate) tail: &'s str,
}

/// One whose text is written down as it is.
pub(crate) type Statement = BulkStatement<'static>;

impl BulkStatement<'_> {
    /// The statement for so many rows.
    pub(crate) fn sql(&self, rows: usize) -> String {
        let group = format!("({})", vec!["?"; self.columns].join(","));
        format!("{} {} {}", self.head, vec![group.as_str(); rows].join(","), self.tail)
    }

    /// Runs the statement over all rows and returns the number of rows it changed. `bind` binds one row's values;
    /// `before` binds what the head needs ahead of each batch.
    pub(crate) async fn execute<R: Sync>(
        &self,
        tx: &mut SqliteConnection,
        rows: &[R],
        before: impl for<'q> Fn(Binder<'q>) -> Binder<'q> + Send + Sync,
        bind: impl for<'q> Fn(Binder<'q>, &R) -> Binder<'q> + Send + Sync,
    ) -> Outcome<u64> {
        let mut changed = 0;
        for batch in batches(rows) {
            let query = before(sqlx::query(AssertSqlSafe(self.sql(batch.len()))));
            changed += batch.iter().fold(query, &bind).execute(&mut *tx).await?.rows_affected();
        }
        Ok(changed)
    }

    /// As [`Self::execute`], for a tail that returns one text per changed row.
    pub(crate) async fn returning<R: Sync>(
        &self,
        tx: &mut SqliteConnection,
        rows: &[R],
        bind: impl for<'q> Fn(Binder<'q>, &R) -> Binder<'q> + Send + Sync,
    ) -> Outcome<Vec<String>> {
        use sqlx::Row;
        let mut returned = Vec::new();
        for batch in batches(rows) {
            let query = sqlx::query(AssertSqlSafe(self.sql(batch.len())));
            for row in batch.iter().fold(query, &bind).fetch_all(&mut *tx).await? {
                returned.push(row.try_get(0)?);
            }
        }
        Ok(returned)
    }

    /// Reads what the statement selects, batch by batch; `before` binds what the head needs.
    pub(crate) async fn fetch<T, R: Sync>(
        &self,
        tx: &mut SqliteConnection,
        rows: &[R],
        before: impl for<'q> Fn(Binder<'q>) -> Binder<'q> + Send + Sync,
        bind: impl for<'q> Fn(Binder<'q>, &R) -> Binder<'q> + Send + Sync,
    ) -> Outcome<Vec<T>>
    where
        T: for<'r> FromRow<'r, SqliteRow> + Send + Unpin,
    {
        let mut found = Vec::new();
        for batch in batches(rows) {
            let query = before(sqlx::query(AssertSqlSafe(self.sql(batch.len()))));
            for row in batch.iter().fold(query, &bind).fetch_all(&mut *tx).await? {
                found.push(T::from_row(&row)?);
            }
        }
        Ok(found)
    }
}

fn batches<R>(mut rows: &[R]) -> impl Iterator<Item = &[R]> {
    std::iter::from_fn(move || {
        let size = BATCHES.into_iter().find(|size| *size <= rows.len())?;
        let (batch, rest) = rows.split_at(size);
        rows = rest;
        Some(batch)
    })
}
