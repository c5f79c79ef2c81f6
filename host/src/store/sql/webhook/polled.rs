//! Events of a platform's queue.

use connector_api::{
    domain::{ConnectionId, Timestamp},
    wire::webhook::PlatformEvent,
};

use crate::{
    model::{
        fetched::ChangeSource,
        webhook::{DeliveryState, EventCount, Proof},
    },
    store::{
        Store,
        db::{self, value::stored},
        error::Result,
        sql::{
            connection::key::key_of_existing,
            webhook::event::{self, Asking, ReportedEvent},
        },
    },
};

impl Store {
    /// Keeps events of a platform's queue: a delivery that is read already, and its entity queues.
    pub async fn keep_polled(
        &self,
        connection: &ConnectionId,
        events: &[PlatformEvent],
        content: &[u8],
        queues_due_at: Timestamp,
        now: Timestamp,
    ) -> Result<EventCount> {
        self.explained(|| async {
            let (due_at, now) = (queues_due_at.as_unix_ms(), now.as_unix_ms());
            let mut tx = self.begin().await?;
            let key = key_of_existing(&mut tx, connection).await?;
            let delivery: i64 = db::query_scalar(
                "INSERT INTO webhook_delivery (connection, received_at, source, verdict, content, bytes, state, \
                 read_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING seq",
            )
            .bind(key)
            .bind(now)
            .bind(ChangeSource::Poll.as_str())
            .bind(Proof::Authentic.as_str())
            .bind(content)
            .bind(stored(content.len() as u64))
            .bind(DeliveryState::Read.as_str())
            .bind(now)
            .fetch_one(&mut *tx)
            .await?;
            db::query(
                "INSERT INTO webhook_endpoint (connection, polled) VALUES ($1, 1) ON CONFLICT (connection) DO UPDATE \
                 SET polled = webhook_endpoint.polled + 1",
            )
            .bind(key)
            .execute(&mut *tx)
            .await?;
            let reported: Vec<_> =
                events.iter().map(|event| ReportedEvent { delivery, event, forced: false }).collect();
            let count =
                event::keep(&mut tx, &reported, Asking { connection: key, source: ChangeSource::Poll, due_at, now })
                    .await?;
            tx.commit().await?;
            Ok(count)
        })
        .await
    }
}
