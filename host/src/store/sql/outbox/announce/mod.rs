//! Writing events into the outbox, in the transaction that makes them true.
//!
//! [`add`] is the one way in. [`catalog`] tells what has changed in offers and stock, [`price`] in prices, [`health`] what has happened
//! to a connection, [`record`] what has changed in orders and what belongs to them, [`run`] how a sync goes.

pub(crate) mod catalog;
pub(crate) mod health;
pub(crate) mod price;
pub(crate) mod record;
pub(crate) mod run;

use connector_api::domain::Timestamp;
use serde::Serialize;
use sqlx::SqliteConnection;

use crate::{
    model::{outbox::EventType, run::uuid7},
    store::db::{
        bulk::Statement,
        failure::Outcome,
        value::{time, to_json, unreadable},
    },
};

/// An event to be written.
#[derive(Debug)]
pub(crate) struct NewEvent {
    kind: EventType,
    subject: Option<String>,
    data: String,
    once: Option<String>,
}

/// Whose events they are, and who hears them.
#[derive(Debug, Clone)]
pub(crate) struct Hearer {
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
pub(crate) async fn add(tx: &mut SqliteConnection, connection: i64, now: i64, events: &[NewEvent]) -> Outcome<u64> {
    if events.is_empty() {
        return Ok(0);
    }
    let (id, channel, is_test) =
        sqlx::query_as("SELECT id, channel, environment = 'test' FROM connections WHERE key = $1")
            .bind(connection)
            .fetch_optional(&mut *tx)
            .await?
            .ok_or_else(|| unreadable("connection", "it has no row"))?;
    add_for(tx, &Hearer { connection: id, channel, is_test }, time(now)?, events).await
}

/// As [`add`], where it is known who hears them.
pub(crate) async fn add_for(
    tx: &mut SqliteConnection,
    hearer: &Hearer,
    now: Timestamp,
    events: &[NewEvent],
) -> Outcome<u64> {
    const INSERT: Statement = Statement {
        head: "INSERT INTO outbox (id, connection, channel, test, type, subject, data, at, once) VALUES",
        columns: 9,
        tail: "ON CONFLICT (once) WHERE once IS NOT NULL DO NOTHING",
    };
    INSERT
        .execute(
            tx,
            events,
            |query| query,
            |query, event| {
                query
                    .bind(format!("evt_{}", uuid7(now).simple()))
                    .bind(hearer.connection.clone())
                    .bind(hearer.channel.clone())
                    .bind(hearer.is_test)
                    .bind(event.kind.as_str())
                    .bind(event.subject.clone())
                    .bind(event.data.clone())
                    .bind(now.as_unix_ms())
                    .bind(event.once.clone())
            },
        )
        .await
}
