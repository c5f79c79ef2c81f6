//! What happened to connections.

use connector_api::domain::ConnectionId;
use sqlx::FromRow;

use crate::{
    model::{
        connection::{Connection, ConnectionStatus},
        event::ConnectionEvent,
        paging::{Listing, PageQuery},
    },
    store::{
        Store,
        db::{self, failure::Outcome, value::time},
        error::{Error, Result},
        sql::outbox::emit,
    },
};

#[derive(FromRow)]
struct StoredEvent {
    seq: i64,
    connection: String,
    kind: String,
    before: Option<String>,
    after: Option<String>,
    cause: Option<String>,
    actor: Option<String>,
    at: i64,
}

impl StoredEvent {
    fn read(self) -> Outcome<ConnectionEvent> {
        Ok(ConnectionEvent {
            seq: self.seq,
            connection_id: ConnectionId(self.connection),
            kind: self.kind,
            before: self.before,
            after: self.after,
            cause: self.cause,
            actor: self.actor,
            at: time(self.at)?,
        })
    }
}

/// Records a change of state and reports it, in the transaction that makes it; nothing when it stays the same.
pub(crate) async fn record_status(
    tx: &mut db::Connection,
    connection: &Connection,
    before: Option<ConnectionStatus>,
) -> Outcome<()> {
    let health = &connection.health;
    if before == Some(health.status) {
        return Ok(());
    }
    let event = ConnectionEvent {
        seq: 0,
        connection_id: connection.id.clone(),
        kind: "status".to_owned(),
        before: before.map(|before| before.as_str().to_owned()),
        after: Some(health.status.as_str().to_owned()),
        cause: health.cause.clone(),
        actor: health.actor.clone(),
        at: connection.updated_at,
    };
    insert(tx, &event, None).await?;
    emit::health::emit_status(tx, connection, before).await
}

pub(crate) async fn insert(db: &mut db::Connection, event: &ConnectionEvent, once: Option<&str>) -> Outcome<bool> {
    let done = db::query(
        "INSERT INTO connection_event (connection, kind, before, after, cause, actor, at, once) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (once) DO NOTHING",
    )
    .bind(event.connection_id.as_str())
    .bind(&event.kind)
    .bind(event.before.as_deref())
    .bind(event.after.as_deref())
    .bind(event.cause.as_deref())
    .bind(event.actor.as_deref())
    .bind(event.at.as_unix_ms())
    .bind(once)
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

impl Store {
    /// Events of a connection, newest first.
    pub async fn events(&self, connection: &ConnectionId, page: &PageQuery) -> Result<Listing<ConnectionEvent>> {
        self.explained(|| async {
            let limit = page.effective_limit();
            let refused = |_| Error::Refused("`cursor` is not one of this list; begin it again without it".to_owned());
            let before: Option<i64> = page.key()?.map(|key| key.parse().map_err(refused)).transpose()?;
            let rows: Vec<StoredEvent> = db::query_as(
                "SELECT seq, connection, kind, before, after, cause, actor, at FROM connection_event \
                 WHERE connection = $1 AND seq < $2 ORDER BY seq DESC LIMIT $3",
            )
            .bind(connection.as_str())
            .bind(before.unwrap_or(i64::MAX))
            .bind(limit + 1)
            .fetch_all(&self.readers)
            .await?;
            let rows = rows.into_iter().map(StoredEvent::read).collect::<Outcome<Vec<_>>>()?;
            Ok(Listing::from_overread(rows, limit, |event| event.seq.to_string()))
        })
        .await
    }
}
