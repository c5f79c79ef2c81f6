//! What happened to orders, appended within the transaction that makes it happen.

use serde_json::Value;

use crate::store::db::{self, failure::Outcome, value::to_json};

/// One thing that happened.
pub(crate) struct Entry<'a> {
    pub(crate) order_id: Option<&'a str>,
    pub(crate) intent: Option<&'a str>,
    pub(crate) kind: &'a str,
    pub(crate) actor: Option<&'a str>,
    pub(crate) detail: Value,
}

pub(crate) async fn append(tx: &mut db::Connection, connection: i64, entry: &Entry<'_>, now: i64) -> Outcome<()> {
    db::query(
        "INSERT INTO order_history (connection, order_id, intent, kind, actor, detail, at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
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
