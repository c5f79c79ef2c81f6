//! Syncs that are due.

use connector_api::domain::{ConnectionId, Timestamp};
use sqlx::{AssertSqlSafe, FromRow};

use crate::{
    model::{
        job::{ClaimedSync, Died, SyncJob},
        run::Trigger,
    },
    store::{
        Store,
        db::{
            self,
            failure::Outcome,
            value::{time, word},
        },
        error::Result,
        sql::{
            claim::{self, unended_pause},
            connection::key::key_of_existing,
            outbox::emit,
            replica,
        },
    },
};

/// Connections that can be synced.
pub(crate) const READY: &str = "status IN ('active', 'degraded', 'expiring', 'failing') AND paused_at IS NULL";

#[derive(FromRow)]
struct StoredJob {
    id: String,
    due_at: i64,
    full: bool,
    trigger: String,
    #[sqlx(try_from = "i64")]
    attempts: u32,
    traceparent: Option<String>,
}

impl StoredJob {
    fn read(self) -> Outcome<SyncJob> {
        Ok(SyncJob {
            connection: ConnectionId(self.id),
            due_at: time(self.due_at)?,
            full: self.full,
            trigger: word("sync trigger", self.trigger, Trigger::from_word)?,
            attempts: self.attempts,
            traceparent: self.traceparent,
        })
    }
}

#[derive(FromRow)]
struct StoredClaim {
    #[sqlx(flatten)]
    job: StoredJob,
    fence: i64,
}

/// A job whose turn it is.
#[derive(FromRow)]
struct Found {
    connection: i64,
    unended: bool,
    owner: Option<String>,
    #[sqlx(try_from = "i64")]
    deaths: u32,
    progress: i64,
}

/// A number that changes with everything that is read for a connection.
async fn progress(tx: &mut db::Connection, connection: i64) -> Outcome<i64> {
    Ok(db::query_scalar(
        "SELECT count(DISTINCT r.id) + CAST(coalesce(sum(s.pages), 0) AS BIGINT) FROM sync_run r LEFT JOIN sync_stream s ON s.run = r.id \
         WHERE r.connection = $1",
    )
    .bind(connection)
    .fetch_one(tx)
    .await?)
}

/// Whether nobody else reads a connection whose host died; nobody begins to before this transaction ends.
async fn is_alone(tx: &mut db::Connection, connection: i64, now: Timestamp) -> Outcome<bool> {
    if !tx.locks_rows() {
        return Ok(true);
    }
    replica::hold(tx, "suspects").await?;
    let others: bool = db::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM sync_job WHERE connection <> $1 AND deaths > 0 AND claimed_ms > $2)",
    )
    .bind(connection)
    .bind(now.as_unix_ms())
    .fetch_one(tx)
    .await?;
    Ok(!others)
}

impl Store {
    /// Makes a sync due, or due earlier; a request to read everything stays. `Gone` when the connection does not exist.
    pub async fn request_sync(&self, job: &SyncJob) -> Result<()> {
        self.explained(|| async {
            let mut tx = self.begin().await?;
            let key = key_of_existing(&mut tx, &job.connection).await?;
            // A manual request shortens the pause after deaths, but does not make the next one the first.
            // A row that comes back begins with a fence above all that the one before had: claims are counted up, time faster.
            db::query(AssertSqlSafe(format!(
                "INSERT INTO sync_job (connection, due_at, \"full\", trigger, wanted, fence, traceparent) VALUES ($1, $2, $3, $4, 1, $2, $5) \
                 ON CONFLICT (connection) DO UPDATE SET \"full\" = sync_job.\"full\" AND sync_job.wanted > 0 OR excluded.\"full\", \
                 attempts = 0, trigger = excluded.trigger, traceparent = coalesce(excluded.traceparent, sync_job.traceparent), due_at = {least}(sync_job.due_at, excluded.due_at), wanted = 1, \
                 deaths = CASE WHEN excluded.trigger = 'manual' THEN {least}(sync_job.deaths, 1) ELSE sync_job.deaths END",
                least = self.dialect().least(),
            )))
            .bind(key)
            .bind(job.due_at.as_unix_ms())
            .bind(job.full)
            .bind(job.trigger.as_str())
            .bind(job.traceparent.as_deref())
            .execute(&mut *tx)
            .await?;
            Ok(tx.commit().await?)
        })
        .await
    }

    /// Makes a first sync due for every connection that can be synced and has none; returns how many.
    pub async fn schedule_missing_syncs(&self, due_at: Timestamp) -> Result<u64> {
        self.explained(|| async {
            let sql = format!(
                "INSERT INTO sync_job (connection, due_at, \"full\", trigger, fence) SELECT key, $1, FALSE, 'schedule', $1 FROM connections \
                 WHERE {READY} AND key NOT IN (SELECT connection FROM sync_job) ON CONFLICT DO NOTHING"
            );
            let done = db::query(AssertSqlSafe(sql)).bind(due_at.as_unix_ms()).execute(&self.writer).await?;
            Ok(done.rows_affected())
        })
        .await
    }

    /// Takes the sync that has been due longest, of a connection that can be synced, until `until`.
    pub async fn claim_sync(&self, owner: &str, now: Timestamp, until: Timestamp) -> Result<Option<ClaimedSync>> {
        self.explained(|| async {
            let mut tx = self.begin().await?;
            let held_ms = until.as_unix_ms().saturating_sub(now.as_unix_ms());
            let pause = unended_pause(tx.dialect(), "j.deaths", "$2");
            // Those whose host died are read one at a time: the next death has one cause, and clears the others.
            let alone = "(j.claimed_ms = 0 AND j.deaths = 0 OR NOT EXISTS (SELECT 1 FROM sync_job o \
                         WHERE o.connection <> j.connection AND o.deaths > 0 AND o.claimed_ms > $1))";
            // A host that lives takes its own claims back, and is waited for a little: whoever takes them then knows that it has not ended.
            let over = "(j.claimed_ms = 0 OR j.owner = $3 OR j.claimed_ms + $2 / 2 <= $1 OR NOT EXISTS \
                        (SELECT 1 FROM replica r WHERE r.owner = j.owner AND r.alive_until > $1))";
            let found: Option<Found> = db::query_as(AssertSqlSafe(format!(
                "SELECT j.connection, j.claimed_ms > 0 AS unended, j.owner, j.deaths, j.progress FROM sync_job j \
                 JOIN connections c ON c.key = j.connection \
                 WHERE j.due_at <= $1 AND j.claimed_ms + {pause} <= $1 AND {over} AND {alone} AND {READY} ORDER BY j.due_at LIMIT 1 {}",
                tx.dialect().skip_locked("j, c")
            )))
            .bind(now.as_unix_ms())
            .bind(held_ms.saturating_mul(2))
            .bind(owner)
            .fetch_optional(&mut *tx)
            .await?;
            let Some(mut found) = found else { return Ok(None) };
            let died = match found.owner.take() {
                // A claim that this process lost by itself killed nobody, nor did one of a host that lives.
                Some(before)
                    if found.unended
                        && before != owner
                        && replica::has_ended(&mut tx, &before, owner, now.as_unix_ms(), held_ms).await? =>
                {
                    let progress = progress(&mut tx, found.connection).await?;
                    found.deaths = if progress == found.progress { found.deaths + 1 } else { 1 };
                    found.progress = progress;
                    Some(Died { owner: before, in_a_row: found.deaths })
                }
                _ => None,
            };
            if found.deaths > 0 && !is_alone(&mut tx, found.connection, now).await? {
                return Ok(None);
            }
            let row: StoredClaim = db::query_as(AssertSqlSafe(claim::SYNC.take(
                tx.dialect(),
                "$1",
                ", wanted = 0, owner = $2, deaths = $3, progress = $4",
                "connection = $5",
                "(SELECT id FROM connections WHERE key = connection) AS id, due_at, \"full\", trigger, attempts, traceparent, fence",
            )))
            .bind(until.as_unix_ms())
            .bind(owner)
            .bind(found.deaths)
            .bind(found.progress)
            .bind(found.connection)
            .fetch_one(&mut *tx)
            .await?;
            tx.commit().await?;
            Ok(Some(ClaimedSync { fence: row.fence, job: row.job.read()?, died }))
        })
        .await
    }

    /// Keeps a claim; `false` when it is lost.
    pub async fn renew_claim(&self, claimed: &ClaimedSync, until: Timestamp) -> Result<bool> {
        self.explained(|| async {
            claim::SYNC.renew(self, claimed.job.connection.as_str(), claimed.fence, until).await
        })
        .await
    }

    /// Ends a claim: the next one is due then, or never. What was requested meanwhile stays due as it was requested.
    /// The first error of a row of them is published as `sync.failed`. `false`, and nothing is written, when the claim is lost.
    pub async fn end_sync(
        &self,
        claimed: &ClaimedSync,
        next: Option<&SyncJob>,
        error: Option<&str>,
        now: Timestamp,
    ) -> Result<bool> {
        self.explained(|| async {
            let mut tx = self.begin().await?;
            let id = claimed.job.connection.as_str();
            let held = claim::SYNC.guard(&mut tx, id, claimed.fence, "connection").await?;
            let Some(connection) = held else { return Ok(false) };
            db::query("UPDATE sync_job SET claimed_ms = 0, last_error = $1, deaths = 0 WHERE connection = $2")
                .bind(error)
                .bind(connection)
                .execute(&mut *tx)
                .await?;
            if let Some(error) = error.filter(|_| claimed.job.attempts == 0) {
                emit::run::emit_failure(&mut tx, &claimed.job, error, now).await?;
            }
            // Whoever came to an end did not kill its host.
            db::query("DELETE FROM plugin_death WHERE connection = $1").bind(connection).execute(&mut *tx).await?;
            let end = match next {
                Some(next) => db::query(
                    "UPDATE sync_job SET due_at = $1, \"full\" = $2, trigger = $3, attempts = $4, traceparent = $5 WHERE wanted = 0 AND connection = $6",
                )
                .bind(next.due_at.as_unix_ms())
                .bind(next.full)
                .bind(next.trigger.as_str())
                .bind(next.attempts)
                .bind(next.traceparent.as_deref()),
                None => db::query("DELETE FROM sync_job WHERE wanted = 0 AND connection = $1"),
            };
            end.bind(connection).execute(&mut *tx).await?;
            tx.commit().await?;
            Ok(true)
        })
        .await
    }

    /// Whether a sync of the connection is due or running, and when.
    pub async fn next_sync(&self, connection: &ConnectionId) -> Result<Option<SyncJob>> {
        self.explained(|| async {
            let row: Option<StoredJob> = db::query_as(
                "SELECT c.id, j.due_at, j.\"full\", j.trigger, j.attempts, j.traceparent FROM sync_job j \
                 JOIN connections c ON c.key = j.connection WHERE c.id = $1",
            )
            .bind(connection.as_str())
            .fetch_optional(&self.readers)
            .await?;
            row.map(StoredJob::read).transpose()
        })
        .await
    }
}
