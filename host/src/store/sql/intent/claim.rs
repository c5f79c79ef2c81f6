//! Claims on intents: who may act on one, and that it is being sent.

use connector_api::{
    domain::{ConnectionId, Timestamp},
    wire::Op,
};
use serde_json::json;
use sqlx::AssertSqlSafe;

use crate::{
    model::intent::{Begun, Claim, Claimed, IntentId, IntentState, NewIntent},
    spelling,
    store::{
        Store,
        db::{self, failure::Outcome},
        error::{Error, Result},
        sql::{
            claim::{self as claims, unended_pause},
            connection::key::key_of_existing,
            intent::row,
            order::history::{self, Entry},
        },
    },
};

/// Connections whose platform can be asked.
const READY: &str = "status IN ('active', 'degraded', 'expiring', 'failing')";

impl Store {
    /// Writes an intent and claims it until `until`, unless the order it is to place has a channel's number that another has,
    /// rejected ones aside; or claims an earlier one of the same key and request when nobody
    /// acts on it and it is due, or was rejected as repeatable. Channels' numbers that look the same are the same. `Gone` when the connection does not exist.
    pub async fn begin_intent(&self, new: &NewIntent, now: Timestamp, until: Timestamp) -> Result<Begun> {
        self.explained(|| async {
            let mut tx = self.begin_urgently().await?;
            let connection = key_of_existing(&mut tx, &new.connection).await?;
            let earlier: Option<(String, Vec<u8>, bool)> = db::query_as(
                "SELECT id, fingerprint, claimed_ms <= $1 AND (due_at <= $1 OR state IN ('intended', 'rejected')) \
                 FROM order_intent WHERE connection = $2 AND key = $3",
            )
            .bind(now.as_unix_ms())
            .bind(connection)
            .bind(&new.key)
            .fetch_optional(&mut *tx)
            .await?;
            let begun = match earlier {
                None => {
                    if let Some(taken) = taken_reference(&mut tx, connection, new).await? {
                        return Ok(taken);
                    }
                    insert(&mut tx, connection, new, now).await?;
                    claim(&mut tx, &new.id.0, now, until).await?.map(Box::new).map(Begun::Claimed)
                }
                Some((_, fingerprint, _))
                    if fingerprint != new.fingerprint && fingerprint != new.fingerprint_as_given =>
                {
                    Some(Begun::OtherRequest)
                }
                Some((id, _, is_free)) => {
                    let there = row::read(&mut tx, &id).await?;
                    let Some(there) = there else { return Err(lost(&new.id.0).into()) };
                    let again = there.state == IntentState::Rejected && there.repeatable && id == new.id.0;
                    if is_free && again {
                        if let Some(taken) = taken_reference(&mut tx, connection, new).await? {
                            return Ok(taken);
                        }
                        revive(&mut tx, connection, new, now).await?;
                    }
                    let claimed = if is_free && (again || !there.state.is_settled()) {
                        claim(&mut tx, &id, now, until).await?
                    } else {
                        None
                    };
                    match claimed {
                        Some(claimed) => Some(Begun::Claimed(Box::new(claimed))),
                        // On a server, another may have claimed it since it was looked at.
                        None => row::read(&mut tx, &id).await?.map(Box::new).map(Begun::There),
                    }
                }
            };
            tx.commit().await?;
            begun.ok_or_else(|| lost(&new.id.0).into())
        })
        .await
    }

    /// Claims the unsettled intent that has been due longest, of connections that can be reached.
    pub async fn claim_due_intent(&self, now: Timestamp, until: Timestamp) -> Result<Option<Claimed>> {
        self.explained(|| async {
            // A platform that answers slowly must not have everybody search it: who is worked on least comes first.
            let pause = unended_pause(self.dialect(), "i.unended", "30000");
            let sql = format!(
                "SELECT i.id FROM order_intent i JOIN connections c ON c.key = i.connection \
                 LEFT JOIN (SELECT connection, count(*) AS at_work FROM order_intent \
                            WHERE state IN ('intended', 'sent', 'unknown') AND claimed_ms > $1 GROUP BY connection) busy \
                 ON busy.connection = i.connection \
                 WHERE i.state IN ('intended', 'sent', 'unknown') AND i.due_at <= $1 AND i.claimed_ms + {pause} <= $1 AND c.{READY} \
                 ORDER BY coalesce(busy.at_work, 0), i.due_at LIMIT 1"
            );
            // Mostly there is none: that is found out without the write lock. Somebody may be faster: then it is looked again.
            loop {
                let id: Option<String> =
                    db::query_scalar(AssertSqlSafe(sql.clone())).bind(now.as_unix_ms()).fetch_optional(&self.readers).await?;
                let Some(id) = id else { return Ok(None) };
                let mut tx = self.begin().await?;
                let claimed = claim(&mut tx, &id, now, until).await?;
                tx.commit().await?;
                if claimed.is_some() {
                    return Ok(claimed);
                }
            }
        })
        .await
    }

    /// Claims an unsettled intent, due or not; `None` when somebody acts on it or it is settled.
    pub async fn claim_intent(
        &self,
        connection: &ConnectionId,
        intent: &IntentId,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Option<Claimed>> {
        self.explained(|| async {
            let mut tx = self.begin().await?;
            let key = key_of_existing(&mut tx, connection).await?;
            let id: Option<String> = db::query_scalar("SELECT id FROM order_intent WHERE connection = $1 AND id = $2")
                .bind(key)
                .bind(&intent.0)
                .fetch_optional(&mut *tx)
                .await?;
            let Some(id) = id else { return Ok(None) };
            let claimed = claim(&mut tx, &id, now, until).await?;
            tx.commit().await?;
            Ok(claimed)
        })
        .await
    }

    /// Lets a claim hold until `until`; `false` when it was given back or another has taken over.
    pub async fn renew_intent(&self, claim: &Claim, until: Timestamp) -> Result<bool> {
        self.explained(|| claims::INTENT.renew(self, &claim.intent.0, claim.fence, until)).await
    }

    /// Notes that an intended one is being sent now. Must be committed before the platform is asked. `ClaimLost` when the
    /// claim does not hold any more.
    pub async fn mark_sent(&self, claim: &Claim, now: Timestamp) -> Result<()> {
        self.explained(|| async {
            let mut tx = self.begin_urgently().await?;
            let held = guard(&mut tx, claim).await?;
            let ms = now.as_unix_ms();
            let done = db::query(
                "UPDATE order_intent SET state = 'sent', attempts = attempts + 1, first_sent_at = coalesce(first_sent_at, $1), \
                 last_sent_at = $1, updated_at = $1 WHERE id = $2 AND state = 'intended' AND claimed_ms > $1",
            )
            .bind(ms)
            .bind(&claim.intent.0)
            .execute(&mut *tx)
            .await?;
            if done.rows_affected() == 0 {
                return Err(lost(&claim.intent.0).into());
            }
            held.record(&mut tx, claim, "sent", None, json!({}), ms).await?;
            Ok(tx.commit().await?)
        })
        .await
    }
}

/// Another order with the same number of the channel's: a search by that number would take one for the other.
async fn taken_reference(tx: &mut db::Connection, connection: i64, new: &NewIntent) -> Outcome<Option<Begun>> {
    let Some(reference) = new.channel_reference.as_deref().filter(|_| new.op == Op::SubmitOrder.as_str()) else {
        return Ok(None);
    };
    let other: Option<String> = db::query_scalar(
        "SELECT id FROM order_intent WHERE connection = $1 AND reference_key = $2 AND op = 'submit_order' \
         AND state <> 'rejected' AND id <> $3 LIMIT 1",
    )
    .bind(connection)
    .bind(spelling::key(reference))
    .bind(&new.id.0)
    .fetch_optional(&mut *tx)
    .await?;
    if let Some(other) = other {
        return Ok(Some(Begun::ReferenceUsed(IntentId(other))));
    }
    // A database that was restored knows none of the orders placed since; a sync brings them back without their intents. An order
    // that another channel of the store placed through this host has one, and its number is that channel's own.
    let in_store: Option<String> = db::query_scalar(
        "SELECT o.id FROM orders o WHERE o.connection = $1 AND o.channel_reference IN ($2, $3) AND o.deleted_at IS NULL \
         AND NOT EXISTS (SELECT 1 FROM connections own \
           JOIN connections same ON same.key = own.key OR same.connector_id = own.connector_id \
             AND same.store_host = own.store_host AND same.store_id = own.store_id \
           JOIN order_of_intent i ON i.connection = same.key AND i.order_id = o.id \
           JOIN order_intent placed ON placed.id = i.intent AND placed.op = 'submit_order' \
           WHERE own.key = $1) LIMIT 1",
    )
    .bind(connection)
    .bind(reference)
    .bind(spelling::tidy(reference))
    .fetch_optional(tx)
    .await?;
    Ok(in_store.map(Begun::ReferenceInStore))
}

async fn insert(tx: &mut db::Connection, connection: i64, new: &NewIntent, now: Timestamp) -> Outcome<()> {
    let ms = now.as_unix_ms();
    db::query(
        "INSERT INTO order_intent (id, connection, key, op, order_id, reference, reference_key, fingerprint, request, \
         actor, state, fence, claimed_ms, due_at, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'intended', 0, 0, $11, $12, $13)",
    )
    .bind(&new.id.0)
    .bind(connection)
    .bind(&new.key)
    .bind(&new.op)
    .bind(new.order_id.as_deref())
    .bind(new.channel_reference.as_deref())
    .bind(new.channel_reference.as_deref().map(spelling::key))
    .bind(new.fingerprint.as_slice())
    .bind(new.request.as_slice())
    .bind(&new.actor)
    .bind(ms)
    .bind(ms)
    .bind(ms)
    .execute(&mut *tx)
    .await?;
    record_intended(tx, connection, new, ms).await
}

/// A rejected intent whose key may try again begins anew, with all its attempts before it.
async fn revive(tx: &mut db::Connection, connection: i64, new: &NewIntent, now: Timestamp) -> Outcome<()> {
    let ms = now.as_unix_ms();
    db::query(
        "UPDATE order_intent SET state = 'intended', repeatable = FALSE, manual_resolution = FALSE, attempts = 0, searches = 0, error = NULL, request = $1, \
         actor = $2, due_at = $3, created_at = $4, updated_at = $5 WHERE id = $6",
    )
    .bind(new.request.as_slice())
    .bind(&new.actor)
    .bind(ms)
    .bind(ms)
    .bind(ms)
    .bind(&new.id.0)
    .execute(&mut *tx)
    .await?;
    record_intended(tx, connection, new, ms).await
}

async fn record_intended(tx: &mut db::Connection, connection: i64, new: &NewIntent, ms: i64) -> Outcome<()> {
    let entry = Entry {
        order_id: new.order_id.as_deref(),
        intent: Some(&new.id.0),
        kind: "intended",
        actor: Some(&new.actor),
        detail: json!({ "op": new.op }),
    };
    history::append(tx, connection, &entry, ms).await
}

/// Takes an unsettled intent that nobody acts on. One that was being sent is `unknown` from now on.
async fn claim(tx: &mut db::Connection, id: &str, now: Timestamp, until: Timestamp) -> Outcome<Option<Claimed>> {
    let row: Option<(i64, Vec<u8>)> = db::query_as(AssertSqlSafe(claims::INTENT.take(
        tx.dialect(),
        "$1",
        ", unended = CASE WHEN claimed_ms > 0 THEN unended + 1 ELSE 0 END, \
         state = CASE state WHEN 'sent' THEN 'unknown' ELSE state END",
        "id = $2 AND claimed_ms <= $3 AND state IN ('intended', 'sent', 'unknown')",
        "fence, request",
    )))
    .bind(until.as_unix_ms())
    .bind(id)
    .bind(now.as_unix_ms())
    .fetch_optional(&mut *tx)
    .await?;
    let Some((fence, request)) = row else { return Ok(None) };
    let Some(intent) = row::read(tx, id).await? else { return Ok(None) };
    let claim = Claim { intent: intent.id.clone(), fence };
    Ok(Some(Claimed { claim, intent, request }))
}

/// Where an intent belongs.
pub(crate) struct Held {
    pub(crate) connection: i64,
    pub(crate) order_id: Option<String>,
}

impl Held {
    /// Appends to the history.
    pub(crate) async fn record(
        &self,
        tx: &mut db::Connection,
        claim: &Claim,
        kind: &str,
        actor: Option<&str>,
        detail: serde_json::Value,
        ms: i64,
    ) -> Outcome<()> {
        let order_id = self.order_id.as_deref();
        let entry = Entry { order_id, intent: Some(&claim.intent.0), kind, actor, detail };
        history::append(tx, self.connection, &entry, ms).await
    }
}

/// The first statement of every transaction that writes under a claim.
pub(crate) async fn guard(tx: &mut db::Connection, claim: &Claim) -> Outcome<Held> {
    let connection = claims::INTENT.guard(tx, &claim.intent.0, claim.fence, "connection").await?;
    let connection = connection.ok_or_else(|| lost(&claim.intent.0))?;
    let order_id =
        db::query_scalar("SELECT order_id FROM order_intent WHERE id = $1").bind(&claim.intent.0).fetch_one(tx).await?;
    Ok(Held { connection, order_id })
}

fn lost(intent: &str) -> Error {
    Error::ClaimLost { intent: intent.to_owned() }
}
