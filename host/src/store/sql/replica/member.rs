//! Which replicas live.

use connector_api::domain::Timestamp;

use crate::{
    model::replica::Replica,
    store::{
        Store,
        db::{
            self,
            dialect::Dialect,
            failure::Outcome,
            value::{small, time},
        },
        error::Result,
    },
};

/// Milliseconds after which a replica that has ended is forgotten.
const FORGOTTEN_AFTER_MS: i64 = 3_600_000;

impl Store {
    /// Whether other processes may serve over this database. In a file one does: whoever else is known there has ended.
    pub fn has_replicas(&self) -> bool {
        self.dialect() == Dialect::Postgres
    }

    /// The database's time; nothing when it has no clock but this machine's.
    pub async fn server_time(&self) -> Result<Option<Timestamp>> {
        if !self.has_replicas() {
            return Ok(None);
        }
        self.explained(|| async {
            let sql = "SELECT CAST(floor(extract(epoch FROM clock_timestamp()) * 1000) AS BIGINT)";
            let ms: i64 = db::query_scalar(sql).fetch_one(&self.writer).await?;
            Ok(Some(time(ms)?))
        })
        .await
    }

    /// Counts a process among the replicas until `until`. In a file, claims to syncs that processes before it left end now.
    pub async fn join_replicas(&self, replica: &Replica, now: Timestamp, until: Timestamp) -> Result<()> {
        self.explained(|| async {
            let mut tx = self.begin().await?;
            let until = if self.has_replicas() {
                until.as_unix_ms()
            } else {
                end_syncs_of_others(&mut tx, now).await?;
                db::query("DELETE FROM replica").execute(&mut *tx).await?;
                i64::MAX
            };
            write(&mut tx, replica, 0, until).await?;
            Ok(tx.commit().await?)
        })
        .await
    }

    /// Keeps a replica among those that live; how many do. One that comes late says so: what it sees of others may be late, too.
    pub async fn renew_replica(&self, replica: &Replica, now: Timestamp, until: Timestamp) -> Result<u32> {
        self.explained(|| async {
            let mut tx = self.begin().await?;
            let in_time = db::query("UPDATE replica SET alive_until = $1 WHERE owner = $2 AND alive_until > $3")
                .bind(until.as_unix_ms())
                .bind(&replica.owner)
                .bind(now.as_unix_ms())
                .execute(&mut *tx)
                .await?;
            if in_time.rows_affected() == 0 {
                write(&mut tx, replica, now.as_unix_ms(), until.as_unix_ms()).await?;
            }
            db::query("DELETE FROM replica WHERE alive_until < $1")
                .bind(now.as_unix_ms().saturating_sub(FORGOTTEN_AFTER_MS))
                .execute(&mut *tx)
                .await?;
            let alive: i64 = db::query_scalar("SELECT count(*) FROM replica WHERE alive_until > $1")
                .bind(now.as_unix_ms())
                .fetch_one(&mut *tx)
                .await?;
            tx.commit().await?;
            small("replicas", alive)
        })
        .await
    }

    /// Takes a replica that ends from among those that live.
    pub async fn leave_replicas(&self, owner: &str) -> Result<()> {
        self.explained(|| async {
            let mut tx = self.begin().await?;
            for sql in [
                "DELETE FROM replica WHERE owner = $1",
                "DELETE FROM budget_share WHERE owner = $1",
                "UPDATE singleton SET owner = NULL WHERE owner = $1",
            ] {
                db::query(sql).bind(owner).execute(&mut *tx).await?;
            }
            Ok(tx.commit().await?)
        })
        .await
    }
}

async fn write(tx: &mut db::Connection, replica: &Replica, since: i64, until: i64) -> Outcome<()> {
    db::query(
        "INSERT INTO replica (owner, role, version, started_at, alive_since, alive_until) VALUES ($1, $2, $3, $4, $5, $6) \
         ON CONFLICT (owner) DO UPDATE SET alive_since = excluded.alive_since, alive_until = excluded.alive_until",
    )
    .bind(&replica.owner)
    .bind(replica.role)
    .bind(replica.version)
    .bind(replica.started_at.as_unix_ms())
    .bind(since)
    .bind(until)
    .execute(tx)
    .await?;
    Ok(())
}

/// Whether a claim of `other` that was not ended shows that it has ended itself. Of one that lives it shows only that it was late;
/// and who was late itself a moment ago cannot know: everybody may have been, because the database was away.
pub(crate) async fn has_ended(
    tx: &mut db::Connection,
    other: &str,
    owner: &str,
    now: i64,
    steady_ms: i64,
) -> Outcome<bool> {
    let sql = "SELECT NOT EXISTS (SELECT 1 FROM replica WHERE owner = $1 AND alive_until > $3) \
               AND NOT EXISTS (SELECT 1 FROM replica WHERE owner = $2 AND alive_since > $4)";
    let ended: bool = db::query_scalar(sql)
        .bind(other)
        .bind(owner)
        .bind(now)
        .bind(now.saturating_sub(steady_ms))
        .fetch_one(tx)
        .await?;
    Ok(ended)
}

/// Ends what replicas that are gone have claimed: their syncs go on at once, and count as not ended.
async fn end_syncs_of_others(tx: &mut db::Connection, now: Timestamp) -> Outcome<()> {
    for sql in [
        "UPDATE sync_job SET claimed_ms = $1 WHERE claimed_ms > $1 AND owner IN (SELECT owner FROM replica)",
        "UPDATE sync_lease SET until_ms = $1 WHERE until_ms > $1 AND owner IN (SELECT owner FROM replica)",
    ] {
        db::query(sql).bind(now.as_unix_ms()).execute(&mut *tx).await?;
    }
    Ok(())
}
