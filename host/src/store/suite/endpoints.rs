//! Endpoints: claimed by one, sent to in order, and what failed is tried again.

use connector_api::domain::ConnectionId;

use crate::{
    model::{
        endpoint::{Attempt, Backlog, ClaimedEndpoint, DeliveryCommit, Endpoint, MAX_ENDPOINTS, Sequel},
        event::ConnectionEvent,
        outbox::{Audience, OutboxEvent},
        paging::PageQuery,
    },
    store::{
        Error, Store,
        suite::fixture::{at, audited, connect},
    },
};

pub(crate) fn endpoint(id: &str) -> Endpoint {
    Endpoint {
        id: id.to_owned(),
        version: 0,
        channel: None,
        tests_only: false,
        url: "https://channel.example/events".to_owned(),
        description: String::new(),
        types: vec![],
        secret: b"sealed".to_vec(),
        former_secret: None,
        former_until: None,
        disabled_at: None,
        disabled_reason: None,
        position: 0,
        failures: 0,
        cooldown_until: None,
        created_at: at(1),
        updated_at: at(1),
        last_success_at: None,
        last_failure_at: None,
    }
}

fn happened(connection: &ConnectionId, second: i64) -> ConnectionEvent {
    ConnectionEvent {
        seq: 0,
        connection_id: connection.clone(),
        kind: "deletions_accepted".to_owned(),
        before: None,
        after: None,
        cause: None,
        actor: Some("somebody".to_owned()),
        at: at(second),
    }
}

fn attempt(event: &OutboxEvent, number: u32, status: Option<u16>) -> Attempt {
    Attempt {
        seq: 0,
        event: event.seq,
        event_id: event.id.clone(),
        kind: event.kind.clone(),
        number,
        outcome: if status == Some(204) { "delivered" } else { "refused" }.to_owned(),
        status,
        error: None,
        duration_ms: 12,
        at: at(10),
    }
}

async fn claimed(store: &Store, now: i64) -> ClaimedEndpoint {
    store.claim_endpoint(at(now), at(now + 60)).await.unwrap().unwrap()
}

/// Writes what came of attempts; a failure leaves the endpoint alone until then.
async fn commit(
    store: &Store,
    claimed: &ClaimedEndpoint,
    attempts: &[(Attempt, Sequel)],
    position: i64,
    now: i64,
) -> bool {
    let commit =
        DeliveryCommit { claimed, attempts, position, failures: 0, cooldown_until: None, disabled: None, now: at(now) };
    store.commit_delivery(commit).await.unwrap()
}

pub(crate) async fn events_are_sent_in_order_and_what_failed_is_tried_again(store: &Store) {
    let id = connect(store, "Shop").await;
    store.insert_endpoint(&mut endpoint("ep_1"), &audited(0)).await.unwrap();
    assert_eq!(store.claim_endpoint(at(5), at(60)).await.unwrap(), None, "nothing has happened");
    for second in [1, 2, 3] {
        store.record_event(&happened(&id, second), None).await.unwrap();
    }
    let first = claimed(store, 5).await;
    assert_eq!(store.claim_endpoint(at(6), at(60)).await.unwrap(), None, "another has claimed it");
    assert!(store.renew_endpoint(&first, at(100)).await.unwrap());
    let due = store.due(&first, at(7), 2).await.unwrap();
    assert_eq!((due.again.len(), due.fresh.len()), (0, 2), "{due:?}");
    let attempts = [
        (attempt(&due.fresh[0], 1, Some(204)), Sequel::Delivered),
        (attempt(&due.fresh[1], 1, Some(500)), Sequel::Again(at(30))),
    ];
    assert!(commit(store, &first, &attempts, due.position, 10).await);

    let second = claimed(store, 11).await;
    assert!(second.fence > first.fence);
    let late = store.renew_endpoint(&first, at(200)).await.unwrap();
    assert!(!late && !commit(store, &first, &[], 0, 12).await, "a claim that was given back writes nothing");
    let due = store.due(&second, at(12), 10).await.unwrap();
    assert_eq!((due.again.len(), due.fresh.len()), (0, 1), "what failed waits: {due:?}");
    assert!(commit(store, &second, &[(attempt(&due.fresh[0], 1, None), Sequel::DeadLettered)], due.position, 13).await);
    assert_eq!(store.claim_endpoint(at(20), at(60)).await.unwrap(), None, "nothing is due");
    assert_eq!(store.backlog("ep_1").await.unwrap(), Backlog { retrying: 1, dead_lettered: 1 });

    let third = claimed(store, 30).await;
    assert_eq!(third.endpoint.last_success_at, Some(at(10)));
    let due = store.due(&third, at(30), 10).await.unwrap();
    let [(again, 1)] = &due.again[..] else { panic!("{due:?}") };
    assert!(commit(store, &third, &[(attempt(again, 2, Some(204)), Sequel::Delivered)], due.position, 31).await);
    let attempts = store.attempts("ep_1", &PageQuery::first(10)).await.unwrap().data;
    let said: Vec<_> = attempts.iter().map(|attempt| (attempt.number, attempt.status, attempt.duration_ms)).collect();
    assert_eq!(said, [(2, Some(204), 12), (1, None, 12), (1, Some(500), 12), (1, Some(204), 12)]);
    let page = store.attempts("ep_1", &PageQuery::first(3)).await.unwrap();
    let rest = store.attempts("ep_1", &PageQuery::after(3, page.next_cursor)).await.unwrap();
    assert_eq!((rest.data.len(), rest.next_cursor), (1, None));
}

pub(crate) async fn what_was_sent_is_sent_again_when_it_is_asked_for(store: &Store) {
    let id = connect(store, "Shop").await;
    store.insert_endpoint(&mut endpoint("ep_1"), &audited(0)).await.unwrap();
    for second in [1, 2] {
        store.record_event(&happened(&id, second), None).await.unwrap();
    }
    let first = claimed(store, 5).await;
    let due = store.due(&first, at(5), 10).await.unwrap();
    let all: Vec<_> = due.fresh.iter().map(|event| (attempt(event, 1, None), Sequel::DeadLettered)).collect();
    assert!(commit(store, &first, &all, due.position, 6).await);
    let letters = store.dead_letters("ep_1", &PageQuery::first(10)).await.unwrap().data;
    assert_eq!(letters.len(), 2);
    assert_eq!((letters[0].attempts, letters[0].dead_lettered_at), (1, at(6)));

    store.replay_event("ep_1", letters[0].event.seq, &audited(7)).await.unwrap();
    assert_eq!(store.backlog("ep_1").await.unwrap(), Backlog { retrying: 1, dead_lettered: 1 });
    assert_eq!(store.replay_dead_lettered("ep_1", &audited(8)).await.unwrap(), 1);
    let again = store.due(&claimed(store, 70).await, at(70), 10).await.unwrap().again;
    assert_eq!(again.len(), 2, "{again:?}");
    store.replay_after("ep_1", letters[0].event.seq, &audited(0)).await.unwrap();
    assert_eq!(store.endpoint("ep_1").await.unwrap().unwrap().position, letters[0].event.seq);
    assert_eq!(
        store.backlog("ep_1").await.unwrap(),
        Backlog { retrying: 1, dead_lettered: 0 },
        "the later comes in order"
    );
    let gone = store.replay_after("ep_none", 0, &audited(0)).await;
    assert!(matches!(gone, Err(Error::Gone { .. })), "{gone:?}");
}

pub(crate) async fn an_endpoint_changes_once_and_there_are_not_too_many(store: &Store) {
    let mut one = endpoint("ep_1");
    store.insert_endpoint(&mut one, &audited(0)).await.unwrap();
    let mut other = store.endpoint("ep_1").await.unwrap().unwrap();
    assert_eq!(other, one);
    one.description = "for stock".to_owned();
    (one.disabled_at, one.disabled_reason) = (Some(at(3)), Some("moved".to_owned()));
    store.update_endpoint(&mut one, &audited(0)).await.unwrap();
    assert_eq!(store.endpoint("ep_1").await.unwrap().unwrap(), one);
    let conflict = store.update_endpoint(&mut other, &audited(0)).await;
    assert!(matches!(conflict, Err(Error::Conflict { .. })), "{conflict:?}");
    assert!(store.reseal_endpoint(&one, b"new", Some(b"old")).await.unwrap());
    assert!(!store.reseal_endpoint(&one, b"newer", None).await.unwrap(), "it has changed meanwhile");
    let test = Attempt {
        seq: 0,
        event: 0,
        event_id: "evt_test".to_owned(),
        kind: "endpoint.test".to_owned(),
        number: 1,
        outcome: "delivered".to_owned(),
        status: Some(204),
        error: None,
        duration_ms: 3,
        at: at(4),
    };
    store.record_attempt("ep_1", &test).await.unwrap();
    assert_eq!(store.attempts("ep_1", &PageQuery::first(10)).await.unwrap().data.len(), 1);

    for number in 1..MAX_ENDPOINTS {
        store.insert_endpoint(&mut endpoint(&format!("ep_2{number:02}")), &audited(0)).await.unwrap();
    }
    let refused = store.insert_endpoint(&mut endpoint("ep_3"), &audited(0)).await;
    assert!(matches!(refused, Err(Error::Limit { .. })), "{refused:?}");
    let everything = Audience::default();
    let page = store.endpoints(&everything, &PageQuery::first(15)).await.unwrap();
    let rest = store.endpoints(&everything, &PageQuery::after(15, page.next_cursor)).await.unwrap();
    assert_eq!((page.data.len(), rest.data.len()), (15, 5));
    let tests = Audience { tests_only: true, ..Audience::default() };
    assert!(store.endpoints(&tests, &PageQuery::first(15)).await.unwrap().data.is_empty());
    assert!(store.delete_endpoint("ep_1", &audited(0)).await.unwrap());
    assert!(!store.delete_endpoint("ep_1", &audited(0)).await.unwrap());
}
