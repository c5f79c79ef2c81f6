//! Sealed state values.

use connector_api::domain::{ConnectionId, Timestamp};

use crate::{
    model::state::{MAX_KEY_BYTES, MAX_VALUE_BYTES, MAX_VALUES, SEAL_OVERHEAD},
    store::{
        Store,
        db::{self, failure::Outcome},
        error::{Error, Result},
        sql::connection::key::key_of_existing,
    },
};

/// Sets a state value of a connection.
pub(crate) async fn put(
    tx: &mut db::Connection,
    connection: i64,
    key: &str,
    blob: &[u8],
    now: Timestamp,
) -> Outcome<()> {
    let over = |what: &str, limit: usize| Error::Limit { what: what.to_owned(), limit: limit as u64 };
    if key.len() > MAX_KEY_BYTES {
        return Err(over("the key of a state value, in bytes,", MAX_KEY_BYTES).into());
    }
    if blob.len() > MAX_VALUE_BYTES + SEAL_OVERHEAD {
        return Err(over("a state value, in bytes,", MAX_VALUE_BYTES).into());
    }
    db::query(
        "INSERT INTO state_value (connection, key, blob, updated_at) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (connection, key) DO UPDATE SET blob = excluded.blob, updated_at = excluded.updated_at",
    )
    .bind(connection)
    .bind(key)
    .bind(blob)
    .bind(now.as_unix_ms())
    .execute(&mut *tx)
    .await?;
    let values: i64 = db::query_scalar("SELECT count(*) FROM state_value WHERE connection = $1")
        .bind(connection)
        .fetch_one(&mut *tx)
        .await?;
    if values > i64::from(MAX_VALUES) {
        return Err(over("the number of state values of a connection", MAX_VALUES as usize).into());
    }
    Ok(())
}

impl Store {
    /// The sealed value of a key.
    pub async fn state_value(&self, connection: &ConnectionId, key: &str) -> Result<Option<Vec<u8>>> {
        self.explained(|| async {
            Ok(db::query_scalar(
                "SELECT s.blob FROM state_value s JOIN connections c ON c.key = s.connection \
                 WHERE c.id = $1 AND s.key = $2",
            )
            .bind(connection.as_str())
            .bind(key)
            .fetch_optional(&self.readers)
            .await?)
        })
        .await
    }

    /// Sets a sealed value. `Limit` when it is too large or there are too many, `Gone` without the connection.
    pub async fn put_state_value(
        &self,
        connection: &ConnectionId,
        key: &str,
        blob: &[u8],
        now: Timestamp,
    ) -> Result<()> {
        self.explained(|| async {
            let mut tx = self.begin().await?;
            let row = key_of_existing(&mut tx, connection).await?;
            put(&mut tx, row, key, blob, now).await?;
            Ok(tx.commit().await?)
        })
        .await
    }

    /// Removes a value; `false` when there is none.
    pub async fn delete_state_value(&self, connection: &ConnectionId, key: &str) -> Result<bool> {
        self.explained(|| async {
            let done = db::query(
                "DELETE FROM state_value WHERE connection = (SELECT key FROM connections WHERE id = $1) AND key = $2",
            )
            .bind(connection.as_str())
            .bind(key)
            .execute(&self.writer)
            .await?;
            Ok(done.rows_affected() == 1)
        })
        .await
    }

    /// The keys that have a value, in order.
    pub async fn state_keys(&self, connection: &ConnectionId) -> Result<Vec<String>> {
        self.explained(|| async {
            Ok(db::query_scalar(
                "SELECT s.key FROM state_value s JOIN connections c ON c.key = s.connection WHERE c.id = $1 \
                 ORDER BY s.key",
            )
            .bind(connection.as_str())
            .fetch_all(&self.readers)
            .await?)
        })
        .await
    }
}
