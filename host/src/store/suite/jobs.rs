//! Syncs that are due, and what happened to connections.

use connector_api::domain::ConnectionId;

use super::fixture::{at, connect};
use crate::store::{
    PageQuery, Stores, connection::ConnectionStatus, event::ConnectionEvent, job::SyncJob, run::Trigger,
};

async fn ready(stores: &dyn Stores, label: &str) -> ConnectionId {
    let id = connect(stores, label).await;
    let mut connection = stores.connection(&id).await.unwrap().unwrap();
    connection.health.status = ConnectionStatus::Active;
    stores.update_connection(&mut connection).await.unwrap();
    id
}

fn job(connection: &ConnectionId, seconds: i64) -> SyncJob {
    SyncJob {
        connection: connection.clone(),
        due_at: at(seconds),
        full: false,
        trigger: Trigger::Schedule,
        attempts: 0,
    }
}

pub(crate) async fn what_has_been_due_longest_is_claimed_first_and_once(stores: &dyn Stores) {
    let (first, second) = (ready(stores, "1").await, ready(stores, "2").await);
    let not_ready = connect(stores, "3").await;
    for (id, due) in [(&second, 20), (&first, 10), (&not_ready, 5)] {
        stores.request_sync(&job(id, due)).await.unwrap();
    }
    assert_eq!(stores.claim_sync(at(9), at(60)).await.unwrap(), None, "nothing is due yet");
    assert_eq!(stores.claim_sync(at(30), at(60)).await.unwrap().unwrap().connection, first);
    assert_eq!(stores.claim_sync(at(30), at(60)).await.unwrap().unwrap().connection, second);
    assert_eq!(stores.claim_sync(at(30), at(60)).await.unwrap(), None, "a claim was given twice");
    stores.renew_claim(&second, at(90)).await.unwrap();
    assert_eq!(stores.claim_sync(at(61), at(99)).await.unwrap().unwrap().connection, first, "whose worker died");
    assert_eq!(stores.claim_sync(at(61), at(99)).await.unwrap(), None);
}

pub(crate) async fn a_wish_that_comes_while_a_sync_runs_is_not_lost(stores: &dyn Stores) {
    let id = ready(stores, "1").await;
    stores.request_sync(&job(&id, 10)).await.unwrap();
    let claimed = stores.claim_sync(at(10), at(60)).await.unwrap().unwrap();
    let wish = SyncJob { full: true, trigger: Trigger::Manual, ..job(&id, 12) };
    stores.request_sync(&wish).await.unwrap();
    stores.end_sync(&claimed, Some(&job(&id, 1_000)), None, at(70)).await.unwrap();
    let next = stores.next_sync(&id).await.unwrap().unwrap();
    assert_eq!((next.full, next.trigger), (true, Trigger::Manual));
    let claimed = stores.claim_sync(at(20), at(60)).await.unwrap().unwrap();
    assert!(claimed.full);
    stores.end_sync(&claimed, Some(&SyncJob { attempts: 3, ..job(&id, 1_000) }), Some("slow"), at(70)).await.unwrap();
    let next = stores.next_sync(&id).await.unwrap().unwrap();
    assert_eq!((next.due_at, next.full, next.attempts), (at(1_000), false, 3));
    let claimed = stores.claim_sync(at(1_000), at(1_060)).await.unwrap().unwrap();
    stores.end_sync(&claimed, None, None, at(70)).await.unwrap();
    assert_eq!(stores.next_sync(&id).await.unwrap(), None);
    assert_eq!(stores.schedule_missing_syncs(at(2_000)).await.unwrap(), 1);
    assert_eq!(stores.schedule_missing_syncs(at(3_000)).await.unwrap(), 0);
}

pub(crate) async fn a_paused_connection_is_not_claimed(stores: &dyn Stores) {
    let id = ready(stores, "1").await;
    stores.request_sync(&job(&id, 10)).await.unwrap();
    let mut connection = stores.connection(&id).await.unwrap().unwrap();
    connection.paused_at = Some(at(5));
    stores.update_connection(&mut connection).await.unwrap();
    assert_eq!(stores.claim_sync(at(20), at(60)).await.unwrap(), None);
}

pub(crate) async fn changes_of_state_and_reminders_are_recorded_once(stores: &dyn Stores) {
    let id = ready(stores, "1").await;
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
    assert!(stores.record_event(&reminder, Some("a")).await.unwrap());
    assert!(!stores.record_event(&reminder, Some("a")).await.unwrap());
    let first = stores.events(&id, &PageQuery::first(2)).await.unwrap();
    let second = stores.events(&id, &PageQuery::after(2, first.next_cursor)).await.unwrap();
    let all: Vec<_> = first.data.iter().chain(&second.data).map(|e| (e.kind.as_str(), e.after.as_deref())).collect();
    assert_eq!(all, [("credential_expiry", None), ("status", Some("active")), ("status", Some("pending"))]);
    stores.remove_connection(&id, at(9)).await.unwrap();
    assert_eq!(stores.events(&id, &PageQuery::default()).await.unwrap().data.len(), 3, "the record outlives it");
}
