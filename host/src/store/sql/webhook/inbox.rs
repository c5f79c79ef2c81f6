//! The inbox: what came in since the last commit goes to disk in one transaction.

use std::collections::{BTreeMap, BTreeSet};

use connector_api::domain::{ConnectionId, Timestamp};
use sqlx::AssertSqlSafe;

use crate::{
    model::{
        fetched::ChangeSource,
        webhook::{DeliveryState, KeptBatch, NewDelivery, NewRefusal, REFUSALS_KEPT},
    },
    store::{
        Store,
        db::{
            self,
            bulk::BulkStatement,
            failure::Outcome,
            value::{stored, to_json},
        },
        error::Result,
        sql::{
            connection::key::shared_key_of,
            webhook::{endpoint::break_silence, entity_queue::ask_to_read},
        },
    },
};

/// What a batch adds to a connection's counters.
#[derive(Default)]
struct Tally {
    given: u64,
    new: u64,
    again: u64,
    refused: u64,
    last_accepted: Option<i64>,
    last_refused: Option<i64>,
}

impl Store {
    /// Keeps deliveries and notes refusals in one transaction: when it returns they are on disk. What belongs to a
    /// connection that does not exist is left out.
    pub async fn keep_deliveries(&self, deliveries: &[NewDelivery], refusals: &[NewRefusal]) -> Result<KeptBatch> {
        self.explained(|| async {
            let mut tx = self.begin_urgently().await?;
            let keys = keys(&mut tx, deliveries, refusals).await?;
            let mut by_connection: BTreeMap<i64, Vec<&NewDelivery>> = BTreeMap::new();
            for row in deliveries {
                if let Some(key) = keys.get(&row.connection) {
                    by_connection.entry(*key).or_default().push(row);
                }
            }
            let mut tallies: BTreeMap<i64, Tally> = BTreeMap::new();
            let mut kept = KeptBatch::default();
            for (key, rows) in &by_connection {
                let given = rows.len() as u64;
                let new = insert(&mut tx, *key, rows).await?;
                let again = if new < given { refetch(&mut tx, *key, rows).await? } else { 0 };
                kept.new += new;
                kept.duplicates += given - new;
                kept.again += again;
                let last_accepted = rows.iter().map(|row| row.received_at.as_unix_ms()).max();
                tallies.insert(*key, Tally { given, new, again, last_accepted, ..Tally::default() });
            }
            for refusal in refusals {
                let Some(key) = keys.get(&refusal.connection) else { continue };
                let tally = tallies.entry(*key).or_default();
                tally.refused += 1;
                tally.last_refused = Some(refusal.at.as_unix_ms());
                note(&mut tx, *key, refusal).await?;
            }
            for (key, tally) in &tallies {
                count(&mut tx, *key, tally).await?;
                if let Some(at) = tally.last_accepted.filter(|_| tally.new + tally.again > 0) {
                    ask_to_read(&mut tx, *key, at).await?;
                }
            }
            tx.commit().await?;
            Ok(kept)
        })
        .await
    }
}

/// Row keys of the connections that exist.
async fn keys(
    tx: &mut db::Connection,
    deliveries: &[NewDelivery],
    refusals: &[NewRefusal],
) -> Outcome<BTreeMap<ConnectionId, i64>> {
    let mut keys = BTreeMap::new();
    let named = deliveries.iter().map(|row| &row.connection).chain(refusals.iter().map(|row| &row.connection));
    // A page of a sync, which holds its connection for long, does not keep the deliveries of all waiting.
    for id in named.collect::<BTreeSet<_>>() {
        if let Some(key) = shared_key_of(&mut *tx, id).await? {
            keys.insert(id.clone(), key);
        }
    }
    Ok(keys)
}

/// Inserts a connection's deliveries; how many were new. Counted, not named: a row that comes back from the thread of the
/// database takes as long as one that is written.
async fn insert(tx: &mut db::Connection, key: i64, rows: &[&NewDelivery]) -> Outcome<u64> {
    let head = format!(
        "{} INTO webhook_delivery (connection, received_at, source, verdict, signed_at, dedupe_key, content, bytes, state, traceparent) VALUES",
        tx.dialect().insert_or_fail()
    );
    BulkStatement { head: &head, columns: 10, tail: "ON CONFLICT DO NOTHING" }
        .execute(
            tx,
            rows,
            |query| query,
            |query, row| {
                query
                    .bind(key)
                    .bind(row.received_at.as_unix_ms())
                    .bind(ChangeSource::Webhook.as_str())
                    .bind(row.proof.as_str())
                    .bind(row.signed_at.map(Timestamp::as_unix_ms))
                    .bind(row.dedupe_key.clone())
                    .bind(row.content.clone())
                    .bind(stored(row.bytes))
                    .bind(DeliveryState::Waiting.as_str())
                    .bind(row.traceparent.clone())
            },
        )
        .await
}

/// Has deliveries that came before, and are read or dead-lettered already, read once more; how many. Two changes of one thing within a second
/// make deliveries that are the same to the letter: the later one may report what was not yet so when the first was read.
/// Events that are known by their own key stay known.
async fn refetch(tx: &mut db::Connection, key: i64, rows: &[&NewDelivery]) -> Outcome<u64> {
    let keys: Vec<&str> = rows.iter().filter_map(|row| row.dedupe_key.as_deref()).collect();
    let refetch = db::query(AssertSqlSafe(format!(
        "UPDATE webhook_delivery SET state = $1, attempts = 0 WHERE connection = $2 AND state IN ($3, $4) AND dedupe_key IS NOT NULL \
         AND dedupe_key IN (SELECT value FROM {})",
        tx.dialect().texts_of_json("$5")
    )))
    .bind(DeliveryState::Waiting.as_str())
    .bind(key)
    .bind(DeliveryState::Read.as_str())
    .bind(DeliveryState::DeadLettered.as_str())
    .bind(to_json("keys of deliveries", &keys)?);
    Ok(refetch.execute(tx).await?.rows_affected())
}

async fn note(tx: &mut db::Connection, key: i64, refusal: &NewRefusal) -> Outcome<()> {
    db::query("INSERT INTO webhook_refusal (connection, at, verdict, likely_cause, bytes) VALUES ($1, $2, $3, $4, $5)")
        .bind(key)
        .bind(refusal.at.as_unix_ms())
        .bind(&refusal.verdict)
        .bind(refusal.likely_cause.as_deref())
        .bind(stored(refusal.bytes))
        .execute(&mut *tx)
        .await?;
    db::query(
        "DELETE FROM webhook_refusal WHERE connection = $1 AND seq <= \
         (SELECT seq FROM webhook_refusal WHERE connection = $1 ORDER BY seq DESC LIMIT 1 OFFSET $2)",
    )
    .bind(key)
    .bind(REFUSALS_KEPT)
    .execute(tx)
    .await?;
    Ok(())
}

async fn count(tx: &mut db::Connection, key: i64, tally: &Tally) -> Outcome<()> {
    let silent: Option<i64> = db::query_scalar::<Option<i64>>(
        "INSERT INTO webhook_endpoint AS e (connection, accepted, duplicates, refused, last_accepted_at, last_refused_at) \
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (connection) DO UPDATE SET accepted = e.accepted + excluded.accepted, \
         duplicates = e.duplicates + excluded.duplicates, refused = e.refused + excluded.refused, \
         last_accepted_at = coalesce(excluded.last_accepted_at, e.last_accepted_at), \
         last_refused_at = coalesce(excluded.last_refused_at, e.last_refused_at) RETURNING silent_since",
    )
    .bind(key)
    .bind(stored(tally.new))
    .bind(stored(tally.given - tally.new))
    .bind(stored(tally.refused))
    .bind(tally.last_accepted)
    .bind(tally.last_refused)
    .fetch_one(&mut *tx)
    .await?;
    if let (Some(_), Some(at)) = (silent, tally.last_accepted) {
        break_silence(tx, key, at).await?;
    }
    Ok(())
}
