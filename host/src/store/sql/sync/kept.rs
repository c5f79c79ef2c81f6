//! How much a connection's synced rows occupy: an upper bound that pages keep up, and an exact count where it matters.

use connector_api::domain::ConnectionId;
use sqlx::AssertSqlSafe;

use crate::{
    model::sync::Kept,
    store::{
        Store,
        db::{self, failure::Outcome, value},
        error::Result,
        sql::connection::key::key_of_existing,
    },
};

/// Tables of synced rows, each with what names its streams and the bytes of a row.
const TABLES: [(&str, &str, &str); 8] = [
    ("entities", "stream", "length(body)"),
    ("offers", "'offers'", "length(body) + length(search)"),
    ("prices", "'prices'", "96"),
    ("inventory", "'inventory'", "64"),
    ("orders", "'orders'", "length(body)"),
    ("customers", "'customers'", "length(body)"),
    ("shipments", "'shipments'", "length(body)"),
    ("returns", "'returns'", "length(body)"),
];

impl Store {
    /// What a connection's rows may occupy at most: kept up with each page, exact after [`Self::count_kept`].
    pub async fn kept(&self, connection: &ConnectionId) -> Result<Kept> {
        self.explained(|| async {
            let mut db = self.readers.acquire().await?;
            let key = key_of_existing(&mut db, connection).await?;
            bound(&mut db, key).await
        })
        .await
    }
}

async fn bound(db: &mut db::Connection, key: i64) -> Outcome<Kept> {
    let (rows, bytes): (i64, i64) = db::query_as(
        "SELECT CAST(coalesce(sum(kept), 0) AS BIGINT), CAST(coalesce(sum(kept_bytes), 0) AS BIGINT) FROM stream_position WHERE connection = $1",
    )
    .bind(key)
    .fetch_one(db)
    .await?;
    Ok(Kept { rows: value::count(rows), bytes: value::count(bytes) })
}

impl Store {
    /// Counts them.
    pub async fn count_kept(&self, connection: &ConnectionId) -> Result<Kept> {
        self.explained(|| async {
            let mut tx = self.begin().await?;
            let key = key_of_existing(&mut tx, connection).await?;
            db::query("UPDATE stream_position SET kept = 0, kept_bytes = 0 WHERE connection = $1")
                .bind(key)
                .execute(&mut *tx)
                .await?;
            for (table, stream, bytes) in TABLES {
                let sql = format!(
                    "UPDATE stream_position SET kept = counted.rows, kept_bytes = counted.bytes FROM \
             (SELECT {stream} AS stream, count(*) AS rows, coalesce(sum({bytes}), 0) AS bytes FROM {table} \
             WHERE connection = $1 GROUP BY 1) AS counted \
             WHERE stream_position.connection = $1 AND stream_position.stream = counted.stream"
                );
                db::query(AssertSqlSafe(sql)).bind(key).execute(&mut *tx).await?;
            }
            let kept = bound(&mut tx, key).await?;
            tx.commit().await?;
            Ok(kept)
        })
        .await
    }
}
