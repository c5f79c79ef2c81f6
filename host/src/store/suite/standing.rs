//! How the whole host stands.

use std::time::Duration;

use crate::{
    model::{connection::ConnectionStatus, job::SyncJob, run::Trigger, standing::Standing},
    store::{
        Store,
        suite::fixture::{at, connect, full_sync, small_catalog},
    },
};

pub(crate) async fn a_store_is_sound_and_says_its_version(store: &Store) {
    let id = connect(store, "Shop").await;
    full_sync(store, &id, &small_catalog(), at(1)).await;
    let report = store.check().await.unwrap();
    assert_eq!(report.problems, Vec::<String>::new());
    assert_eq!(report.schema_version, store.schema_version().await.unwrap());
    assert!(report.schema_version > 0 && report.bytes > 0, "{report:?}");
}

pub(crate) async fn what_has_waited_longest_is_reported(store: &Store) {
    let nothing = store.standing(at(100)).await.unwrap();
    assert!(nothing.connections.iter().all(|(_, count)| *count == 0), "{nothing:?}");
    assert_eq!(Standing { connections: vec![], ..nothing }, Standing::default());

    let mut ids = vec![];
    for (label, status, due) in [("1", ConnectionStatus::Active, 40), ("2", ConnectionStatus::ReauthRequired, 10)] {
        let id = connect(store, label).await;
        let mut connection = store.connection(&id).await.unwrap().unwrap();
        connection.health.status = status;
        store.update_connection(&mut connection).await.unwrap();
        let job = SyncJob {
            connection: id.clone(),
            due_at: at(due),
            full: false,
            trigger: Trigger::Schedule,
            attempts: 0,
            traceparent: None,
        };
        store.request_sync(&job).await.unwrap();
        ids.push(id);
    }
    let standing = store.standing(at(100)).await.unwrap();
    assert_eq!(standing.sync_overdue, Duration::from_mins(1), "what cannot be synced is not late");
    let counts: Vec<_> = standing.connections.iter().filter(|(_, count)| *count > 0).collect();
    assert_eq!(counts, [&(ConnectionStatus::Active, 1), &(ConnectionStatus::ReauthRequired, 1)]);
    store.claim_sync("worker", at(100), at(160)).await.unwrap().unwrap();
    assert_eq!(store.standing(at(150)).await.unwrap().sync_overdue, Duration::ZERO, "somebody has claimed it");
}
