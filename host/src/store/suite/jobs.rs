//! Syncs that are due, and what happened to connections.

use connector_api::domain::ConnectionId;

use crate::{
    model::{
        connection::ConnectionStatus,
        event::ConnectionEvent,
        horizon::Horizons,
        job::SyncJob,
        paging::PageQuery,
        plugin_death::{HeldPlugin, PluginDeath},
        run::Trigger,
        sync::Acquired,
    },
    store::{
        Store,
        suite::fixture::{at, audited, connect},
    },
};

pub(crate) async fn ready(store: &Store, label: &str) -> ConnectionId {
    let id = connect(store, label).await;
    let mut connection = store.connection(&id).await.unwrap().unwrap();
    connection.health.status = ConnectionStatus::Active;
    store.update_connection(&mut connection).await.unwrap();
    id
}

pub(crate) fn job(connection: &ConnectionId, seconds: i64) -> SyncJob {
    SyncJob {
        connection: connection.clone(),
        due_at: at(seconds),
        full: false,
        trigger: Trigger::Schedule,
        attempts: 0,
        traceparent: None,
    }
}

pub(crate) async fn what_has_been_due_longest_is_claimed_first_and_once(store: &Store) {
    let (first, second) = (ready(store, "1").await, ready(store, "2").await);
    let not_ready = connect(store, "3").await;
    for (id, due) in [(&second, 20), (&first, 10), (&not_ready, 5)] {
        store.request_sync(&job(id, due)).await.unwrap();
    }
    assert_eq!(store.claim_sync("worker", at(9), at(60)).await.unwrap(), None, "nothing is due yet");
    assert_eq!(store.claim_sync("worker", at(30), at(60)).await.unwrap().unwrap().job.connection, first);
    let claimed = store.claim_sync("worker", at(30), at(60)).await.unwrap().unwrap();
    assert_eq!(claimed.job.connection, second);
    assert_eq!(store.claim_sync("worker", at(30), at(60)).await.unwrap(), None, "a claim was given twice");
    assert!(store.renew_claim(&claimed, at(90)).await.unwrap());
    assert_eq!(
        store.claim_sync("worker", at(61), at(99)).await.unwrap().unwrap().job.connection,
        first,
        "whose worker died"
    );
    assert_eq!(store.claim_sync("worker", at(61), at(99)).await.unwrap(), None);
}

pub(crate) async fn a_request_that_comes_while_a_sync_runs_is_not_lost(store: &Store) {
    let id = ready(store, "1").await;
    store.request_sync(&job(&id, 10)).await.unwrap();
    let claimed = store.claim_sync("worker", at(10), at(60)).await.unwrap().unwrap();
    let traceparent = Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".to_owned());
    let request = SyncJob { full: true, trigger: Trigger::Manual, traceparent, ..job(&id, 12) };
    store.request_sync(&request).await.unwrap();
    store.end_sync(&claimed, Some(&job(&id, 1_000)), None, at(70)).await.unwrap();
    let next = store.next_sync(&id).await.unwrap().unwrap();
    assert_eq!((next.full, next.trigger), (true, Trigger::Manual));
    let claimed = store.claim_sync("worker", at(20), at(60)).await.unwrap().unwrap();
    assert_eq!((claimed.job.full, &claimed.job.traceparent), (true, &request.traceparent));
    store.end_sync(&claimed, Some(&SyncJob { attempts: 3, ..job(&id, 1_000) }), Some("slow"), at(70)).await.unwrap();
    let next = store.next_sync(&id).await.unwrap().unwrap();
    assert_eq!((next.due_at, next.full, next.attempts), (at(1_000), false, 3));
    let claimed = store.claim_sync("worker", at(1_000), at(1_060)).await.unwrap().unwrap();
    store.end_sync(&claimed, None, None, at(70)).await.unwrap();
    assert_eq!(store.next_sync(&id).await.unwrap(), None);
    assert_eq!(store.schedule_missing_syncs(at(2_000)).await.unwrap(), 1);
    assert_eq!(store.schedule_missing_syncs(at(3_000)).await.unwrap(), 0);
}

pub(crate) async fn a_paused_connection_is_not_claimed(store: &Store) {
    let id = ready(store, "1").await;
    store.request_sync(&job(&id, 10)).await.unwrap();
    let mut connection = store.connection(&id).await.unwrap().unwrap();
    connection.paused_at = Some(at(5));
    store.update_connection(&mut connection).await.unwrap();
    assert_eq!(store.claim_sync("worker", at(20), at(60)).await.unwrap(), None);
}

pub(crate) async fn changes_of_state_and_reminders_are_recorded_once(store: &Store) {
    let id = ready(store, "1").await;
    let reminder = ConnectionEvent {
        seq: 0,
        connection_id: id.clone(),
        kind: "credential_expiry".into(),
        before: None,
        after: None,
        cause: Some("soon".into()),
        actor: None,
        at: at(3),
    };
    assert!(store.record_event(&reminder, Some("a")).await.unwrap());
    assert!(!store.record_event(&reminder, Some("a")).await.unwrap());
    let first = store.events(&id, &PageQuery::first(2)).await.unwrap();
    let second = store.events(&id, &PageQuery::after(2, first.next_cursor)).await.unwrap();
    let all: Vec<_> = first.data.iter().chain(&second.data).map(|e| (e.kind.as_str(), e.after.as_deref())).collect();
    assert_eq!(all, [("credential_expiry", None), ("status", Some("active")), ("status", Some("pending"))]);
    store.remove_connection(&id, &audited(9)).await.unwrap();
    assert_eq!(store.events(&id, &PageQuery::default()).await.unwrap().data.len(), 3, "the record outlives it");
}

pub(crate) async fn a_claim_that_was_lost_writes_nothing(store: &Store) {
    let id = ready(store, "1").await;
    store.request_sync(&job(&id, 10)).await.unwrap();
    let lost = store.claim_sync("a", at(10), at(60)).await.unwrap().unwrap();
    let held = store.claim_sync("b", at(61), at(120)).await.unwrap().unwrap();
    assert!(!store.renew_claim(&lost, at(999)).await.unwrap());
    assert!(!store.end_sync(&lost, Some(&job(&id, 5)), Some("late"), at(62)).await.unwrap());
    assert_eq!(store.claim_sync("c", at(119), at(200)).await.unwrap(), None, "the second still holds it");
    assert!(store.end_sync(&held, None, None, at(63)).await.unwrap());
    // The row is gone: the fence of the next must not be one that somebody still has.
    store.request_sync(&job(&id, 64)).await.unwrap();
    let next = store.claim_sync("c", at(64), at(120)).await.unwrap().unwrap();
    assert!(next.fence > held.fence);
    assert!(!store.end_sync(&held, None, None, at(65)).await.unwrap());
    assert!(!store.renew_claim(&lost, at(999)).await.unwrap());
}

pub(crate) async fn claims_that_nobody_ends_are_left_alone_for_longer_and_longer(store: &Store) {
    let id = ready(store, "1").await;
    store.request_sync(&job(&id, 0)).await.unwrap();
    let (mut second, mut claims) = (0, vec![]);
    while second < 600 {
        let owner = format!("process {second}");
        match store.claim_sync(&owner, at(second), at(second + 15)).await.unwrap() {
            Some(claimed) => {
                claims.push((second, claimed.died.map_or(0, |died| died.in_a_row)));
                second += 15;
            }
            None => second += 5,
        }
    }
    assert_eq!(claims, [(0, 0), (15, 1), (60, 2), (195, 3), (480, 4)]);
    // A manual request is carried out sooner, and is no new beginning: the next death is not the first in a row.
    assert_eq!(store.claim_sync("by hand", at(600), at(615)).await.unwrap(), None);
    store.request_sync(&SyncJob { trigger: Trigger::Manual, ..job(&id, 600) }).await.unwrap();
    let by_hand = store.claim_sync("by hand", at(600), at(615)).await.unwrap().unwrap();
    assert_eq!(by_hand.died.map(|died| died.in_a_row), Some(2));
    let claimed = store.claim_sync("last", at(9_000), at(9_015)).await.unwrap().unwrap();
    store.end_sync(&claimed, Some(&job(&id, 9_100)), Some("slow"), at(9_010)).await.unwrap();
    assert_eq!(store.claim_sync("last", at(9_100), at(9_115)).await.unwrap().unwrap().died, None, "an end is an end");
}

pub(crate) async fn connections_whose_host_died_are_read_one_at_a_time(store: &Store) {
    let (first, second) = (ready(store, "1").await, ready(store, "2").await);
    for id in [&first, &second] {
        store.request_sync(&job(id, 0)).await.unwrap();
    }
    let claimed = async |owner: &str, now, until| store.claim_sync(owner, at(now), at(until)).await.unwrap();
    assert!(claimed("a", 0, 15).await.is_some() && claimed("a", 0, 15).await.is_some(), "nobody is suspected yet");
    let alone = claimed("b", 15, 30).await.unwrap();
    assert_eq!(claimed("b", 16, 31).await, None, "one of two suspects is running");
    let untouched = ready(store, "3").await;
    store.request_sync(&job(&untouched, 16)).await.unwrap();
    assert_eq!(claimed("b", 16, 31).await.unwrap().job.connection, untouched, "others do not wait for it");
    // It comes to its end: now the other one may be read.
    assert!(store.end_sync(&alone, None, None, at(20)).await.unwrap());
    let other = claimed("b", 20, 35).await.unwrap();
    assert_eq!((other.died.map(|died| died.in_a_row), other.job.connection == alone.job.connection), (Some(1), false));
}

pub(crate) async fn hosts_that_died_with_a_plugin_are_counted_once_each_until_a_sync_ends(store: &Store) {
    let (first, second) = (ready(store, "1").await, ready(store, "2").await);
    let note = async |connection: &ConnectionId, owner: &str, sha256: &str, second: i64| {
        let death = PluginDeath { connection, owner, connector: "demo", sha256, at: at(second) };
        store.note_plugin_death(&death, at(second - 3_600)).await.unwrap()
    };
    assert_eq!(note(&first, "a", "f1", 10).await, 1);
    assert_eq!(note(&second, "a", "f1", 11).await, 1, "one host died, whoever was running");
    assert_eq!(note(&first, "b", "f1", 20).await, 2);
    assert_eq!(note(&first, "c", "f2", 30).await, 1, "another file");
    assert_eq!(note(&first, "d", "f1", 3_615).await, 2, "the first was long ago");
    store.request_sync(&job(&first, 4_000)).await.unwrap();
    let claimed = store.claim_sync("e", at(4_000), at(4_015)).await.unwrap().unwrap();
    store.end_sync(&claimed, None, Some("slow"), at(4_001)).await.unwrap();
    assert_eq!(note(&second, "f", "f1", 4_002).await, 1, "a run that came to an end killed nobody");
    let held = HeldPlugin { connector: "demo".into(), sha256: "f1".into(), since: at(1), reason: "it kills".into() };
    for _ in 0..2 {
        store.hold_plugin(&held).await.unwrap();
    }
    assert_eq!(store.held_plugins().await.unwrap(), [held]);
    assert_eq!(
        (
            store.release_plugin("demo", &audited(0)).await.unwrap(),
            store.release_plugin("demo", &audited(0)).await.unwrap()
        ),
        (1, 0)
    );
    assert_eq!(note(&second, "g", "f1", 4_003).await, 1, "what was released begins anew");
}

pub(crate) async fn what_a_clock_that_was_ahead_has_left_counts_as_due(store: &Store) {
    let horizons = Horizons { sync_pause_s: 3_600, claim_s: 60, session_s: 3_600, login_s: 3_600 };
    let id = ready(store, "1").await;
    let ahead = 400 * 86_400;
    store.request_sync(&job(&id, ahead)).await.unwrap();
    store.claim_sync("a", at(ahead), at(ahead + 15)).await.unwrap().unwrap();
    store.acquire_lease(&id, "a", at(ahead), at(ahead + 15)).await.unwrap();
    let mut connection = store.connection(&id).await.unwrap().unwrap();
    connection.validated_at = Some(at(ahead));
    store.update_connection(&mut connection).await.unwrap();
    assert!(store.heal_instants(&horizons, at(10)).await.unwrap() >= 4);
    assert_eq!(store.heal_instants(&horizons, at(10)).await.unwrap(), 0);
    assert!(store.claim_sync("b", at(10), at(25)).await.unwrap().is_some());
    assert!(matches!(store.acquire_lease(&id, "b", at(10), at(25)).await.unwrap(), Acquired::Lease(_)));
    assert_eq!(store.connection(&id).await.unwrap().unwrap().validated_at, None);
    // What lies within its horizon stays.
    let later = ready(store, "2").await;
    store.request_sync(&job(&later, 3_600)).await.unwrap();
    assert_eq!(store.heal_instants(&horizons, at(10)).await.unwrap(), 0);
}
