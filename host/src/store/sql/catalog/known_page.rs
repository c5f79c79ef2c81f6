//! Pages of a full pass as they were stored, by the digest of their records: one that comes again unchanged is not written again.
//!
//! A row keeps the page that wrote it last. A pass has seen a row when it wrote the row, or saw its page unchanged ([`SEEN_BY`]).
//! Whoever writes a row of a page in another way takes the page's digest away ([`forget`]): when that page comes again, it is
//! written like a new one.

use std::collections::BTreeSet;

use connector_api::wire::pull::Stream;
use sqlx::AssertSqlSafe;

use crate::store::{
    db::{self, failure::Outcome, value::stored},
    sql::catalog::{row_table::RowTable, stamp::Stamp},
};

/// Generation of the pass that has seen a row last; `page_key` and `generation` are the row's.
pub(crate) const SEEN_BY: &str = "coalesce((SELECT k.seen_by FROM known_page k \
     WHERE k.key = page_key AND k.seen_by > generation), generation)";

/// Adds a page whose rows are about to be written; gives its key.
pub(crate) async fn insert(
    tx: &mut db::Connection,
    stream: &Stream,
    stamp: Stamp,
    digest: &[u8],
    rows: u64,
) -> Outcome<i64> {
    Ok(db::query_scalar(
        "INSERT INTO known_page (connection, stream, digest, stored, seen_by, read_at) \
         VALUES ($1, $2, $3, $4, $5, $6) RETURNING key",
    )
    .bind(stamp.connection)
    .bind(stream.as_str())
    .bind(digest)
    .bind(stored(rows))
    .bind(stamp.generation)
    .bind(stamp.read_at)
    .fetch_one(tx)
    .await?)
}

/// Takes the digests away from pages that wrote these rows last: they are about to be written in another way. The page that is
/// written loses its own when one of its rows was read later than it, and stays as it is.
pub(crate) async fn forget<R: Sync>(
    tx: &mut db::Connection,
    table: &RowTable,
    rows: &[R],
    stamp: Stamp,
    key: impl Fn(db::Query, &R) -> db::Query + Send + Sync,
) -> Outcome<()> {
    let before = |query: db::Query| query.bind(stamp.read_at).bind(stamp.read_at).bind(stamp.connection);
    let found: Vec<(Option<i64>, bool)> = table.pages_of().statement().fetch(tx, rows, before, key).await?;
    let is_older = found.iter().any(|(_, is_newer)| *is_newer);
    let pages: BTreeSet<i64> =
        found.into_iter().filter_map(|(page, _)| page).chain(stamp.page.filter(|_| is_older)).collect();
    for page in pages {
        db::query("UPDATE known_page SET digest = NULL WHERE key = $1 AND digest IS NOT NULL")
            .bind(page)
            .execute(&mut *tx)
            .await?;
    }
    Ok(())
}

/// Removes the pages of a stream that a pass has not seen.
pub(crate) async fn remove_missed(
    tx: &mut db::Connection,
    connection: i64,
    stream: &Stream,
    generation: i64,
) -> Outcome<()> {
    remove(tx, "TRUE", connection, stream, generation).await
}

/// Removes those of them that have no digest: of a pass that did not see all that there are, the others may come again.
pub(crate) async fn remove_forgotten(
    tx: &mut db::Connection,
    connection: i64,
    stream: &Stream,
    generation: i64,
) -> Outcome<()> {
    remove(tx, "digest IS NULL", connection, stream, generation).await
}

async fn remove(
    tx: &mut db::Connection,
    which: &str,
    connection: i64,
    stream: &Stream,
    generation: i64,
) -> Outcome<()> {
    let sql = format!("DELETE FROM known_page WHERE connection = $1 AND stream = $2 AND seen_by < $3 AND {which}");
    db::query(AssertSqlSafe(sql)).bind(connection).bind(stream.as_str()).bind(generation).execute(tx).await?;
    Ok(())
}
