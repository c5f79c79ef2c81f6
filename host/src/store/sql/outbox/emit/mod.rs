//! Writing events into the outbox, in the transaction that makes them true.
//!
//! [`add`] is the one way in. [`catalog_changes`] emits what a transaction has [changed](changes) in offers, prices and stock, [`health`]
//! what has happened to a connection, [`record`] what has changed in orders and what belongs to them, [`run`] how a sync goes.

pub(crate) mod catalog_changes;
pub(crate) mod changes;
pub(crate) mod health;
mod offer;
pub(crate) mod price;
pub(crate) mod record;
mod row_change;
pub(crate) mod run;
mod stock;

use connector_api::domain::Timestamp;
use serde::Serialize;

use crate::{
    model::{outbox::EventType, run::uuid7},
    store::db::{
        self,
        bulk::Statement,
        failure::Outcome,
        value::{stored, time, to_json, unreadable},
    },
    trace,
};

/// Most prices, variants or locations in one event.
const MOST_ROWS: usize = 100;

/// An event to be written.
#[derive(Debug)]
pub(crate) struct NewEvent {
    kind: EventType,
    subject: Option<String>,
    data: String,
    once: Option<String>,
}

/// Whose events they are, and who receives them.
#[derive(Debug, Clone)]
pub(crate) struct Audience {
    pub(crate) connection: String,
    pub(crate) channel: Option<String>,
    /// Whether the connection is for tests.
    pub(crate) is_test: bool,
}

impl NewEvent {
    /// An event about something inside the connection, such as `offers/10`.
    pub(crate) fn about(kind: EventType, subject: String, data: &impl Serialize) -> Outcome<Self> {
        Ok(Self { subject: Some(subject), ..Self::new(kind, data)? })
    }

    /// An event about the connection as a whole.
    pub(crate) fn new(kind: EventType, data: &impl Serialize) -> Outcome<Self> {
        Ok(Self { kind, subject: None, data: to_json("event", data)?, once: None })
    }

    /// Written only if no event of this key was before.
    pub(crate) fn once(self, key: String) -> Self {
        Self { once: Some(key), ..self }
    }
}

/// Writes events of a connection, given by its row key; they hold if the transaction does. Returns how many are new.
pub(crate) async fn add(tx: &mut db::Connection, connection: i64, now: i64, events: &[NewEvent]) -> Outcome<u64> {
    if events.is_empty() {
        return Ok(0);
    }
    let (id, channel, is_test) =
        db::query_as("SELECT id, channel, environment = 'test' FROM connections WHERE key = $1")
            .bind(connection)
            .fetch_optional(&mut *tx)
            .await?
            .ok_or_else(|| unreadable("connection", "it has no row"))?;
    add_for(tx, &Audience { connection: id, channel, is_test }, time(now)?, events).await
}

/// As [`add`], where it is known who receives them.
pub(crate) async fn add_for(
    tx: &mut db::Connection,
    audience: &Audience,
    now: Timestamp,
    events: &[NewEvent],
) -> Outcome<u64> {
    const INSERT: Statement = Statement {
        head: "INSERT INTO outbox (seq, id, connection, channel, test, type, subject, data, at, once, traceparent) VALUES",
        columns: 11,
        tail: "ON CONFLICT (once) WHERE once IS NOT NULL DO NOTHING",
    };
    let events = not_yet_written(tx, events).await?;
    let Some(last) = take_sequence(tx, events.len()).await? else { return Ok(0) };
    let first = last.saturating_sub(stored(events.len() as u64)) + 1;
    let cause = trace::traceparent();
    let numbered: Vec<(i64, &NewEvent)> = (first..).zip(events).collect();
    INSERT
        .execute(
            tx,
            &numbered,
            |query| query,
            |query, (seq, event)| {
                query
                    .bind(*seq)
                    .bind(format!("evt_{}", uuid7(now).simple()))
                    .bind(audience.connection.clone())
                    .bind(audience.channel.clone())
                    .bind(audience.is_test)
                    .bind(event.kind.as_str())
                    .bind(event.subject.clone())
                    .bind(event.data.clone())
                    .bind(now.as_unix_ms())
                    .bind(event.once.clone())
                    .bind(cause.clone())
            },
        )
        .await
}

/// Leaves out events that are written once and were written before: the sequence has no gaps.
async fn not_yet_written<'e>(tx: &mut db::Connection, events: &'e [NewEvent]) -> Outcome<Vec<&'e NewEvent>> {
    let mut fresh = vec![];
    for event in events {
        let known: Option<i64> = match &event.once {
            Some(key) => {
                db::query_scalar("SELECT seq FROM outbox WHERE once = $1 AND once IS NOT NULL")
                    .bind(key)
                    .fetch_optional(&mut *tx)
                    .await?
            }
            None => None,
        };
        if known.is_none() {
            fresh.push(event);
        }
    }
    Ok(fresh)
}

/// Takes the next numbers of the sequence, and gives the last of them. Whoever takes some keeps all others from taking any
/// until it commits or gives up: the order of numbers is the order of commits, and a reader that has seen one number has seen
/// all before it.
async fn take_sequence(tx: &mut db::Connection, count: usize) -> Outcome<Option<i64>> {
    if count == 0 {
        return Ok(None);
    }
    let last = db::query_scalar("UPDATE outbox_head SET seq = seq + $1 WHERE id = 1 RETURNING seq")
        .bind(stored(count as u64))
        .fetch_one(tx)
        .await?;
    Ok(Some(last))
}
