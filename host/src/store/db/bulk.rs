//! Many rows in one statement.
//!
//! Every statement costs a round trip to the thread that SQLite runs on, about 20 µs, or to the server, so a page of 1000 rows
//! must not be 1000 statements, nor a group of 60 webhooks twenty. Rows go out in batches of a few sizes only, so that each table
//! needs a few prepared statements, whatever the pages' sizes are. Placeholders are plain `?`: SQLite looks up numbered ones one
//! by one, so only PostgreSQL, which knows no others, gets numbers.

use std::fmt::Write;

use sqlx::AssertSqlSafe;

use crate::store::db::{
    connection::Connection,
    dialect::Dialect,
    failure::Outcome,
    query::{Query, Readable, query},
};

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
    pub(crate) fn sql(&self, rows: usize, dialect: Dialect) -> String {
        let group = format!("({})", vec!["?"; self.columns].join(","));
        let sql = format!("{} {} {}", self.head, vec![group.as_str(); rows].join(","), self.tail);
        match dialect {
            Dialect::Sqlite => sql,
            Dialect::Postgres => numbered(&sql),
        }
    }

    /// Runs the statement over all rows and returns the number of rows it changed. `bind` binds one row's values;
    /// `before` binds what the head needs ahead of each batch.
    pub(crate) async fn execute<R: Sync>(
        &self,
        tx: &mut Connection,
        rows: &[R],
        before: impl Fn(Query) -> Query + Send + Sync,
        bind: impl Fn(Query, &R) -> Query + Send + Sync,
    ) -> Outcome<u64> {
        let mut changed = 0;
        for batch in batches(rows) {
            let query = before(query(AssertSqlSafe(self.sql(batch.len(), tx.dialect()))));
            changed += batch.iter().fold(query, &bind).execute(&mut *tx).await?.rows_affected();
        }
        Ok(changed)
    }

    /// As [`Self::execute`], for a tail that returns one text per changed row.
    pub(crate) async fn returning<R: Sync>(
        &self,
        tx: &mut Connection,
        rows: &[R],
        bind: impl Fn(Query, &R) -> Query + Send + Sync,
    ) -> Outcome<Vec<String>> {
        let returned: Vec<(String,)> = self.fetch(tx, rows, |query| query, bind).await?;
        Ok(returned.into_iter().map(|(text,)| text).collect())
    }

    /// Reads what the statement selects, batch by batch; `before` binds what the head needs.
    pub(crate) async fn fetch<T: Readable, R: Sync>(
        &self,
        tx: &mut Connection,
        rows: &[R],
        before: impl Fn(Query) -> Query + Send + Sync,
        bind: impl Fn(Query, &R) -> Query + Send + Sync,
    ) -> Outcome<Vec<T>> {
        let mut found = Vec::new();
        for batch in batches(rows) {
            let query = before(query(AssertSqlSafe(self.sql(batch.len(), tx.dialect()))));
            found.extend(batch.iter().fold(query, &bind).read_all::<T>(&mut *tx).await?);
        }
        Ok(found)
    }
}

/// The text with numbers in place of plain placeholders. None of these statements has a question mark in a literal.
fn numbered(sql: &str) -> String {
    let mut numbered = String::with_capacity(sql.len() * 2);
    for (number, part) in sql.split('?').enumerate() {
        if number > 0 {
            // Writing to a text cannot fail.
            _ = write!(numbered, "${number}");
        }
        numbered.push_str(part);
    }
    numbered
}

fn batches<R>(mut rows: &[R]) -> impl Iterator<Item = &[R]> {
    std::iter::from_fn(move || {
        let size = BATCHES.into_iter().find(|size| *size <= rows.len())?;
        let (batch, rest) = rows.split_at(size);
        rows = rest;
        Some(batch)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_plain_for_sqlite_and_numbered_for_postgres() {
        let statement = Statement { head: "UPDATE t SET a = ? WHERE (b, c) IN (VALUES", columns: 2, tail: ")" };
        let sqlite = "UPDATE t SET a = ? WHERE (b, c) IN (VALUES (?,?),(?,?) )";
        assert_eq!(statement.sql(2, Dialect::Sqlite), sqlite);
        let postgres = "UPDATE t SET a = $1 WHERE (b, c) IN (VALUES ($2,$3),($4,$5) )";
        assert_eq!(statement.sql(2, Dialect::Postgres), postgres);
    }
}
