//! Sealed credentials and wrapped data keys.

use connector_api::domain::{ConnectionId, Timestamp};
use sqlx::AssertSqlSafe;

use crate::{
    model::secret::{NewSecrets, PREVIOUS, SealedValue, WrappedKey},
    store::{
        Store,
        db::{
            self,
            failure::Outcome,
            value::{count, stored},
        },
        error::{Error, Result},
        sql::connection::{key::key_of_existing, state},
    },
};

/// What is sealed for a connection that was just added.
pub(crate) async fn insert(
    tx: &mut db::Connection,
    connection: i64,
    secrets: &NewSecrets,
    now: Timestamp,
) -> Outcome<()> {
    if let Some(WrappedKey { kid, blob }) = &secrets.data_key {
        db::query("INSERT INTO data_key (connection, kid, blob) VALUES ($1, $2, $3)")
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
    tx: &mut db::Connection,
    connection: i64,
    values: &[SealedValue],
    now: Timestamp,
) -> Outcome<()> {
    for value in values {
        db::query("INSERT INTO sealed_value (connection, name, version, blob, updated_at) VALUES ($1, $2, $3, $4, $5)")
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

impl Store {
    /// The data key of a connection.
    pub async fn data_key(&self, connection: &ConnectionId) -> Result<Option<WrappedKey>> {
        self.explained(|| async {
            let row: Option<(String, Vec<u8>)> = db::query_as(
                "SELECT d.kid, d.blob FROM data_key d JOIN connections c ON c.key = d.connection WHERE c.id = $1",
            )
            .bind(connection.as_str())
            .fetch_optional(&self.readers)
            .await?;
            Ok(row.map(|(kid, blob)| WrappedKey { kid, blob }))
        })
        .await
    }

    /// Keeps a first data key and returns the one that holds: an earlier one, if somebody was faster.
    /// `Gone` when the connection does not exist.
    pub async fn ensure_data_key(&self, connection: &ConnectionId, key: &WrappedKey) -> Result<WrappedKey> {
        self.explained(|| async {
            let mut tx = self.begin().await?;
            let row = key_of_existing(&mut tx, connection).await?;
            db::query(
                "INSERT INTO data_key (connection, kid, blob) SELECT key, $1, $2 FROM connections \
                 WHERE key = $3 AND status <> 'disconnected' ON CONFLICT DO NOTHING",
            )
            .bind(&key.kid)
            .bind(key.blob.as_slice())
            .bind(row)
            .execute(&mut *tx)
            .await?;
            let key: Option<(String, Vec<u8>)> = db::query_as("SELECT kid, blob FROM data_key WHERE connection = $1")
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

    /// Puts `new` in place of `old`; `false` when the stored key is not `old` any more.
    pub async fn replace_data_key(
        &self,
        connection: &ConnectionId,
        old: &WrappedKey,
        new: &WrappedKey,
    ) -> Result<bool> {
        self.explained(|| async {
            let done = db::query(
                "UPDATE data_key SET kid = $1, blob = $2 WHERE kid = $3 AND blob = $4 \
                 AND connection = (SELECT key FROM connections WHERE id = $5)",
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

    /// Data keys wrapped by another key than `kid`, at most `limit`, in order of connection ids after `after`.
    pub async fn data_keys_not_wrapped_by(
        &self,
        kid: &str,
        after: Option<&ConnectionId>,
        limit: u32,
    ) -> Result<Vec<(ConnectionId, WrappedKey)>> {
        self.explained(|| async {
            let rows: Vec<(String, String, Vec<u8>)> = db::query_as(
                "SELECT c.id, d.kid, d.blob FROM connections c JOIN data_key d ON d.connection = c.key \
                 WHERE d.kid <> $1 AND c.id > $2 ORDER BY c.id LIMIT $3",
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

    /// How many data keys each key of the keyring wraps.
    pub async fn data_key_counts(&self) -> Result<Vec<(String, u64)>> {
        self.explained(|| async {
            let rows: Vec<(String, i64)> = db::query_as("SELECT kid, count(*) FROM data_key GROUP BY kid ORDER BY kid")
                .fetch_all(&self.readers)
                .await?;
            Ok(rows.into_iter().map(|(kid, keys)| (kid, count(keys))).collect())
        })
        .await
    }

    /// Some data keys of each key that wraps any, at most `each`.
    pub async fn data_key_samples(&self, each: u32) -> Result<Vec<(ConnectionId, WrappedKey)>> {
        self.explained(|| async {
            let rows: Vec<(String, String, Vec<u8>)> = db::query_as(
                "SELECT id, kid, blob FROM (SELECT c.id, d.kid, d.blob, \
                 row_number() OVER (PARTITION BY d.kid ORDER BY d.connection) AS place \
                 FROM data_key d JOIN connections c ON c.key = d.connection) AS ranked WHERE place <= $1",
            )
            .bind(each)
            .fetch_all(&self.readers)
            .await?;
            Ok(rows.into_iter().map(|(id, kid, blob)| (ConnectionId(id), WrappedKey { kid, blob })).collect())
        })
        .await
    }

    /// All sealed credentials of a connection.
    pub async fn sealed_values(&self, connection: &ConnectionId) -> Result<Vec<SealedValue>> {
        self.explained(|| async {
            let rows: Vec<(String, i64, Vec<u8>)> = db::query_as(
                "SELECT s.name, s.version, s.blob FROM sealed_value s JOIN connections c ON c.key = s.connection \
                 WHERE c.id = $1 ORDER BY s.name",
            )
            .bind(connection.as_str())
            .fetch_all(&self.readers)
            .await?;
            Ok(rows.into_iter().map(|(name, version, blob)| SealedValue { name, version, blob }).collect())
        })
        .await
    }

    /// Replaces the whole set of credentials. `before` is the version the caller read (0 for none); `Conflict` when it
    /// has changed, `Gone` when the connection does not exist.
    pub async fn replace_sealed_values(
        &self,
        connection: &ConnectionId,
        before: i64,
        values: &[SealedValue],
        now: Timestamp,
    ) -> Result<()> {
        self.explained(|| async {
            let mut tx = self.begin().await?;
            let row = key_of_existing(&mut tx, connection).await?;
            let version: Option<i64> = db::query_scalar("SELECT max(version) FROM sealed_value WHERE connection = $1")
                .bind(row)
                .fetch_one(&mut *tx)
                .await?;
            if version.unwrap_or(0) != before {
                return Err(Error::Conflict { what: format!("the credentials of connection {connection}") }.into());
            }
            db::query("DELETE FROM sealed_value WHERE connection = $1").bind(row).execute(&mut *tx).await?;
            insert_values(&mut tx, row, values, now).await?;
            Ok(tx.commit().await?)
        })
        .await
    }

    /// Destroys sealed credentials whose name begins with [`PREVIOUS`] and that were put before `before`; returns how many.
    pub async fn drop_previous_secrets(&self, before: Timestamp) -> Result<u64> {
        self.explained(|| async {
            let done = db::query(
                "DELETE FROM sealed_value WHERE substr(name, 1, CAST($1 AS INTEGER)) = $2 AND updated_at < $3",
            )
            .bind(stored(PREVIOUS.len() as u64))
            .bind(PREVIOUS)
            .bind(before.as_unix_ms())
            .execute(&self.writer)
            .await?;
            Ok(done.rows_affected())
        })
        .await
    }

    /// Destroys the data key of a connection and everything sealed with it; the connection itself stays.
    pub async fn destroy_secrets(&self, connection: &ConnectionId) -> Result<()> {
        self.explained(|| async {
            let mut tx = self.begin().await?;
            let row = key_of_existing(&mut tx, connection).await?;
            for table in ["data_key", "sealed_value", "state_value"] {
                let sql = format!("DELETE FROM {table} WHERE connection = $1");
                db::query(AssertSqlSafe(sql)).bind(row).execute(&mut *tx).await?;
            }
            Ok(tx.commit().await?)
        })
        .await
    }
}
