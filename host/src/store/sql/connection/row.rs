//! Connections.

use connector_api::{
    domain::{ConnectionId, Timestamp},
    wire::validate::StoreIdentity,
};
use sqlx::{AssertSqlSafe, FromRow};

use crate::{
    model::{
        audit::AuditEntry,
        connection::{Connection, ConnectionFilter, ConnectionStatus, Environment, Health, SyncFailure, SyncStanding},
        event::ConnectionEvent,
        paging::{Listing, PageQuery},
        secret::NewSecrets,
    },
    store::{
        Store,
        db::{
            self,
            failure::Outcome,
            value::{count, from_json, optional_time, time, to_json, unreadable},
        },
        error::{Error, Result},
        sql::{
            audit,
            connection::{
                event,
                key::{key_of, key_of_existing},
                secret,
            },
            outbox::emit,
            upkeep::maintenance::purge_connection,
        },
    },
};

const SELECT: &str = "SELECT id, version, connector_id, plugin_version, label, environment, status, status_cause, \
     status_remedy, status_since, status_actor, channel, merchant_id, store_host, store_id, store_name, settings, credentials, findings, created_at, \
     updated_at, validated_at, paused_at, sync_good_at AS good_at, \
     sync_failures AS failures, sync_failed_since AS failed_since, sync_error AS last_error FROM connections";

/// Most connections that [`Store::connections_of_store`] returns.
const MAX_DUPLICATES: u32 = 20;

#[derive(FromRow)]
struct StoredConnection {
    id: String,
    version: i64,
    connector_id: String,
    plugin_version: String,
    label: String,
    environment: String,
    status: String,
    status_cause: Option<String>,
    status_remedy: Option<String>,
    status_since: i64,
    status_actor: Option<String>,
    channel: Option<String>,
    merchant_id: Option<String>,
    store_host: Option<String>,
    store_id: Option<String>,
    store_name: Option<String>,
    settings: String,
    credentials: String,
    findings: String,
    created_at: i64,
    updated_at: i64,
    validated_at: Option<i64>,
    paused_at: Option<i64>,
    #[sqlx(flatten)]
    sync: StoredStanding,
}

#[derive(FromRow)]
struct StoredStanding {
    good_at: Option<i64>,
    #[sqlx(try_from = "i64")]
    failures: u32,
    failed_since: Option<i64>,
    last_error: Option<String>,
}

impl StoredStanding {
    fn read(self) -> Outcome<SyncStanding> {
        Ok(SyncStanding {
            last_good_at: optional_time(self.good_at)?,
            failed_in_a_row: self.failures,
            failing_since: optional_time(self.failed_since)?,
            last_error: self.last_error,
        })
    }
}

impl StoredConnection {
    fn read(self) -> Outcome<Connection> {
        let status = ConnectionStatus::from_word(&self.status);
        let environment = Environment::from_word(&self.environment);
        let store = self.store_host.map(|host| StoreIdentity {
            host,
            store_id: self.store_id.unwrap_or_default(),
            name: self.store_name.unwrap_or_default(),
        });
        Ok(Connection {
            id: ConnectionId(self.id),
            version: self.version,
            connector_id: self.connector_id,
            plugin_version: self.plugin_version,
            channel_id: self.channel,
            merchant_id: self.merchant_id,
            label: self.label,
            environment: environment.ok_or_else(|| unreadable("environment", self.environment))?,
            health: Health {
                status: status.ok_or_else(|| unreadable("connection status", self.status))?,
                cause: self.status_cause,
                remedy: self.status_remedy,
                since: time(self.status_since)?,
                actor: self.status_actor,
            },
            store,
            settings: from_json("settings", &self.settings)?,
            credentials: from_json("credential status", &self.credentials)?,
            findings: from_json("findings", &self.findings)?,
            created_at: time(self.created_at)?,
            updated_at: time(self.updated_at)?,
            validated_at: optional_time(self.validated_at)?,
            paused_at: optional_time(self.paused_at)?,
            sync: self.sync.read()?,
        })
    }
}

impl Store {
    /// Adds a connection together with what is sealed for it, sets its version to 1 and records its first state: nobody
    /// ever sees it without its credentials. `Conflict` when the id exists.
    pub async fn insert_sealed_connection(&self, connection: &mut Connection, secrets: &NewSecrets) -> Result<()> {
        let new = &*connection;
        self.explained(|| async {
            const INSERT: &str = "INSERT INTO connections (version, plugin_version, label, environment, status, \
                 status_cause, status_remedy, status_since, status_actor, store_host, store_id, store_name, settings, \
                 credentials, findings, updated_at, validated_at, paused_at, id, connector_id, channel, merchant_id, \
                 created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23) \
                 ON CONFLICT DO NOTHING";
            let mut tx = self.begin().await?;
            store_is_free(&mut tx, new).await?;
            let done = bind_changeable(db::query(INSERT).bind(1), new)?
                .bind(new.id.as_str())
                .bind(&new.connector_id)
                .bind(new.channel_id.as_deref())
                .bind(new.merchant_id.as_deref())
                .bind(new.created_at.as_unix_ms())
                .execute(&mut *tx)
                .await?;
            if done.rows_affected() == 0 {
                // On a server another transaction may have connected the store since.
                store_is_free(&mut tx, new).await?;
                return Err(Error::Conflict { what: format!("connection {}", new.id) }.into());
            }
            let key = key_of_existing(&mut tx, &new.id).await?;
            secret::insert(&mut tx, key, secrets, new.created_at).await?;
            event::record_status(&mut tx, new, None).await?;
            tx.commit().await?;
            Ok(())
        })
        .await?;
        connection.version = 1;
        Ok(())
    }

    /// Adds a connection that has no secrets.
    pub async fn insert_connection(&self, connection: &mut Connection) -> Result<()> {
        self.insert_sealed_connection(connection, &NewSecrets::default()).await
    }

    /// One connection.
    pub async fn connection(&self, id: &ConnectionId) -> Result<Option<Connection>> {
        self.explained(|| async { one(&mut self.readers.acquire().await?, id).await }).await
    }

    /// Writes a changed connection if nobody else has since it was read, raises its `version`, and records a change of
    /// state as an event.
    /// `Conflict` when somebody has, `Gone` when it was removed. Id, connector, channel and creation time never change.
    pub async fn update_connection(&self, connection: &mut Connection) -> Result<()> {
        self.update_and_record(connection, None).await
    }

    /// The same, and records in the same transaction what was done to it, and who did it.
    pub async fn update_recorded(&self, connection: &mut Connection, record: &ConnectionEvent) -> Result<()> {
        self.update_and_record(connection, Some(record)).await
    }

    async fn update_and_record(&self, connection: &mut Connection, done: Option<&ConnectionEvent>) -> Result<()> {
        let changed = &*connection;
        self.explained(|| async {
            const UPDATE: &str = "UPDATE connections SET version = $1, plugin_version = $2, label = $3, environment = $4, \
                 status = $5, status_cause = $6, status_remedy = $7, status_since = $8, status_actor = $9, store_host = $10, \
                 store_id = $11, store_name = $12, settings = $13, credentials = $14, findings = $15, updated_at = $16, \
                 validated_at = $17, paused_at = $18 WHERE id = $19 AND version = $20 AND status <> 'disconnected'";
            let mut tx = self.begin().await?;
            let before = one(&mut tx, &changed.id).await?;
            if before.as_ref().is_some_and(|before| before.store.is_none()) {
                store_is_free(&mut tx, changed).await?;
            }
            let updated = bind_changeable(db::query(UPDATE).bind(changed.version + 1), changed)?
                .bind(changed.id.as_str())
                .bind(changed.version)
                .execute(&mut *tx)
                .await?;
            if updated.rows_affected() == 0 {
                let what = format!("connection {}", changed.id);
                return Err(match before {
                    Some(before) if before.health.status == ConnectionStatus::Disconnected => {
                        Error::Refused(format!("{what} was disconnected; it stays as it is"))
                    }
                    Some(_) => Error::Conflict { what },
                    None => Error::Gone { what },
                }
                .into());
            }
            let was_paused = before.as_ref().is_some_and(|before| before.paused_at.is_some());
            event::record_status(&mut tx, changed, before.map(|before| before.health.status)).await?;
            if let Some(done) = done {
                event::insert(&mut tx, done, None).await?;
            }
            let actor = done.and_then(|done| done.actor.as_deref());
            emit::health::emit_pause(&mut tx, changed, was_paused, actor).await?;
            tx.commit().await?;
            Ok(())
        })
        .await?;
        connection.version += 1;
        Ok(())
    }

    /// Notes how a sync went, and gives how the connection's syncs go now; nothing when it does not exist. Changes neither
    /// its state nor its version. Without a failure the sync went well.
    pub async fn note_sync(
        &self,
        id: &ConnectionId,
        failure: Option<&SyncFailure>,
        now: Timestamp,
    ) -> Result<Option<SyncStanding>> {
        self.explained(|| async {
            const RETURNED: &str = "WHERE id = $1 RETURNING sync_good_at AS good_at, \
                 sync_failures AS failures, sync_failed_since AS failed_since, sync_error AS last_error";
            let good = format!(
                "UPDATE connections SET sync_good_at = $2, sync_failures = 0, sync_failed_since = NULL, \
                 sync_error = NULL {RETURNED}"
            );
            let failed = format!(
                "UPDATE connections SET sync_failed_since = coalesce(sync_failed_since, $2), \
                 sync_failures = {}(sync_failures + 1, $3), sync_error = $4 {RETURNED}",
                self.dialect().least()
            );
            let query = match failure {
                None => db::query_as(AssertSqlSafe(good)).bind(id.as_str()).bind(now.as_unix_ms()),
                Some(SyncFailure { error, counts_up_to }) => {
                    let query = db::query_as(AssertSqlSafe(failed)).bind(id.as_str()).bind(now.as_unix_ms());
                    query.bind(counts_up_to).bind(error)
                }
            };
            let standing: Option<StoredStanding> = query.fetch_optional(&self.writer).await?;
            standing.map(StoredStanding::read).transpose()
        })
        .await
    }

    /// Forgets that syncs failed: the reason of the failures was taken away.
    pub async fn forget_sync_failures(&self, id: &ConnectionId) -> Result<()> {
        self.explained(|| async {
            db::query(
                "UPDATE connections SET sync_failures = 0, sync_failed_since = NULL, sync_error = NULL WHERE id = $1",
            )
            .bind(id.as_str())
            .execute(&self.writer)
            .await?;
            Ok(())
        })
        .await
    }

    /// Connections, oldest first.
    pub async fn connections(&self, filter: &ConnectionFilter, page: &PageQuery) -> Result<Listing<Connection>> {
        self.explained(|| async {
            let sql = AssertSqlSafe(format!(
                "{SELECT} WHERE id > $1 AND ($2 IS NULL OR connector_id = $2) AND ($3 IS NULL OR status = $3) \
                 AND ($5 IS NULL OR channel = $5) AND ($6 IS NULL OR environment = $6) ORDER BY id LIMIT $4"
            ));
            let limit = page.effective_limit();
            let rows: Vec<StoredConnection> = db::query_as(sql)
                .bind(page.key()?.unwrap_or_default())
                .bind(filter.connector_id.as_deref())
                .bind(filter.status.map(ConnectionStatus::as_str))
                .bind(limit + 1)
                .bind(filter.channel_id.as_deref())
                .bind(filter.environment.map(Environment::as_str))
                .fetch_all(&self.readers)
                .await?;
            let rows = rows.into_iter().map(StoredConnection::read).collect::<Outcome<Vec<_>>>()?;
            Ok(Listing::from_overread(rows, limit, |connection| connection.id.0.clone()))
        })
        .await
    }

    /// The connections that serve the same store; more than one only when a merchant connected it twice.
    pub async fn connections_of_store(
        &self,
        connector_id: &str,
        host: &str,
        store_id: &str,
    ) -> Result<Vec<Connection>> {
        self.explained(|| async {
            let sql = AssertSqlSafe(format!(
                "{SELECT} WHERE connector_id = $1 AND store_host = $2 AND store_id = $3 ORDER BY id LIMIT {MAX_DUPLICATES}"
            ));
            let rows: Vec<StoredConnection> =
                db::query_as(sql).bind(connector_id).bind(host).bind(store_id).fetch_all(&self.readers).await?;
            rows.into_iter().map(StoredConnection::read).collect()
        })
        .await
    }

    /// Connectors of connections that are not disconnected, with how many each has.
    pub async fn connectors_in_use(&self) -> Result<Vec<(String, u64)>> {
        self.explained(|| async {
            let rows: Vec<(String, i64)> = db::query_as(
                "SELECT connector_id, count(*) FROM connections WHERE status <> 'disconnected' \
                 GROUP BY connector_id ORDER BY connector_id",
            )
            .fetch_all(&self.readers)
            .await?;
            Ok(rows.into_iter().map(|(connector, connections)| (connector, count(connections))).collect())
        })
        .await
    }

    /// Removes a connection with all it has, `false` when there is none. Its data key, secrets and sync state are gone
    /// when the first transaction commits; a large catalog follows in small pieces, so that others can write meanwhile.
    /// What a crash leaves of it is unreachable and removed by the next [`Store::purge`].
    pub async fn remove_connection(&self, id: &ConnectionId, audit: &AuditEntry) -> Result<bool> {
        let removed = self.explained(|| async {
            let mut tx = self.begin().await?;
            let Some(key) = key_of(&mut tx, id).await? else { return Ok(None) };
            if let Some(connection) = one(&mut tx, id).await? {
                emit::health::emit_removal(&mut tx, &connection, audit.at).await?;
            }
            db::query("DELETE FROM data_key WHERE connection = $1").bind(key).execute(&mut *tx).await?;
            db::query("DELETE FROM connections WHERE key = $1").bind(key).execute(&mut *tx).await?;
            db::query("INSERT INTO removed_connection (key) VALUES ($1)").bind(key).execute(&mut *tx).await?;
            audit::insert(&mut tx, audit).await?;
            tx.commit().await?;
            Ok(Some(key))
        });
        let Some(key) = removed.await? else { return Ok(false) };
        self.explained(|| purge_connection(self, key)).await?;
        Ok(true)
    }
}

/// One connection, as this transaction sees it.
pub(crate) async fn one(db: &mut db::Connection, id: &ConnectionId) -> Outcome<Option<Connection>> {
    let sql = AssertSqlSafe(format!("{SELECT} WHERE id = $1"));
    let row: Option<StoredConnection> = db::query_as(sql).bind(id.as_str()).fetch_optional(db).await?;
    row.map(StoredConnection::read).transpose()
}

/// Refuses a second connection of a channel to one store; inside the transaction that would write it.
async fn store_is_free(tx: &mut db::Connection, connection: &Connection) -> Outcome<()> {
    let (Some(channel), Some(store)) = (&connection.channel_id, &connection.store) else { return Ok(()) };
    let taken: Option<String> = db::query_scalar(
        "SELECT id FROM connections WHERE channel = $1 AND connector_id = $2 AND store_host = $3 AND store_id = $4 \
         AND status <> 'disconnected' AND id <> $5 ORDER BY key LIMIT 1",
    )
    .bind(channel)
    .bind(&connection.connector_id)
    .bind(&store.host)
    .bind(&store.store_id)
    .bind(connection.id.as_str())
    .fetch_optional(tx)
    .await?;
    match taken {
        Some(id) => Err(Error::AlreadyConnected { connection: ConnectionId(id) }.into()),
        None => Ok(()),
    }
}

/// Binds the columns that an update may change, in the order both statements name them.
fn bind_changeable(query: db::Query, connection: &Connection) -> Outcome<db::Query> {
    let store = connection.store.as_ref();
    let health = &connection.health;
    Ok(query
        .bind(connection.plugin_version.clone())
        .bind(connection.label.clone())
        .bind(connection.environment.as_str())
        .bind(health.status.as_str())
        .bind(health.cause.clone())
        .bind(health.remedy.clone())
        .bind(health.since.as_unix_ms())
        .bind(health.actor.clone())
        .bind(store.map(|store| store.host.clone()))
        .bind(store.map(|store| store.store_id.clone()))
        .bind(store.map(|store| store.name.clone()))
        .bind(to_json("settings", &connection.settings)?)
        .bind(to_json("credential status", &connection.credentials)?)
        .bind(to_json("findings", &connection.findings)?)
        .bind(connection.updated_at.as_unix_ms())
        .bind(connection.validated_at.map(Timestamp::as_unix_ms))
        .bind(connection.paused_at.map(Timestamp::as_unix_ms)))
}
