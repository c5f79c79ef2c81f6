//! What one replica does for all, and what is counted before it is written.

use connector_api::domain::Timestamp;
use sqlx::AssertSqlSafe;

use crate::store::{
    Store,
    db::{self, failure::Outcome},
    error::Result,
};

impl Store {
    /// Whether this replica is the one that does some work. It becomes so when the one that was has ended.
    pub async fn lead(&self, work: &str, owner: &str, now: Timestamp) -> Result<bool> {
        self.explained(|| async {
            // Mostly it is known who does it: that is found out without a write.
            let leader: Option<Option<String>> = db::query_scalar(
                "SELECT owner FROM singleton WHERE name = $1 \
                 AND EXISTS (SELECT 1 FROM replica r WHERE r.owner = singleton.owner AND r.alive_until > $2)",
            )
            .bind(work)
            .bind(now.as_unix_ms())
            .fetch_optional(&self.readers)
            .await?;
            if let Some(leader) = leader {
                return Ok(leader.as_deref() == Some(owner));
            }
            let taken = db::query(
                "INSERT INTO singleton (name, owner) SELECT $1, r.owner FROM replica r WHERE r.owner = $2 AND r.alive_until > $3 \
                 ON CONFLICT (name) DO UPDATE SET owner = excluded.owner \
                 WHERE NOT EXISTS (SELECT 1 FROM replica r WHERE r.owner = singleton.owner AND r.alive_until > $3)",
            )
            .bind(work)
            .bind(owner)
            .bind(now.as_unix_ms())
            .execute(&self.writer)
            .await?;
            Ok(taken.rows_affected() == 1)
        })
        .await
    }
}

/// Keeps others from writing what depends on the same count. In a file nobody else writes.
pub(crate) async fn hold(tx: &mut db::Connection, name: &str) -> Outcome<()> {
    if tx.locks_rows() {
        let sql = format!("SELECT name FROM singleton WHERE name = $1 {}", tx.row_lock());
        db::query(AssertSqlSafe(sql)).bind(name).execute(tx).await?;
    }
    Ok(())
}
