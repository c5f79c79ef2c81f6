//! Copying a whole database into another, of the same kind or not: from a file to a server when one machine is not enough any
//! more, and back.
//!
//! Both have the schema of this program, nobody else uses either, and the target is empty. All of it is one transaction of the
//! target: an import that is cut off has written nothing. Each table is read back and compared before the commit.

mod plan;
mod rows;
#[cfg(test)]
mod tests;

use serde::Serialize;
use sqlx::AssertSqlSafe;

use crate::store::{
    db::{
        connection::Connection,
        failure::{Failure, Outcome},
        query::{query, query_scalar},
        sole::Sole,
        tables::{self, Column},
    },
    error::{Error, Result},
};

use plan::{Copied, plan};
use rows::{Reader, Sum, convert, write};

pub use crate::store::db::sole::Location;

/// What an empty database holds already: the number before the first event.
const SEEDED: &str = "outbox_head";

/// What was copied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Imported {
    /// Where from, without user and password.
    pub source: String,
    /// Where to, without user and password.
    pub target: String,
    /// Every table, in the order in which they were copied.
    pub tables: Vec<ImportedTable>,
}

/// What was copied of one table; the same was read back from the target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ImportedTable {
    /// Its name.
    pub table: String,
    /// Its rows in the source, and in the target.
    pub rows: u64,
    /// Of what they hold, in the order of their keys.
    pub checksum: String,
    /// Rows with a text that had the character U+0000, which PostgreSQL cannot keep: it was replaced by U+FFFD.
    pub texts_replaced: u64,
}

/// Copies a database into an empty one.
pub async fn import(from: &Location, to: &Location) -> Result<Imported> {
    let source = Sole::source(from).await?;
    let target = Sole::target(to).await?;
    let tables = copy_all(&source, &target).await;
    let tables = tables.map_err(|failure| target.place.explain(failure));
    source.pool.close().await;
    target.pool.close().await;
    Ok(Imported { source: source.name, target: target.name, tables: tables? })
}

async fn copy_all(source: &Sole, target: &Sole) -> Outcome<Vec<ImportedTable>> {
    // What fails on the way out is a failure of the source, and named so.
    let named = |failure: Failure| Failure::Store(source.place.explain(failure));
    let mut from = source.pool.begin().await.map_err(|error| named(error.into()))?;
    let mut to = target.pool.begin_writing().await?;
    let there = tables::tables(&mut from).await.map_err(|error| named(error.into()))?;
    let planned = plan(there, tables::tables(&mut to).await?)?;
    for copied in &planned {
        refuse_rows(&mut to, &copied.target.name, &target.name).await?;
    }
    query("DELETE FROM outbox_head").execute(&mut *to).await?;
    let mut imported = vec![];
    for copied in &planned {
        imported.push(copy(&mut from, &mut to, copied, &named).await?);
    }
    to.commit().await?;
    Ok(imported)
}

/// What is there would be mixed with what comes.
async fn refuse_rows(to: &mut Connection, table: &str, database: &str) -> Outcome<()> {
    let beyond = if table == SEEDED { " WHERE seq > 0" } else { "" };
    let sql = format!("SELECT EXISTS (SELECT 1 FROM \"{table}\"{beyond})");
    if query_scalar::<bool>(AssertSqlSafe(sql)).fetch_one(to).await? {
        let refusal = format!(
            "{database} is not empty: its table `{table}` has rows; import into a new database, nothing was written"
        );
        return Err(Error::Refused(refusal).into());
    }
    Ok(())
}

async fn copy(
    from: &mut Connection,
    to: &mut Connection,
    copied: &Copied,
    named: &(impl Fn(Failure) -> Failure + Sync),
) -> Outcome<ImportedTable> {
    let Copied { source, target, columns } = copied;
    let of_source: Vec<&Column> = columns.iter().map(|(column, _)| column).collect();
    let of_target: Vec<&Column> = columns.iter().map(|(_, column)| column).collect();
    let (mut reader, mut read, mut texts_replaced) = (Reader::new(source, of_source), Sum::default(), 0);
    loop {
        let mut page = reader.next(from).await.map_err(named)?;
        if page.is_empty() {
            break;
        }
        for row in &mut page {
            texts_replaced += u64::from(convert(row, &of_target, to.dialect()));
            read.add(row);
        }
        write(to, target, &of_target, &page).await?;
    }
    let last = tables::last_number(from, source).await.map_err(|error| named(error.into()))?;
    if let Some(column) = &target.numbered
        && (read.rows > 0 || last.is_some())
    {
        tables::number_on(to, target, column, last.unwrap_or(1)).await?;
    }
    let (mut reader, mut written) = (Reader::new(target, of_target), Sum::default());
    loop {
        let page = reader.next(to).await?;
        if page.is_empty() {
            break;
        }
        for row in &page {
            written.add(row);
        }
    }
    let (rows, found) = (read.rows, written.rows);
    let (checksum, of_target) = (read.checksum(), written.checksum());
    let table = target.name.clone();
    if (rows, &checksum) != (found, &of_target) {
        return Err(Error::Refused(format!(
            "the table `{table}` differs after it was copied: {rows} rows with checksum {checksum} were read, {found} with \
             {of_target} are in the target; nothing was kept, import again"
        ))
        .into());
    }
    tracing::info!(table, rows, "copied a table");
    Ok(ImportedTable { table, rows, checksum, texts_replaced })
}
