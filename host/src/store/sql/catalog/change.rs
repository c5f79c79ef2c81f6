//! Counting changed rows by day, stream and the way their change was learnt of.
//!
//! What a sync run changes is drift when webhooks are in use and none had emitted it. A stream's first pass finds
//! everything new: that is no change.

use connector_api::{domain::Timestamp, wire::pull::Stream};
use sqlx::AssertSqlSafe;

use crate::{
    model::fetched::ChangeSource,
    store::{
        db::{
            self,
            failure::Outcome,
            value::{self, stored},
        },
        sql::catalog::{stamp::Stamp, stream_table::table},
    },
};

const DAY_MS: i64 = 86_400_000;

/// Counts rows that a reading outside of a sync run changed.
pub(crate) async fn count(
    tx: &mut db::Connection,
    stamp: Stamp,
    stream: &Stream,
    source: ChangeSource,
    changed: u64,
) -> Outcome<()> {
    add(tx, (stamp.connection, stamp.now), stream, source, (changed, 0)).await
}

/// Counts the rows that a page of a sync run has just changed.
pub(crate) async fn count_reconciled(
    tx: &mut db::Connection,
    stamp: Stamp,
    stream: &Stream,
    changed: u64,
) -> Outcome<()> {
    if changed == 0 || !was_read_before(tx, stamp.connection, stream).await? {
        return Ok(());
    }
    let drift =
        if in_use(tx, stamp.connection).await? { changed.saturating_sub(emitted(tx, stamp, stream).await?) } else { 0 };
    add(tx, (stamp.connection, stamp.now), stream, ChangeSource::Reconcile, (changed, drift)).await
}

/// Counts the rows that the end of a complete pass has just deleted.
pub(crate) async fn count_deleted(
    tx: &mut db::Connection,
    connection: i64,
    stream: &Stream,
    deleted: u64,
    now: Timestamp,
) -> Outcome<()> {
    let drift = if deleted > 0 && in_use(tx, connection).await? { deleted } else { 0 };
    add(tx, (connection, now.as_unix_ms()), stream, ChangeSource::Reconcile, (deleted, drift)).await
}

async fn was_read_before(tx: &mut db::Connection, connection: i64, stream: &Stream) -> Outcome<bool> {
    let watermark: Option<Option<i64>> =
        db::query_scalar("SELECT last_ok_watermark FROM stream_position WHERE connection = $1 AND stream = $2")
            .bind(connection)
            .bind(stream.as_str())
            .fetch_optional(tx)
            .await?;
    Ok(watermark.flatten().is_some())
}

/// Whether the platform has ever told this connection anything.
async fn in_use(tx: &mut db::Connection, connection: i64) -> Outcome<bool> {
    let reported: Option<i64> =
        db::query_scalar("SELECT connection FROM webhook_endpoint WHERE connection = $1 AND accepted + polled > 0")
            .bind(connection)
            .fetch_optional(tx)
            .await?;
    Ok(reported.is_some())
}

/// How many of the rows just changed wait in an entity queue.
async fn emitted(tx: &mut db::Connection, stamp: Stamp, stream: &Stream) -> Outcome<u64> {
    let sql = AssertSqlSafe(table(stream).changed_in_queues(tx.dialect()));
    let emitted: i64 = db::query_scalar(sql)
        .bind(stamp.connection)
        .bind(stream.as_str())
        .bind(stamp.now)
        .bind(stamp.generation)
        .fetch_one(tx)
        .await?;
    Ok(value::count(emitted))
}

async fn add(
    tx: &mut db::Connection,
    (connection, now): (i64, i64),
    stream: &Stream,
    source: ChangeSource,
    (changed, drift): (u64, u64),
) -> Outcome<()> {
    if changed == 0 {
        return Ok(());
    }
    db::query(
        "INSERT INTO webhook_change (connection, day, stream, source, changed, drift) VALUES ($1, $2, $3, $4, $5, $6) \
         ON CONFLICT (connection, day, stream, source) DO UPDATE SET changed = webhook_change.changed + excluded.changed, \
         drift = webhook_change.drift + excluded.drift",
    )
    .bind(connection)
    .bind(now.div_euclid(DAY_MS))
    .bind(stream.as_str())
    .bind(source.as_str())
    .bind(stored(changed))
    .bind(stored(drift))
    .execute(tx)
    .await?;
    Ok(())
}
