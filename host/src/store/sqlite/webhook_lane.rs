//! Lanes of entities that are to be read again.

use connector_api::domain::Timestamp;
use sqlx::SqliteConnection;

use super::failure::Outcome;
use crate::store::fetched::LaneHold;

/// Ends lanes whose work is done, in the transaction that writes it. A lane that was asked for again meanwhile stays and
/// is due at once; one that was claimed again is not touched.
pub(super) async fn end(tx: &mut SqliteConnection, connection: i64, lanes: &[LaneHold], now: Timestamp) -> Outcome<()> {
    let mut again = false;
    for lane in lanes {
        let (stream, id) = (lane.entity.stream.as_str(), lane.entity.id.as_str());
        let ended = sqlx::query(
            "DELETE FROM webhook_lane WHERE connection = ? AND stream = ? AND id = ? AND fence = ? AND wanted = taken",
        )
        .bind(connection)
        .bind(stream)
        .bind(id)
        .bind(lane.fence)
        .execute(&mut *tx)
        .await?;
        if ended.rows_affected() == 0 {
            let asked_again = sqlx::query(
                "UPDATE webhook_lane SET due_at = ?, attempts = 0, error = NULL, dead_at = NULL \
                 WHERE connection = ? AND stream = ? AND id = ? AND fence = ?",
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
        take_turn(tx, connection, "apply", now.as_unix_ms()).await?;
    }
    Ok(())
}

/// Lets a connection have its turn at `due_at` at the latest.
pub(super) async fn take_turn(tx: &mut SqliteConnection, connection: i64, work: &str, due_at: i64) -> Outcome<()> {
    sqlx::query(
        "INSERT INTO webhook_turn (connection, work, due_at) VALUES (?, ?, ?) \
         ON CONFLICT DO UPDATE SET due_at = min(due_at, excluded.due_at)",
    )
    .bind(connection)
    .bind(work)
    .bind(due_at)
    .execute(tx)
    .await?;
    Ok(())
}
