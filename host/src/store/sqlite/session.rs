//! Connect sessions in SQLite.

use async_trait::async_trait;
use connector_api::domain::{ConnectionId, Timestamp};
use sqlx::{AssertSqlSafe, FromRow};

use super::{SqliteStores, event::word, failure::Outcome, from_json, optional_time, time, to_json};
use crate::store::{
    connection::Environment,
    error::Result,
    session::{ConnectSession, Draft, SessionStatus, SessionStore},
};

#[derive(FromRow)]
struct StoredSession {
    id: String,
    token_hash: Vec<u8>,
    channel: String,
    connector_id: String,
    connection: String,
    reauth: bool,
    redirect_url: String,
    state: Option<String>,
    merchant_id: Option<String>,
    locale: Option<String>,
    environment: String,
    status: String,
    draft: String,
    sealed: Option<Vec<u8>>,
    heard_at: Option<i64>,
    result: Option<String>,
    result_key: Option<Vec<u8>>,
    redeemed_at: Option<i64>,
    created_at: i64,
    expires_at: i64,
}

impl StoredSession {
    fn read(self) -> Outcome<ConnectSession> {
        Ok(ConnectSession {
            id: self.id,
            token_hash: self.token_hash,
            channel_id: self.channel,
            connector_id: self.connector_id,
            connection: ConnectionId(self.connection),
            reauth: self.reauth,
            redirect_url: self.redirect_url,
            state: self.state,
            merchant_id: self.merchant_id,
            locale: self.locale,
            environment: word("environment", self.environment, Environment::from_word)?,
            status: word("session status", self.status, SessionStatus::from_word)?,
            draft: from_json("draft", &self.draft)?,
            sealed: self.sealed,
            heard_at: optional_time(self.heard_at)?,
            result: self.result,
            result_key: self.result_key,
            redeemed_at: optional_time(self.redeemed_at)?,
            created_at: time(self.created_at)?,
            expires_at: time(self.expires_at)?,
        })
    }
}

#[async_trait]
impl SessionStore for SqliteStores {
    async fn insert_session(&self, session: &ConnectSession, forget_before: Timestamp) -> Result<()> {
        self.explained(async {
            let mut tx = self.begin().await?;
            sqlx::query("DELETE FROM connect_session WHERE expires_at < ?")
                .bind(forget_before.as_unix_ms())
                .execute(&mut *tx)
                .await?;
            sqlx::query(
                "INSERT INTO connect_session (id, token_hash, channel, connector_id, connection, reauth, redirect_url, \
                 state, merchant_id, locale, environment, status, draft, created_at, expires_at) \
                 VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            )
            .bind(&session.id)
            .bind(session.token_hash.as_slice())
            .bind(&session.channel_id)
            .bind(&session.connector_id)
            .bind(session.connection.as_str())
            .bind(session.reauth)
            .bind(&session.redirect_url)
            .bind(session.state.as_deref())
            .bind(session.merchant_id.as_deref())
            .bind(session.locale.as_deref())
            .bind(session.environment.as_str())
            .bind(session.status.as_str())
            .bind(to_json("draft", &session.draft)?)
            .bind(session.created_at.as_unix_ms())
            .bind(session.expires_at.as_unix_ms())
            .execute(&mut *tx)
            .await?;
            Ok(tx.commit().await?)
        })
        .await
    }

    async fn session(&self, id: &str) -> Result<Option<ConnectSession>> {
        self.explained(async {
            let row: Option<StoredSession> = sqlx::query_as("SELECT * FROM connect_session WHERE id = ?")
                .bind(id)
                .fetch_optional(&self.readers)
                .await?;
            row.map(StoredSession::read).transpose()
        })
        .await
    }

    async fn session_of_token(&self, token_hash: &[u8]) -> Result<Option<ConnectSession>> {
        self.explained(async {
            let row: Option<StoredSession> = sqlx::query_as("SELECT * FROM connect_session WHERE token_hash = ?")
                .bind(token_hash)
                .fetch_optional(&self.readers)
                .await?;
            row.map(StoredSession::read).transpose()
        })
        .await
    }

    async fn checked_session(&self, connection: &ConnectionId, now: Timestamp) -> Result<Option<ConnectSession>> {
        self.explained(async {
            let row: Option<StoredSession> = sqlx::query_as(
                "SELECT * FROM connect_session WHERE connection = ? AND status = 'checked' AND expires_at > ? \
                 ORDER BY created_at DESC, id DESC LIMIT 1",
            )
            .bind(connection.as_str())
            .bind(now.as_unix_ms())
            .fetch_optional(&self.readers)
            .await?;
            row.map(StoredSession::read).transpose()
        })
        .await
    }

    async fn note_heard(&self, id: &str, at: Timestamp) -> Result<()> {
        self.explained(async {
            sqlx::query(
                "UPDATE connect_session SET heard_at = ? WHERE id = ? AND status = 'checked' AND heard_at IS NULL",
            )
            .bind(at.as_unix_ms())
            .bind(id)
            .execute(&self.writer)
            .await?;
            Ok(())
        })
        .await
    }

    async fn put_draft(&self, id: &str, draft: &Draft) -> Result<bool> {
        self.explained(async {
            let done =
                sqlx::query("UPDATE connect_session SET draft = ? WHERE id = ? AND status IN ('open', 'checked')")
                    .bind(to_json("draft", draft)?)
                    .bind(id)
                    .execute(&self.writer)
                    .await?;
            Ok(done.rows_affected() == 1)
        })
        .await
    }

    async fn put_checked(&self, id: &str, sealed: Option<&[u8]>) -> Result<bool> {
        self.explained(async {
            let status = if sealed.is_some() { SessionStatus::Checked } else { SessionStatus::Open };
            let done = sqlx::query(
                "UPDATE connect_session SET sealed = ?, status = ?, heard_at = NULL \
                 WHERE id = ? AND status IN ('open', 'checked')",
            )
            .bind(sealed)
            .bind(status.as_str())
            .bind(id)
            .execute(&self.writer)
            .await?;
            Ok(done.rows_affected() == 1)
        })
        .await
    }

    async fn move_session(&self, id: &str, from: SessionStatus, to: SessionStatus) -> Result<bool> {
        self.explained(async {
            let ends = matches!(to, SessionStatus::Done | SessionStatus::Cancelled);
            let sql = format!(
                "UPDATE connect_session SET status = ?{} WHERE id = ? AND status = ?",
                if ends { ", sealed = NULL" } else { "" }
            );
            let done = sqlx::query(AssertSqlSafe(sql))
                .bind(to.as_str())
                .bind(id)
                .bind(from.as_str())
                .execute(&self.writer)
                .await?;
            Ok(done.rows_affected() == 1)
        })
        .await
    }

    async fn reopen_confirming_sessions(&self) -> Result<u64> {
        self.explained(async {
            let reopened = sqlx::query("UPDATE connect_session SET status = ? WHERE status = ?")
                .bind(SessionStatus::Checked.as_str())
                .bind(SessionStatus::Confirming.as_str())
                .execute(&self.writer)
                .await?;
            Ok(reopened.rows_affected())
        })
        .await
    }

    async fn finish_session(&self, id: &str, result: &str, result_key: &[u8]) -> Result<bool> {
        self.explained(async {
            let done = sqlx::query(
                "UPDATE connect_session SET status = 'done', sealed = NULL, draft = '{}', result = ?, result_key = ? \
                 WHERE id = ? AND status = 'confirming'",
            )
            .bind(result)
            .bind(result_key)
            .bind(id)
            .execute(&self.writer)
            .await?;
            Ok(done.rows_affected() == 1)
        })
        .await
    }

    async fn redeem_session(&self, id: &str, now: Timestamp) -> Result<bool> {
        self.explained(async {
            let done = sqlx::query("UPDATE connect_session SET redeemed_at = ? WHERE id = ? AND redeemed_at IS NULL")
                .bind(now.as_unix_ms())
                .bind(id)
                .execute(&self.writer)
                .await?;
            Ok(done.rows_affected() == 1)
        })
        .await
    }

    async fn shred_expired_sessions(&self, now: Timestamp) -> Result<u64> {
        self.explained(async {
            let done =
                sqlx::query("UPDATE connect_session SET sealed = NULL WHERE expires_at <= ? AND sealed IS NOT NULL")
                    .bind(now.as_unix_ms())
                    .execute(&self.writer)
                    .await?;
            Ok(done.rows_affected())
        })
        .await
    }
}
