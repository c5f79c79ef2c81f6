//! Events into their lanes: each event counts once, whatever deliveries tell it.

use std::collections::{BTreeMap, HashSet};

use connector_api::{
    domain::Timestamp,
    wire::webhook::{EventDecision, PlatformEvent},
};
use sqlx::SqliteConnection;

use crate::{
    model::{fetched::Way, webhook::EventCount},
    store::{
        db::{
            bulk::Statement,
            failure::Outcome,
            value::{stored, to_json},
        },
        sql::webhook::lane::ask_to_apply,
    },
};

/// An event, and where it came from.
pub(crate) struct Told<'a> {
    pub(crate) delivery: i64,
    pub(crate) event: &'a PlatformEvent,
    /// Whether its entities are read again even if the event is known: somebody replays it.
    pub(crate) forced: bool,
}

/// What every lane carries that is asked for now.
#[derive(Clone, Copy)]
pub(crate) struct Asking {
    pub(crate) connection: i64,
    pub(crate) way: Way,
    pub(crate) due_at: i64,
    pub(crate) now: i64,
}

/// Keeps events and puts the entities of new ones into their lanes.
pub(crate) async fn keep(tx: &mut SqliteConnection, told: &[Told<'_>], asking: Asking) -> Outcome<EventCount> {
    let mut new = insert(tx, told, asking.connection).await?;
    let mut lanes: BTreeMap<(&str, &str), (u64, i64)> = BTreeMap::new();
    let mut count = EventCount::default();
    for Told { delivery, event, forced } in told {
        let is_new = event.dedupe_key.as_ref().is_none_or(|key| new.remove(key));
        if !is_new && !forced {
            count.repeated += 1;
            continue;
        }
        count.new += u64::from(is_new);
        if event.decision != EventDecision::Route {
            continue;
        }
        for entity in &event.refs {
            let lane = lanes.entry((entity.stream.as_str(), entity.id.as_str())).or_default();
            *lane = (lane.0 + 1, *delivery);
            count.routed += 1;
        }
    }
    open(tx, &lanes, asking).await?;
    Ok(count)
}

/// Inserts events; gives the keys of those that were new.
async fn insert(tx: &mut SqliteConnection, told: &[Told<'_>], connection: i64) -> Outcome<HashSet<String>> {
    const INSERT: Statement = Statement {
        head: "INSERT INTO webhook_event (connection, delivery, topic, action, dedupe_key, occurred_at, decision, \
               reason, refs) VALUES",
        columns: 9,
        tail: "ON CONFLICT DO NOTHING RETURNING coalesce(dedupe_key, '')",
    };
    let rows = told
        .iter()
        .map(|told| Ok((told, to_json("refs of an event", &told.event.refs)?)))
        .collect::<Outcome<Vec<_>>>()?;
    let new = INSERT
        .returning(tx, &rows, |query, (Told { delivery, event, .. }, refs)| {
            query
                .bind(connection)
                .bind(*delivery)
                .bind(event.topic.clone())
                .bind(event.action.clone())
                .bind(event.dedupe_key.clone())
                .bind(event.occurred_at.map(Timestamp::as_unix_ms))
                .bind(event.decision.to_string())
                .bind(event.reason.clone())
                .bind(refs.clone())
        })
        .await?;
    Ok(new.into_iter().collect())
}

async fn open(tx: &mut SqliteConnection, lanes: &BTreeMap<(&str, &str), (u64, i64)>, asking: Asking) -> Outcome<()> {
    // A lane at work or on its way to another try keeps its time; one that was given up begins again.
    const OPEN: Statement = Statement {
        // A lane that comes back begins with a fence above all that the one before had.
        head: "INSERT INTO webhook_lane (connection, stream, id, due_at, fence, wanted, way, delivery, since) VALUES",
        columns: 9,
        tail: "ON CONFLICT (connection, stream, id) DO UPDATE SET wanted = webhook_lane.wanted + excluded.wanted, delivery = excluded.delivery, \
               way = excluded.way, due_at = CASE WHEN webhook_lane.dead_at IS NULL THEN webhook_lane.due_at ELSE excluded.due_at END, \
               attempts = CASE WHEN webhook_lane.dead_at IS NULL THEN webhook_lane.attempts ELSE 0 END, dead_at = NULL",
    };
    if lanes.is_empty() {
        return Ok(());
    }
    let rows: Vec<_> = lanes.iter().collect();
    OPEN.execute(
        tx,
        &rows,
        |query| query,
        |query, ((stream, id), (wanted, delivery))| {
            query
                .bind(asking.connection)
                .bind((*stream).to_owned())
                .bind((*id).to_owned())
                .bind(asking.due_at)
                .bind(asking.due_at)
                .bind(stored(*wanted))
                .bind(asking.way.as_str())
                .bind(*delivery)
                .bind(asking.now)
        },
    )
    .await?;
    ask_to_apply(tx, asking.connection, asking.due_at).await
}
