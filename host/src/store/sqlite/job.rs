//! Syncs that are due, in SQLite.

use async_trait::async_trait;
use connector_api::domain::{ConnectionId, Timestamp};
use sqlx::{AssertSqlSafe, FromRow};

use super::{SqliteStores, announce, event::word, failure::Outcome, key_of_existing, time};
use crate::store::{
    error::Result,
    job::{JobStore, SyncJob},
    run::Trigger,
};

/// Connections that can be synced.
pub(super) const READY: &str = "status IN ('active', 'degraded', 'expiring') AND paused_at IS NULL";

#[derive(FromRow)]
struct StoredJob {
    id: String,
    due_at: i64,
    full: bool,
    trigger: String,
    attempts: u32,
}

impl StoredJob {
    fn read(self) -> Outcome<SyncJob> {
        Ok(SyncJob {
            connection: ConnectionId(self.id),
            due_at: time(self.due_at)?,
            full: self.full,
            trigger: word("sync trigger", self.trigger, Trigger::from_word)?,
            attempts: self.attempts,
        })
    }
}

#[async_trait]
impl JobStore for SqliteStores {
    async fn request_sync(&self, job: &SyncJob) -> Result<()> {
        self.explained(async {
            let mut tx = self.begin().await?;
            let key = key_of_existing(&mut tx, &job.connection).await?;
            sqlx::query(
                "INSERT INTO sync_job (connection, due_at, full, trigger, wanted) VALUES (?, ?, ?, ?, 1) \
                 ON CONFLICT (connection) DO UPDATE SET full = max(full * wanted, excluded.full), attempts = 0, \
                 trigger = excluded.trigger, due_at = min(due_at, excluded.due_at), wanted = 1",
            )
            .bind(key)
            .bind(job.due_at.as_unix_ms())
            .bind(job.full)
            .bind(job.trigger.as_str())
            .execute(&mut *tx)
            .await?;
            Ok(tx.commit().await?)
        })
        .await
    }

    async fn schedule_missing_syncs(&self, due_at: Timestamp) -> Result<u64> {
        self.explained(async {
            let sql = format!(
                "INSERT INTO sync_job (connection, due_at, full, trigger) SELECT key, ?, 0, 'schedule' FROM connections \
                 WHERE {READY} AND key NOT IN (SELECT connection FROM sync_job)"
            );
            let done = sqlx::query(AssertSqlSafe(sql)).bind(due_at.as_unix_ms()).execute(&self.writer).await?;
            Ok(done.rows_affected())
        })
        .await
    }

    async fn claim_sync(&self, now: Timestamp, until: Timestamp) -> Result<Option<SyncJob>> {
        self.explained(async {
            let sql = format!(
                "UPDATE sync_job SET claimed_ms = ?1, wanted = 0 WHERE connection = (SELECT j.connection FROM sync_job j \
                 JOIN connections c ON c.key = j.connection WHERE j.due_at <= ?2 AND j.claimed_ms <= ?2 AND {READY} \
                 ORDER BY j.due_at LIMIT 1) \
                 RETURNING (SELECT id FROM connections WHERE key = connection) AS id, due_at, full, trigger, attempts"
            );
            let row: Option<StoredJob> = sqlx::query_as(AssertSqlSafe(sql))
                .bind(until.as_unix_ms())
                .bind(now.as_unix_ms())
                .fetch_optional(&self.writer)
                .await?;
            row.map(StoredJob::read).transpose()
        })
        .await
    }

    async fn renew_claim(&self, connection: &ConnectionId, until: Timestamp) -> Result<()> {
        self.explained(async {
            sqlx::query(
                "UPDATE sync_job SET claimed_ms = ? WHERE connection = (SELECT key FROM connections WHERE id = ?)",
            )
            .bind(until.as_unix_ms())
            .bind(connection.as_str())
            .execute(&self.writer)
            .await?;
            Ok(())
        })
        .await
    }

    async fn end_sync(
        &self,
        claimed: &SyncJob,
        next: Option<&SyncJob>,
        error: Option<&str>,
        now: Timestamp,
    ) -> Result<()> {
        self.explained(async {
            let mut tx = self.begin().await?;
            if let Some(error) = error.filter(|_| claimed.attempts == 0) {
                announce::run::tell_of_failure(&mut tx, claimed, error, now).await?;
            }
            let id = claimed.connection.as_str();
            sqlx::query(
                "UPDATE sync_job SET claimed_ms = 0, last_error = ? \
                 WHERE connection = (SELECT key FROM connections WHERE id = ?)",
            )
            .bind(error)
            .bind(id)
            .execute(&mut *tx)
            .await?;
            let end = match next {
                Some(next) => sqlx::query(
                    "UPDATE sync_job SET due_at = ?, full = ?, trigger = ?, attempts = ? \
                     WHERE wanted = 0 AND connection = (SELECT key FROM connections WHERE id = ?)",
                )
                .bind(next.due_at.as_unix_ms())
                .bind(next.full)
                .bind(next.trigger.as_str())
                .bind(next.attempts),
                None => sqlx::query(
                    "DELETE FROM sync_job WHERE wanted = 0 AND connection = (SELECT key FROM connections WHERE id = ?)",
                ),
            };
            end.bind(id).execute(&mut *tx).await?;
            Ok(tx.commit().await?)
        })
        .await
    }

    async fn next_sync(&self, connection: &ConnectionId) -> Result<Option<SyncJob>> {
        self.explained(async {
            let row: Option<StoredJob> = sqlx::query_as(
                "SELECT c.id, j.due_at, j.full, j.trigger, j.attempts FROM sync_job j \
                 JOIN connections c ON c.key = j.connection WHERE c.id = ?",
            )
            .bind(connection.as_str())
            .fetch_optional(&self.readers)
            .await?;
            row.map(StoredJob::read).transpose()
        })
        .await
    }
}
