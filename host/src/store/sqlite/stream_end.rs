//! The end of a stream: retirement and the stream's position.

use connector_api::{domain::Timestamp, wire::pull::Stream};
use sqlx::SqliteConnection;

use super::{SqliteStores, announce, change, failure::Outcome, lease, page::open_stream, stored, to_json};
use crate::store::{
    error::Error,
    run::{Mode, RunId, StreamState},
    sync::{Lease, StreamEnd},
};

pub(super) async fn finish(
    stores: &SqliteStores,
    lease: &Lease,
    run: &RunId,
    stream: &Stream,
    end: &StreamEnd,
    now: Timestamp,
) -> Outcome<u64> {
    let mut tx = stores.begin().await?;
    let connection = lease::guard(&mut tx, lease).await?;
    let open = open_stream(&mut tx, connection, run, stream).await?;
    let mut retired = 0;
    let (state, error) = match end {
        StreamEnd::Complete { retire } => {
            let refused = |why: &str| Err(Error::Refused(format!("stream `{stream}` of run {run} {why}")).into());
            if open.state != StreamState::Read {
                return refused("is not complete: its last page is not committed");
            }
            if open.skipped > 0 {
                return refused("is not complete: records were skipped");
            }
            if *retire && open.mode != Mode::Full {
                return refused("must not retire anything: it reads changes only");
            }
            if *retire {
                retired = retire_older(&mut tx, connection, stream, open.generation, now).await?;
                change::count_retired(&mut tx, connection, stream, retired, now).await?;
            }
            advance(&mut tx, connection, run, stream, now).await?;
            (StreamState::Done, None)
        }
        StreamEnd::Partial => (StreamState::Partial, None),
        StreamEnd::Failed { error } => (StreamState::Failed, Some(to_json("stream error", error)?)),
    };
    sqlx::query("UPDATE sync_stream SET state = ?, error = ?, retired = ?, ended_at = ? WHERE run = ? AND stream = ?")
        .bind(state.as_str())
        .bind(error)
        .bind(stored(retired))
        .bind(now.as_unix_ms())
        .bind(&run.0)
        .bind(stream.as_str())
        .execute(&mut *tx)
        .await?;
    announce::catalog::tell(&mut tx, connection, now.as_unix_ms()).await?;
    if open.state == StreamState::Read {
        begin_to_announce(&mut tx, connection, run, stream).await?;
    }
    tx.commit().await?;
    Ok(retired)
}

/// The next increment begins where this pass began.
async fn advance(
    tx: &mut SqliteConnection,
    connection: i64,
    run: &RunId,
    stream: &Stream,
    now: Timestamp,
) -> Outcome<()> {
    sqlx::query(
        "UPDATE stream_position SET last_ok_watermark = s.watermark, \
         last_full_at = CASE WHEN s.mode = 'full' THEN ? ELSE last_full_at END \
         FROM sync_stream s WHERE s.run = ? AND s.stream = ? \
         AND stream_position.connection = ? AND stream_position.stream = s.stream",
    )
    .bind(now.as_unix_ms())
    .bind(&run.0)
    .bind(stream.as_str())
    .bind(connection)
    .execute(tx)
    .await?;
    Ok(())
}

/// A stream that was read to its end once has a state that changes can be told against, even if some records could not
/// be read.
async fn begin_to_announce(tx: &mut SqliteConnection, connection: i64, run: &RunId, stream: &Stream) -> Outcome<()> {
    sqlx::query(
        "UPDATE stream_position SET announced_by = ? WHERE connection = ? AND stream = ? AND announced_by IS NULL",
    )
    .bind(&run.0)
    .bind(connection)
    .bind(stream.as_str())
    .execute(tx)
    .await?;
    Ok(())
}

/// Marks the rows of a stream that passes before `generation` saw last.
async fn retire_older(
    tx: &mut SqliteConnection,
    connection: i64,
    stream: &Stream,
    generation: i64,
    now: Timestamp,
) -> Outcome<u64> {
    let sql = match stream {
        Stream::Offers => {
            "UPDATE offers SET retired_at = ?1 WHERE connection = ?2 AND generation < ?3 AND retired_at IS NULL"
        }
        Stream::Prices => {
            "UPDATE prices SET retired_at = ?1 WHERE connection = ?2 AND generation < ?3 AND retired_at IS NULL"
        }
        Stream::Inventory => {
            "UPDATE inventory SET retired_at = ?1 WHERE connection = ?2 AND generation < ?3 AND retired_at IS NULL"
        }
        Stream::Orders => {
            "UPDATE orders SET retired_at = ?1 WHERE connection = ?2 AND generation < ?3 AND retired_at IS NULL"
        }
        Stream::Customers => {
            "UPDATE customers SET retired_at = ?1 WHERE connection = ?2 AND generation < ?3 AND retired_at IS NULL"
        }
        Stream::Shipments => {
            "UPDATE shipments SET retired_at = ?1 WHERE connection = ?2 AND generation < ?3 AND retired_at IS NULL"
        }
        Stream::Returns => {
            "UPDATE returns SET retired_at = ?1 WHERE connection = ?2 AND generation < ?3 AND retired_at IS NULL"
        }
        _ => {
            "UPDATE entities SET retired_at = ?1 WHERE connection = ?2 AND generation < ?3 AND retired_at IS NULL \
             AND stream = ?4"
        }
    };
    let mut retire = sqlx::query(sql).bind(now.as_unix_ms()).bind(connection).bind(generation);
    if sql.contains("?4") {
        retire = retire.bind(stream.as_str());
    }
    let retired = retire.execute(&mut *tx).await?.rows_affected();
    if *stream == Stream::Offers && retired > 0 {
        sqlx::query(
            "UPDATE variants SET retired_at = ?1 WHERE connection = ?2 AND retired_at IS NULL AND offer_id IN \
             (SELECT id FROM offers WHERE connection = ?2 AND generation < ?3 AND retired_at IS NOT NULL)",
        )
        .bind(now.as_unix_ms())
        .bind(connection)
        .bind(generation)
        .execute(tx)
        .await?;
    }
    Ok(retired)
}
