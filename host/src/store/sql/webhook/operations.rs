//! Webhooks in SQLite: each operation is one transaction of the modules beside this one.

use connector_api::{
    domain::{ConnectionId, Timestamp},
    wire::{pull::EntityRef, webhook::PlatformEvent},
};

use crate::{
    model::{
        fetched::{LaneHold, Way},
        webhook::{
            DeliveryState, EventCount, KeptBatch, LanePutOff, NewDelivery, NewRefusal, Proof, ReadingCommit,
            ReplayRange, Turn,
        },
    },
    store::{
        Store,
        db::{
            failure::Outcome,
            value::{optional_time, stored},
        },
        error::Result,
        sql::{
            claim,
            connection::{event as connection_event, key::key_of_existing},
            outbox::announce,
            webhook::{
                event::{self, Asking, Told},
                inbox, lane, turn,
            },
        },
    },
};

/// Deliveries deleted at once: few enough that other writers wait for milliseconds only.
const PRUNE_ROWS: i64 = 2_000;
const DAY_MS: i64 = 86_400_000;

impl Store {
    /// Keeps deliveries and notes refusals in one transaction: when it returns they are on disk. What belongs to a
    /// connection that does not exist is left out.
    pub async fn keep_deliveries(&self, deliveries: &[NewDelivery], refusals: &[NewRefusal]) -> Result<KeptBatch> {
        self.explained(inbox::keep(self, deliveries, refusals)).await
    }

    /// Keeps events of a platform's queue: a delivery that is read already, and its lanes.
    pub async fn keep_polled(
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

    /// Takes the work of the connection that has waited longest, until `until`. Connections that are paused or whose
    /// credentials are refused keep theirs.
    pub async fn claim_turn(&self, now: Timestamp, until: Timestamp) -> Result<Option<Turn>> {
        self.explained(turn::claim(self, now, until)).await
    }

    /// When the next turn is due.
    pub async fn next_turn(&self) -> Result<Option<Timestamp>> {
        self.explained(async {
            let due: Option<i64> =
                sqlx::query_scalar("SELECT min(due_at) FROM webhook_turn").fetch_one(&self.readers).await?;
            optional_time(due)
        })
        .await
    }

    /// Puts the events of deliveries into their lanes and ends the turn, in one transaction. Nothing when the turn was
    /// taken over meanwhile.
    pub async fn commit_reading(&self, reading: ReadingCommit<'_>) -> Result<EventCount> {
        self.explained(turn::commit_reading(self, &reading)).await
    }

    /// Keeps a claim on deliveries until a later time; `false` when another has them.
    pub async fn renew_reading(&self, connection: &ConnectionId, fence: i64, until: Timestamp) -> Result<bool> {
        self.explained(claim::READING.renew(self, connection.as_str(), fence, until)).await
    }

    /// Keeps claimed lanes until a later time; `false` when none of them is held any more.
    pub async fn renew_lanes(&self, connection: &ConnectionId, holds: &[LaneHold], until: Timestamp) -> Result<bool> {
        self.explained(lane::renew(self, connection, holds, until)).await
    }

    /// Gives lanes back whose work failed.
    pub async fn put_off_lanes(
        &self,
        connection: &ConnectionId,
        put_off: LanePutOff<'_>,
        now: Timestamp,
    ) -> Result<()> {
        self.explained(lane::put_off(self, connection, &put_off, now)).await
    }

    /// Lets deliveries be read again; returns how many.
    pub async fn replay_deliveries(
        &self,
        connection: &ConnectionId,
        range: &ReplayRange,
        now: Timestamp,
    ) -> Result<u64> {
        self.explained(replay(self, connection, range, now)).await
    }

    /// Lets lanes that were given up be worked off again: one, or all; returns how many.
    pub async fn revive_lanes(
        &self,
        connection: &ConnectionId,
        entity: Option<&EntityRef>,
        now: Timestamp,
    ) -> Result<u64> {
        self.explained(lane::revive(self, connection, entity, now)).await
    }

    /// Whether deliveries without proof are let in as hints.
    pub async fn allow_unsigned(&self, connection: &ConnectionId, allowed: bool) -> Result<()> {
        self.explained(async {
            let mut tx = self.begin().await?;
            let key = key_of_existing(&mut tx, connection).await?;
            sqlx::query(
                "INSERT INTO webhook_endpoint (connection, allow_unsigned) VALUES ($1, $2) \
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

    /// Deletes deliveries that came before `before` and do not wait, with their events, and counts of changes before
    /// `changes_before`; returns how many deliveries.
    pub async fn prune_webhooks(&self, before: Timestamp, changes_before: Timestamp) -> Result<u64> {
        self.explained(prune(self, before, changes_before)).await
    }

    /// Notes since when nothing comes, with an event; the next delivery ends it, with another. `false` when it was known.
    pub async fn note_silence(&self, connection: &ConnectionId, since: Timestamp, now: Timestamp) -> Result<bool> {
        self.explained(note_silence(self, connection, since, now)).await
    }
}

async fn keep_polled(
    store: &Store,
    connection: &ConnectionId,
    events: &[PlatformEvent],
    content: &[u8],
    (due_at, now): (i64, i64),
) -> Outcome<EventCount> {
    let mut tx = store.begin().await?;
    let key = key_of_existing(&mut tx, connection).await?;
    let delivery: i64 = sqlx::query_scalar(
        "INSERT INTO webhook_delivery (connection, received_at, way, verdict, content, bytes, state, read_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING seq",
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
        "INSERT INTO webhook_endpoint (connection, polled) VALUES ($1, 1) ON CONFLICT DO UPDATE SET polled = polled + 1",
    )
    .bind(key)
    .execute(&mut *tx)
    .await?;
    let told: Vec<_> = events.iter().map(|event| Told { delivery, event, forced: false }).collect();
    let count = event::keep(&mut tx, &told, Asking { connection: key, way: Way::Poll, due_at, now }).await?;
    tx.commit().await?;
    Ok(count)
}

async fn replay(store: &Store, connection: &ConnectionId, range: &ReplayRange, now: Timestamp) -> Outcome<u64> {
    let mut tx = store.begin().await?;
    let key = key_of_existing(&mut tx, connection).await?;
    let done = sqlx::query(
        "UPDATE webhook_delivery SET state = 'waiting', attempts = 0, replays = replays + 1, error = NULL \
         WHERE connection = $1 AND seq BETWEEN $2 AND $3 AND received_at >= $4 AND received_at < $5 \
         AND state <> 'waiting' AND ($6 = 0 OR state = 'dead')",
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
        lane::ask_to_read(&mut tx, key, now.as_unix_ms()).await?;
    }
    tx.commit().await?;
    Ok(done)
}

/// Walks from the oldest on, so that it needs no index of its own, and ends at the first that is young enough.
async fn prune(store: &Store, before: Timestamp, changes_before: Timestamp) -> Outcome<u64> {
    let (mut after, mut pruned) = (0, 0);
    loop {
        let last: Option<i64> = sqlx::query_scalar(
            "SELECT max(seq) FROM (SELECT seq, received_at FROM webhook_delivery WHERE seq > $1 ORDER BY seq LIMIT $2) \
             WHERE received_at < $3",
        )
        .bind(after)
        .bind(PRUNE_ROWS)
        .bind(before.as_unix_ms())
        .fetch_one(&store.readers)
        .await?;
        let Some(last) = last else { break };
        let mut tx = store.begin().await?;
        sqlx::query(
            "DELETE FROM webhook_event WHERE delivery IN (SELECT seq FROM webhook_delivery WHERE seq > $1 AND seq <= $2 \
             AND received_at < $3 AND state <> 'waiting')",
        )
        .bind(after)
        .bind(last)
        .bind(before.as_unix_ms())
        .execute(&mut *tx)
        .await?;
        let done = sqlx::query(
            "DELETE FROM webhook_delivery WHERE seq > $1 AND seq <= $2 AND received_at < $3 AND state <> 'waiting'",
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
    sqlx::query("DELETE FROM webhook_change WHERE day < $1")
        .bind(changes_before.as_unix_ms().div_euclid(DAY_MS))
        .execute(&store.writer)
        .await?;
    Ok(pruned)
}

async fn note_silence(store: &Store, connection: &ConnectionId, since: Timestamp, now: Timestamp) -> Outcome<bool> {
    let mut tx = store.begin().await?;
    let key = key_of_existing(&mut tx, connection).await?;
    let done = sqlx::query(
        "INSERT INTO webhook_endpoint (connection, silent_since) VALUES ($1, $2) \
         ON CONFLICT DO UPDATE SET silent_since = excluded.silent_since WHERE silent_since IS NULL",
    )
    .bind(key)
    .bind(since.as_unix_ms())
    .execute(&mut *tx)
    .await?;
    let is_news = done.rows_affected() > 0;
    if is_news {
        let record = inbox::silence_event(connection.clone(), Some(since), now);
        connection_event::insert(&mut tx, &record, None).await?;
        announce::health::tell_of_record(&mut tx, &record, None).await?;
    }
    tx.commit().await?;
    Ok(is_news)
}
