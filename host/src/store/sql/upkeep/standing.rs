//! How the whole host stands.

use std::time::Duration;

use connector_api::domain::Timestamp;
use sqlx::AssertSqlSafe;

use crate::{
    model::{connection::ConnectionStatus, standing::Standing},
    store::{
        Store,
        db::{self, value::count},
        error::Result,
        sql::sync::job::READY,
    },
};

impl Store {
    /// How the host stands now.
    pub async fn standing(&self, now: Timestamp) -> Result<Standing> {
        self.explained(|| async {
            let connections: Vec<(String, i64)> =
                db::query_as("SELECT status, count(*) FROM connections GROUP BY status")
                    .fetch_all(&self.readers)
                    .await?;
            let sync = format!(
                "SELECT min({}(due_at, claimed_ms)) FROM sync_job JOIN connections ON connections.key = connection WHERE {READY}",
                self.dialect().greatest()
            );
            let sync: Option<i64> = db::query_scalar(AssertSqlSafe(sync)).fetch_one(&self.readers).await?;
            let webhooks: Option<i64> =
                db::query_scalar("SELECT min(due_at) FROM webhook_claim").fetch_one(&self.readers).await?;
            let orders: Option<i64> = db::query_scalar(
                "SELECT min(due_at) FROM order_intent \
                 WHERE state IN ('intended', 'sent', 'unknown') AND NOT manual_resolution",
            )
            .fetch_one(&self.readers)
            .await?;
            let events: Option<i64> = db::query_scalar(
                "SELECT min(outbox.at) FROM event_endpoint JOIN outbox ON outbox.seq = \
                 (SELECT min(seq) FROM outbox WHERE seq > event_endpoint.position) WHERE disabled_at IS NULL",
            )
            .fetch_one(&self.readers)
            .await?;
            let good_sync = format!("SELECT min(coalesce(sync_good_at, created_at)) FROM connections WHERE {READY}");
            let good_sync: Option<i64> = db::query_scalar(AssertSqlSafe(good_sync)).fetch_one(&self.readers).await?;
            let persons: i64 = db::query_scalar(
                "SELECT count(*) FROM order_intent WHERE manual_resolution",
            )
            .fetch_one(&self.readers)
            .await?;
            let in_state = |state: ConnectionStatus| {
                let number = connections.iter().find(|(word, _)| word == state.as_str()).map_or(0, |(_, number)| *number);
                (state, count(number))
            };
            Ok(Standing {
                connections: ConnectionStatus::ALL.into_iter().map(in_state).collect(),
                sync_overdue: overdue(sync, now),
                webhooks_overdue: overdue(webhooks, now),
                orders_overdue: overdue(orders, now),
                events_overdue: overdue(events, now),
                good_sync_age: overdue(good_sync, now),
                intents_needing_a_person: count(persons),
            })
        })
        .await
    }
}

fn overdue(due_ms: Option<i64>, now: Timestamp) -> Duration {
    let late = due_ms.map_or(0, |due| now.as_unix_ms().saturating_sub(due));
    Duration::from_millis(u64::try_from(late).unwrap_or(0))
}
