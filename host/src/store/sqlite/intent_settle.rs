//! What becomes of intents: unknown, allowed again, settled.

use connector_api::{domain::Timestamp, wire::pull::Stream};
use serde_json::json;
use sqlx::SqliteConnection;

use super::{
    SqliteStores, announce::record::Telling, failure::Outcome, fetched::generation, intent, intent_claim::guard,
    intent_differ, order_upsert, sealed_upsert, to_json, unreadable, upsert::Stamp,
};
use crate::store::intent::{Claim, Intent, OpenQuestion, Settlement};

pub(super) async fn leave_unknown(
    stores: &SqliteStores,
    claim: &Claim,
    question: &OpenQuestion,
    now: Timestamp,
) -> Outcome<()> {
    let mut tx = stores.begin().await?;
    let held = guard(&mut tx, claim).await?;
    let ms = now.as_unix_ms();
    let before = intent::read(&mut tx, &claim.intent.0).await?;
    sqlx::query(
        "UPDATE order_intent SET state = 'unknown', error = ?, needs_person = ?, looks = looks + ?, due_at = ?, \
         claimed_ms = 0, updated_at = ? WHERE id = ?",
    )
    .bind(to_json("intent error", &question.error)?)
    .bind(question.needs_person)
    .bind(i64::from(question.looked))
    .bind(question.due_at.as_unix_ms())
    .bind(ms)
    .bind(&claim.intent.0)
    .execute(&mut *tx)
    .await?;
    let kind = if question.looked { "looked_for" } else { "unknown" };
    let detail = json!({ "code": question.error["code"], "needs_person": question.needs_person });
    // A search that says what the one before said is no news.
    let says = |error: Option<&serde_json::Value>| error.map(|error| error["code"].clone());
    let is_news = before.is_none_or(|before| {
        says(before.error.as_ref()) != says(Some(&question.error)) || before.needs_person != question.needs_person
    });
    if is_news || !question.looked {
        held.tell(&mut tx, claim, kind, None, detail, ms).await?;
    }
    Ok(tx.commit().await?)
}

pub(super) async fn allow_again(stores: &SqliteStores, claim: &Claim, now: Timestamp) -> Outcome<()> {
    let mut tx = stores.begin().await?;
    let held = guard(&mut tx, claim).await?;
    let ms = now.as_unix_ms();
    sqlx::query(
        "UPDATE order_intent SET state = 'intended', looks = looks + 1, error = NULL, needs_person = 0, updated_at = ? \
         WHERE id = ?",
    )
    .bind(ms)
    .bind(&claim.intent.0)
    .execute(&mut *tx)
    .await?;
    held.tell(&mut tx, claim, "looked_for", None, json!({ "found": 0, "conclusive": true }), ms).await?;
    Ok(tx.commit().await?)
}

pub(super) async fn settle(
    stores: &SqliteStores,
    claim: &Claim,
    settlement: &Settlement,
    actor: Option<&str>,
    now: Timestamp,
) -> Outcome<Intent> {
    let mut tx = stores.begin().await?;
    let held = guard(&mut tx, claim).await?;
    let ms = now.as_unix_ms();
    let (state, repeatable, error, outcome) = match settlement {
        Settlement::Confirmed { outcome, read_at, orders, shipments, returns, .. } => {
            let (connection, read_at) = (held.connection, read_at.as_unix_ms());
            let stamp = |generation| Stamp { connection, generation, now: ms, read_at };
            let pass = generation(&mut tx, connection, &Stream::Orders).await?;
            order_upsert::orders(&mut tx, orders, stamp(pass), Telling::Always).await?;
            let pass = generation(&mut tx, connection, &Stream::Shipments).await?;
            sealed_upsert::write(&mut tx, shipments, stamp(pass), Telling::Always).await?;
            let pass = generation(&mut tx, connection, &Stream::Returns).await?;
            sealed_upsert::write(&mut tx, returns, stamp(pass), Telling::Always).await?;
            for order in orders {
                link(&mut tx, held.connection, claim, &order.id).await?;
            }
            ("confirmed", false, None, Some(to_json("intent outcome", outcome)?))
        }
        Settlement::Rejected { error, repeatable } => {
            ("rejected", *repeatable, Some(to_json("intent error", error)?), None)
        }
    };
    if let Some(order) = &held.order_id {
        link(&mut tx, held.connection, claim, order).await?;
    }
    sqlx::query(
        "UPDATE order_intent SET state = ?, repeatable = ?, error = ?, outcome = ?, needs_person = 0, claimed_ms = 0, \
         request = CASE WHEN ? THEN request END, updated_at = ? WHERE id = ?",
    )
    .bind(state)
    .bind(repeatable)
    .bind(error)
    .bind(outcome)
    .bind(repeatable)
    .bind(ms)
    .bind(&claim.intent.0)
    .execute(&mut *tx)
    .await?;
    let detail = match settlement {
        Settlement::Confirmed { outcome, .. } => outcome.clone(),
        Settlement::Rejected { error, repeatable } => json!({ "code": error["code"], "repeatable": repeatable }),
    };
    held.tell(&mut tx, claim, state, actor, detail, ms).await?;
    if let Settlement::Confirmed { differences, .. } = settlement {
        let mut differences = differences.clone();
        differences.extend(intent_differ::placed_for_another(&mut tx, held.connection, &claim.intent.0).await?);
        intent_differ::note(&mut tx, held.connection, &claim.intent.0, differences, ms).await?;
    }
    let settled = intent::read(&mut tx, &claim.intent.0).await?;
    tx.commit().await?;
    settled.ok_or_else(|| unreadable("intent", "it vanished while it was settled"))
}

async fn link(tx: &mut SqliteConnection, connection: i64, claim: &Claim, order: &str) -> Outcome<()> {
    sqlx::query("INSERT INTO order_of_intent (connection, intent, order_id) VALUES (?, ?, ?) ON CONFLICT DO NOTHING")
        .bind(connection)
        .bind(&claim.intent.0)
        .bind(order)
        .execute(tx)
        .await?;
    Ok(())
}
