//! Hosts that died while a plugin was at work, in SQLite.

use async_trait::async_trait;
use connector_api::domain::Timestamp;

use super::{SqliteStores, key_of_existing, time};
use crate::store::{
    error::Result,
    plugin_death::{HeldPlugin, PluginDeath, PluginDeathStore},
};

#[async_trait]
impl PluginDeathStore for SqliteStores {
    async fn note_plugin_death(&self, death: &PluginDeath<'_>, since: Timestamp) -> Result<u32> {
        self.explained(async {
            let mut tx = self.begin().await?;
            let key = key_of_existing(&mut tx, death.connection).await?;
            sqlx::query(
                "INSERT INTO plugin_death (connection, owner, connector, sha256, at) VALUES (?, ?, ?, ?, ?) \
                 ON CONFLICT DO NOTHING",
            )
            .bind(key)
            .bind(death.owner)
            .bind(death.connector)
            .bind(death.sha256)
            .bind(death.at.as_unix_ms())
            .execute(&mut *tx)
            .await?;
            // Several connections may have been at work when one host died.
            let hosts: u32 = sqlx::query_scalar(
                "SELECT count(DISTINCT owner) FROM plugin_death WHERE connector = ? AND sha256 = ? AND at >= ? AND at <= ?",
            )
            .bind(death.connector)
            .bind(death.sha256)
            .bind(since.as_unix_ms())
            .bind(death.at.as_unix_ms())
            .fetch_one(&mut *tx)
            .await?;
            tx.commit().await?;
            Ok(hosts)
        })
        .await
    }

    async fn hold_plugin(&self, held: &HeldPlugin) -> Result<()> {
        self.explained(async {
            sqlx::query(
                "INSERT INTO plugin_quarantine (connector, sha256, since, reason) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
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

    async fn held_plugins(&self) -> Result<Vec<HeldPlugin>> {
        self.explained(async {
            let rows: Vec<(String, String, i64, String)> = sqlx::query_as(
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

    async fn release_plugin(&self, connector: &str) -> Result<u64> {
        self.explained(async {
            let mut tx = self.begin().await?;
            let released = sqlx::query("DELETE FROM plugin_quarantine WHERE connector = ?")
                .bind(connector)
                .execute(&mut *tx)
                .await?
                .rows_affected();
            sqlx::query("DELETE FROM plugin_death WHERE connector = ?").bind(connector).execute(&mut *tx).await?;
            sqlx::query(
                "UPDATE sync_job SET deaths = 0 WHERE connection IN (SELECT key FROM connections WHERE connector_id = ?)",
            )
            .bind(connector)
            .execute(&mut *tx)
            .await?;
            tx.commit().await?;
            Ok(released)
        })
        .await
    }
}
