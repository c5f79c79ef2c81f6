//! The audit log: written in the transaction of the change it names, and never changed.

use connector_api::domain::{ConnectionId, Timestamp};
use sqlx::{AssertSqlSafe, FromRow};

use crate::{
    model::{
        audit::{AuditAction, AuditEntry, AuditFilter},
        connection::{Connection, ConnectionStatus},
        event::ConnectionEvent,
        paging::{BadCursor, Listing, PageQuery},
    },
    store::{
        Store,
        db::{self, failure::Outcome, value::time},
        error::{Error, Result},
        sql::outbox::read::prune,
    },
};

#[derive(FromRow)]
struct StoredEntry {
    seq: i64,
    at: i64,
    actor: String,
    action: String,
    connection: Option<String>,
    subject: Option<String>,
    detail: Option<String>,
}

impl StoredEntry {
    fn read(self) -> Outcome<AuditEntry> {
        Ok(AuditEntry {
            seq: self.seq,
            at: time(self.at)?,
            actor: self.actor,
            action: self.action,
            connection_id: self.connection.map(ConnectionId),
            subject: self.subject,
            detail: self.detail,
        })
    }
}

/// Writes an entry, in the transaction of the change.
pub(crate) async fn insert(tx: &mut db::Connection, entry: &AuditEntry) -> Outcome<()> {
    db::query("INSERT INTO audit (at, actor, action, connection, subject, detail) VALUES ($1, $2, $3, $4, $5, $6)")
        .bind(entry.at.as_unix_ms())
        .bind(&entry.actor)
        .bind(&entry.action)
        .bind(entry.connection_id.as_ref().map(ConnectionId::as_str))
        .bind(entry.subject.as_deref())
        .bind(entry.detail.as_deref())
        .execute(tx)
        .await?;
    Ok(())
}

/// Writes that a connection was made or ended: both are changes of its state.
pub(crate) async fn insert_status(
    tx: &mut db::Connection,
    connection: &Connection,
    before: Option<ConnectionStatus>,
) -> Outcome<()> {
    let (action, detail) = match (before, connection.health.status) {
        (None, _) => (AuditAction::ConnectionCreated, Some(connection.connector_id.clone())),
        (Some(_), ConnectionStatus::Disconnected) => (AuditAction::ConnectionDisconnected, None),
        _ => return Ok(()),
    };
    let Some(actor) = &connection.health.actor else { return Ok(()) };
    let entry = AuditEntry::new(actor, action, connection.updated_at).of_connection(&connection.id);
    insert(tx, &AuditEntry { detail, ..entry }).await
}

/// Writes what somebody did to a connection, as far as its event says so.
pub(crate) async fn insert_event(tx: &mut db::Connection, event: &ConnectionEvent) -> Outcome<()> {
    // Causes of what is done with a person's data begin with the reference that somebody typed, which may name them.
    let counts =
        || event.cause.as_deref().and_then(|cause| cause.rsplit_once(": ")).map(|(_, counts)| counts.to_owned());
    let (action, detail) = match event.kind.as_str() {
        "paused" => (AuditAction::ConnectionPaused, None),
        "resumed" => (AuditAction::ConnectionResumed, None),
        "customer_exported" => (AuditAction::CustomerExported, counts()),
        "customer_erased" => (AuditAction::CustomerErased, counts()),
        _ => return Ok(()),
    };
    let Some(actor) = &event.actor else { return Ok(()) };
    let entry = AuditEntry::new(actor, action, event.at).of_connection(&event.connection_id);
    insert(tx, &AuditEntry { detail, ..entry }).await
}

impl Store {
    /// Writes an entry of a change that is more than one call of the store, before it is made.
    pub async fn record_audit(&self, entry: &AuditEntry) -> Result<()> {
        self.explained(|| async {
            let mut tx = self.begin().await?;
            insert(&mut tx, entry).await?;
            Ok(tx.commit().await?)
        })
        .await
    }

    /// Entries, newest first unless the oldest are asked for.
    pub async fn audit_entries(&self, filter: &AuditFilter, page: &PageQuery) -> Result<Listing<AuditEntry>> {
        self.explained(|| async {
            let limit = page.effective_limit();
            let key: Option<i64> =
                page.key()?.map(|key| key.parse().map_err(|_| Error::from(BadCursor))).transpose()?;
            let (side, order, start) = if filter.oldest_first { (">", "ASC", 0) } else { ("<", "DESC", i64::MAX) };
            // A condition that a missing value fulfils would keep the index from being used.
            let of_connection =
                if filter.connection.is_some() { "connection = $2" } else { "CAST($2 AS TEXT) IS NULL" };
            let by_actor = self.dialect().contains("actor", "$3");
            let sql = format!(
                "SELECT seq, at, actor, action, connection, subject, detail FROM audit WHERE seq {side} $1 \
                 AND {of_connection} AND (CAST($3 AS TEXT) IS NULL OR {by_actor}) \
                 AND ($4 IS NULL OR action LIKE $4 ESCAPE '\\') AND at >= $5 AND at < $6 ORDER BY seq {order} LIMIT $7"
            );
            let rows: Vec<StoredEntry> = db::query_as(AssertSqlSafe(sql))
                .bind(key.unwrap_or(start))
                .bind(filter.connection.as_deref())
                .bind(filter.actor.as_deref())
                .bind(filter.action.as_deref().map(action_pattern))
                .bind(filter.since.map_or(i64::MIN, Timestamp::as_unix_ms))
                .bind(filter.until.map_or(i64::MAX, Timestamp::as_unix_ms))
                .bind(limit + 1)
                .fetch_all(&self.readers)
                .await?;
            let rows = rows.into_iter().map(StoredEntry::read).collect::<Outcome<Vec<_>>>()?;
            Ok(Listing::from_overread(rows, limit, |entry| entry.seq.to_string()))
        })
        .await
    }

    /// Removes entries from before a time; returns how many.
    pub async fn prune_audit(&self, before: Timestamp) -> Result<u64> {
        const ENTRIES: &str =
            "DELETE FROM audit WHERE seq IN (SELECT seq FROM audit WHERE at < $1 ORDER BY at LIMIT $2)";
        self.explained(|| prune(self, ENTRIES, before.as_unix_ms())).await
    }
}

/// An action, or `connection.*` for all of a group. Their words have `_` in them, which stands for itself.
fn action_pattern(action: &str) -> String {
    let escaped = action.replace('_', "\\_");
    escaped.strip_suffix('*').map_or_else(|| escaped.clone(), |group| format!("{group}%"))
}
