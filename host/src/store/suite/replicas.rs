//! Several processes over one database.

use crate::{
    model::{job::SyncJob, replica::Replica, run::Trigger},
    store::{
        Store,
        suite::{
            fixture::at,
            jobs::{job, ready},
        },
    },
};

pub(crate) fn replica(owner: &str) -> Replica {
    Replica { owner: owner.to_owned(), role: "all", version: "1.0.0", started_at: at(0) }
}

pub(crate) async fn one_replica_does_what_is_done_for_all(store: &Store) {
    let leads = async |owner: &str, second| store.lead("upkeep", owner, at(second)).await.unwrap();
    assert!(!leads("a", 0).await, "one that has not joined does nothing");
    store.join_replicas(&replica("a"), at(0), at(15)).await.unwrap();
    assert!(leads("a", 0).await && leads("a", 10).await);
    if store.has_replicas() {
        store.join_replicas(&replica("b"), at(0), at(40)).await.unwrap();
        assert!(!leads("b", 14).await);
        assert_eq!(store.renew_replica(&replica("a"), at(10), at(25)).await.unwrap(), 2);
        assert!(!leads("b", 24).await && leads("a", 24).await);
        assert!(leads("b", 25).await, "the one that did it has ended, or stands still");
        assert!(!leads("a", 25).await, "and does not do it when it wakes");
        assert_eq!(store.renew_replica(&replica("a"), at(30), at(45)).await.unwrap(), 2);
        assert!(!leads("a", 31).await);
        store.leave_replicas("b").await.unwrap();
        assert!(leads("a", 32).await, "at once when it ends well");
    } else {
        store.join_replicas(&replica("b"), at(0), at(40)).await.unwrap();
        assert!(leads("b", 1).await && !leads("a", 1).await, "of a file's earlier process nothing is left");
    }
}

pub(crate) async fn replicas_that_use_a_connection_are_counted(store: &Store) {
    let share = async |owner: &str, connections: &[&str], second: i64| {
        let connections: Vec<_> = connections.iter().map(|id| (*id).to_owned()).collect();
        let mut shares = store.share_budgets(owner, &connections, at(second), at(second + 10)).await.unwrap();
        shares.sort();
        shares
    };
    assert_eq!(share("a", &["one", "two"], 0).await, [("one".to_owned(), 1), ("two".to_owned(), 1)]);
    assert_eq!(share("b", &["two"], 5).await, [("two".to_owned(), 2)]);
    assert_eq!(share("a", &[], 9).await, [("one".to_owned(), 1), ("two".to_owned(), 2)], "uses end with their time");
    assert_eq!(share("a", &["two"], 10).await, [("two".to_owned(), 2)]);
    assert_eq!(share("a", &["two"], 16).await, [("two".to_owned(), 1)]);
}

pub(crate) async fn a_claim_that_a_live_replica_was_late_with_is_no_death(store: &Store) {
    let id = ready(store, "1").await;
    let job = SyncJob { trigger: Trigger::Schedule, ..job(&id, 0) };
    store.request_sync(&job).await.unwrap();
    store.join_replicas(&replica("a"), at(0), at(100)).await.unwrap();
    store.claim_sync("a", at(0), at(10)).await.unwrap().unwrap();
    assert_eq!(store.claim_sync("b", at(11), at(21)).await.unwrap(), None, "whoever lives is waited for");
    if store.has_replicas() {
        let claimed = store.claim_sync("b", at(20), at(30)).await.unwrap().unwrap();
        assert_eq!(claimed.died, None, "it was late, and lives");
        store.join_replicas(&replica("c"), at(0), at(40)).await.unwrap();
        store.renew_replica(&replica("c"), at(45), at(60)).await.unwrap();
        let claimed = store.claim_sync("c", at(46), at(56)).await.unwrap().unwrap();
        assert_eq!(claimed.died, None, "who was late itself cannot know");
        store.leave_replicas("c").await.unwrap();
    }
    store.leave_replicas("a").await.unwrap();
    let claimed = store.claim_sync("d", at(200), at(210)).await.unwrap().unwrap();
    assert_eq!(claimed.died.map(|died| died.in_a_row), Some(1));
}
