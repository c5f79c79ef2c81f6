//! Claims: the connection that has waited longest gives its work. What a claim looks at does not depend on how much waits.

use connector_api::domain::{ConnectionId, Timestamp};
use sqlx::{AssertSqlSafe, FromRow};

use crate::{
    model::{
        fetched::ChangeSource,
        webhook::{DeliveryState, EventCount, READ_AT_ONCE, Reading, ReadingCommit, WaitingDelivery, WebhookClaim},
    },
    store::{
        Store,
        db::{
            self,
            bulk::Statement,
            failure::Outcome,
            value::{optional_time, small, word},
        },
        error::Result,
        sql::{
            claim::{READING, unended_pause},
            sync::job::READY,
            webhook::{
                entity_queue,
                event::{self, Asking, ReportedEvent},
            },
        },
    },
};

/// Most bytes of deliveries that one claim reads; one is read whatever its size is.
const MOST_BYTES: i64 = 8 * 1024 * 1024;
/// How long the claim of a connection that cannot work is deferred.
const NOT_READY_MS: i64 = 10_000;

#[derive(FromRow)]
struct Due {
    connection: i64,
    id: String,
    work: String,
    ready: bool,
    /// How often in a row a claim of it was left without an end.
    #[sqlx(try_from = "i64")]
    unended: u32,
}

impl Store {
    /// Takes the work of the connection that has waited longest, until `until`. Connections that are paused or whose
    /// credentials are refused keep theirs.
    pub async fn claim_webhook_work(&self, now: Timestamp, until: Timestamp) -> Result<Option<WebhookClaim>> {
        self.explained(|| async {
            let (now, until) = (now.as_unix_ms(), until.as_unix_ms());
            let mut tx = self.begin().await?;
            let claim = loop {
                let due = format!(
                    "SELECT t.connection, c.id, t.work, t.unended, {READY} AS ready FROM webhook_claim t \
                     JOIN connections c ON c.key = t.connection WHERE t.due_at <= $1 ORDER BY t.due_at LIMIT 1 {}",
                    tx.dialect().skip_locked("t, c")
                );
                let due: Option<Due> = db::query_as(AssertSqlSafe(due)).bind(now).fetch_optional(&mut *tx).await?;
                let Some(due) = due else { break None };
                if !due.ready {
                    set_due(&mut tx, due.connection, &due.work, now + NOT_READY_MS).await?;
                } else if due.work == "read" {
                    if let Some(claim) = claim_reading(&mut tx, due, until).await? {
                        break Some(claim);
                    }
                } else {
                    let queues = entity_queue::claim(&mut tx, due.connection, now, until).await?;
                    if !queues.is_empty() {
                        break Some(WebhookClaim::Apply { connection: ConnectionId(due.id), queues });
                    }
                }
            };
            tx.commit().await?;
            Ok(claim)
        })
        .await
    }

    /// When the next claim is due.
    pub async fn next_webhook_due(&self) -> Result<Option<Timestamp>> {
        self.explained(|| async {
            let due: Option<i64> =
                db::query_scalar("SELECT min(due_at) FROM webhook_claim").fetch_one(&self.readers).await?;
            optional_time(due)
        })
        .await
    }

    /// Puts the events of deliveries into their entity queues and ends the claim, in one transaction. Nothing when the claim was
    /// taken over meanwhile.
    pub async fn commit_reading(&self, reading: ReadingCommit<'_>) -> Result<EventCount> {
        self.explained(|| async {
            let now = reading.now.as_unix_ms();
            let mut tx = self.begin().await?;
            let held = READING.guard(&mut tx, reading.connection.as_str(), reading.fence, "connection").await?;
            let Some(connection) = held else { return Ok(EventCount::default()) };
            let mut count = EventCount::default();
            for source in [ChangeSource::Webhook, ChangeSource::Poll] {
                let reported = reported(&mut tx, &reading, source).await?;
                let asking = Asking { connection, source, due_at: reading.queues_due_at.as_unix_ms(), now };
                let kept = event::keep(&mut tx, &reported, asking).await?;
                count.new += kept.new;
                count.repeated += kept.repeated;
                count.routed += kept.routed;
            }
            let retry = mark(&mut tx, &reading).await?;
            let waits: Option<i64> = db::query_scalar(
                "SELECT seq FROM webhook_delivery WHERE connection = $1 AND state = 'waiting' LIMIT 1",
            )
            .bind(connection)
            .fetch_optional(&mut *tx)
            .await?;
            if waits.is_some() {
                let due_at = if retry || reading.readings.is_empty() { reading.again_at.as_unix_ms() } else { now };
                db::query("UPDATE webhook_claim SET due_at = $1, unended = 0 WHERE connection = $2 AND work = 'read'")
                    .bind(due_at)
                    .bind(connection)
                    .execute(&mut *tx)
                    .await?;
            } else {
                entity_queue::end_claim(&mut tx, connection, "read").await?;
            }
            tx.commit().await?;
            Ok(count)
        })
        .await
    }

    /// Keeps a claim on deliveries until a later time; `false` when another has them.
    pub async fn renew_reading(&self, connection: &ConnectionId, fence: i64, until: Timestamp) -> Result<bool> {
        self.explained(|| READING.renew(self, connection.as_str(), fence, until)).await
    }
}

#[derive(FromRow)]
struct StoredDelivery {
    seq: i64,
    source: String,
    attempts: i64,
    content: Vec<u8>,
    traceparent: Option<String>,
}

impl StoredDelivery {
    fn read(self) -> Outcome<WaitingDelivery> {
        Ok(WaitingDelivery {
            seq: self.seq,
            source: word("source", self.source, ChangeSource::from_word)?,
            attempts: small("attempts", self.attempts)?,
            content: self.content,
            traceparent: self.traceparent,
        })
    }
}

async fn claim_reading(tx: &mut db::Connection, due: Due, until: i64) -> Outcome<Option<WebhookClaim>> {
    let sizes: Vec<(i64, i64)> = db::query_as(
        "SELECT seq, bytes FROM webhook_delivery WHERE connection = $1 AND state = 'waiting' ORDER BY seq LIMIT $2",
    )
    .bind(due.connection)
    // One of those that were read when the host died may be the reason: each alone, and each try counts from its beginning.
    .bind(if due.unended > 0 { 1 } else { READ_AT_ONCE })
    .fetch_all(&mut *tx)
    .await?;
    let mut bytes = 0;
    let fitting = sizes.iter().take_while(|(_, size)| {
        let fits = bytes == 0 || bytes + size <= MOST_BYTES;
        bytes += size;
        fits
    });
    let Some((last, _)) = fitting.last() else {
        entity_queue::end_claim(tx, due.connection, "read").await?;
        return Ok(None);
    };
    let rows: Vec<StoredDelivery> = db::query_as(
        "SELECT seq, source, attempts, content, traceparent FROM webhook_delivery WHERE connection = $1 AND state = 'waiting' \
         AND seq <= $2 ORDER BY seq",
    )
    .bind(due.connection)
    .bind(last)
    .fetch_all(&mut *tx)
    .await?;
    if due.unended > 0 {
        db::query(
            "UPDATE webhook_delivery SET attempts = attempts + 1 WHERE connection = $1 AND state = 'waiting' AND seq <= $2",
        )
        .bind(due.connection)
        .bind(last)
        .execute(&mut *tx)
        .await?;
    }
    let closed = format!("$1 + {}", unended_pause(tx.dialect(), "unended", "30000"));
    let sql =
        READING.take(tx.dialect(), &closed, ", unended = unended + 1", "connection = $2 AND work = 'read'", "fence");
    let fence: i64 = db::query_scalar(AssertSqlSafe(sql)).bind(until).bind(due.connection).fetch_one(tx).await?;
    let deliveries = rows.into_iter().map(StoredDelivery::read).collect::<Outcome<_>>()?;
    Ok(Some(WebhookClaim::Read { connection: ConnectionId(due.id), fence, deliveries }))
}

/// Events of the deliveries that came one way. What a replay would keep twice is removed first.
async fn reported<'a>(
    tx: &mut db::Connection,
    reading: &'a ReadingCommit<'_>,
    source: ChangeSource,
) -> Outcome<Vec<ReportedEvent<'a>>> {
    let mut reported = vec![];
    for (seq, outcome) in reading.readings {
        let Reading::Events(events) = outcome else { continue };
        let (own_source, replays): (String, i64) =
            db::query_as("SELECT source, replays FROM webhook_delivery WHERE seq = $1")
                .bind(seq)
                .fetch_one(&mut *tx)
                .await?;
        if own_source != source.as_str() {
            continue;
        }
        if replays > 0 {
            db::query("DELETE FROM webhook_event WHERE delivery = $1 AND dedupe_key IS NULL")
                .bind(seq)
                .execute(&mut *tx)
                .await?;
        }
        reported.extend(events.iter().map(|event| ReportedEvent { delivery: *seq, event, forced: replays > 0 }));
    }
    Ok(reported)
}

/// Notes what came of each delivery; whether any is to be tried again.
async fn mark(tx: &mut db::Connection, reading: &ReadingCommit<'_>) -> Outcome<bool> {
    const READ: Statement = Statement {
        head: "UPDATE webhook_delivery SET state = 'read', read_at = ?, error = NULL WHERE seq IN (VALUES",
        columns: 1,
        tail: ")",
    };
    let (mut read, mut retry) = (vec![], false);
    for (seq, outcome) in reading.readings {
        let Reading::Failed { error, dead_lettered } = outcome else {
            read.push(*seq);
            continue;
        };
        let state = if *dead_lettered { DeliveryState::DeadLettered } else { DeliveryState::Waiting };
        retry |= !dead_lettered;
        db::query("UPDATE webhook_delivery SET state = $1, attempts = attempts + 1, error = $2 WHERE seq = $3")
            .bind(state.as_str())
            .bind(error)
            .bind(seq)
            .execute(&mut *tx)
            .await?;
    }
    let now = reading.now.as_unix_ms();
    READ.execute(tx, &read, |query| query.bind(now), |query, seq| query.bind(*seq)).await?;
    Ok(retry)
}

async fn set_due(tx: &mut db::Connection, connection: i64, work: &str, due_at: i64) -> Outcome<()> {
    db::query("UPDATE webhook_claim SET due_at = $1 WHERE connection = $2 AND work = $3")
        .bind(due_at)
        .bind(connection)
        .bind(work)
        .execute(tx)
        .await?;
    Ok(())
}
