//! Events into their entity queues: each event counts once, whatever deliveries tell it.

use std::collections::{BTreeMap, HashSet};

use connector_api::{
    domain::Timestamp,
    wire::webhook::{EventDecision, PlatformEvent},
};

use crate::{
    model::{fetched::ChangeSource, webhook::EventCount},
    store::{
        db::{
            self,
            bulk::Statement,
            failure::Outcome,
            value::{stored, to_json},
        },
        sql::webhook::entity_queue::ask_to_apply,
    },
};

/// An event, and where it came from.
pub(crate) struct ReportedEvent<'a> {
    pub(crate) delivery: i64,
    pub(crate) event: &'a PlatformEvent,
    /// Whether its entities are refetched even if the event is known: somebody replays it.
    pub(crate) forced: bool,
}

/// What every entity queue carries that is asked for now.
#[derive(Clone, Copy)]
pub(crate) struct Asking {
    pub(crate) connection: i64,
    pub(crate) source: ChangeSource,
    pub(crate) due_at: i64,
    pub(crate) now: i64,
}

/// Keeps events and puts the entities of new ones into their entity queues.
pub(crate) async fn keep(
    tx: &mut db::Connection,
    reported: &[ReportedEvent<'_>],
    asking: Asking,
) -> Outcome<EventCount> {
    let mut new = insert(tx, reported, asking.connection).await?;
    let mut queues: BTreeMap<(&str, &str), (u64, i64)> = BTreeMap::new();
    let mut count = EventCount::default();
    for ReportedEvent { delivery, event, forced } in reported {
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
            let queue = queues.entry((entity.stream.as_str(), entity.id.as_str())).or_default();
            *queue = (queue.0 + 1, *delivery);
            count.routed += 1;
        }
    }
    open(tx, &queues, asking).await?;
    Ok(count)
}

/// Inserts events; gives the keys of those that were new.
async fn insert(tx: &mut db::Connection, reported: &[ReportedEvent<'_>], connection: i64) -> Outcome<HashSet<String>> {
    const INSERT: Statement = Statement {
        head: "INSERT INTO webhook_event (connection, delivery, topic, action, dedupe_key, occurred_at, decision, \
               reason, refs) VALUES",
        columns: 9,
        tail: "ON CONFLICT DO NOTHING RETURNING coalesce(dedupe_key, '')",
    };
    let rows = reported
        .iter()
        .map(|reported| Ok((reported, to_json("refs of an event", &reported.event.refs)?)))
        .collect::<Outcome<Vec<_>>>()?;
    let new = INSERT
        .returning(tx, &rows, |query, (ReportedEvent { delivery, event, .. }, refs)| {
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

async fn open(tx: &mut db::Connection, queues: &BTreeMap<(&str, &str), (u64, i64)>, asking: Asking) -> Outcome<()> {
    // An entity queue that is claimed or will be retried keeps its time; one that was dead-lettered begins again.
    const OPEN: Statement = Statement {
        // An entity queue that comes back begins with a fence above all that the one before had.
        head: "INSERT INTO entity_queue (connection, stream, id, due_at, fence, wanted, source, delivery, since) VALUES",
        columns: 9,
        tail: "ON CONFLICT (connection, stream, id) DO UPDATE SET wanted = entity_queue.wanted + excluded.wanted, delivery = excluded.delivery, \
               source = excluded.source, due_at = CASE WHEN entity_queue.dead_lettered_at IS NULL THEN entity_queue.due_at ELSE excluded.due_at END, \
               attempts = CASE WHEN entity_queue.dead_lettered_at IS NULL THEN entity_queue.attempts ELSE 0 END, dead_lettered_at = NULL",
    };
    if queues.is_empty() {
        return Ok(());
    }
    let rows: Vec<_> = queues.iter().collect();
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
                .bind(asking.source.as_str())
                .bind(*delivery)
                .bind(asking.now)
        },
    )
    .await?;
    ask_to_apply(tx, asking.connection, asking.due_at).await
}
