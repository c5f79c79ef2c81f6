//! Sealed credentials and wrapped data keys in SQLite.

use async_trait::async_trait;
use connector_api::domain::{ConnectionId, Timestamp};
use sqlx::{AssertSqlSafe, SqliteConnection};

use super::{SqliteStores, count, failure::Outcome, key_of_existing, state, stored};
use crate::store::{
    error::{Error, Result},
    secret::{NewSecrets, PREVIOUS, SealedValue, SecretStore, WrappedKey},
};

/// What is sealed for a connection that was just added.
pub(super) async fn insert(
    tx: &mut SqliteConnection,
    connection: i64,
    secrets: &NewSecrets,
    now: Timestamp,
) -> Outcome<()> {
    if let Some(WrappedKey { kid, blob }) = &secrets.data_key {
        sqlx::query("INSERT INTO data_key (connection, kid, blob) VALUES (?, ?, ?)")
            .bind(connection)
            .bind(kid)
            .bind(blob.as_slice())
            .execute(&mut *tx)
            .await?;
    }
    insert_values(tx, connection, &secrets.values, now).await?;
    for (key, blob) in &secrets.state {
        state::put(tx, connection, key, blob, now).await?;
    }
    Ok(())
}

async fn insert_values(
    tx: &mut SqliteConnection,
    connection: i64,
    values: &[SealedValue],
    now: Timestamp,
) -> Outcome<()> {
    for value in values {
        sqlx::query("INSERT INTO sealed_value (connection, name, version, blob, updated_at) VALUES (?, ?, ?, ?, ?)")
            .bind(connection)
            .bind(&value.name)
            .bind(value.version)
            .bind(value.blob.as_slice())
            .bind(now.as_unix_ms())
            .execute(&mut *tx)
            .await?;
    }
    Ok(())
}

#[async_trait]
impl SecretStore for SqliteStores {
    async fn data_key(&self, connection: &ConnectionId) -> Result<Option<WrappedKey>> {
        self.explained(async {
            let row: Option<(String, Vec<u8>)> = sqlx::query_as(
                "SELECT d.kid, d.blob FROM data_key d JOIN connections c ON c.key = d.connection WHERE c.id = ?",
            )
            .bind(connection.as_str())
            .fetch_optional(&self.readers)
            .await?;
            Ok(row.map(|(kid, blob)| WrappedKey { kid, blob }))
        })
        .await
    }

    async fn ensure_data_key(&self, connection: &ConnectionId, key: &WrappedKey) -> Result<WrappedKey> {
        self.explained(async {
            let mut tx = self.begin().await?;
            let row = key_of_existing(&mut tx, connection).await?;
            sqlx::query(
                "INSERT INTO data_key (connection, kid, blob) SELECT key, ?, ? FROM connections \
                 WHERE key = ? AND status <> 'disconnected' ON CONFLICT DO NOTHING",
            )
            .bind(&key.kid)
            .bind(key.blob.as_slice())
            .bind(row)
            .execute(&mut *tx)
            .await?;
            let key: Option<(String, Vec<u8>)> = sqlx::query_as("SELECT kid, blob FROM data_key WHERE connection = ?")
                .bind(row)
                .fetch_optional(&mut *tx)
                .await?;
            let ended = || Error::Refused(format!("connection {connection} was disconnected; it keeps no secrets"));
            let (kid, blob) = key.ok_or_else(ended)?;
            tx.commit().await?;
            Ok(WrappedKey { kid, blob })
        })
        .await
    }

    async fn replace_data_key(&self, connection: &ConnectionId, old: &WrappedKey, new: &WrappedKey) -> Result<bool> {
        self.explained(async {
            let done = sqlx::query(
                "UPDATE data_key SET kid = ?, blob = ? WHERE kid = ? AND blob = ? \
                 AND connection = (SELECT key FROM connections WHERE id = ?)",
            )
            .bind(&new.kid)
            .bind(new.blob.as_slice())
            .bind(&old.kid)
            .bind(old.blob.as_slice())
            .bind(connection.as_str())
            .execute(&self.writer)
            .await?;
            Ok(done.rows_affected() == 1)
        })
        .await
    }

    async fn data_keys_not_wrapped_by(
        &self,
        kid: &str,
        after: Option<&ConnectionId>,
        limit: u32,
    ) -> Result<Vec<(ConnectionId, WrappedKey)>> {
        self.explained(async {
            let rows: Vec<(String, String, Vec<u8>)> = sqlx::query_as(
                "SELECT c.id, d.kid, d.blob FROM connections c JOIN data_key d ON d.connection = c.key \
                 WHERE d.kid <> ? AND c.id > ? ORDER BY c.id LIMIT ?",
            )
            .bind(kid)
            .bind(after.map_or("", ConnectionId::as_str))
            .bind(limit)
            .fetch_all(&self.readers)
            .await?;
            Ok(rows.into_iter().map(|(id, kid, blob)| (ConnectionId(id), WrappedKey { kid, blob })).collect())
        })
        .await
    }

    async fn data_key_counts(&self) -> Result<Vec<(String, u64)>> {
        self.explained(async {
            let rows: Vec<(String, i64)> =
                sqlx::query_as("SELECT kid, count(*) FROM data_key GROUP BY kid ORDER BY kid")
                    .fetch_all(&self.readers)
                    .await?;
            Ok(rows.into_iter().map(|(kid, keys)| (kid, count(keys))).collect())
        })
        .await
    }

    async fn data_key_samples(&self, each: u32) -> Result<Vec<(ConnectionId, WrappedKey)>> {
        self.explained(async {
            let rows: Vec<(String, String, Vec<u8>)> = sqlx::query_as(
                "SELECT id, kid, blob FROM (SELECT c.id, d.kid, d.blob, \
                 row_number() OVER (PARTITION BY d.kid ORDER BY d.connection) AS place \
                 FROM data_key d JOIN connections c ON c.key = d.connection) WHERE place <= ?",
            )
            .bind(each)
            .fetch_all(&self.readers)
            .await?;
            Ok(rows.into_iter().map(|(id, kid, blob)| (ConnectionId(id), WrappedKey { kid, blob })).collect())
        })
        .await
    }

    async fn sealed_values(&self, connection: &ConnectionId) -> Result<Vec<SealedValue>> {
        self.explained(async {
            let rows: Vec<(String, i64, Vec<u8>)> = sqlx::query_as(
                "SELECT s.name, s.version, s.blob FROM sealed_value s JOIN connections c ON c.key = s.connection \
                 WHERE c.id = ? ORDER BY s.name",
            )
            .bind(connection.as_str())
            .fetch_all(&self.readers)
            .await?;
            Ok(rows.into_iter().map(|(name, version, blob)| SealedValue { name, version, blob }).collect())
        })
        .await
    }

    async fn replace_sealed_values(
        &self,
        connection: &ConnectionId,
        before: i64,
        values: &[SealedValue],
        now: Timestamp,
    ) -> Result<()> {
        self.explained(async {
            let mut tx = self.begin().await?;
            let row = key_of_existing(&mut tx, connection).await?;
            let version: Option<i64> = sqlx::query_scalar("SELECT max(version) FROM sealed_value WHERE connection = ?")
                .bind(row)
                .fetch_one(&mut *tx)
                .await?;
            if version.unwrap_or(0) != before {
                return Err(Error::Conflict { what: format!("the credentials of connection {connection}") }.into());
            }
            sqlx::query("DELETE FROM sealed_value WHERE connection = ?").bind(row).execute(&mut *tx).await?;
            insert_values(&mut tx, row, values, now).await?;
            Ok(tx.commit().await?)
        })
        .await
    }

    async fn drop_previous_secrets(&self, before: Timestamp) -> Result<u64> {
        self.explained(async {
            let done = sqlx::query("DELETE FROM sealed_value WHERE substr(name, 1, ?) = ? AND updated_at < ?")
                .bind(stored(PREVIOUS.len() as u64))
                .bind(PREVIOUS)
                .bind(before.as_unix_ms())
                .execute(&self.writer)
                .await?;
            Ok(done.rows_affected())
        })
        .await
    }

    async fn destroy_secrets(&self, connection: &ConnectionId) -> Result<()> {
        self.explained(async {
            let mut tx = self.begin().await?;
            let row = key_of_existing(&mut tx, connection).await?;
            for table in ["data_key", "sealed_value", "state_value"] {
                let sql = format!("DELETE FROM {table} WHERE connection = ?");
                sqlx::query(AssertSqlSafe(sql)).bind(row).execute(&mut *tx).await?;
            }
            Ok(tx.commit().await?)
        })
        .await
    }
}
