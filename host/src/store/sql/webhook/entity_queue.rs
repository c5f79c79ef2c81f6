//! Entity queues of entities that are to be refetched.

use connector_api::{
    domain::{ConnectionId, ExternalId, Timestamp},
    wire::pull::{EntityRef, Stream},
};
use sqlx::AssertSqlSafe;

use crate::{
    model::{
        audit::AuditEntry,
        fetched::{ChangeSource, EntityClaim},
        webhook::{ClaimedEntity, ENTITIES_AT_ONCE, EntityDeferral},
    },
    store::{
        Store,
        db::{
            self,
            dialect::Dialect,
            failure::Outcome,
            value::{small, word},
        },
        error::Result,
        sql::{audit, claim::ENTITY, connection::key::key_of_existing},
    },
};

/// Ends entity queues whose work is done, in the transaction that writes it. An entity queue that was asked for again meanwhile stays and
/// is due at once; one that was claimed again is not touched.
pub(crate) async fn end(
    tx: &mut db::Connection,
    connection: i64,
    queues: &[EntityClaim],
    now: Timestamp,
) -> Outcome<()> {
    let mut again = false;
    for queue in queues {
        let (stream, id) = (queue.entity.stream.as_str(), queue.entity.id.as_str());
        let ended = db::query(
            "DELETE FROM entity_queue WHERE connection = $1 AND stream = $2 AND id = $3 AND fence = $4 AND wanted = taken",
        )
        .bind(connection)
        .bind(stream)
        .bind(id)
        .bind(queue.fence)
        .execute(&mut *tx)
        .await?;
        if ended.rows_affected() == 0 {
            let asked_again = db::query(
                "UPDATE entity_queue SET due_at = $1, attempts = 0, error = NULL, dead_lettered_at = NULL \
                 WHERE connection = $2 AND stream = $3 AND id = $4 AND fence = $5",
            )
            .bind(now.as_unix_ms())
            .bind(connection)
            .bind(stream)
            .bind(id)
            .bind(queue.fence)
            .execute(&mut *tx)
            .await?;
            again |= asked_again.rows_affected() > 0;
        }
    }
    if again {
        ask_to_apply(tx, connection, now.as_unix_ms()).await?;
    }
    Ok(())
}

/// Gives a connection a claim to work its entity queues off, at `due_at` at the latest.
pub(crate) async fn ask_to_apply(tx: &mut db::Connection, connection: i64, due_at: i64) -> Outcome<()> {
    db::query(AssertSqlSafe(format!(
        "INSERT INTO webhook_claim (connection, work, due_at, fence) VALUES ($1, 'apply', $2, $2) \
         ON CONFLICT (connection, work) DO UPDATE SET due_at = {}(webhook_claim.due_at, excluded.due_at)",
        tx.dialect().least()
    )))
    .bind(connection)
    .bind(due_at)
    .execute(tx)
    .await?;
    Ok(())
}

/// Gives a connection a claim to read its deliveries. Whoever has one at the moment finds them before giving it up.
pub(crate) async fn ask_to_read(tx: &mut db::Connection, connection: i64, due_at: i64) -> Outcome<()> {
    // A row that comes back begins with a fence above all that the one before had: claims are counted up, time faster.
    db::query(AssertSqlSafe(format!(
        "INSERT INTO webhook_claim (connection, work, due_at, fence) VALUES ($1, 'read', $2, $2) ON CONFLICT {}",
        tx.dialect().hold_what_is_there("connection, work", "webhook_claim.due_at")
    )))
    .bind(connection)
    .bind(due_at)
    .execute(tx)
    .await?;
    Ok(())
}

/// Takes a connection's claim away.
pub(crate) async fn end_claim(tx: &mut db::Connection, connection: i64, work: &str) -> Outcome<()> {
    db::query("DELETE FROM webhook_claim WHERE connection = $1 AND work = $2")
        .bind(connection)
        .bind(work)
        .execute(tx)
        .await?;
    Ok(())
}

/// What is due of a connection's entity queues, those that have waited longest first; one statement, and at most as many rows as
/// it returns. Entity queues that are due together lie together.
/// An attempt counts from its beginning, and one that is never ended keeps its entity queue the longer the more there were.
pub(crate) fn claim_statement(dialect: Dialect) -> String {
    let (least, skip_locked) = (dialect.least(), dialect.skip_locked("entity_queue"));
    ENTITY.take(
        dialect,
        &format!("$1 + {least}(attempts * attempts * 5000, 3600000)"),
        ", taken = wanted, attempts = attempts + 1",
        &format!(
            "seq IN (SELECT seq FROM entity_queue WHERE connection = $2 AND dead_lettered_at IS NULL AND due_at <= $3 \
             ORDER BY due_at LIMIT $4 {skip_locked})"
        ),
        "stream, id, fence, attempts - 1, source",
    )
}

/// Claims entity queues and says when the connection's next claim is.
pub(crate) async fn claim(
    tx: &mut db::Connection,
    connection: i64,
    now: i64,
    until: i64,
) -> Outcome<Vec<ClaimedEntity>> {
    let rows: Vec<(String, String, i64, i64, String)> = db::query_as(AssertSqlSafe(claim_statement(tx.dialect())))
        .bind(until)
        .bind(connection)
        .bind(now)
        .bind(ENTITIES_AT_ONCE)
        .fetch_all(&mut *tx)
        .await?;
    let next: Option<i64> =
        db::query_scalar("SELECT min(due_at) FROM entity_queue WHERE connection = $1 AND dead_lettered_at IS NULL")
            .bind(connection)
            .fetch_one(&mut *tx)
            .await?;
    match next {
        // Behind everybody who has waited until now.
        Some(next) => {
            db::query("UPDATE webhook_claim SET due_at = $1 WHERE connection = $2 AND work = 'apply'")
                .bind(next.max(now))
                .bind(connection)
                .execute(tx)
                .await?;
        }
        None => end_claim(tx, connection, "apply").await?,
    }
    let queue = |(stream, id, fence, attempts, source): (String, String, i64, i64, String)| {
        let entity = EntityRef { stream: Stream::from(stream.as_str()), id: ExternalId(id) };
        let source = word("source", source, ChangeSource::from_word)?;
        Ok(ClaimedEntity { hold: EntityClaim { entity, fence }, attempts: small("attempts", attempts)?, source })
    };
    let mut queues = rows.into_iter().map(queue).collect::<Outcome<Vec<_>>>()?;
    queues.sort_by(|a, b| {
        let key = |queue: &ClaimedEntity| (queue.hold.entity.stream.to_string(), queue.hold.entity.id.0.clone());
        key(a).cmp(&key(b))
    });
    Ok(queues)
}

impl Store {
    /// Keeps claimed entity queues until a later time; `false` when none of them is held any more.
    pub async fn renew_entity_claims(
        &self,
        connection: &ConnectionId,
        holds: &[EntityClaim],
        until: Timestamp,
    ) -> Result<bool> {
        self.explained(|| async {
            let mut tx = self.begin().await?;
            let key = key_of_existing(&mut tx, connection).await?;
            let mut kept = false;
            for hold in holds {
                let done = db::query(
                    "UPDATE entity_queue SET due_at = $1 WHERE connection = $2 AND stream = $3 AND id = $4 AND fence = $5",
                )
                .bind(until.as_unix_ms())
                .bind(key)
                .bind(hold.entity.stream.as_str())
                .bind(hold.entity.id.as_str())
                .bind(hold.fence)
                .execute(&mut *tx)
                .await?;
                kept |= done.rows_affected() > 0;
            }
            tx.commit().await?;
            Ok(kept)
        })
        .await
    }

    /// Gives entity queues back whose work failed.
    pub async fn defer_entities(
        &self,
        connection: &ConnectionId,
        deferred: EntityDeferral<'_>,
        now: Timestamp,
    ) -> Result<()> {
        self.explained(|| async {
            let mut tx = self.begin().await?;
            let key = key_of_existing(&mut tx, connection).await?;
            let due_at = deferred.due_at.unwrap_or(now).as_unix_ms();
            let dead_lettered_at = deferred.due_at.is_none().then_some(now.as_unix_ms());
            for hold in deferred.holds {
                db::query(AssertSqlSafe(format!(
                    "UPDATE entity_queue SET due_at = $1, attempts = {}(attempts - 1 + $2, 0), error = $3, dead_lettered_at = $4 \
                     WHERE connection = $5 AND stream = $6 AND id = $7 AND fence = $8",
                    tx.dialect().greatest()
                )))
                .bind(due_at)
                .bind(i64::from(deferred.counts))
                .bind(deferred.error)
                .bind(dead_lettered_at)
                .bind(key)
                .bind(hold.entity.stream.as_str())
                .bind(hold.entity.id.as_str())
                .bind(hold.fence)
                .execute(&mut *tx)
                .await?;
            }
            if deferred.due_at.is_some() {
                ask_to_apply(&mut tx, key, due_at).await?;
            }
            Ok(tx.commit().await?)
        })
        .await
    }

    /// Lets entity queues that were dead-lettered be worked off again: one, or all; returns how many.
    pub async fn replay_entities(
        &self,
        connection: &ConnectionId,
        entity: Option<&EntityRef>,
        audit: &AuditEntry,
    ) -> Result<u64> {
        self.explained(|| async {
            let mut tx = self.begin().await?;
            let key = key_of_existing(&mut tx, connection).await?;
            let done = db::query(
                "UPDATE entity_queue SET dead_lettered_at = NULL, attempts = 0, due_at = $1 WHERE connection = $2 \
                 AND dead_lettered_at IS NOT NULL AND ($3 IS NULL OR stream = $3 AND id = $4)",
            )
            .bind(audit.at.as_unix_ms())
            .bind(key)
            .bind(entity.map(|entity| entity.stream.to_string()))
            .bind(entity.map(|entity| entity.id.0.clone()))
            .execute(&mut *tx)
            .await?
            .rows_affected();
            if done > 0 {
                ask_to_apply(&mut tx, key, audit.at.as_unix_ms()).await?;
            }
            // Not the id: it may be a customer's.
            let of = entity.map(|entity| format!(" of `{}`", entity.stream)).unwrap_or_default();
            audit::insert(&mut tx, &audit.clone().detailed(format!("{done} dead-lettered entities{of}"))).await?;
            tx.commit().await?;
            Ok(done)
        })
        .await
    }
}
