//! What waits in queues, and what was given up: few rows are looked at, however many there are.

use std::time::Duration;

use connector_api::domain::Timestamp;
use sqlx::AssertSqlSafe;

use crate::{
    model::standing::{MOST_COUNTED, Queues},
    store::{
        db::{self, Pool, failure::Outcome, value::count},
        sql::sync::job::READY,
    },
};

/// Of each connection with waiting deliveries the oldest. Connections that are paused or cannot be used wait on purpose.
const OLDEST_DELIVERY: &str = "SELECT min(d.received_at) FROM webhook_claim c JOIN connections n ON n.key = c.connection \
     JOIN webhook_delivery d ON d.seq = \
     (SELECT min(w.seq) FROM webhook_delivery w WHERE w.connection = c.connection AND w.state = 'waiting') \
     WHERE c.work = 'read'";
/// Of each connection with waiting records the one that is due first.
const NEXT_ENTITY: &str = "SELECT min(q.since) FROM webhook_claim c JOIN connections n ON n.key = c.connection \
     JOIN entity_queue q ON q.seq = \
     (SELECT w.seq FROM entity_queue w WHERE w.connection = c.connection AND w.dead_lettered_at IS NULL \
      ORDER BY w.due_at LIMIT 1) WHERE c.work <> 'read'";
/// Of each endpoint with events that are sent again the one that is due first: the index is in that order.
const NEXT_RETRIED_EVENT: &str = "SELECT min(o.at) FROM event_endpoint e JOIN outbox o ON o.seq = \
     (SELECT d.event FROM event_delivery d WHERE d.endpoint = e.key AND d.dead_lettered_at IS NULL \
      ORDER BY d.due_at LIMIT 1) WHERE e.disabled_at IS NULL";
const OLDEST_INTENT: &str =
    "SELECT min(created_at) FROM order_intent WHERE state IN ('intended', 'sent', 'unknown') AND NOT manual_resolution";

/// How queues stand.
pub(crate) async fn read(readers: &Pool, now: Timestamp) -> Outcome<Queues> {
    let oldest = async |sql: String| -> Outcome<_> {
        let since: Option<i64> = db::query_scalar(AssertSqlSafe(sql)).fetch_one(readers).await?;
        Ok(overdue(since, now))
    };
    let counted = async |rows: &str| -> Outcome<u64> {
        let sql = format!("SELECT count(*) FROM (SELECT 1 AS one FROM {rows} LIMIT {MOST_COUNTED}) AS some_rows");
        let rows: i64 = db::query_scalar(AssertSqlSafe(sql)).fetch_one(readers).await?;
        Ok(count(rows))
    };
    Ok(Queues {
        oldest_delivery: oldest(format!("{OLDEST_DELIVERY} AND {READY}")).await?,
        next_entity: oldest(format!("{NEXT_ENTITY} AND {READY}")).await?,
        next_retried_event: oldest(NEXT_RETRIED_EVENT.to_owned()).await?,
        oldest_intent: oldest(OLDEST_INTENT.to_owned()).await?,
        dead_lettered_deliveries: counted("webhook_delivery WHERE state = 'dead'").await?,
        dead_lettered_entities: counted("entity_queue WHERE dead_lettered_at IS NOT NULL").await?,
        dead_lettered_events: counted("event_delivery WHERE dead_lettered_at IS NOT NULL").await?,
        silent_connections: counted(&format!(
            "webhook_endpoint e JOIN connections n ON n.key = e.connection WHERE e.silent_since IS NOT NULL AND {READY}"
        ))
        .await?,
    })
}

/// How long ago something was, or has been due.
pub(super) fn overdue(due_ms: Option<i64>, now: Timestamp) -> Duration {
    let late = due_ms.map_or(0, |due| now.as_unix_ms().saturating_sub(due));
    Duration::from_millis(u64::try_from(late).unwrap_or(0))
}
