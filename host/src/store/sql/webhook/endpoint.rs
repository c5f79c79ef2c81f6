//! What is kept of a connection's webhooks as a whole: whether unsigned ones are accepted, and whether they have fallen silent.

use connector_api::domain::{ConnectionId, Timestamp};

use crate::{
    model::event::ConnectionEvent,
    store::{
        Store,
        db::{self, failure::Outcome, value::time},
        error::Result,
        sql::connection::{event, key::key_of_existing, record},
    },
};

impl Store {
    /// Whether deliveries without proof are accepted as hints.
    pub async fn allow_unsigned(&self, connection: &ConnectionId, allowed: bool) -> Result<()> {
        self.explained(|| async {
            let mut tx = self.begin().await?;
            let key = key_of_existing(&mut tx, connection).await?;
            db::query(
                "INSERT INTO webhook_endpoint (connection, allow_unsigned) VALUES ($1, $2) \
                 ON CONFLICT (connection) DO UPDATE SET allow_unsigned = excluded.allow_unsigned",
            )
            .bind(key)
            .bind(allowed)
            .execute(&mut *tx)
            .await?;
            Ok(tx.commit().await?)
        })
        .await
    }

    /// Notes since when nothing comes, with an event; the next delivery ends it, with another. `false` when it was known.
    pub async fn note_silence(&self, connection: &ConnectionId, since: Timestamp, now: Timestamp) -> Result<bool> {
        self.explained(|| async {
            let mut tx = self.begin().await?;
            let key = key_of_existing(&mut tx, connection).await?;
            let done = db::query(
                "INSERT INTO webhook_endpoint (connection, silent_since) VALUES ($1, $2) \
         ON CONFLICT (connection) DO UPDATE SET silent_since = excluded.silent_since WHERE webhook_endpoint.silent_since IS NULL",
            )
            .bind(key)
            .bind(since.as_unix_ms())
            .execute(&mut *tx)
            .await?;
            let is_news = done.rows_affected() > 0;
            if is_news {
                let silence = silence_event(connection.clone(), Some(since), now);
                record::add(&mut tx, &silence, None).await?;
            }
            tx.commit().await?;
            Ok(is_news)
        })
        .await
    }
}

/// The next delivery ends the silence.
pub(crate) async fn break_silence(tx: &mut db::Connection, key: i64, at: i64) -> Outcome<()> {
    let id: String = db::query_scalar(
        "UPDATE webhook_endpoint SET silent_since = NULL WHERE connection = $1 \
         RETURNING (SELECT id FROM connections WHERE key = connection)",
    )
    .bind(key)
    .fetch_one(&mut *tx)
    .await?;
    let event = silence_event(ConnectionId(id), None, time(at)?);
    event::insert(tx, &event, None).await.map(drop)
}

/// What is recorded when webhooks fall silent, and when they come again.
fn silence_event(connection_id: ConnectionId, since: Option<Timestamp>, at: Timestamp) -> ConnectionEvent {
    let (kind, cause) = match since {
        Some(since) => (
            "webhooks_silent",
            format!(
                "syncs find changes, but no webhook has come since {since}: look whether the platform still sends them \
                 to this host's address"
            ),
        ),
        None => ("webhooks_back", "a webhook has come again".to_owned()),
    };
    ConnectionEvent {
        seq: 0,
        connection_id,
        kind: kind.to_owned(),
        before: None,
        after: None,
        cause: Some(cause),
        actor: Some("webhooks".to_owned()),
        at,
    }
}
