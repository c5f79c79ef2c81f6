//! What happened to orders, appended within the transaction that makes it happen.

use serde_json::Value;
use sqlx::SqliteConnection;

use super::{failure::Outcome, to_json};

/// One thing that happened.
pub(super) struct Entry<'a> {
    pub(super) order_id: Option<&'a str>,
    pub(super) intent: Option<&'a str>,
    pub(super) kind: &'a str,
    pub(super) actor: Option<&'a str>,
    pub(super) detail: Value,
}

pub(super) async fn append(tx: &mut SqliteConnection, connection: i64, entry: &Entry<'_>, now: i64) -> Outcome<()> {
    sqlx::query(
        "INSERT INTO order_history (connection, order_id, intent, kind, actor, detail, at) VALUES (?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(connection)
    .bind(entry.order_id)
    .bind(entry.intent)
    .bind(entry.kind)
    .bind(entry.actor)
    .bind(to_json("history", &entry.detail)?)
    .bind(now)
    .execute(tx)
    .await?;
    Ok(())
}
