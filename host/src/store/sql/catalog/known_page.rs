//! Pages of a full pass as they were stored, by the digest of their records: one that comes again unchanged is not written again.
//!
//! A row keeps the page that wrote it last. A pass has seen a row when it wrote the row, or saw its page unchanged ([`SEEN_BY`]).
//! Whoever writes a row of a page in another way takes the page's digest away ([`forget`]): when that page comes again, it is
//! written like a new one.

use connector_api::wire::pull::Stream;

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

/// Takes the digests away from pages that wrote these rows last: they are about to be written in another way.
pub(crate) async fn forget<R: Sync>(
    tx: &mut db::Connection,
    table: &RowTable,
    rows: &[R],
    connection: i64,
    key: impl Fn(db::Query, &R) -> db::Query + Send + Sync,
) -> Outcome<()> {
    table.forget_pages().statement().execute(tx, rows, |query| query.bind(connection), key).await?;
    Ok(())
}

/// Removes the pages of a stream that a pass has not seen.
pub(crate) async fn remove_missed(
    tx: &mut db::Connection,
    connection: i64,
    stream: &Stream,
    generation: i64,
) -> Outcome<()> {
    db::query("DELETE FROM known_page WHERE connection = $1 AND stream = $2 AND seen_by < $3")
        .bind(connection)
        .bind(stream.as_str())
        .bind(generation)
        .execute(tx)
        .await?;
    Ok(())
}
