//! Sending events: what is due for whom, and what came of it.

use connector_api::domain::Timestamp;
use sqlx::{AssertSqlSafe, FromRow};

use crate::{
    model::{
        audit::AuditEntry,
        endpoint::{Attempt, ClaimedEndpoint, DeadLetter, DeliveryCommit, Due, Sequel},
        outbox::OutboxFilter,
        paging::{Listing, PageQuery},
    },
    store::{
        Store,
        db::{
            self,
            failure::Outcome,
            value::{count, stored, time},
        },
        error::{Error, Result},
        sql::{
            audit, claim,
            outbox::{
                endpoint::StoredEndpoint,
                read::{self, StoredEvent},
            },
        },
    },
};

/// Endpoints that may be sent something now. A channel's own events are looked up; an operator receives all.
const READY: &str = "FROM event_endpoint e WHERE e.disabled_at IS NULL AND e.claimed_ms <= $1 AND e.cooldown_until <= $1 \
     AND (CASE WHEN e.channel IS NULL \
          THEN e.position < (SELECT seq FROM outbox_head WHERE id = 1) \
          ELSE EXISTS (SELECT 1 FROM outbox o WHERE o.channel = e.channel AND o.seq > e.position) END \
          OR EXISTS (SELECT 1 FROM event_delivery d JOIN outbox o ON o.seq = d.event WHERE d.endpoint = e.key AND d.dead_lettered_at IS NULL AND d.due_at <= $1)) \
     ORDER BY e.claimed_ms LIMIT 1";

#[derive(FromRow)]
struct StoredClaim {
    #[sqlx(flatten)]
    endpoint: StoredEndpoint,
    fence: i64,
}

#[derive(FromRow)]
struct StoredAgain {
    #[sqlx(flatten)]
    event: StoredEvent,
    #[sqlx(try_from = "i64")]
    attempts: u32,
    dead_lettered_at: Option<i64>,
}

#[derive(FromRow)]
struct StoredAttempt {
    seq: i64,
    event: i64,
    event_id: String,
    kind: String,
    #[sqlx(try_from = "i64")]
    number: u32,
    outcome: String,
    status: Option<i64>,
    error: Option<String>,
    duration_ms: i64,
    at: i64,
}

impl StoredAttempt {
    fn read(self) -> Outcome<Attempt> {
        Ok(Attempt {
            seq: self.seq,
            event: self.event,
            event_id: self.event_id,
            kind: self.kind,
            number: self.number,
            outcome: self.outcome,
            status: self.status.and_then(|status| status.try_into().ok()),
            error: self.error,
            duration_ms: count(self.duration_ms),
            at: time(self.at)?,
        })
    }
}

/// Events with how often they were tried; what follows says which.
const AGAIN: &str = "SELECT o.seq, o.id, o.connection, o.channel, o.test, o.type AS kind, o.subject, o.data, o.at, o.traceparent, d.attempts, \
     d.dead_lettered_at FROM event_delivery d JOIN event_endpoint e ON e.key = d.endpoint JOIN outbox o ON o.seq = d.event";

impl Store {
    /// Takes an enabled endpoint that has something due and does not rest, until `until`; the one that has waited
    /// longest.
    pub async fn claim_endpoint(&self, now: Timestamp, until: Timestamp) -> Result<Option<ClaimedEndpoint>> {
        self.explained(|| async {
            let (now, until) = (now.as_unix_ms(), until.as_unix_ms());
            // Most of the time nothing is due: that is found out without the writer.
            let any: Option<i64> = db::query_scalar(AssertSqlSafe(format!("SELECT e.key {READY}")))
                .bind(now)
                .fetch_optional(&self.readers)
                .await?;
            if any.is_none() {
                return Ok(None);
            }
            let sql = claim::ENDPOINT.take(
                self.dialect(),
                "$2",
                "",
                &format!("key = (SELECT e.key {READY} {})", self.dialect().skip_locked("e")),
                "*",
            );
            let row: Option<StoredClaim> =
                db::query_as(AssertSqlSafe(sql)).bind(now).bind(until).fetch_optional(&self.writer).await?;
            row.map(|row| Ok(ClaimedEndpoint { endpoint: row.endpoint.read()?, fence: row.fence })).transpose()
        })
        .await
    }

    /// Keeps a claim until a later time; `false` when it was lost.
    pub async fn renew_endpoint(&self, claimed: &ClaimedEndpoint, until: Timestamp) -> Result<bool> {
        self.explained(|| async { claim::ENDPOINT.renew(self, &claimed.endpoint.id, claimed.fence, until).await }).await
    }

    /// What is due for a claimed endpoint, at most `limit` of each kind.
    pub async fn due(&self, claimed: &ClaimedEndpoint, now: Timestamp, limit: u32) -> Result<Due> {
        self.explained(|| async {
            let endpoint = &claimed.endpoint;
            let mut tx = self.readers.begin().await?;
            let sql = format!(
                "{AGAIN} WHERE e.id = $1 AND d.dead_lettered_at IS NULL AND d.due_at <= $2 ORDER BY d.due_at, d.event LIMIT $3"
            );
            let rows: Vec<StoredAgain> = db::query_as(AssertSqlSafe(sql))
                .bind(&endpoint.id)
                .bind(now.as_unix_ms())
                .bind(limit)
                .fetch_all(&mut *tx)
                .await?;
            let again =
                rows.into_iter().map(|row| Ok((row.event.read()?, row.attempts))).collect::<Outcome<Vec<_>>>()?;
            let filter = OutboxFilter {
                channel: endpoint.channel.clone(),
                tests_only: endpoint.tests_only,
                connection: None,
                types: endpoint.types.clone(),
            };
            let page = read::page(&mut tx, &filter, endpoint.position, limit).await?;
            Ok(Due { again, fresh: page.events, position: page.position })
        })
        .await
    }

    /// Writes what came of it and ends the claim. `false`, and nothing is written, when the claim was lost.
    pub async fn commit_delivery(&self, commit: DeliveryCommit<'_>) -> Result<bool> {
        self.explained(|| async {
            let mut tx = self.begin().await?;
            let before = &commit.claimed.endpoint;
            let delivered = commit.attempts.iter().any(|(_, sequel)| *sequel == Sequel::Delivered);
            let failed = commit.attempts.iter().any(|(_, sequel)| *sequel != Sequel::Delivered);
            let now = commit.now.as_unix_ms();
            let key = claim::ENDPOINT.guard(&mut tx, &before.id, commit.claimed.fence, "key").await?;
            let Some(key) = key else { return Ok(false) };
            // Somebody may have changed it meanwhile: a replay moved it back, or ended its rest.
            db::query(
                "UPDATE event_endpoint SET claimed_ms = $1, \
                 position = CASE WHEN position = $2 THEN $3 ELSE position END, failures = $4, cooldown_until = $5, \
                 disabled_at = CASE WHEN $6 IS NULL THEN disabled_at ELSE $1 END, \
                 disabled_reason = coalesce($6, disabled_reason), version = version + CASE WHEN $6 IS NULL THEN 0 ELSE 1 END, \
                 last_success_at = CASE WHEN $7 THEN $1 ELSE last_success_at END, \
                 last_failure_at = CASE WHEN $8 THEN $1 ELSE last_failure_at END \
                 WHERE key = $9",
            )
            .bind(now)
            .bind(before.position)
            .bind(commit.position)
            .bind(commit.failures)
            .bind(commit.cooldown_until.map_or(0, Timestamp::as_unix_ms))
            .bind(commit.disabled)
            .bind(delivered)
            .bind(failed)
            .bind(key)
            .execute(&mut *tx)
            .await?;
            for (attempt, sequel) in commit.attempts {
                note_attempt(&mut tx, key, attempt).await?;
                note_sequel(&mut tx, key, attempt, *sequel, commit.now).await?;
            }
            tx.commit().await?;
            Ok(true)
        })
        .await
    }

    /// Keeps an attempt that belongs to no claim: a test.
    pub async fn record_attempt(&self, endpoint: &str, attempt: &Attempt) -> Result<()> {
        self.explained(|| async {
            let mut tx = self.begin().await?;
            let key = key_of_endpoint(&mut tx, endpoint).await?;
            note_attempt(&mut tx, key, attempt).await?;
            Ok(tx.commit().await?)
        })
        .await
    }

    /// Attempts of an endpoint, newest first.
    pub async fn attempts(&self, endpoint: &str, page: &PageQuery) -> Result<Listing<Attempt>> {
        self.explained(|| async {
            let limit = page.effective_limit();
            let rows: Vec<StoredAttempt> = db::query_as(
                "SELECT a.seq, a.event, a.event_id, a.type AS kind, a.number, a.outcome, a.status, a.error, \
                 a.duration_ms, a.at FROM event_attempt a JOIN event_endpoint e ON e.key = a.endpoint \
                 WHERE e.id = $1 AND a.seq < $2 ORDER BY a.seq DESC LIMIT $3",
            )
            .bind(endpoint)
            .bind(number_of(page)?.unwrap_or(i64::MAX))
            .bind(limit + 1)
            .fetch_all(&self.readers)
            .await?;
            let rows = rows.into_iter().map(StoredAttempt::read).collect::<Outcome<Vec<_>>>()?;
            Ok(Listing::from_overread(rows, limit, |attempt| attempt.seq.to_string()))
        })
        .await
    }

    /// Dead-lettered events, oldest first.
    pub async fn dead_letters(&self, endpoint: &str, page: &PageQuery) -> Result<Listing<DeadLetter>> {
        self.explained(|| async {
            let limit = page.effective_limit();
            let sql = format!(
                "{AGAIN} WHERE e.id = $1 AND d.dead_lettered_at IS NOT NULL AND d.event > $2 ORDER BY d.event LIMIT $3"
            );
            let rows: Vec<StoredAgain> = db::query_as(AssertSqlSafe(sql))
                .bind(endpoint)
                .bind(number_of(page)?.unwrap_or(0))
                .bind(limit + 1)
                .fetch_all(&self.readers)
                .await?;
            let letter = |row: StoredAgain| {
                let dead_lettered_at = time(row.dead_lettered_at.unwrap_or_default())?;
                Ok(DeadLetter { event: row.event.read()?, attempts: row.attempts, dead_lettered_at })
            };
            let rows = rows.into_iter().map(letter).collect::<Outcome<Vec<_>>>()?;
            Ok(Listing::from_overread(rows, limit, |letter| letter.event.seq.to_string()))
        })
        .await
    }

    /// Makes one event due again at once; ends a rest. `Gone` without the endpoint.
    pub async fn replay_event(&self, endpoint: &str, event: i64, audit: &AuditEntry) -> Result<()> {
        self.explained(|| async {
            let mut tx = self.begin().await?;
            let key = end_cooldown(&mut tx, endpoint).await?;
            db::query(
                "INSERT INTO event_delivery (endpoint, event, attempts, due_at) VALUES ($1, $2, 0, $3) \
                 ON CONFLICT (endpoint, event) DO UPDATE SET attempts = 0, due_at = excluded.due_at, dead_lettered_at = NULL",
            )
            .bind(key)
            .bind(event)
            .bind(audit.at.as_unix_ms())
            .execute(&mut *tx)
            .await?;
            audit::insert(&mut tx, audit).await?;
            Ok(tx.commit().await?)
        })
        .await
    }

    /// Moves the position back, so that every event after it is sent again, in order; ends a rest. `Gone` without the
    /// endpoint.
    pub async fn replay_after(&self, endpoint: &str, position: i64, audit: &AuditEntry) -> Result<()> {
        self.explained(|| async {
            let mut tx = self.begin().await?;
            let key = end_cooldown(&mut tx, endpoint).await?;
            db::query("UPDATE event_endpoint SET position = $1 WHERE key = $2 AND position > $1")
                .bind(position)
                .bind(key)
                .execute(&mut *tx)
                .await?;
            // They come in their order, and what fails then is kept anew.
            db::query("DELETE FROM event_delivery WHERE endpoint = $1 AND event > $2")
                .bind(key)
                .bind(position)
                .execute(&mut *tx)
                .await?;
            audit::insert(&mut tx, audit).await?;
            Ok(tx.commit().await?)
        })
        .await
    }

    /// Makes all dead-lettered events due again; ends a cooldown. Returns how many.
    pub async fn replay_dead_lettered(&self, endpoint: &str, audit: &AuditEntry) -> Result<u64> {
        self.explained(|| async {
            let mut tx = self.begin().await?;
            let key = end_cooldown(&mut tx, endpoint).await?;
            let done = db::query(
                "UPDATE event_delivery SET attempts = 0, due_at = $1, dead_lettered_at = NULL \
                 WHERE endpoint = $2 AND dead_lettered_at IS NOT NULL",
            )
            .bind(audit.at.as_unix_ms())
            .bind(key)
            .execute(&mut *tx)
            .await?;
            let events = done.rows_affected();
            audit::insert(&mut tx, &audit.clone().detailed(format!("{events} dead-lettered events"))).await?;
            tx.commit().await?;
            Ok(events)
        })
        .await
    }
}

async fn note_attempt(tx: &mut db::Connection, endpoint: i64, attempt: &Attempt) -> Outcome<()> {
    db::query(
        "INSERT INTO event_attempt (endpoint, event, event_id, type, number, outcome, status, error, duration_ms, at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(endpoint)
    .bind(attempt.event)
    .bind(&attempt.event_id)
    .bind(&attempt.kind)
    .bind(attempt.number)
    .bind(&attempt.outcome)
    .bind(attempt.status)
    .bind(attempt.error.as_deref())
    .bind(stored(attempt.duration_ms))
    .bind(attempt.at.as_unix_ms())
    .execute(tx)
    .await?;
    Ok(())
}

async fn note_sequel(
    tx: &mut db::Connection,
    endpoint: i64,
    attempt: &Attempt,
    sequel: Sequel,
    now: Timestamp,
) -> Outcome<()> {
    let (due_at, dead_lettered_at) = match sequel {
        Sequel::Delivered => {
            db::query("DELETE FROM event_delivery WHERE endpoint = $1 AND event = $2")
                .bind(endpoint)
                .bind(attempt.event)
                .execute(tx)
                .await?;
            return Ok(());
        }
        Sequel::Again(due_at) => (due_at, None),
        Sequel::DeadLettered => (now, Some(now.as_unix_ms())),
    };
    db::query(
        "INSERT INTO event_delivery (endpoint, event, attempts, due_at, dead_lettered_at) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (endpoint, event) DO UPDATE SET attempts = excluded.attempts, due_at = excluded.due_at, dead_lettered_at = excluded.dead_lettered_at",
    )
    .bind(endpoint)
    .bind(attempt.event)
    .bind(attempt.number)
    .bind(due_at.as_unix_ms())
    .bind(dead_lettered_at)
    .execute(tx)
    .await?;
    Ok(())
}

fn number_of(page: &PageQuery) -> Outcome<Option<i64>> {
    let refused = |_| Error::Refused("`cursor` is not one of this list; begin it again without it".to_owned());
    Ok(page.key()?.map(|key| key.parse().map_err(refused)).transpose()?)
}

async fn key_of_endpoint(tx: &mut db::Connection, id: &str) -> Outcome<i64> {
    let key: Option<i64> =
        db::query_scalar("SELECT key FROM event_endpoint WHERE id = $1").bind(id).fetch_optional(tx).await?;
    key.ok_or_else(|| Error::Gone { what: format!("endpoint {id}") }.into())
}

/// Whoever wishes something to be sent again does not want to wait; gives the endpoint's key.
async fn end_cooldown(tx: &mut db::Connection, id: &str) -> Outcome<i64> {
    let key = key_of_endpoint(tx, id).await?;
    db::query("UPDATE event_endpoint SET cooldown_until = 0 WHERE key = $1").bind(key).execute(tx).await?;
    Ok(key)
}
