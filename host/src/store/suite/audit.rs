//! The audit log.

use crate::{
    model::{
        audit::{AuditAction, AuditEntry, AuditFilter},
        connection::ConnectionStatus,
        paging::PageQuery,
    },
    store::{
        Store,
        suite::fixture::{at, audited, connect},
    },
};

async fn actions(store: &Store, filter: AuditFilter) -> Vec<String> {
    let found = store.audit_entries(&filter, &PageQuery::first(250)).await.unwrap();
    assert_eq!(found.next_cursor, None);
    found.data.into_iter().map(|entry| entry.action).collect()
}

fn entry(number: i64, actor: &str, action: AuditAction) -> AuditEntry {
    AuditEntry::new(actor, action, at(number)).of(&format!("subject {number}"))
}

pub(crate) async fn entries_come_newest_first_and_are_filtered(store: &Store) {
    let id = connect(store, "Shop").await;
    let before = store.audit_entries(&AuditFilter::default(), &PageQuery::first(10)).await.unwrap();
    assert_eq!(before.data, [], "nobody is named as the one who made the connection");
    let entries = [
        entry(1, "operator (key Aa_1)", AuditAction::KeyIssued),
        entry(2, "channel ch_1 (key Bb)", AuditAction::EndpointCreated).of_connection(&id),
        entry(3, "merchant (session cs_1)", AuditAction::ConnectionCredentialsReplaced).detailed("token"),
        entry(4, "operator (key Aab1)", AuditAction::ConnectionRemoved).of_connection(&id),
    ];
    for entry in &entries {
        store.record_audit(entry).await.unwrap();
    }
    let first = store.audit_entries(&AuditFilter::default(), &PageQuery::first(3)).await.unwrap();
    let second = PageQuery::after(3, first.next_cursor.clone());
    let second = store.audit_entries(&AuditFilter::default(), &second).await.unwrap();
    let read: Vec<_> = first.data.into_iter().chain(second.data).map(|read| AuditEntry { seq: 0, ..read }).collect();
    assert_eq!(read, entries.iter().rev().cloned().collect::<Vec<_>>());
    assert_eq!(second.next_cursor, None);

    let with = |change: fn(&mut AuditFilter)| {
        let mut filter = AuditFilter::default();
        change(&mut filter);
        filter
    };
    let of_connection = AuditFilter { connection: Some(id.0.clone()), ..AuditFilter::default() };
    assert_eq!(actions(store, of_connection).await, ["connection.removed", "endpoint.created"]);
    let of_key = with(|filter| filter.actor = Some("key Aa_1".to_owned()));
    assert_eq!(actions(store, of_key).await, ["key.issued"], "`_` stands for itself");
    let of_other_case = with(|filter| filter.actor = Some("KEY aA_1".to_owned()));
    assert_eq!(actions(store, of_other_case).await, Vec::<String>::new(), "ids may differ in case only");
    let of_action = with(|filter| filter.action = Some("endpoint.created".to_owned()));
    assert_eq!(actions(store, of_action).await, ["endpoint.created"]);
    let of_group = with(|filter| (filter.action, filter.oldest_first) = (Some("connection.*".to_owned()), true));
    assert_eq!(actions(store, of_group).await, ["connection.credentials_replaced", "connection.removed"]);
    let of_time = with(|filter| (filter.since, filter.until) = (Some(at(2)), Some(at(4))));
    assert_eq!(actions(store, of_time).await, ["connection.credentials_replaced", "endpoint.created"]);

    assert_eq!(store.prune_audit(at(3)).await.unwrap(), 2);
    assert_eq!(actions(store, AuditFilter::default()).await, ["connection.removed", "connection.credentials_replaced"]);
}

pub(crate) async fn what_is_done_to_a_connection_is_entered_with_who_did_it(store: &Store) {
    let id = connect(store, "Shop").await;
    let mut connection = store.connection(&id).await.unwrap().unwrap();
    for (status, actor) in
        [(ConnectionStatus::Degraded, "sync"), (ConnectionStatus::Disconnected, "channel ch_1 (key k)")]
    {
        connection.health.status = status;
        connection.health.cause = Some("Eva Ek asked for it".to_owned());
        connection.health.actor = Some(actor.to_owned());
        connection.updated_at = at(5);
        store.update_connection(&mut connection).await.unwrap();
    }
    store.remove_connection(&id, &audited(9)).await.unwrap();
    store.remove_connection(&id, &audited(10)).await.unwrap();
    let found = store.audit_entries(&AuditFilter::default(), &PageQuery::first(10)).await.unwrap().data;
    let [removed, ended] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!(removed, &AuditEntry { seq: removed.seq, ..audited(9) }, "it outlives the connection");
    assert_eq!((ended.action.as_str(), ended.actor.as_str()), ("connection.disconnected", "channel ch_1 (key k)"));
    assert_eq!(
        (&ended.connection_id, ended.at, &ended.detail),
        (&Some(id), at(5), &None),
        "no text that somebody typed"
    );
}

pub(crate) async fn what_does_not_happen_is_not_entered(store: &Store) {
    assert!(!store.revoke_key(None, "none", &audited(1)).await.unwrap());
    assert!(!store.delete_endpoint("none", &audited(1)).await.unwrap());
    assert_eq!(store.release_plugin("none", &audited(1)).await.unwrap(), 0);
    assert!(store.replay_after("none", 0, &audited(1)).await.is_err());
    assert_eq!(actions(store, AuditFilter::default()).await, Vec::<String>::new());
}
