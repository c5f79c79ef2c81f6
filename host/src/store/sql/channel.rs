//! Channels, keys and sign-ins.

use connector_api::domain::Timestamp;
use sqlx::{AssertSqlSafe, FromRow};

use crate::{
    model::{
        audit::AuditEntry,
        channel::{ApiKey, Channel, LIVE_KEYS, LocalQuotes},
        connection::Environment,
        paging::{Listing, PageQuery},
    },
    store::{
        Store,
        db::{
            self,
            failure::Outcome,
            value::{from_json, optional_time, time, to_json, unreadable},
        },
        error::{Error, Result},
        sql::{audit, replica},
    },
};

const SELECT_KEY: &str =
    "SELECT k.id, k.channel, k.environment, k.label, k.hash, k.created_at, k.last_used_at, k.revoked_at FROM api_key k";

/// Most keys that [`ChannelStore::keys`] returns.
const MAX_KEYS: u32 = 100;

#[derive(FromRow)]
struct StoredChannel {
    id: String,
    version: i64,
    name: String,
    logo_url: Option<String>,
    accent_color: Option<String>,
    redirect_urls: String,
    allowed_connectors: String,
    frame_ancestors: String,
    local_quotes: String,
    created_at: i64,
    updated_at: i64,
}

impl StoredChannel {
    fn read(self) -> Outcome<Channel> {
        Ok(Channel {
            id: self.id,
            version: self.version,
            name: self.name,
            logo_url: self.logo_url,
            accent_color: self.accent_color,
            redirect_urls: from_json("redirect addresses", &self.redirect_urls)?,
            allowed_connectors: from_json("allowed connectors", &self.allowed_connectors)?,
            frame_ancestors: from_json("frame ancestors", &self.frame_ancestors)?,
            local_quotes: LocalQuotes::from_word(&self.local_quotes)
                .ok_or_else(|| unreadable("policy for local quotes", self.local_quotes))?,
            created_at: time(self.created_at)?,
            updated_at: time(self.updated_at)?,
        })
    }
}

#[derive(FromRow)]
struct StoredKey {
    id: String,
    channel: Option<String>,
    environment: String,
    label: String,
    hash: Vec<u8>,
    created_at: i64,
    last_used_at: Option<i64>,
    revoked_at: Option<i64>,
}

impl StoredKey {
    fn read(self) -> Outcome<ApiKey> {
        let environment = Environment::from_word(&self.environment);
        Ok(ApiKey {
            id: self.id,
            channel_id: self.channel,
            environment: environment.ok_or_else(|| unreadable("environment", self.environment))?,
            label: self.label,
            hash: self.hash,
            created_at: time(self.created_at)?,
            last_used_at: optional_time(self.last_used_at)?,
            revoked_at: optional_time(self.revoked_at)?,
        })
    }
}

/// Binds the columns that a change may touch, in the order both statements name them.
fn bind_changeable(query: db::Query, channel: &Channel) -> Outcome<db::Query> {
    Ok(query
        .bind(channel.name.clone())
        .bind(channel.logo_url.clone())
        .bind(channel.accent_color.clone())
        .bind(to_json("redirect addresses", &channel.redirect_urls)?)
        .bind(to_json("allowed connectors", &channel.allowed_connectors)?)
        .bind(to_json("frame ancestors", &channel.frame_ancestors)?)
        .bind(channel.local_quotes.as_str())
        .bind(channel.updated_at.as_unix_ms()))
}

/// Keeps others from adding to a channel, or to what operators have: what is counted now is still so when it is written.
pub(crate) async fn hold(tx: &mut db::Connection, channel: Option<&str>) -> Outcome<()> {
    let Some(channel) = channel else { return replica::hold(tx, "operators").await };
    if tx.locks_rows() {
        let sql = format!("SELECT id FROM channel WHERE id = $1 {}", tx.row_lock());
        db::query(AssertSqlSafe(sql)).bind(channel).execute(tx).await?;
    }
    Ok(())
}

impl Store {
    /// Adds a channel and sets its version to 1.
    pub async fn insert_channel(&self, channel: &mut Channel, audit: &AuditEntry) -> Result<()> {
        let new = &*channel;
        self.explained(|| async {
            const INSERT: &str = "INSERT INTO channel (version, name, logo_url, accent_color, redirect_urls, \
                 allowed_connectors, frame_ancestors, local_quotes, updated_at, id, created_at) \
                 VALUES (1, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
            let mut tx = self.begin().await?;
            bind_changeable(db::query(INSERT), new)?
                .bind(&new.id)
                .bind(new.created_at.as_unix_ms())
                .execute(&mut *tx)
                .await?;
            audit::insert(&mut tx, audit).await?;
            Ok(tx.commit().await?)
        })
        .await?;
        channel.version = 1;
        Ok(())
    }

    /// One channel.
    pub async fn channel(&self, id: &str) -> Result<Option<Channel>> {
        self.explained(|| async {
            let row: Option<StoredChannel> =
                db::query_as("SELECT * FROM channel WHERE id = $1").bind(id).fetch_optional(&self.readers).await?;
            row.map(StoredChannel::read).transpose()
        })
        .await
    }

    /// Writes a changed channel if nobody else has since it was read. `Conflict` when somebody has.
    pub async fn update_channel(&self, channel: &mut Channel, audit: &AuditEntry) -> Result<()> {
        let changed = &*channel;
        self.explained(|| async {
            const UPDATE: &str = "UPDATE channel SET version = version + 1, name = $1, logo_url = $2, accent_color = $3, \
                 redirect_urls = $4, allowed_connectors = $5, frame_ancestors = $6, local_quotes = $7, \
                 updated_at = $8 \
                 WHERE id = $9 AND version = $10";
            let mut tx = self.begin().await?;
            let done = bind_changeable(db::query(UPDATE), changed)?
                .bind(&changed.id)
                .bind(changed.version)
                .execute(&mut *tx)
                .await?;
            if done.rows_affected() == 0 {
                return Err(Error::Conflict { what: format!("channel {}", changed.id) }.into());
            }
            audit::insert(&mut tx, audit).await?;
            Ok(tx.commit().await?)
        })
        .await?;
        channel.version += 1;
        Ok(())
    }

    /// Channels, oldest first.
    pub async fn channels(&self, page: &PageQuery) -> Result<Listing<Channel>> {
        self.explained(|| async {
            let limit = page.effective_limit();
            let rows: Vec<StoredChannel> = db::query_as("SELECT * FROM channel WHERE id > $1 ORDER BY id LIMIT $2")
                .bind(page.key()?.unwrap_or_default())
                .bind(limit + 1)
                .fetch_all(&self.readers)
                .await?;
            let rows = rows.into_iter().map(StoredChannel::read).collect::<Outcome<Vec<_>>>()?;
            Ok(Listing::from_overread(rows, limit, |channel| channel.id.clone()))
        })
        .await
    }

    /// Adds a key. `Limit` when the channel has [`LIVE_KEYS`] valid keys. Operators may have any number.
    pub async fn insert_key(&self, key: &ApiKey, audit: &AuditEntry) -> Result<()> {
        self.explained(|| async {
            let mut tx = self.begin().await?;
            hold(&mut tx, key.channel_id.as_deref()).await?;
            let live: i64 = db::query_scalar("SELECT count(*) FROM api_key WHERE channel = $1 AND revoked_at IS NULL")
                .bind(key.channel_id.as_deref())
                .fetch_one(&mut *tx)
                .await?;
            if live >= i64::from(LIVE_KEYS) {
                let what = "the number of keys of a channel that work at the same time".to_owned();
                return Err(Error::Limit { what, limit: LIVE_KEYS.into() }.into());
            }
            insert(&mut tx, key).await?;
            audit::insert(&mut tx, audit).await?;
            Ok(tx.commit().await?)
        })
        .await
    }

    /// Adds the first key of operators; `false` when they have one that works.
    pub async fn insert_first_key(&self, key: &ApiKey, audit: &AuditEntry) -> Result<bool> {
        self.explained(|| async {
            let mut tx = self.begin().await?;
            hold(&mut tx, None).await?;
            let live: i64 =
                db::query_scalar("SELECT count(*) FROM api_key WHERE channel IS NULL AND revoked_at IS NULL")
                    .fetch_one(&mut *tx)
                    .await?;
            if live > 0 {
                return Ok(false);
            }
            insert(&mut tx, key).await?;
            audit::insert(&mut tx, audit).await?;
            tx.commit().await?;
            Ok(true)
        })
        .await
    }

    /// One key, revoked or not.
    pub async fn key(&self, id: &str) -> Result<Option<ApiKey>> {
        self.explained(|| async {
            let sql = AssertSqlSafe(format!("{SELECT_KEY} WHERE k.id = $1"));
            let row: Option<StoredKey> = db::query_as(sql).bind(id).fetch_optional(&self.readers).await?;
            row.map(StoredKey::read).transpose()
        })
        .await
    }

    /// Keys of a channel, or of operators, newest first; at most 100.
    pub async fn keys(&self, channel: Option<&str>) -> Result<Vec<ApiKey>> {
        self.explained(|| async {
            let sql = AssertSqlSafe(format!(
                "{SELECT_KEY} WHERE k.channel IS NOT DISTINCT FROM $1 ORDER BY k.created_at DESC, k.id LIMIT {MAX_KEYS}"
            ));
            let rows: Vec<StoredKey> = db::query_as(sql).bind(channel).fetch_all(&self.readers).await?;
            rows.into_iter().map(StoredKey::read).collect()
        })
        .await
    }

    /// Ends a key and every sign-in made with it; `false` when there is none that works.
    pub async fn revoke_key(&self, channel: Option<&str>, id: &str, audit: &AuditEntry) -> Result<bool> {
        self.explained(|| async {
            let mut tx = self.begin().await?;
            let done = db::query(
                "UPDATE api_key SET revoked_at = $1 WHERE id = $2 AND channel IS NOT DISTINCT FROM $3 AND revoked_at IS NULL",
            )
            .bind(audit.at.as_unix_ms())
            .bind(id)
            .bind(channel)
            .execute(&mut *tx)
            .await?;
            db::query("DELETE FROM login WHERE key = $1").bind(id).execute(&mut *tx).await?;
            let is_revoked = done.rows_affected() == 1;
            if is_revoked {
                audit::insert(&mut tx, audit).await?;
            }
            tx.commit().await?;
            Ok(is_revoked)
        })
        .await
    }

    /// Notes that a key was used.
    pub async fn touch_key(&self, id: &str, now: Timestamp) -> Result<()> {
        self.explained(|| async {
            db::query("UPDATE api_key SET last_used_at = $1 WHERE id = $2")
                .bind(now.as_unix_ms())
                .bind(id)
                .execute(&self.writer)
                .await?;
            Ok(())
        })
        .await
    }

    /// Keeps a sign-in until it expires, and forgets those that have.
    pub async fn insert_login(&self, hash: &[u8], key: &str, now: Timestamp, expires_at: Timestamp) -> Result<()> {
        self.explained(|| async {
            let mut tx = self.begin().await?;
            db::query("DELETE FROM login WHERE expires_at <= $1").bind(now.as_unix_ms()).execute(&mut *tx).await?;
            db::query("INSERT INTO login (hash, key, expires_at) VALUES ($1, $2, $3)")
                .bind(hash)
                .bind(key)
                .bind(expires_at.as_unix_ms())
                .execute(&mut *tx)
                .await?;
            Ok(tx.commit().await?)
        })
        .await
    }

    /// The key that a sign-in was made with, while both hold.
    pub async fn key_of_login(&self, hash: &[u8], now: Timestamp) -> Result<Option<ApiKey>> {
        self.explained(|| async {
            let sql = AssertSqlSafe(format!(
                "{SELECT_KEY} JOIN login l ON l.key = k.id WHERE l.hash = $1 AND l.expires_at > $2 AND k.revoked_at IS NULL"
            ));
            let row: Option<StoredKey> =
                db::query_as(sql).bind(hash).bind(now.as_unix_ms()).fetch_optional(&self.readers).await?;
            row.map(StoredKey::read).transpose()
        })
        .await
    }

    /// Ends a sign-in.
    pub async fn delete_login(&self, hash: &[u8]) -> Result<()> {
        self.explained(|| async {
            db::query("DELETE FROM login WHERE hash = $1").bind(hash).execute(&self.writer).await?;
            Ok(())
        })
        .await
    }
}

async fn insert(tx: &mut db::Connection, key: &ApiKey) -> Outcome<()> {
    db::query(
        "INSERT INTO api_key (id, channel, environment, label, hash, created_at) VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(&key.id)
    .bind(key.channel_id.as_deref())
    .bind(key.environment.as_str())
    .bind(&key.label)
    .bind(key.hash.as_slice())
    .bind(key.created_at.as_unix_ms())
    .execute(tx)
    .await?;
    Ok(())
}
