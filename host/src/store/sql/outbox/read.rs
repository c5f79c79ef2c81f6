//! Reading the outbox, and removing what is old.

use connector_api::domain::{ConnectionId, Timestamp};
use sqlx::{AssertSqlSafe, FromRow};

use crate::{
    model::outbox::{MAX_EVENTS, OutboxEvent, OutboxFilter, OutboxPage, is_wanted},
    store::{
        Store,
        db::{self, failure::Outcome, value::time},
        error::Result,
    },
};

/// Events looked at for one page, whether they are wanted or not.
const MOST_LOOKED_AT: u32 = 5_000;
/// Rows deleted at once: few enough that other writers wait for milliseconds only.
const PRUNE_ROWS: i64 = 5_000;

const COLUMNS: &str = "seq, id, connection, channel, test, type AS kind, subject, data, at, traceparent";

#[derive(FromRow)]
pub(crate) struct StoredEvent {
    seq: i64,
    id: String,
    connection: String,
    channel: Option<String>,
    test: bool,
    kind: String,
    subject: Option<String>,
    data: String,
    at: i64,
    traceparent: Option<String>,
}

impl StoredEvent {
    pub(crate) fn read(self) -> Outcome<OutboxEvent> {
        Ok(OutboxEvent {
            seq: self.seq,
            id: self.id,
            connection: ConnectionId(self.connection),
            channel: self.channel,
            is_test: self.test,
            kind: self.kind,
            subject: self.subject,
            data: self.data,
            traceparent: self.traceparent,
            at: time(self.at)?,
        })
    }
}

/// Events after a position, in one snapshot with where the outbox begins and ends.
pub(crate) async fn page(
    db: &mut db::Connection,
    filter: &OutboxFilter,
    position: i64,
    limit: u32,
) -> Outcome<OutboxPage> {
    let limit = limit.clamp(1, MAX_EVENTS);
    let head = head(db).await?;
    let oldest: Option<i64> = db::query_scalar("SELECT min(seq) FROM outbox").fetch_one(&mut *db).await?;
    let mut page =
        OutboxPage { events: vec![], position, more: true, removed_up_to: oldest.map_or(head, |oldest| oldest - 1) };
    for _ in 0..MOST_LOOKED_AT / MAX_EVENTS {
        let rows = looked_at(db, filter, ("seq > $1", "ASC"), page.position).await?;
        let is_last = rows.len() < MAX_EVENTS as usize;
        for row in rows {
            page.position = row.seq;
            if is_wanted(&filter.types, &row.kind) {
                page.events.push(row.read()?);
            }
            if page.events.len() == limit as usize {
                page.more = page.position < head;
                return Ok(page);
            }
        }
        if is_last {
            page.position = page.position.max(head);
            page.more = false;
            break;
        }
    }
    Ok(page)
}

/// Events before a position, newest first.
async fn page_before(db: &mut db::Connection, filter: &OutboxFilter, position: i64, limit: u32) -> Outcome<OutboxPage> {
    let limit = limit.clamp(1, MAX_EVENTS);
    let mut page = OutboxPage { position, more: true, ..OutboxPage::default() };
    for _ in 0..MOST_LOOKED_AT / MAX_EVENTS {
        let rows = looked_at(db, filter, ("seq < $1", "DESC"), page.position).await?;
        let is_last = rows.len() < MAX_EVENTS as usize;
        for row in rows {
            if page.events.len() == limit as usize {
                return Ok(page);
            }
            page.position = row.seq;
            if is_wanted(&filter.types, &row.kind) {
                page.events.push(row.read()?);
            }
        }
        if is_last {
            page.more = false;
            break;
        }
    }
    Ok(page)
}

/// The next events of a channel or connection from a position on, of every type.
async fn looked_at(
    db: &mut db::Connection,
    filter: &OutboxFilter,
    (where_from, order): (&str, &str),
    position: i64,
) -> Outcome<Vec<StoredEvent>> {
    let channel = filter.channel.as_ref().map_or("", |_| "AND channel = $2");
    let connection = filter.connection.as_ref().map_or("", |_| "AND connection = $3");
    let tests = if filter.tests_only { "AND test" } else { "" };
    let sql = format!(
        "SELECT {COLUMNS} FROM outbox WHERE {where_from} {channel} {connection} {tests} ORDER BY seq {order} LIMIT {MAX_EVENTS}"
    );
    let query = db::query_as(AssertSqlSafe(sql));
    Ok(query.bind(position).bind(&filter.channel).bind(&filter.connection).fetch_all(db).await?)
}

/// The newest event's `seq`, of all that were ever written.
async fn head(db: &mut db::Connection) -> Outcome<i64> {
    Ok(db::query_scalar("SELECT seq FROM outbox_head WHERE id = 1").fetch_one(db).await?)
}

impl Store {
    /// Events after `position`, oldest first. Looks at a limited number of events, so that a page may be short or empty
    /// although there is more.
    pub async fn outbox(&self, filter: &OutboxFilter, position: i64, limit: u32) -> Result<OutboxPage> {
        self.explained(|| async {
            let mut tx = self.readers.begin().await?;
            page(&mut tx, filter, position, limit).await
        })
        .await
    }

    /// Events before `position`, newest first; the page's `position` is where to go on. Looks at a limited number of
    /// events as well.
    pub async fn outbox_before(&self, filter: &OutboxFilter, position: i64, limit: u32) -> Result<OutboxPage> {
        self.explained(|| async { page_before(&mut self.readers.acquire().await?, filter, position, limit).await })
            .await
    }

    /// The newest event's `seq`, of all that were ever written; 0 when there was none.
    pub async fn outbox_head(&self) -> Result<i64> {
        self.explained(|| async { head(&mut self.readers.acquire().await?).await }).await
    }

    /// The last `seq` at or before a time; 0 when there is none.
    pub async fn outbox_position_at(&self, at: Timestamp) -> Result<i64> {
        self.explained(|| async {
            // Clocks may stand still or go back a little, the order of commits does not: where the first later one begins.
            let first_later: Option<i64> = db::query_scalar("SELECT min(seq) FROM outbox WHERE at > $1")
                .bind(at.as_unix_ms())
                .fetch_one(&self.readers)
                .await?;
            match first_later {
                Some(seq) => Ok(seq - 1),
                None => head(&mut self.readers.acquire().await?).await,
            }
        })
        .await
    }

    /// One event.
    pub async fn outbox_event(&self, id: &str) -> Result<Option<OutboxEvent>> {
        self.explained(|| async {
            let sql = AssertSqlSafe(format!("SELECT {COLUMNS} FROM outbox WHERE id = $1"));
            let row: Option<StoredEvent> = db::query_as(sql).bind(id).fetch_optional(&self.readers).await?;
            row.map(StoredEvent::read).transpose()
        })
        .await
    }

    /// Removes events older than `before` and attempts older than `attempts_before`, in small pieces; returns how many
    /// events.
    pub async fn prune_outbox(&self, before: Timestamp, attempts_before: Timestamp) -> Result<u64> {
        self.explained(|| async {
            const ATTEMPTS: &str =
                "DELETE FROM event_attempt WHERE seq IN (SELECT seq FROM event_attempt WHERE at < $1 ORDER BY at LIMIT $2)";
            const EVENTS: &str =
                "DELETE FROM outbox WHERE seq IN (SELECT seq FROM outbox WHERE seq < $1 ORDER BY seq LIMIT $2)";
            const DELIVERIES: &str = "DELETE FROM event_delivery WHERE (endpoint, event) IN \
                 (SELECT endpoint, event FROM event_delivery WHERE event < $1 LIMIT $2)";
            prune(self, ATTEMPTS, attempts_before.as_unix_ms()).await?;
            // Up to the first that is young enough, whatever the clock said of those behind it: what stays has no gap.
            let first_kept: Option<i64> = db::query_scalar("SELECT min(seq) FROM outbox WHERE at >= $1")
                .bind(before.as_unix_ms())
                .fetch_one(&self.readers)
                .await?;
            let first_kept = match first_kept {
                Some(seq) => seq,
                None => self.outbox_head().await? + 1,
            };
            let removed = prune(self, EVENTS, first_kept).await?;
            prune(self, DELIVERIES, first_kept).await?;
            Ok(removed)
        })
        .await
    }
}

/// Runs a deletion of what lies before an edge until there is nothing more.
pub(in crate::store) async fn prune(store: &Store, sql: &'static str, edge: i64) -> Outcome<u64> {
    let mut removed = 0;
    loop {
        let done = db::query(sql).bind(edge).bind(PRUNE_ROWS).execute(&store.writer).await?;
        removed += done.rows_affected();
        if done.rows_affected() < u64::try_from(PRUNE_ROWS).unwrap_or(u64::MAX) {
            return Ok(removed);
        }
    }
}
