//! Endpoints of events.

use sqlx::{AssertSqlSafe, FromRow};

use crate::{
    model::{
        endpoint::{Backlog, Endpoint, MAX_ENDPOINTS},
        outbox::Audience,
        paging::{Listing, PageQuery},
    },
    store::{
        Store,
        db::{
            self,
            failure::Outcome,
            value::{count, from_json, optional_time, time, to_json},
        },
        error::{Error, Result},
        sql::channel,
    },
};

#[derive(FromRow)]
pub(crate) struct StoredEndpoint {
    id: String,
    version: i64,
    channel: Option<String>,
    tests_only: bool,
    url: String,
    description: String,
    types: String,
    secret: Vec<u8>,
    former_secret: Option<Vec<u8>>,
    former_until: Option<i64>,
    disabled_at: Option<i64>,
    disabled_reason: Option<String>,
    position: i64,
    #[sqlx(try_from = "i64")]
    failures: u32,
    cooldown_until: i64,
    created_at: i64,
    updated_at: i64,
    last_success_at: Option<i64>,
    last_failure_at: Option<i64>,
}

impl StoredEndpoint {
    pub(crate) fn read(self) -> Outcome<Endpoint> {
        Ok(Endpoint {
            id: self.id,
            version: self.version,
            channel: self.channel,
            tests_only: self.tests_only,
            url: self.url,
            description: self.description,
            types: from_json("event types", &self.types)?,
            secret: self.secret,
            former_secret: self.former_secret,
            former_until: optional_time(self.former_until)?,
            disabled_at: optional_time(self.disabled_at)?,
            disabled_reason: self.disabled_reason,
            position: self.position,
            failures: self.failures,
            cooldown_until: optional_time(Some(self.cooldown_until).filter(|until| *until > 0))?,
            created_at: time(self.created_at)?,
            updated_at: time(self.updated_at)?,
            last_success_at: optional_time(self.last_success_at)?,
            last_failure_at: optional_time(self.last_failure_at)?,
        })
    }
}

impl Store {
    /// Adds an endpoint and sets its version to 1. `Limit` when its owner has [`MAX_ENDPOINTS`].
    pub async fn insert_endpoint(&self, endpoint: &mut Endpoint) -> Result<()> {
        let new = &*endpoint;
        self.explained(|| async {
            let mut tx = self.begin().await?;
            channel::hold(&mut tx, new.channel.as_deref()).await?;
            let there: i64 =
                db::query_scalar("SELECT count(*) FROM event_endpoint WHERE channel IS NOT DISTINCT FROM $1")
                    .bind(new.channel.as_deref())
                    .fetch_one(&mut *tx)
                    .await?;
            if there >= i64::from(MAX_ENDPOINTS) {
                let what = "the number of endpoints for events".to_owned();
                return Err(Error::Limit { what, limit: MAX_ENDPOINTS.into() }.into());
            }
            db::query(
                "INSERT INTO event_endpoint (id, version, channel, tests_only, url, description, types, secret, \
                 position, created_at, updated_at) VALUES ($1, 1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
            )
            .bind(&new.id)
            .bind(new.channel.as_deref())
            .bind(new.tests_only)
            .bind(&new.url)
            .bind(&new.description)
            .bind(to_json("event types", &new.types)?)
            .bind(new.secret.as_slice())
            .bind(new.position)
            .bind(new.created_at.as_unix_ms())
            .bind(new.updated_at.as_unix_ms())
            .execute(&mut *tx)
            .await?;
            tx.commit().await?;
            Ok(())
        })
        .await?;
        endpoint.version = 1;
        Ok(())
    }

    /// One endpoint.
    pub async fn endpoint(&self, id: &str) -> Result<Option<Endpoint>> {
        self.explained(|| async {
            let row: Option<StoredEndpoint> = db::query_as("SELECT * FROM event_endpoint WHERE id = $1")
                .bind(id)
                .fetch_optional(&self.readers)
                .await?;
            row.map(StoredEndpoint::read).transpose()
        })
        .await
    }

    /// Writes what people may change, if nobody else has since it was read: address, description, types, secrets,
    /// whether it is disabled. Ends a rest. `Conflict` when somebody has.
    pub async fn update_endpoint(&self, endpoint: &mut Endpoint) -> Result<()> {
        let changed = &*endpoint;
        self.explained(|| async {
            let done = db::query(
                "UPDATE event_endpoint SET version = version + 1, url = $1, description = $2, types = $3, secret = $4, \
                 former_secret = $5, former_until = $6, disabled_at = $7, disabled_reason = $8, updated_at = $9, \
                 failures = 0, cooldown_until = 0 WHERE id = $10 AND version = $11",
            )
            .bind(&changed.url)
            .bind(&changed.description)
            .bind(to_json("event types", &changed.types)?)
            .bind(changed.secret.as_slice())
            .bind(changed.former_secret.as_deref())
            .bind(changed.former_until.map(connector_api::domain::Timestamp::as_unix_ms))
            .bind(changed.disabled_at.map(connector_api::domain::Timestamp::as_unix_ms))
            .bind(changed.disabled_reason.as_deref())
            .bind(changed.updated_at.as_unix_ms())
            .bind(&changed.id)
            .bind(changed.version)
            .execute(&self.writer)
            .await?;
            if done.rows_affected() == 0 {
                return Err(Error::Conflict { what: format!("endpoint {}", changed.id) }.into());
            }
            Ok(())
        })
        .await?;
        endpoint.version += 1;
        (endpoint.failures, endpoint.cooldown_until) = (0, None);
        Ok(())
    }

    /// Endpoints, oldest first; those that an audience may look after.
    pub async fn endpoints(&self, audience: &Audience, page: &PageQuery) -> Result<Listing<Endpoint>> {
        self.explained(|| async {
            let limit = page.effective_limit();
            let own = audience.channel.as_ref().map_or("", |_| "AND channel = $3");
            let tests = if audience.tests_only { "AND tests_only" } else { "" };
            let sql = format!("SELECT * FROM event_endpoint WHERE id > $1 {own} {tests} ORDER BY id LIMIT $2");
            let mut query = db::query_as(AssertSqlSafe(sql)).bind(page.key()?.unwrap_or_default()).bind(limit + 1);
            if let Some(channel) = &audience.channel {
                query = query.bind(channel.clone());
            }
            let rows: Vec<StoredEndpoint> = query.fetch_all(&self.readers).await?;
            let rows = rows.into_iter().map(StoredEndpoint::read).collect::<Outcome<Vec<_>>>()?;
            Ok(Listing::from_overread(rows, limit, |endpoint| endpoint.id.clone()))
        })
        .await
    }

    /// Removes an endpoint with all that waits for it; `false` when there is none.
    pub async fn delete_endpoint(&self, id: &str) -> Result<bool> {
        self.explained(|| async {
            let done = db::query("DELETE FROM event_endpoint WHERE id = $1").bind(id).execute(&self.writer).await?;
            Ok(done.rows_affected() == 1)
        })
        .await
    }

    /// What is to be sent again to an endpoint.
    pub async fn backlog(&self, id: &str) -> Result<Backlog> {
        self.explained(|| async {
            let (retrying, dead_lettered): (i64, i64) = db::query_as(
                "SELECT count(*) - count(d.dead_lettered_at), count(d.dead_lettered_at) FROM event_delivery d \
                 JOIN event_endpoint e ON e.key = d.endpoint WHERE e.id = $1",
            )
            .bind(id)
            .fetch_one(&self.readers)
            .await?;
            Ok(Backlog { retrying: count(retrying), dead_lettered: count(dead_lettered) })
        })
        .await
    }

    /// Puts newly sealed secrets in place of those read before; `false` when they have changed meanwhile. Keeps the
    /// version.
    pub async fn reseal_endpoint(&self, before: &Endpoint, secret: &[u8], former: Option<&[u8]>) -> Result<bool> {
        self.explained(|| async {
            let done = db::query(
                "UPDATE event_endpoint SET secret = $1, former_secret = $2 \
                 WHERE id = $3 AND secret = $4 AND former_secret IS NOT DISTINCT FROM $5",
            )
            .bind(secret)
            .bind(former)
            .bind(&before.id)
            .bind(before.secret.as_slice())
            .bind(before.former_secret.as_deref())
            .execute(&self.writer)
            .await?;
            Ok(done.rows_affected() == 1)
        })
        .await
    }
}
