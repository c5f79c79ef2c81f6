//! Webhooks in SQLite: each operation is one transaction of the modules beside this one.

use async_trait::async_trait;
use connector_api::{
    domain::{ConnectionId, Timestamp},
    wire::{pull::EntityRef, webhook::PlatformEvent},
};

use super::{
    SqliteStores, announce, event,
    failure::Outcome,
    key_of_existing, optional_time, stored,
    webhook_event::{self, Asking, Told},
    webhook_inbox, webhook_lane, webhook_turn,
};
use crate::store::{
    error::Result,
    fetched::{LaneHold, Way},
    webhook::{
        DeliveryState, EventCount, KeptBatch, LanePutOff, NewDelivery, NewRefusal, Proof, ReadingCommit, ReplayRange,
        Turn, WebhookStore,
    },
};

/// Deliveries deleted at once: few enough that other writers wait for milliseconds only.
const PRUNE_ROWS: i64 = 2_000;
const DAY_MS: i64 = 86_400_000;

#[async_trait]
impl WebhookStore for SqliteStores {
    async fn keep_deliveries(&self, deliveries: &[NewDelivery], refusals: &[NewRefusal]) -> Result<KeptBatch> {
        self.explained(webhook_inbox::keep(self, deliveries, refusals)).await
    }

    async fn keep_polled(
        &self,
        connection: &ConnectionId,
        events: &[PlatformEvent],
        content: &[u8],
        lanes_due_at: Timestamp,
        now: Timestamp,
    ) -> Result<EventCount> {
        let asking = (lanes_due_at.as_unix_ms(), now.as_unix_ms());
        self.explained(keep_polled(self, connection, events, content, asking)).await
    }

    async fn claim_turn(&self, now: Timestamp, until: Timestamp) -> Result<Option<Turn>> {
        self.explained(webhook_turn::claim(self, now, until)).await
    }

    async fn next_turn(&self) -> Result<Option<Timestamp>> {
        self.explained(async {
            let due: Option<i64> =
                sqlx::query_scalar("SELECT min(due_at) FROM webhook_turn").fetch_one(&self.readers).await?;
            optional_time(due)
        })
        .await
    }

    async fn commit_reading(&self, reading: ReadingCommit<'_>) -> Result<EventCount> {
        self.explained(webhook_turn::commit_reading(self, &reading)).await
    }

    async fn renew_lanes(&self, connection: &ConnectionId, holds: &[LaneHold], until: Timestamp) -> Result<()> {
        self.explained(webhook_lane::renew(self, connection, holds, until)).await
    }

    async fn put_off_lanes(&self, connection: &ConnectionId, put_off: LanePutOff<'_>, now: Timestamp) -> Result<()> {
        self.explained(webhook_lane::put_off(self, connection, &put_off, now)).await
    }

    async fn replay_deliveries(&self, connection: &ConnectionId, range: &ReplayRange, now: Timestamp) -> Result<u64> {
        self.explained(replay(self, connection, range, now)).await
    }

    async fn revive_lanes(&self, connection: &ConnectionId, entity: Option<&EntityRef>, now: Timestamp) -> Result<u64> {
        self.explained(webhook_lane::revive(self, connection, entity, now)).await
    }

    async fn allow_unsigned(&self, connection: &ConnectionId, allowed: bool) -> Result<()> {
        self.explained(async {
            let mut tx = self.begin().await?;
            let key = key_of_existing(&mut tx, connection).await?;
            sqlx::query(
                "INSERT INTO webhook_endpoint (connection, allow_unsigned) VALUES (?, ?) \
                 ON CONFLICT DO UPDATE SET allow_unsigned = excluded.allow_unsigned",
            )
            .bind(key)
            .bind(allowed)
            .execute(&mut *tx)
            .await?;
            Ok(tx.commit().await?)
        })
        .await
    }

    async fn prune_webhooks(&self, before: Timestamp, changes_before: Timestamp) -> Result<u64> {
        self.explained(prune(self, before, changes_before)).await
    }

    async fn note_silence(&self, connection: &ConnectionId, since: Timestamp, now: Timestamp) -> Result<bool> {
        self.explained(note_silence(self, connection, since, now)).await
    }
}

async fn keep_polled(
    stores: &SqliteStores,
    connection: &ConnectionId,
    events: &[PlatformEvent],
    content: &[u8],
    (due_at, now): (i64, i64),
) -> Outcome<EventCount> {
    let mut tx = stores.begin().await?;
    let key = key_of_existing(&mut tx, connection).await?;
    let delivery: i64 = sqlx::query_scalar(
        "INSERT INTO webhook_delivery (connection, received_at, way, verdict, content, bytes, state, read_at) \
         VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING seq",
    )
    .bind(key)
    .bind(now)
    .bind(Way::Poll.as_str())
    .bind(Proof::Authentic.as_str())
    .bind(content)
    .bind(stored(content.len() as u64))
    .bind(DeliveryState::Read.as_str())
    .bind(now)
    .fetch_one(&mut *tx)
    .await?;
    sqlx::query(
        "INSERT INTO webhook_endpoint (connection, polled) VALUES (?, 1) ON CONFLICT DO UPDATE SET polled = polled + 1",
    )
    .bind(key)
    .execute(&mut *tx)
    .await?;
    let told: Vec<_> = events.iter().map(|event| Told { delivery, event, forced: false }).collect();
    let count = webhook_event::keep(&mut tx, &told, Asking { connection: key, way: Way::Poll, due_at, now }).await?;
    tx.commit().await?;
    Ok(count)
}

async fn replay(stores: &SqliteStores, connection: &ConnectionId, range: &ReplayRange, now: Timestamp) -> Outcome<u64> {
    let mut tx = stores.begin().await?;
    let key = key_of_existing(&mut tx, connection).await?;
    let done = sqlx::query(
        "UPDATE webhook_delivery SET state = 'waiting', attempts = 0, replays = replays + 1, error = NULL \
         WHERE connection = ?1 AND seq BETWEEN ?2 AND ?3 AND received_at >= ?4 AND received_at < ?5 \
         AND state <> 'waiting' AND (?6 = 0 OR state = 'dead')",
    )
    .bind(key)
    .bind(range.from.unwrap_or(0))
    .bind(range.to.unwrap_or(i64::MAX))
    .bind(range.since.map_or(0, Timestamp::as_unix_ms))
    .bind(range.until.map_or(i64::MAX, Timestamp::as_unix_ms))
    .bind(range.dead)
    .execute(&mut *tx)
    .await?
    .rows_affected();
    if done > 0 {
        webhook_lane::ask_to_read(&mut tx, key, now.as_unix_ms()).await?;
    }
    tx.commit().await?;
    Ok(done)
}

/// Walks from the oldest on, so that it needs no index of its own, and ends at the first that is young enough.
async fn prune(stores: &SqliteStores, before: Timestamp, changes_before: Timestamp) -> Outcome<u64> {
    let (mut after, mut pruned) = (0, 0);
    loop {
        let last: Option<i64> = sqlx::query_scalar(
            "SELECT max(seq) FROM (SELECT seq, received_at FROM webhook_delivery WHERE seq > ? ORDER BY seq LIMIT ?) \
             WHERE received_at < ?",
        )
        .bind(after)
        .bind(PRUNE_ROWS)
        .bind(before.as_unix_ms())
        .fetch_one(&stores.readers)
        .await?;
        let Some(last) = last else { break };
        let mut tx = stores.begin().await?;
        sqlx::query(
            "DELETE FROM webhook_event WHERE delivery IN (SELECT seq FROM webhook_delivery WHERE seq > ? AND seq <= ? \
             AND received_at < ? AND state <> 'waiting')",
        )
        .bind(after)
        .bind(last)
        .bind(before.as_unix_ms())
        .execute(&mut *tx)
        .await?;
        let done = sqlx::query(
            "DELETE FROM webhook_delivery WHERE seq > ? AND seq <= ? AND received_at < ? AND state <> 'waiting'",
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
    sqlx::query("DELETE FROM webhook_change WHERE day < ?")
        .bind(changes_before.as_unix_ms().div_euclid(DAY_MS))
        .execute(&stores.writer)
        .await?;
    Ok(pruned)
}

async fn note_silence(
    stores: &SqliteStores,
    connection: &ConnectionId,
    since: Timestamp,
    now: Timestamp,
) -> Outcome<bool> {
    let mut tx = stores.begin().await?;
    let key = key_of_existing(&mut tx, connection).await?;
    let done = sqlx::query(
        "INSERT INTO webhook_endpoint (connection, silent_since) VALUES (?, ?) \
         ON CONFLICT DO UPDATE SET silent_since = excluded.silent_since WHERE silent_since IS NULL",
    )
    .bind(key)
    .bind(since.as_unix_ms())
    .execute(&mut *tx)
    .await?;
    let is_news = done.rows_affected() > 0;
    if is_news {
        let record = webhook_inbox::silence_event(connection.clone(), Some(since), now);
        event::insert(&mut tx, &record, None).await?;
        announce::health::tell_of_record(&mut tx, &record, None).await?;
    }
    tx.commit().await?;
    Ok(is_news)
}
