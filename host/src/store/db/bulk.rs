//! Many rows in one statement.
//!
//! Every statement costs a round trip to the thread that SQLite runs on, about 20 µs, or to the server, so a page of 1000 rows
//! must not be 1000 statements, nor a group of 60 webhooks twenty. To SQLite, rows go out in batches of a few sizes only, so that
//! each table needs a few prepared statements, whatever the pages' sizes are. PostgreSQL gets a list of each column, which is the
//! same statement for any number of rows. Placeholders are plain `?`: SQLite looks up numbered ones one by one, so only
//! PostgreSQL, which knows no others, gets numbers.

use std::fmt::Write;

use sqlx::AssertSqlSafe;

use crate::store::db::{
    connection::Connection,
    dialect::Dialect,
    failure::Outcome,
    query::{Query, Readable, query},
};

const BATCHES: [usize; 8] = [128, 64, 32, 16, 8, 4, 2, 1];
/// Rows in one list.
const LIST: usize = 1_024;

/// A statement with one group of placeholders per row, or one list per column.
pub(crate) struct BulkStatement<'s> {
    /// Up to where the groups begin, with the word `VALUES`.
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
        match dialect {
            Dialect::Sqlite => {
                let group = format!("({})", vec!["?"; self.columns].join(","));
                format!("{} {} {}", self.head, vec![group.as_str(); rows].join(","), self.tail)
            }
            Dialect::Postgres => {
                let head = self.head.strip_suffix("VALUES").unwrap_or(self.head);
                let lists = vec!["?"; self.columns].join(",");
                numbered(&format!("{head} SELECT * FROM unnest({lists}) {}", self.tail))
            }
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
        for batch in batches(rows, tx.dialect()) {
            changed += self.bound(batch, tx.dialect(), &before, &bind).execute(&mut *tx).await?.rows_affected();
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
        for batch in batches(rows, tx.dialect()) {
            found.extend(self.bound(batch, tx.dialect(), &before, &bind).read_all::<T>(&mut *tx).await?);
        }
        Ok(found)
    }

    /// The statement with the values of a batch: row by row, or for PostgreSQL one list of each column.
    fn bound<R>(
        &self,
        batch: &[R],
        dialect: Dialect,
        before: &impl Fn(Query) -> Query,
        bind: &impl Fn(Query, &R) -> Query,
    ) -> Query {
        let query = before(query(AssertSqlSafe(self.sql(batch.len(), dialect))));
        let first = query.bound();
        let query = batch.iter().fold(query, bind);
        match dialect {
            Dialect::Sqlite => query,
            Dialect::Postgres => query.in_columns(first, self.columns),
        }
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

fn batches<R>(mut rows: &[R], dialect: Dialect) -> impl Iterator<Item = &[R]> {
    std::iter::from_fn(move || {
        let size = match dialect {
            Dialect::Sqlite => BATCHES.into_iter().find(|size| *size <= rows.len())?,
            Dialect::Postgres if rows.is_empty() => return None,
            Dialect::Postgres => rows.len().min(LIST),
        };
        let (batch, rest) = rows.split_at(size);
        rows = rest;
        Some(batch)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_groups_for_sqlite_and_lists_of_columns_for_postgres() {
        let statement = Statement { head: "UPDATE t SET a = ? WHERE (b, c) IN (VALUES", columns: 2, tail: ")" };
        let sqlite = "UPDATE t SET a = ? WHERE (b, c) IN (VALUES (?,?),(?,?) )";
        assert_eq!(statement.sql(2, Dialect::Sqlite), sqlite);
        let postgres = "UPDATE t SET a = $1 WHERE (b, c) IN ( SELECT * FROM unnest($2,$3) )";
        assert_eq!(statement.sql(2, Dialect::Postgres), postgres);
    }
}
