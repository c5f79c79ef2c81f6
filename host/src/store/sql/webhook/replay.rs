//! Deliveries that are refetched because somebody asked for it.

use connector_api::domain::{ConnectionId, Timestamp};

use crate::{
    model::webhook::ReplayRange,
    store::{
        Store, db,
        error::Result,
        sql::{connection::key::key_of_existing, webhook::entity_queue},
    },
};

impl Store {
    /// Lets deliveries be refetched; returns how many.
    pub async fn replay_deliveries(
        &self,
        connection: &ConnectionId,
        range: &ReplayRange,
        now: Timestamp,
    ) -> Result<u64> {
        self.explained(|| async {
            let mut tx = self.begin().await?;
            let key = key_of_existing(&mut tx, connection).await?;
            let done = db::query(
                "UPDATE webhook_delivery SET state = 'waiting', attempts = 0, replays = replays + 1, error = NULL \
         WHERE connection = $1 AND seq BETWEEN $2 AND $3 AND received_at >= $4 AND received_at < $5 \
         AND state <> 'waiting' AND (NOT $6 OR state = 'dead')",
            )
            .bind(key)
            .bind(range.from.unwrap_or(0))
            .bind(range.to.unwrap_or(i64::MAX))
            .bind(range.since.map_or(0, Timestamp::as_unix_ms))
            .bind(range.until.map_or(i64::MAX, Timestamp::as_unix_ms))
            .bind(range.dead_lettered)
            .execute(&mut *tx)
            .await?
            .rows_affected();
            if done > 0 {
                entity_queue::ask_to_read(&mut tx, key, now.as_unix_ms()).await?;
            }
            tx.commit().await?;
            Ok(done)
        })
        .await
    }
}
