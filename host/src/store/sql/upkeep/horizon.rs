//! Instants that a clock which was ahead has left behind.

use connector_api::domain::Timestamp;

use crate::{
    model::horizon::{
        CLOCKS_DIFFER_S, ENDPOINT_COOLDOWN_S, EVENT_PAUSE_S, FORMER_SECRET_S, Horizons, ORDER_PAUSE_S, WEBHOOK_PAUSE_S,
    },
    store::{Store, db, error::Result},
};

/// A column, how far ahead it may lie in seconds, and what it becomes when it lies further: `$1` is now.
type Instant = (&'static str, i64, &'static str);

impl Store {
    /// Takes back instants that lie beyond their horizon; returns how many.
    pub async fn heal_instants(&self, horizons: &Horizons, now: Timestamp) -> Result<u64> {
        self.explained(|| async {
            let Horizons { sync_pause_s, claim_s, session_s, login_s } = *horizons;
            let instants: [Instant; 26] = [
                ("sync_job.due_at", sync_pause_s, "$1"),
                ("sync_job.claimed_ms", claim_s, "$1"),
                ("sync_lease.until_ms", claim_s, "$1"),
                ("webhook_claim.due_at", WEBHOOK_PAUSE_S, "$1"),
                ("entity_queue.due_at", WEBHOOK_PAUSE_S, "$1"),
                ("webhook_endpoint.last_accepted_at", 0, "$1"),
                ("webhook_endpoint.silent_since", 0, "$1"),
                ("event_endpoint.cooldown_until", ENDPOINT_COOLDOWN_S, "$1"),
                ("event_endpoint.claimed_ms", claim_s, "$1"),
                ("event_delivery.due_at", EVENT_PAUSE_S, "$1"),
                ("event_endpoint.former_until", FORMER_SECRET_S, "$1"),
                ("api_key.last_used_at", 0, "$1"),
                ("order_intent.due_at", ORDER_PAUSE_S, "$1"),
                ("order_intent.claimed_ms", claim_s, "$1"),
                ("order_intent.created_at", 0, "$1"),
                ("order_intent.first_sent_at", 0, "$1"),
                ("order_intent.last_sent_at", 0, "$1"),
                ("connections.validated_at", 0, "NULL"),
                ("connections.status_since", 0, "$1"),
                ("connections.sync_good_at", 0, "$1"),
                ("connections.sync_failed_since", 0, "$1"),
                ("stream_position.last_ok_watermark", 0, "NULL"),
                ("stream_position.last_full_at", 0, "NULL"),
                ("connect_session.expires_at", session_s, "$1"),
                ("login.expires_at", login_s, "$1"),
                ("plugin_death.at", 0, "$1"),
            ];
            let now = now.as_unix_ms();
            let mut healed = 0;
            for (place, ahead_s, becomes) in instants {
                let Some((table, column)) = place.split_once('.') else { continue };
                // Settled ones stay for ever, and wait for nothing: an index has the others.
                let only = if table == "order_intent" { " AND state IN ('intended', 'sent', 'unknown')" } else { "" };
                let limit = now.saturating_add(ahead_s.saturating_add(CLOCKS_DIFFER_S).saturating_mul(1_000));
                let sql = format!("SELECT count(*) FROM {table} WHERE {column} > $1{only}");
                let count: i64 =
                    db::query_scalar(sqlx::AssertSqlSafe(sql)).bind(limit).fetch_one(&self.readers).await?;
                if count == 0 {
                    continue;
                }
                let sql = format!("UPDATE {table} SET {column} = {becomes} WHERE {column} > $2 AND $1 = $1{only}");
                let done = db::query(sqlx::AssertSqlSafe(sql)).bind(now).bind(limit).execute(&self.writer).await?;
                tracing::warn!(
                    table,
                    column,
                    rows = done.rows_affected(),
                    "instants lay too far ahead: a clock was ahead"
                );
                healed += done.rows_affected();
            }
            Ok(healed)
        })
        .await
    }
}
