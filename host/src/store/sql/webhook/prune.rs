//! Deleting deliveries that nobody needs any more.

use connector_api::domain::Timestamp;

use crate::store::{Store, db, error::Result};

/// Deliveries deleted at once: few enough that other writers wait for milliseconds only.
const PRUNE_ROWS: i64 = 2_000;
const DAY_MS: i64 = 86_400_000;

impl Store {
    /// Deletes deliveries that came before `before` and do not wait, with their events, and counts of changes before
    /// `changes_before`; returns how many deliveries.
    pub async fn prune_webhooks(&self, before: Timestamp, changes_before: Timestamp) -> Result<u64> {
        self.explained(|| async {
            let (mut after, mut pruned) = (0, 0);
            loop {
                let last: Option<i64> = db::query_scalar(
                    "SELECT max(seq) FROM (SELECT seq, received_at FROM webhook_delivery WHERE seq > $1 ORDER BY seq \
                     LIMIT $2) AS oldest WHERE received_at < $3",
                )
                .bind(after)
                .bind(PRUNE_ROWS)
                .bind(before.as_unix_ms())
                .fetch_one(&self.readers)
                .await?;
                let Some(last) = last else { break };
                let mut tx = self.begin().await?;
                db::query(
                    "DELETE FROM webhook_event WHERE delivery IN (SELECT seq FROM webhook_delivery WHERE seq > $1 \
                     AND seq <= $2 AND received_at < $3 AND state <> 'waiting')",
                )
                .bind(after)
                .bind(last)
                .bind(before.as_unix_ms())
                .execute(&mut *tx)
                .await?;
                let done = db::query(
                    "DELETE FROM webhook_delivery WHERE seq > $1 AND seq <= $2 AND received_at < $3 AND state <> \
                     'waiting'",
                )
                .bind(after)
                .bind(last)
                .bind(before.as_unix_ms())
                .execute(&mut *tx)
                .await?;
                tx.commit().await?;
                pruned += done.rows_affected();
                after = last;
            }
            db::query("DELETE FROM webhook_change WHERE day < $1")
                .bind(changes_before.as_unix_ms().div_euclid(DAY_MS))
                .execute(&self.writer)
                .await?;
            Ok(pruned)
        })
        .await
    }
}
