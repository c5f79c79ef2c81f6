//! Lanes of entities that are to be read again.

use connector_api::{
    domain::{ConnectionId, ExternalId, Timestamp},
    wire::pull::{EntityRef, Stream},
};
use sqlx::SqliteConnection;

use crate::{
    model::{
        fetched::{LaneHold, Way},
        webhook::{ClaimedLane, LANES_AT_ONCE, LanePutOff},
    },
    store::{
        Store,
        db::{failure::Outcome, value::word},
        sql::connection::key::key_of_existing,
    },
};

/// Ends lanes whose work is done, in the transaction that writes it. A lane that was asked for again meanwhile stays and
/// is due at once; one that was claimed again is not touched.
pub(crate) async fn end(tx: &mut SqliteConnection, connection: i64, lanes: &[LaneHold], now: Timestamp) -> Outcome<()> {
    let mut again = false;
    for lane in lanes {
        let (stream, id) = (lane.entity.stream.as_str(), lane.entity.id.as_str());
        let ended = sqlx::query(
            "DELETE FROM webhook_lane WHERE connection = $1 AND stream = $2 AND id = $3 AND fence = $4 AND wanted = taken",
        )
        .bind(connection)
        .bind(stream)
        .bind(id)
        .bind(lane.fence)
        .execute(&mut *tx)
        .await?;
        if ended.rows_affected() == 0 {
            let asked_again = sqlx::query(
                "UPDATE webhook_lane SET due_at = $1, attempts = 0, error = NULL, dead_at = NULL \
                 WHERE connection = $2 AND stream = $3 AND id = $4 AND fence = $5",
            )
            .bind(now.as_unix_ms())
            .bind(connection)
            .bind(stream)
            .bind(id)
            .bind(lane.fence)
            .execute(&mut *tx)
            .await?;
            again |= asked_again.rows_affected() > 0;
        }
    }
    if again {
        ask_to_apply(tx, connection, now.as_unix_ms()).await?;
    }
    Ok(())
}

/// Gives a connection a turn to work its lanes off, at `due_at` at the latest.
pub(crate) async fn ask_to_apply(tx: &mut SqliteConnection, connection: i64, due_at: i64) -> Outcome<()> {
    sqlx::query(
        "INSERT INTO webhook_turn (connection, work, due_at, fence) VALUES ($1, 'apply', $2, $2) \
         ON CONFLICT DO UPDATE SET due_at = min(due_at, excluded.due_at)",
    )
    .bind(connection)
    .bind(due_at)
    .execute(tx)
    .await?;
    Ok(())
}

/// Gives a connection a turn to read its deliveries. Whoever has one at the moment finds them before giving it up.
pub(crate) async fn ask_to_read(tx: &mut SqliteConnection, connection: i64, due_at: i64) -> Outcome<()> {
    // A row that comes back begins with a fence above all that the one before had: claims are counted up, time faster.
    sqlx::query(
        "INSERT INTO webhook_turn (connection, work, due_at, fence) VALUES ($1, 'read', $2, $2) ON CONFLICT DO NOTHING",
    )
    .bind(connection)
    .bind(due_at)
    .execute(tx)
    .await?;
    Ok(())
}

/// Takes a connection's turn away.
pub(crate) async fn give_up_turn(tx: &mut SqliteConnection, connection: i64, work: &str) -> Outcome<()> {
    sqlx::query("DELETE FROM webhook_turn WHERE connection = $1 AND work = $2")
        .bind(connection)
        .bind(work)
        .execute(tx)
        .await?;
    Ok(())
}

/// What is due of a connection's lanes, those that have waited longest first; one statement, and at most as many rows as
/// it returns. Lanes that are due together lie together.
/// An attempt counts from its beginning, and one that is never ended keeps its lane the longer the more there were.
pub(crate) const CLAIM: &str = "UPDATE OR FAIL webhook_lane SET due_at = $1 + min(attempts * attempts * 5000, 3600000), \
     fence = fence + 1, taken = wanted, attempts = attempts + 1 \
     WHERE seq IN (SELECT seq FROM webhook_lane \
     WHERE connection = $2 AND dead_at IS NULL AND due_at <= $3 ORDER BY due_at LIMIT $4) \
     RETURNING stream, id, fence, attempts - 1, way";

/// Claims lanes and says when the connection's next turn is.
pub(crate) async fn claim(
    tx: &mut SqliteConnection,
    connection: i64,
    now: i64,
    until: i64,
) -> Outcome<Vec<ClaimedLane>> {
    let rows: Vec<(String, String, i64, u32, String)> =
        sqlx::query_as(CLAIM).bind(until).bind(connection).bind(now).bind(LANES_AT_ONCE).fetch_all(&mut *tx).await?;
    let next: Option<i64> =
        sqlx::query_scalar("SELECT min(due_at) FROM webhook_lane WHERE connection = $1 AND dead_at IS NULL")
            .bind(connection)
            .fetch_one(&mut *tx)
            .await?;
    match next {
        // Behind everybody who has waited until now.
        Some(next) => {
            sqlx::query("UPDATE webhook_turn SET due_at = $1 WHERE connection = $2 AND work = 'apply'")
                .bind(next.max(now))
                .bind(connection)
                .execute(tx)
                .await?;
        }
        None => give_up_turn(tx, connection, "apply").await?,
    }
    let lane = |(stream, id, fence, attempts, way): (String, String, i64, u32, String)| {
        let entity = EntityRef { stream: Stream::from(stream.as_str()), id: ExternalId(id) };
        let way = word("way", way, Way::from_word)?;
        Ok(ClaimedLane { hold: LaneHold { entity, fence }, attempts, way })
    };
    let mut lanes = rows.into_iter().map(lane).collect::<Outcome<Vec<_>>>()?;
    lanes.sort_by(|a, b| {
        let key = |lane: &ClaimedLane| (lane.hold.entity.stream.to_string(), lane.hold.entity.id.0.clone());
        key(a).cmp(&key(b))
    });
    Ok(lanes)
}

pub(crate) async fn renew(
    store: &Store,
    connection: &ConnectionId,
    holds: &[LaneHold],
    until: Timestamp,
) -> Outcome<bool> {
    let mut tx = store.begin().await?;
    let key = key_of_existing(&mut tx, connection).await?;
    let mut kept = false;
    for hold in holds {
        let done = sqlx::query(
            "UPDATE webhook_lane SET due_at = $1 WHERE connection = $2 AND stream = $3 AND id = $4 AND fence = $5",
        )
        .bind(until.as_unix_ms())
        .bind(key)
        .bind(hold.entity.stream.as_str())
        .bind(hold.entity.id.as_str())
        .bind(hold.fence)
        .execute(&mut *tx)
        .await?;
        kept |= done.rows_affected() > 0;
    }
    tx.commit().await?;
    Ok(kept)
}

pub(crate) async fn put_off(
    store: &Store,
    connection: &ConnectionId,
    put_off: &LanePutOff<'_>,
    now: Timestamp,
) -> Outcome<()> {
    let mut tx = store.begin().await?;
    let key = key_of_existing(&mut tx, connection).await?;
    let due_at = put_off.due_at.unwrap_or(now).as_unix_ms();
    let dead_at = put_off.due_at.is_none().then_some(now.as_unix_ms());
    for hold in put_off.holds {
        sqlx::query(
            "UPDATE webhook_lane SET due_at = $1, attempts = max(attempts - 1 + $2, 0), error = $3, dead_at = $4 \
             WHERE connection = $5 AND stream = $6 AND id = $7 AND fence = $8",
        )
        .bind(due_at)
        .bind(put_off.counts)
        .bind(put_off.error)
        .bind(dead_at)
        .bind(key)
        .bind(hold.entity.stream.as_str())
        .bind(hold.entity.id.as_str())
        .bind(hold.fence)
        .execute(&mut *tx)
        .await?;
    }
    if put_off.due_at.is_some() {
        ask_to_apply(&mut tx, key, due_at).await?;
    }
    Ok(tx.commit().await?)
}

pub(crate) async fn revive(
    store: &Store,
    connection: &ConnectionId,
    entity: Option<&EntityRef>,
    now: Timestamp,
) -> Outcome<u64> {
    let mut tx = store.begin().await?;
    let key = key_of_existing(&mut tx, connection).await?;
    let done = sqlx::query(
        "UPDATE webhook_lane SET dead_at = NULL, attempts = 0, due_at = $1 WHERE connection = $2 \
         AND dead_at IS NOT NULL AND ($3 IS NULL OR stream = $3 AND id = $4)",
    )
    .bind(now.as_unix_ms())
    .bind(key)
    .bind(entity.map(|entity| entity.stream.to_string()))
    .bind(entity.map(|entity| entity.id.0.clone()))
    .execute(&mut *tx)
    .await?
    .rows_affected();
    if done > 0 {
        ask_to_apply(&mut tx, key, now.as_unix_ms()).await?;
    }
    tx.commit().await?;
    Ok(done)
}
