//! Where what a platform did differs from what was agreed: noted with both values, told as an event, accepted by a person.

use connector_api::domain::{ConnectionId, ExternalId};
use serde_json::{Value, json};
use sqlx::AssertSqlSafe;

use crate::{
    model::{
        event_data::DifferenceEventData,
        intent::{Acceptance, Difference, Intent, IntentId},
        order::IntentDifferences,
        outbox::EventType,
    },
    spelling,
    store::{
        Store,
        db::{
            self,
            failure::Outcome,
            value::{from_json, to_json},
        },
        error::Result,
        sql::{
            connection::key::key_of,
            intent::row::{self, differences},
            order::history::{self, Entry},
            outbox::emit::{self, NewEvent},
        },
    },
};

/// Rows that are given their key at once.
const SOME: u32 = 500;

/// Notes differences of an intent that was done: it waits for a person from now on, and an event says so.
pub(crate) async fn note(
    tx: &mut db::Connection,
    connection: i64,
    intent: &str,
    mut new: Vec<Difference>,
    ms: i64,
) -> Outcome<()> {
    if new.is_empty() {
        return Ok(());
    }
    let earlier: Option<String> =
        db::query_scalar("SELECT differs FROM order_intent WHERE id = $1").bind(intent).fetch_one(&mut *tx).await?;
    let mut all = differences(earlier.as_deref())?;
    new.retain(|difference| !all.contains(difference));
    if new.is_empty() {
        return Ok(());
    }
    all.extend(new.iter().cloned());
    db::query(
        "UPDATE order_intent SET differs = $1, accepted = NULL, manual_resolution = TRUE, updated_at = $2 WHERE id = $3",
    )
    .bind(to_json("differences", &all)?)
    .bind(ms)
    .bind(intent)
    .execute(&mut *tx)
    .await?;
    let detail = json!({ "differences": new });
    let entry = Entry { order_id: None, intent: Some(intent), kind: "differs_from_agreed", actor: None, detail };
    history::append(tx, connection, &entry, ms).await?;
    publish(tx, connection, intent, EventType::OrderDiffersFromAgreed, ms).await
}

async fn publish(tx: &mut db::Connection, connection: i64, id: &str, kind: EventType, ms: i64) -> Outcome<()> {
    let Some(known) = row::read(tx, id).await? else { return Ok(()) };
    let orders: Vec<String> =
        db::query_scalar("SELECT order_id FROM order_of_intent WHERE intent = $1 ORDER BY order_id")
            .bind(id)
            .fetch_all(&mut *tx)
            .await?;
    let subject = orders.first().map_or_else(|| format!("order-intents/{id}"), |order| format!("orders/{order}"));
    let data = DifferenceEventData {
        intent_id: known.id.0,
        op: known.op,
        order_ids: orders.into_iter().map(ExternalId).collect(),
        channel_reference: known.channel_reference,
        differences: known.differs_from_agreed,
    };
    emit::add(tx, connection, ms, &[NewEvent::about(kind, subject, &data)?]).await.map(drop)
}

/// An order that was placed for this intent and for another one: one of the two is not there.
pub(crate) async fn placed_for_another(
    tx: &mut db::Connection,
    connection: i64,
    intent: &str,
) -> Outcome<Vec<Difference>> {
    let twice: Vec<(String, String)> = db::query_as(
        "SELECT own.order_id, other.id FROM order_intent i JOIN order_of_intent own ON own.intent = i.id \
         JOIN order_of_intent theirs ON theirs.connection = $1 AND theirs.order_id = own.order_id AND theirs.intent <> i.id \
         JOIN order_intent other ON other.id = theirs.intent AND other.op = 'submit_order' \
         WHERE i.id = $2 AND i.op = 'submit_order' ORDER BY 1, 2 LIMIT 20",
    )
    .bind(connection)
    .bind(intent)
    .fetch_all(tx)
    .await?;
    let difference = |(order, other): (String, String)| Difference {
        field: format!("orders/{order}/intent_id"),
        agreed: Some(Value::from(intent)),
        actual: Some(Value::from(other)),
    };
    Ok(twice.into_iter().map(difference).collect())
}

/// What a platform says of an order that was placed here has changed in a way in which no order changes.
pub(crate) async fn note_of_order(
    tx: &mut db::Connection,
    connection: i64,
    order: &str,
    difference: &Difference,
    ms: i64,
) -> Outcome<()> {
    let intents: Vec<String> = db::query_scalar(
        "SELECT i.id FROM order_of_intent o JOIN order_intent i ON i.id = o.intent \
         WHERE o.connection = $1 AND o.order_id = $2 AND i.op = 'submit_order' AND i.state = 'confirmed'",
    )
    .bind(connection)
    .bind(order)
    .fetch_all(&mut *tx)
    .await?;
    for intent in intents {
        note(tx, connection, &intent, vec![difference.clone()], ms).await?;
    }
    Ok(())
}

/// Differences of all that was asked of an order.
pub(crate) async fn of_order(db: &mut db::Connection, connection: i64, order: &str) -> Outcome<Vec<IntentDifferences>> {
    let rows: Vec<(String, String, String, Option<String>)> = db::query_as(
        "SELECT i.id, i.op, i.differs, i.accepted FROM order_of_intent o JOIN order_intent i ON i.id = o.intent \
         WHERE o.connection = $1 AND o.order_id = $2 AND i.differs IS NOT NULL ORDER BY i.id LIMIT 250",
    )
    .bind(connection)
    .bind(order)
    .fetch_all(db)
    .await?;
    let read_row = |(id, op, differs, accepted): (String, String, String, Option<String>)| {
        let accepted = accepted.map(|text| from_json("acceptance", &text)).transpose()?;
        Ok(IntentDifferences { intent_id: IntentId(id), op, differences: differences(Some(&differs))?, accepted })
    };
    rows.into_iter().map(read_row).collect()
}

impl Store {
    /// Notes that somebody accepts how something was done; `None` when nothing of the kind waits for a person.
    pub async fn accept_difference(
        &self,
        connection: &ConnectionId,
        intent: &IntentId,
        acceptance: &Acceptance,
    ) -> Result<Option<Intent>> {
        self.explained(|| async {
            let mut tx = self.begin().await?;
            let Some(connection) = key_of(&mut tx, connection).await? else { return Ok(None) };
            let ms = acceptance.at.as_unix_ms();
            let done = db::query(
        "UPDATE order_intent SET manual_resolution = FALSE, accepted = $1, updated_at = $2 WHERE id = $3 AND connection = $4 \
         AND state = 'confirmed' AND manual_resolution AND differs IS NOT NULL",
    )
    .bind(to_json("acceptance", acceptance)?)
    .bind(ms)
    .bind(&intent.0)
    .bind(connection)
    .execute(&mut *tx)
    .await?;
            if done.rows_affected() == 0 {
                return Ok(None);
            }
            let (kind, actor) = ("difference_accepted", Some(acceptance.actor.as_str()));
            let entry = Entry {
                order_id: None,
                intent: Some(&intent.0),
                kind,
                actor,
                detail: json!({ "note": acceptance.note }),
            };
            history::append(&mut tx, connection, &entry, ms).await?;
            publish(&mut tx, connection, &intent.0, EventType::OrderDifferenceAccepted, ms).await?;
            let accepted = row::read(&mut tx, &intent.0).await?;
            tx.commit().await?;
            Ok(accepted)
        })
        .await
    }
}

/// Gives the channels' numbers of earlier programs the form in which they are compared. Those of plain characters have it.
pub(crate) async fn fill_reference_keys(writer: &db::Pool) -> Outcome<()> {
    loop {
        let sql = format!(
            "SELECT id, reference FROM order_intent WHERE reference IS NOT NULL AND reference_key IS NULL LIMIT {SOME}"
        );
        let rows: Vec<(String, String)> = db::query_as(AssertSqlSafe(sql)).fetch_all(writer).await?;
        if rows.is_empty() {
            return Ok(());
        }
        let mut tx = writer.begin_writing().await?;
        for (id, reference) in rows {
            db::query("UPDATE order_intent SET reference_key = $1 WHERE id = $2")
                .bind(spelling::key(&reference))
                .bind(id)
                .execute(&mut *tx)
                .await?;
        }
        tx.commit().await?;
    }
}
