//! The inbox, claims and entity queues.

use std::time::Duration;

use connector_api::{
    domain::ConnectionId,
    wire::{
        pull::{EntityRef, Stream},
        webhook::{EventDecision, PlatformEvent},
    },
};

use crate::{
    model::{
        connection::ConnectionStatus,
        fetched::{ChangeSource, EntityClaim, FetchCommit},
        paging::PageQuery,
        rows::Rows,
        run::Mode,
        standing::Queues,
        webhook::{
            ClaimedEntity, DeliveryState, EntityDeferral, EventCount, KeptBatch, NewDelivery, NewRefusal, Proof,
            REFUSALS_KEPT, Reading, ReadingCommit, ReplayRange, WebhookClaim,
        },
        webhook_view::DeliveryFilter,
    },
    store::{
        Store,
        suite::fixture::{Sync, at, audited, connect, full_sync, offer, small_catalog},
    },
};

async fn ready(store: &Store, label: &str) -> ConnectionId {
    let id = connect(store, label).await;
    let mut connection = store.connection(&id).await.unwrap().unwrap();
    connection.health.status = ConnectionStatus::Active;
    store.update_connection(&mut connection).await.unwrap();
    id
}

fn delivery(connection: &ConnectionId, key: Option<&str>, second: i64) -> NewDelivery {
    NewDelivery {
        connection: connection.clone(),
        received_at: at(second),
        proof: Proof::Authentic,
        signed_at: Some(at(second)),
        dedupe_key: key.map(str::to_owned),
        content: b"sealed".to_vec(),
        bytes: 6,
        traceparent: None,
    }
}

fn event(key: Option<&str>, ids: &[&str]) -> PlatformEvent {
    let named = |id: &&str| EntityRef { stream: Stream::Offers, id: (*id).into() };
    PlatformEvent {
        topic: "product".into(),
        action: Some("update".into()),
        dedupe_key: key.map(str::to_owned),
        occurred_at: Some(at(1)),
        decision: EventDecision::Route,
        reason: None,
        refs: ids.iter().map(named).collect(),
    }
}

/// Reads everything that waits as these events, one list per delivery.
async fn read(store: &Store, events: &[Vec<PlatformEvent>], second: i64) -> EventCount {
    let claim = store.claim_webhook_work(at(second), at(second + 30)).await.unwrap();
    let Some(WebhookClaim::Read { connection, fence, deliveries }) = claim else { panic!("no deliveries to read") };
    let readings: Vec<_> = deliveries
        .iter()
        .zip(events)
        .map(|(delivery, events)| (delivery.seq, Reading::Events(events.clone())))
        .collect();
    assert_eq!(readings.len(), deliveries.len());
    let commit = ReadingCommit {
        connection: &connection,
        fence,
        readings: &readings,
        queues_due_at: at(second),
        again_at: at(second + 10),
        now: at(second),
    };
    store.commit_reading(commit).await.unwrap()
}

/// Gives up everything that waits.
async fn fail(store: &Store, second: i64) {
    let claim = store.claim_webhook_work(at(second), at(second + 30)).await.unwrap();
    let Some(WebhookClaim::Read { connection, fence, deliveries }) = claim else { panic!("no deliveries to read") };
    let failed = |seq| (seq, Reading::Failed { error: "unreadable".into(), dead_lettered: true });
    let readings: Vec<_> = deliveries.iter().map(|delivery| failed(delivery.seq)).collect();
    let (queues_due_at, again_at, now) = (at(second), at(second + 10), at(second));
    let commit = ReadingCommit { connection: &connection, fence, readings: &readings, queues_due_at, again_at, now };
    store.commit_reading(commit).await.unwrap();
}

async fn queues(store: &Store, second: i64) -> (ConnectionId, Vec<ClaimedEntity>) {
    match store.claim_webhook_work(at(second), at(second + 30)).await.unwrap() {
        Some(WebhookClaim::Apply { connection, queues }) => (connection, queues),
        other => panic!("queues to work off: {other:?}"),
    }
}

fn ids(queues: &[ClaimedEntity]) -> Vec<&str> {
    queues.iter().map(|queue| queue.hold.entity.id.as_str()).collect()
}

fn holds(queues: &[ClaimedEntity]) -> Vec<EntityClaim> {
    queues.iter().map(|queue| queue.hold.clone()).collect()
}

async fn end(store: &Store, connection: &ConnectionId, queues: &[ClaimedEntity], second: i64) {
    let fetch = FetchCommit {
        connection,
        source: ChangeSource::Webhook,
        read_at: at(second),
        rows: &[],
        gone: &[],
        queues: &holds(queues),
        now: at(second),
    };
    store.commit_fetch(fetch).await.unwrap();
}

/// Keeps one delivery that names these offers, and reads it.
async fn emit(store: &Store, connection: &ConnectionId, offers: &[&str], second: i64) {
    store.keep_deliveries(&[delivery(connection, None, second)], &[]).await.unwrap();
    read(store, &[vec![event(None, offers)]], second).await;
}

pub(crate) async fn a_delivery_is_kept_once(store: &Store) {
    let (id, other) = (ready(store, "1").await, ready(store, "2").await);
    let nobody = ConnectionId("conn_nobody".into());
    let batch = [
        delivery(&id, Some("a"), 1),
        delivery(&id, Some("a"), 2),
        delivery(&other, Some("a"), 3),
        delivery(&nobody, Some("a"), 4),
        delivery(&id, None, 5),
        delivery(&id, None, 6),
    ];
    assert_eq!(store.keep_deliveries(&batch, &[]).await.unwrap(), KeptBatch { new: 4, duplicates: 1, again: 0 });
    let again = store.keep_deliveries(&[delivery(&id, Some("a"), 7)], &[]).await.unwrap();
    assert_eq!(again, KeptBatch { new: 0, duplicates: 1, again: 0 });
    let endpoint = store.webhook_endpoint(&id).await.unwrap();
    assert_eq!((endpoint.accepted, endpoint.duplicates, endpoint.waiting_deliveries), (3, 2, 3));
    assert_eq!(endpoint.last_accepted_at, Some(at(7)));
    let listed = store.deliveries(&id, &DeliveryFilter::default(), &PageQuery::first(2)).await.unwrap();
    assert_eq!(listed.data.iter().map(|view| view.received_at).collect::<Vec<_>>(), [at(6), at(5)]);
    let rest = PageQuery::after(2, listed.next_cursor);
    let rest = store.deliveries(&id, &DeliveryFilter::default(), &rest).await.unwrap();
    assert_eq!(rest.data.iter().map(|view| view.received_at).collect::<Vec<_>>(), [at(1)]);
    let detail = store.delivery(&id, rest.data[0].id).await.unwrap().unwrap();
    assert_eq!(detail.content, b"sealed");
    assert_eq!(store.delivery(&other, rest.data[0].id).await.unwrap(), None, "another connection's is not shown");
}

pub(crate) async fn refusals_are_remembered_for_a_while(store: &Store) {
    let id = ready(store, "1").await;
    let refusal = |second| NewRefusal {
        connection: id.clone(),
        at: at(second),
        verdict: "bad_signature".into(),
        likely_cause: Some("another secret".into()),
        bytes: 9,
    };
    let many: Vec<_> = (0..i64::from(REFUSALS_KEPT) + 10).map(refusal).collect();
    store.keep_deliveries(&[], &many).await.unwrap();
    let kept = store.refusals(&id).await.unwrap();
    assert_eq!((kept.len(), kept[0].at), (REFUSALS_KEPT as usize, at(59)));
    assert_eq!(kept[0].likely_cause.as_deref(), Some("another secret"));
    let endpoint = store.webhook_endpoint(&id).await.unwrap();
    assert_eq!((endpoint.refused, endpoint.last_refused_at, endpoint.last_accepted_at), (60, Some(at(59)), None));
    assert_eq!(store.claim_webhook_work(at(100), at(130)).await.unwrap(), None, "there is nothing to do about them");
}

pub(crate) async fn events_count_once_and_open_queues(store: &Store) {
    let id = ready(store, "1").await;
    let batch = [delivery(&id, Some("a"), 1), delivery(&id, Some("b"), 1)];
    store.keep_deliveries(&batch, &[]).await.unwrap();
    let ignored = PlatformEvent { decision: EventDecision::Ignore, reason: Some("no".into()), ..event(None, &["9"]) };
    let reported = [vec![event(Some("x"), &["1", "2"]), ignored], vec![event(Some("x"), &["1"]), event(None, &["2"])]];
    let count = read(store, &reported, 2).await;
    assert_eq!(count, EventCount { new: 3, repeated: 1, routed: 3 });
    let (connection, claimed) = queues(store, 3).await;
    assert_eq!((connection, ids(&claimed)), (id.clone(), vec!["1", "2"]));
    assert_eq!(store.claim_webhook_work(at(3), at(33)).await.unwrap(), None, "a queue was claimed twice");
    end(store, &id, &claimed, 4).await;
    assert_eq!(store.claim_webhook_work(at(100), at(130)).await.unwrap(), None);
    let first = store.deliveries(&id, &DeliveryFilter::default(), &PageQuery::default()).await.unwrap().data;
    assert_eq!(
        first.iter().map(|view| (view.state.as_str(), view.events)).collect::<Vec<_>>(),
        [("read", 1), ("read", 2)]
    );
    let detail = store.delivery(&id, first[1].id).await.unwrap().unwrap();
    assert_eq!(detail.events[0].entities[0].state, "done");
    assert_eq!((detail.events[1].decision.as_str(), detail.events[1].reason.as_deref()), ("ignore", Some("no")));

    let queued = [event(Some("x"), &["1"]), event(Some("y"), &["7"])];
    let polled = store.keep_polled(&id, &queued, b"", at(9), at(9)).await.unwrap();
    assert_eq!(polled, EventCount { new: 1, repeated: 1, routed: 1 }, "a queue tells the same events");
    let (_, claimed) = queues(store, 9).await;
    assert_eq!((ids(&claimed), claimed[0].source), (vec!["7"], ChangeSource::Poll));
}

pub(crate) async fn a_delivery_that_comes_again_is_refetched(store: &Store) {
    let id = ready(store, "1").await;
    store.keep_deliveries(&[delivery(&id, Some("a"), 1), delivery(&id, Some("b"), 1)], &[]).await.unwrap();
    let reported = [vec![event(Some("x"), &["1"]), event(None, &["2"])], vec![event(None, &["3"])]];
    read(store, &reported, 2).await;
    let (_, claimed) = queues(store, 2).await;
    end(store, &id, &claimed, 3).await;
    let again = store.keep_deliveries(&[delivery(&id, Some("a"), 5)], &[]).await.unwrap();
    assert_eq!(again, KeptBatch { new: 0, duplicates: 1, again: 1 });
    assert_eq!(read(store, &reported[..1], 5).await, EventCount { new: 1, repeated: 1, routed: 1 });
    let (_, claimed) = queues(store, 5).await;
    assert_eq!(ids(&claimed), ["2"], "what is known by its own key is not read again");
    assert_eq!(store.webhook_endpoint(&id).await.unwrap().accepted, 2);
    end(store, &id, &claimed, 6).await;

    store.keep_deliveries(&[delivery(&id, Some("c"), 7)], &[]).await.unwrap();
    fail(store, 7).await;
    let dead_lettered = DeliveryFilter { state: Some(DeliveryState::DeadLettered), ..DeliveryFilter::default() };
    assert_eq!(store.deliveries(&id, &dead_lettered, &PageQuery::default()).await.unwrap().data[0].attempts, 1);
    let again = store.keep_deliveries(&[delivery(&id, Some("c"), 8)], &[]).await.unwrap();
    assert_eq!(again.again, 1, "what was dead-lettered is tried anew when the platform sends it again");
    let Some(WebhookClaim::Read { deliveries, .. }) = store.claim_webhook_work(at(8), at(38)).await.unwrap() else {
        panic!("it waits to be read")
    };
    assert_eq!(deliveries[0].attempts, 0);
}

pub(crate) async fn what_waits_and_what_was_dead_lettered_is_measured(store: &Store) {
    let (id, quiet) = (ready(store, "1").await, ready(store, "2").await);
    store.keep_deliveries(&[delivery(&id, Some("a"), 10)], &[]).await.unwrap();
    fail(store, 11).await;
    emit(store, &id, &["1"], 20).await;
    store.keep_deliveries(&[delivery(&id, Some("b"), 40), delivery(&id, Some("c"), 50)], &[]).await.unwrap();
    store.note_silence(&quiet, at(30), at(60)).await.unwrap();
    let measured = store.standing(at(100)).await.unwrap().queues;
    let expected = Queues {
        oldest_delivery: Duration::from_mins(1),
        next_entity: Duration::from_secs(80),
        dead_lettered_deliveries: 1,
        silent_connections: 1,
        ..Queues::default()
    };
    assert_eq!(measured, expected);
    for connection in [&id, &quiet] {
        let mut connection = store.connection(connection).await.unwrap().unwrap();
        connection.paused_at = Some(at(100));
        store.update_connection(&mut connection).await.unwrap();
    }
    let measured = store.standing(at(100)).await.unwrap().queues;
    let paused = Queues { dead_lettered_deliveries: 1, ..Queues::default() };
    assert_eq!(measured, paused, "what is paused waits on purpose");
    assert!(store.pools().iter().all(|(_, pool)| pool.most > 0 && pool.used + pool.idle <= pool.most));
}

pub(crate) async fn a_replay_reads_entities_again(store: &Store) {
    let id = ready(store, "1").await;
    store.keep_deliveries(&[delivery(&id, Some("a"), 1), delivery(&id, Some("b"), 2)], &[]).await.unwrap();
    let reported = [vec![event(Some("x"), &["1"]), event(None, &["2"])], vec![event(Some("z"), &["3"])]];
    read(store, &reported, 2).await;
    let (_, claimed) = queues(store, 2).await;
    end(store, &id, &claimed, 3).await;
    let range = ReplayRange { until: Some(at(2)), ..ReplayRange::default() };
    assert_eq!(store.replay_deliveries(&id, &range, &audited(5)).await.unwrap(), 1);
    assert_eq!(read(store, &reported[..1], 5).await, EventCount { new: 1, repeated: 0, routed: 2 });
    let (_, claimed) = queues(store, 5).await;
    assert_eq!(ids(&claimed), ["1", "2"]);
    let views = store.deliveries(&id, &DeliveryFilter::default(), &PageQuery::default()).await.unwrap().data;
    assert_eq!(views.iter().map(|view| (view.replays, view.events)).collect::<Vec<_>>(), [(0, 1), (1, 2)]);
    let dead_lettered = ReplayRange { dead_lettered: true, ..ReplayRange::default() };
    assert_eq!(store.replay_deliveries(&id, &dead_lettered, &audited(6)).await.unwrap(), 0);
}

pub(crate) async fn a_queue_at_work_is_asked_for_again(store: &Store) {
    let id = ready(store, "1").await;
    emit(store, &id, &["1"], 1).await;
    let (_, claimed) = queues(store, 1).await;
    emit(store, &id, &["1"], 2).await;
    assert_eq!(
        store.claim_webhook_work(at(3), at(33)).await.unwrap(),
        None,
        "an entity is read by one worker at a time"
    );
    end(store, &id, &claimed, 4).await;
    let (_, again) = queues(store, 4).await;
    assert_eq!(ids(&again), ["1"], "what came meanwhile was lost");
    end(store, &id, &claimed, 5).await;
    assert_eq!(store.webhook_endpoint(&id).await.unwrap().waiting_entities, 1, "an old claim ended a new one");
    end(store, &id, &again, 6).await;
    assert_eq!(store.webhook_endpoint(&id).await.unwrap().waiting_entities, 0);
}

pub(crate) async fn work_that_failed_comes_back(store: &Store) {
    let id = ready(store, "1").await;
    emit(store, &id, &["1", "2"], 1).await;
    let (_, claimed) = queues(store, 1).await;
    let deferred = EntityDeferral { holds: &holds(&claimed), due_at: Some(at(20)), counts: true, error: "slow" };
    store.defer_entities(&id, deferred, at(2)).await.unwrap();
    assert_eq!(store.claim_webhook_work(at(19), at(49)).await.unwrap(), None);
    assert_eq!(store.next_webhook_due().await.unwrap(), Some(at(20)));
    let (_, claimed) = queues(store, 20).await;
    assert_eq!(claimed.iter().map(|queue| queue.attempts).collect::<Vec<_>>(), [1, 1]);
    let dead_lettered = EntityDeferral { holds: &holds(&claimed), due_at: None, counts: true, error: "refused" };
    store.defer_entities(&id, dead_lettered, at(21)).await.unwrap();
    assert_eq!(store.claim_webhook_work(at(1_000), at(1_030)).await.unwrap(), None);
    let dead_lettered = store.dead_lettered_entities(&id, &PageQuery::first(1)).await.unwrap();
    assert_eq!((dead_lettered.data[0].error.as_deref(), dead_lettered.data[0].attempts), (Some("refused"), 2));
    assert_eq!(dead_lettered.data[0].dead_lettered_at, at(21));
    assert_eq!(store.webhook_endpoint(&id).await.unwrap().dead_lettered_entities, 2);

    emit(store, &id, &["2"], 30).await;
    let (_, revived) = queues(store, 30).await;
    assert_eq!((ids(&revived), revived[0].attempts), (vec!["2"], 0), "a new event begins again");
    let one = EntityRef { stream: Stream::Offers, id: "1".into() };
    assert_eq!(store.replay_entities(&id, Some(&one), &audited(31)).await.unwrap(), 1);
    assert_eq!(store.replay_entities(&id, None, &audited(31)).await.unwrap(), 0);
    let (_, revived) = queues(store, 31).await;
    assert_eq!(ids(&revived), ["1"]);
}

pub(crate) async fn a_claim_of_a_dead_worker_ends(store: &Store) {
    let id = ready(store, "1").await;
    store.keep_deliveries(&[delivery(&id, Some("a"), 1)], &[]).await.unwrap();
    let Some(WebhookClaim::Read { fence, deliveries, .. }) = store.claim_webhook_work(at(1), at(31)).await.unwrap()
    else {
        panic!("a delivery to read");
    };
    assert!(store.renew_reading(&id, fence, at(31)).await.unwrap());
    assert_eq!(store.claim_webhook_work(at(30), at(60)).await.unwrap(), None);
    read(store, &[vec![event(Some("x"), &["1"])]], 31).await;
    assert!(!store.renew_reading(&id, fence, at(90)).await.unwrap(), "another has read them");
    let late = [(deliveries[0].seq, Reading::Failed { error: "late".into(), dead_lettered: true })];
    let commit =
        ReadingCommit { connection: &id, fence, readings: &late, queues_due_at: at(32), again_at: at(32), now: at(32) };
    assert_eq!(store.commit_reading(commit).await.unwrap(), EventCount::default());
    assert_eq!(store.webhook_endpoint(&id).await.unwrap().dead_lettered_deliveries, 0, "a late worker wrote");

    let (_, died) = queues(store, 32).await;
    assert!(store.renew_entity_claims(&id, &holds(&died), at(90)).await.unwrap());
    assert_eq!(store.claim_webhook_work(at(89), at(119)).await.unwrap(), None);
    let (_, next) = queues(store, 90).await;
    assert!(!store.renew_entity_claims(&id, &holds(&died), at(900)).await.unwrap());
    end(store, &id, &died, 91).await;
    assert_eq!(store.webhook_endpoint(&id).await.unwrap().waiting_entities, 1, "a late worker ended the claim");
    end(store, &id, &next, 92).await;
    assert_eq!(store.webhook_endpoint(&id).await.unwrap().waiting_entities, 0);
}

pub(crate) async fn connections_are_served_in_rotation(store: &Store) {
    let (busy, quiet) = (ready(store, "1").await, ready(store, "2").await);
    let many: Vec<String> = (0..250).map(|number| format!("{number:03}")).collect();
    store.keep_deliveries(&[delivery(&busy, None, 1), delivery(&quiet, None, 2)], &[]).await.unwrap();
    read(store, &[vec![event(None, &many.iter().map(String::as_str).collect::<Vec<_>>())]], 3).await;
    read(store, &[vec![event(None, &["q"])]], 4).await;
    let (first, hundred) = queues(store, 10).await;
    assert_eq!((first, hundred.len()), (busy.clone(), 100));
    assert_eq!(queues(store, 11).await.0, quiet, "a busy connection kept a quiet one waiting");
    assert_eq!(queues(store, 11).await.1.len(), 100, "several workers may serve one connection");
    assert_eq!(queues(store, 11).await.1.len(), 50);
    assert_eq!(store.claim_webhook_work(at(12), at(42)).await.unwrap(), None);
}

pub(crate) async fn a_paused_connection_keeps_its_deliveries(store: &Store) {
    let id = ready(store, "1").await;
    let mut connection = store.connection(&id).await.unwrap().unwrap();
    connection.paused_at = Some(at(1));
    store.update_connection(&mut connection).await.unwrap();
    store.keep_deliveries(&[delivery(&id, Some("a"), 1)], &[]).await.unwrap();
    assert_eq!(store.claim_webhook_work(at(2), at(32)).await.unwrap(), None);
    connection.paused_at = None;
    store.update_connection(&mut connection).await.unwrap();
    assert_eq!(read(store, &[vec![event(None, &["1"])]], 20).await.routed, 1);
}

pub(crate) async fn changes_are_counted_by_their_source(store: &Store) {
    let id = ready(store, "1").await;
    full_sync(store, &id, &small_catalog(), at(10)).await;
    assert_eq!(store.change_counts(&id, at(0)).await.unwrap(), [], "a first pass is no change");
    let changed = async |titles: [&str; 2], second: i64| {
        let sync = Sync::begin(store, &id, &[(Stream::Offers, Mode::Full)], at(second)).await;
        let rows = vec![offer("9", titles[0], &["c"]), offer("10", titles[1], &["a", "b"])];
        sync.write(&Stream::Offers, &Rows::Offers(rows)).await;
        sync.complete(&Stream::Offers, true).await;
        sync.end().await;
    };
    changed(["Pants", "Blouse"], 20).await;
    emit(store, &id, &["9"], 30).await;
    changed(["Slacks", "Top"], 40).await;
    let (_, claimed) = queues(store, 50).await;
    let fetch = FetchCommit {
        connection: &id,
        source: claimed[0].source,
        read_at: at(50),
        rows: &[(Stream::Offers, Rows::Offers(vec![offer("9", "Jeans", &["c"])]))],
        gone: &[],
        queues: &holds(&claimed),
        now: at(50),
    };
    store.commit_fetch(fetch).await.unwrap();
    let counts = store.change_counts(&id, at(0)).await.unwrap();
    let counts: Vec<_> =
        counts.iter().map(|count| (count.stream.as_str(), count.source, count.changed, count.drift)).collect();
    let expected = [("offers", ChangeSource::Reconcile, 4, 1), ("offers", ChangeSource::Webhook, 1, 0)];
    assert_eq!(counts, expected, "before the first webhook nothing is drift; what waits in a queue was announced");
}

pub(crate) async fn silence_is_noted_once(store: &Store) {
    let id = ready(store, "1").await;
    let silent = async || store.webhook_endpoint(&id).await.unwrap().silent_since;
    assert!(store.note_silence(&id, at(5), at(10)).await.unwrap());
    assert!(!store.note_silence(&id, at(6), at(11)).await.unwrap());
    assert_eq!(silent().await, Some(at(5)));
    store.keep_deliveries(&[delivery(&id, Some("a"), 20)], &[]).await.unwrap();
    assert_eq!(silent().await, None);
    let kinds: Vec<_> = store.events(&id, &PageQuery::first(2)).await.unwrap().data;
    let kinds: Vec<_> = kinds.iter().map(|event| (event.kind.as_str(), event.at)).collect();
    assert_eq!(kinds, [("webhooks_back", at(20)), ("webhooks_silent", at(10))]);
    store.allow_unsigned(&id, true, &audited(0)).await.unwrap();
    assert!(store.webhook_endpoint(&id).await.unwrap().allow_unsigned);
}

pub(crate) async fn old_deliveries_are_pruned(store: &Store) {
    let (id, other) = (ready(store, "1").await, ready(store, "2").await);
    emit(store, &id, &["1"], 1).await;
    store.keep_deliveries(&[delivery(&other, Some("waits"), 2), delivery(&id, Some("young"), 50)], &[]).await.unwrap();
    assert_eq!(store.prune_webhooks(at(50), at(50)).await.unwrap(), 1);
    let left = store.deliveries(&id, &DeliveryFilter::default(), &PageQuery::default()).await.unwrap().data;
    assert_eq!(left.iter().map(|view| (view.received_at, view.events)).collect::<Vec<_>>(), [(at(50), 0)]);
    assert_eq!(store.webhook_endpoint(&other).await.unwrap().waiting_deliveries, 1, "what waits is not pruned");
    assert_eq!(store.webhook_endpoint(&id).await.unwrap().waiting_entities, 1, "nor is its work");
    store.remove_connection(&id, &audited(60)).await.unwrap();
    let claim = store.claim_webhook_work(at(100), at(130)).await.unwrap();
    assert!(matches!(claim, Some(WebhookClaim::Read { connection, .. }) if connection == other));
}
