//! Connect sessions.

use connector_api::domain::{ConnectionId, Timestamp};
use sqlx::{AssertSqlSafe, FromRow};

use crate::{
    model::{
        connection::Environment,
        session::{CheckWindow, ConnectSession, Draft, SessionStatus},
    },
    store::{
        Store,
        db::{
            self,
            failure::Outcome,
            value::{from_json, optional_time, time, to_json, word},
        },
        error::Result,
    },
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
    webhook_received_at: Option<i64>,
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
            webhook_received_at: optional_time(self.webhook_received_at)?,
            result: self.result,
            result_key: self.result_key,
            redeemed_at: optional_time(self.redeemed_at)?,
            created_at: time(self.created_at)?,
            expires_at: time(self.expires_at)?,
        })
    }
}

impl Store {
    /// Adds a session, and forgets those that ended long ago.
    pub async fn insert_session(&self, session: &ConnectSession, forget_before: Timestamp) -> Result<()> {
        self.explained(|| async {
            let mut tx = self.begin().await?;
            db::query("DELETE FROM connect_session WHERE expires_at < $1")
                .bind(forget_before.as_unix_ms())
                .execute(&mut *tx)
                .await?;
            db::query(
                "INSERT INTO connect_session (id, token_hash, channel, connector_id, connection, reauth, redirect_url, \
                 state, merchant_id, locale, environment, status, draft, created_at, expires_at) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
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

    /// One session.
    pub async fn session(&self, id: &str) -> Result<Option<ConnectSession>> {
        self.explained(|| async {
            let row: Option<StoredSession> = db::query_as("SELECT * FROM connect_session WHERE id = $1")
                .bind(id)
                .fetch_optional(&self.readers)
                .await?;
            row.map(StoredSession::read).transpose()
        })
        .await
    }

    /// The session of a token.
    pub async fn session_of_token(&self, token_hash: &[u8]) -> Result<Option<ConnectSession>> {
        self.explained(|| async {
            let row: Option<StoredSession> = db::query_as("SELECT * FROM connect_session WHERE token_hash = $1")
                .bind(token_hash)
                .fetch_optional(&self.readers)
                .await?;
            row.map(StoredSession::read).transpose()
        })
        .await
    }

    /// The newest session for a connection that was checked, awaits the merchant's yes and has not expired.
    pub async fn checked_session(&self, connection: &ConnectionId, now: Timestamp) -> Result<Option<ConnectSession>> {
        self.explained(|| async {
            let row: Option<StoredSession> = db::query_as(
                "SELECT * FROM connect_session WHERE connection = $1 AND status = 'checked' AND expires_at > $2 \
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

    /// Notes that the platform has sent a webhook; the first time stays. Nothing happens unless the session is checked.
    pub async fn note_webhook_received(&self, id: &str, at: Timestamp) -> Result<()> {
        self.explained(|| async {
            db::query(
                "UPDATE connect_session SET webhook_received_at = $1 WHERE id = $2 AND status = 'checked' AND webhook_received_at IS NULL",
            )
            .bind(at.as_unix_ms())
            .bind(id)
            .execute(&self.writer)
            .await?;
            Ok(())
        })
        .await
    }

    /// Keeps what was typed; `false` unless the session is open or checked.
    pub async fn put_draft(&self, id: &str, draft: &Draft) -> Result<bool> {
        self.explained(|| async {
            let done =
                db::query("UPDATE connect_session SET draft = $1 WHERE id = $2 AND status IN ('open', 'checked')")
                    .bind(to_json("draft", draft)?)
                    .bind(id)
                    .execute(&self.writer)
                    .await?;
            Ok(done.rows_affected() == 1)
        })
        .await
    }

    /// Keeps what was checked, or forgets it, with what was received by it, and moves between open and checked accordingly; `false` unless the
    /// session is one of both.
    pub async fn put_checked(&self, id: &str, sealed: Option<&[u8]>) -> Result<bool> {
        self.explained(|| async {
            let status = if sealed.is_some() { SessionStatus::Checked } else { SessionStatus::Open };
            let done = db::query(
                "UPDATE connect_session SET sealed = $1, status = $2, webhook_received_at = NULL \
                 WHERE id = $3 AND status IN ('open', 'checked')",
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

    /// Moves a session from one state to another; `false` when it is not in the first. Ending it destroys what was
    /// sealed.
    pub async fn move_session(&self, id: &str, from: SessionStatus, to: SessionStatus) -> Result<bool> {
        self.explained(|| async {
            let ends = matches!(to, SessionStatus::Done | SessionStatus::Cancelled);
            let sql = format!(
                "UPDATE connect_session SET status = $1{} WHERE id = $2 AND status = $3",
                if ends { ", sealed = NULL" } else { "" }
            );
            let done = db::query(AssertSqlSafe(sql))
                .bind(to.as_str())
                .bind(id)
                .bind(from.as_str())
                .execute(&self.writer)
                .await?;
            Ok(done.rows_affected() == 1)
        })
        .await
    }

    /// Begins to confirm a session that is checked, at this replica; `false` when it is not checked.
    pub async fn begin_confirming(&self, id: &str, owner: &str) -> Result<bool> {
        self.explained(|| async {
            let done = db::query(
                "UPDATE connect_session SET status = 'confirming', confirming_by = $1 WHERE id = $2 AND status = 'checked'",
            )
            .bind(owner)
            .bind(id)
            .execute(&self.writer)
            .await?;
            Ok(done.rows_affected() == 1)
        })
        .await
    }

    /// Lets a session be confirmed again whose confirmation by this replica came to nothing.
    pub async fn stop_confirming(&self, id: &str, owner: &str) -> Result<()> {
        self.explained(|| async {
            db::query(
                "UPDATE connect_session SET status = 'checked' WHERE id = $1 AND status = 'confirming' AND confirming_by = $2",
            )
            .bind(id)
            .bind(owner)
            .execute(&self.writer)
            .await?;
            Ok(())
        })
        .await
    }

    /// Lets sessions be confirmed again whose confirmation was cut off with its replica; how many.
    pub async fn reopen_confirming_sessions(&self, now: Timestamp) -> Result<u64> {
        self.explained(|| async {
            let reopened = db::query(
                "UPDATE connect_session SET status = 'checked' WHERE status = 'confirming' AND NOT EXISTS \
                 (SELECT 1 FROM replica r WHERE r.owner = connect_session.confirming_by AND r.alive_until > $1)",
            )
            .bind(now.as_unix_ms())
            .execute(&self.writer)
            .await?;
            Ok(reopened.rows_affected())
        })
        .await
    }

    /// Counts a check of a session at `now`; when there were too many it is not counted, and the answer is how many milliseconds the
    /// next has to wait.
    pub async fn count_check(&self, id: &str, window: CheckWindow, now: Timestamp) -> Result<Option<i64>> {
        self.explained(|| async {
            let mut tx = self.begin().await?;
            let sql = format!("SELECT checks FROM connect_session WHERE id = $1 {}", tx.row_lock());
            let kept: Option<String> = db::query_scalar(AssertSqlSafe(sql)).bind(id).fetch_optional(&mut *tx).await?;
            let mut times: Vec<i64> = from_json("checks", kept.as_deref().unwrap_or("[]"))?;
            if let Some(wait_ms) = window.count(&mut times, now.as_unix_ms()) {
                return Ok(Some(wait_ms));
            }
            db::query("UPDATE connect_session SET checks = $1 WHERE id = $2")
                .bind(to_json("checks", &times)?)
                .bind(id)
                .execute(&mut *tx)
                .await?;
            tx.commit().await?;
            Ok(None)
        })
        .await
    }

    /// Ends a session that this replica confirms, with its result; `false` when it does not.
    pub async fn finish_session(&self, id: &str, owner: &str, result: &str, result_key: &[u8]) -> Result<bool> {
        self.explained(|| async {
            let done = db::query(
                "UPDATE connect_session SET status = 'done', sealed = NULL, draft = '{}', result = $1, result_key = $2 \
                 WHERE id = $3 AND status = 'confirming' AND confirming_by = $4",
            )
            .bind(result)
            .bind(result_key)
            .bind(id)
            .bind(owner)
            .execute(&self.writer)
            .await?;
            Ok(done.rows_affected() == 1)
        })
        .await
    }

    /// Marks the result as redeemed; `false` when it already is.
    pub async fn redeem_session(&self, id: &str, now: Timestamp) -> Result<bool> {
        self.explained(|| async {
            let done = db::query("UPDATE connect_session SET redeemed_at = $1 WHERE id = $2 AND redeemed_at IS NULL")
                .bind(now.as_unix_ms())
                .bind(id)
                .execute(&self.writer)
                .await?;
            Ok(done.rows_affected() == 1)
        })
        .await
    }

    /// Destroys what is sealed in sessions that have expired.
    pub async fn shred_expired_sessions(&self, now: Timestamp) -> Result<u64> {
        self.explained(|| async {
            let done =
                db::query("UPDATE connect_session SET sealed = NULL WHERE expires_at <= $1 AND sealed IS NOT NULL")
                    .bind(now.as_unix_ms())
                    .execute(&self.writer)
                    .await?;
            Ok(done.rows_affected())
        })
        .await
    }
}
