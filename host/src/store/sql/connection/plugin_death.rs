//! Hosts that died while a plugin was running.

use connector_api::domain::Timestamp;

use crate::{
    model::{
        audit::AuditEntry,
        plugin_death::{HeldPlugin, PluginDeath},
    },
    store::{
        Store,
        db::{
            self,
            value::{small, time},
        },
        error::Result,
        sql::{audit, connection::key::key_of_existing},
    },
};

impl Store {
    /// Notes a death, and gives how many hosts have died with this file since `since` without that the connection came to an
    /// end in between.
    pub async fn note_plugin_death(&self, death: &PluginDeath<'_>, since: Timestamp) -> Result<u32> {
        self.explained(|| async {
            let mut tx = self.begin().await?;
            let key = key_of_existing(&mut tx, death.connection).await?;
            db::query(
                "INSERT INTO plugin_death (connection, owner, connector, sha256, at) VALUES ($1, $2, $3, $4, $5) \
                 ON CONFLICT DO NOTHING",
            )
            .bind(key)
            .bind(death.owner)
            .bind(death.connector)
            .bind(death.sha256)
            .bind(death.at.as_unix_ms())
            .execute(&mut *tx)
            .await?;
            // Several connections may have been in use when one host died.
            let hosts: i64 = db::query_scalar(
                "SELECT count(DISTINCT owner) FROM plugin_death WHERE connector = $1 AND sha256 = $2 AND at >= $3 AND at <= $4",
            )
            .bind(death.connector)
            .bind(death.sha256)
            .bind(since.as_unix_ms())
            .bind(death.at.as_unix_ms())
            .fetch_one(&mut *tx)
            .await?;
            tx.commit().await?;
            small("deaths", hosts)
        })
        .await
    }

    /// Holds a file back.
    pub async fn hold_plugin(&self, held: &HeldPlugin) -> Result<()> {
        self.explained(|| async {
            db::query(
                "INSERT INTO plugin_quarantine (connector, sha256, since, reason) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
            )
            .bind(&held.connector)
            .bind(&held.sha256)
            .bind(held.since.as_unix_ms())
            .bind(&held.reason)
            .execute(&self.writer)
            .await?;
            Ok(())
        })
        .await
    }

    /// The files that are held back.
    pub async fn held_plugins(&self) -> Result<Vec<HeldPlugin>> {
        self.explained(|| async {
            let rows: Vec<(String, String, i64, String)> = db::query_as(
                "SELECT connector, sha256, since, reason FROM plugin_quarantine ORDER BY connector, sha256",
            )
            .fetch_all(&self.readers)
            .await?;
            rows.into_iter()
                .map(|(connector, sha256, since, reason)| {
                    Ok(HeldPlugin { connector, sha256, since: time(since)?, reason })
                })
                .collect()
        })
        .await
    }

    /// Releases whatever files of a connector are held back, and forgets the deaths; how many there were.
    pub async fn release_plugin(&self, connector: &str, audit: &AuditEntry) -> Result<u64> {
        self.explained(|| async {
            let mut tx = self.begin().await?;
            let released = db::query("DELETE FROM plugin_quarantine WHERE connector = $1")
                .bind(connector)
                .execute(&mut *tx)
                .await?
                .rows_affected();
            db::query("DELETE FROM plugin_death WHERE connector = $1").bind(connector).execute(&mut *tx).await?;
            db::query(
                "UPDATE sync_job SET deaths = 0 WHERE connection IN (SELECT key FROM connections WHERE connector_id = $1)",
            )
            .bind(connector)
            .execute(&mut *tx)
            .await?;
            if released > 0 {
                audit::insert(&mut tx, audit).await?;
            }
            tx.commit().await?;
            Ok(released)
        })
        .await
    }
}
