//! What becomes of intents: unknown, allowed again, settled.

use connector_api::{domain::Timestamp, wire::pull::Stream};
use serde_json::json;

use crate::{
    model::{
        audit::{AuditAction, AuditEntry},
        intent::{Claim, Intent, OpenQuestion, Settlement},
    },
    store::{
        Store,
        db::{
            self,
            failure::Outcome,
            value::{to_json, unreadable},
        },
        error::Result,
        sql::{
            audit,
            catalog::stamp::Stamp,
            intent::{claim::guard, difference, row},
            order::{sealed_upsert, upsert},
            outbox::emit::record::EmitWhen,
            sync::fetched::generation,
        },
    },
};

impl Store {
    /// Notes that it is not known, and gives the claim back.
    pub async fn leave_unknown(&self, claim: &Claim, question: &OpenQuestion, now: Timestamp) -> Result<()> {
        self.explained(|| async {
            let mut tx = self.begin().await?;
            let held = guard(&mut tx, claim).await?;
            let ms = now.as_unix_ms();
            let before = row::read(&mut tx, &claim.intent.0).await?;
            db::query(
                "UPDATE order_intent SET state = 'unknown', error = $1, manual_resolution = $2, searches = searches + $3, \
                 due_at = $4, claimed_ms = 0, updated_at = $5 WHERE id = $6",
            )
            .bind(to_json("intent error", &question.error)?)
            .bind(question.manual_resolution)
            .bind(i64::from(question.looked))
            .bind(question.due_at.as_unix_ms())
            .bind(ms)
            .bind(&claim.intent.0)
            .execute(&mut *tx)
            .await?;
            let kind = if question.looked { "looked_for" } else { "unknown" };
            let detail = json!({ "code": question.error["code"], "manual_resolution": question.manual_resolution });
            // A search that says what the one before said is no news.
            let says = |error: Option<&serde_json::Value>| error.map(|error| error["code"].clone());
            let is_news = before.is_none_or(|before| {
                says(before.error.as_ref()) != says(Some(&question.error))
                    || before.manual_resolution != question.manual_resolution
            });
            if is_news || !question.looked {
                held.record(&mut tx, claim, kind, None, detail, ms).await?;
            }
            Ok(tx.commit().await?)
        })
        .await
    }

    /// Notes that a search proved that the platform has not done it: it may be sent again. The claim stays. Searches are
    /// counted from nothing again: a new attempt must not wait as long as all searches before it have made the pause.
    pub async fn allow_again(&self, claim: &Claim, now: Timestamp) -> Result<()> {
        self.explained(|| async {
            let mut tx = self.begin().await?;
            let held = guard(&mut tx, claim).await?;
            let ms = now.as_unix_ms();
            db::query(
                "UPDATE order_intent SET state = 'intended', searches = 0, error = NULL, manual_resolution = FALSE, \
                 updated_at = $1 WHERE id = $2",
            )
            .bind(ms)
            .bind(&claim.intent.0)
            .execute(&mut *tx)
            .await?;
            held.record(&mut tx, claim, "looked_for", None, json!({ "found": 0, "conclusive": true }), ms).await?;
            Ok(tx.commit().await?)
        })
        .await
    }

    /// Settles it for good, writes what came of it, and destroys the request unless the key may try again. `actor` is
    /// who decided, when that was a person.
    pub async fn settle_intent(
        &self,
        claim: &Claim,
        settlement: &Settlement,
        actor: Option<&str>,
        now: Timestamp,
    ) -> Result<Intent> {
        self.explained(|| async {
            let mut tx = self.begin_urgently().await?;
            let held = guard(&mut tx, claim).await?;
            let ms = now.as_unix_ms();
            let (state, repeatable, error, outcome) = match settlement {
                Settlement::Confirmed { outcome, read_at, orders, shipments, returns, .. } => {
                    let (connection, read_at) = (held.connection, read_at.as_unix_ms());
                    let stamp = |generation| Stamp { connection, generation, now: ms, read_at, page: None };
                    let pass = generation(&mut tx, connection, &Stream::Orders).await?;
                    upsert::write(&mut tx, orders, stamp(pass), EmitWhen::Always).await?;
                    let pass = generation(&mut tx, connection, &Stream::Shipments).await?;
                    sealed_upsert::write(&mut tx, shipments, stamp(pass), EmitWhen::Always).await?;
                    let pass = generation(&mut tx, connection, &Stream::Returns).await?;
                    sealed_upsert::write(&mut tx, returns, stamp(pass), EmitWhen::Always).await?;
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
            db::query(
                "UPDATE order_intent SET state = $1, repeatable = $2, error = $3, outcome = $4, manual_resolution = \
                 FALSE, claimed_ms = 0, request = CASE WHEN $5 THEN request END, updated_at = $6 WHERE id = $7",
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
                Settlement::Rejected { error, repeatable } => {
                    json!({ "code": error["code"], "repeatable": repeatable })
                }
            };
            held.record(&mut tx, claim, state, actor, detail, ms).await?;
            if let Settlement::Confirmed { differences, .. } = settlement {
                let mut differences = differences.clone();
                differences.extend(difference::placed_for_another(&mut tx, held.connection, &claim.intent.0).await?);
                difference::note(&mut tx, held.connection, &claim.intent.0, differences, ms).await?;
            }
            let settled = row::read(&mut tx, &claim.intent.0).await?;
            if let (Some(actor), Some(intent)) = (actor, &settled) {
                let entry = AuditEntry::new(actor, AuditAction::OrderResolved, now);
                let entry = entry.of_connection(&intent.connection_id).of(&intent.id.0).detailed(state);
                audit::insert(&mut tx, &entry).await?;
            }
            tx.commit().await?;
            settled.ok_or_else(|| unreadable("intent", "it vanished while it was settled"))
        })
        .await
    }
}

async fn link(tx: &mut db::Connection, connection: i64, claim: &Claim, order: &str) -> Outcome<()> {
    db::query("INSERT INTO order_of_intent (connection, intent, order_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING")
        .bind(connection)
        .bind(&claim.intent.0)
        .bind(order)
        .execute(tx)
        .await?;
    Ok(())
}
