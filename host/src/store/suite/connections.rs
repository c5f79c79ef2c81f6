//! Connections.

use connector_api::{
    domain::ConnectionId,
    wire::{
        capability::{CapabilityName, CapabilityState},
        validate::StoreIdentity,
    },
};
use serde_json::json;

use crate::{
    model::{
        connection::{
            Connection, ConnectionFilter, ConnectionStatus, CredentialStatus, Environment, Health, SyncFailure,
            SyncStanding,
        },
        paging::PageQuery,
        secret::{SealedValue, WrappedKey},
    },
    store::{
        Error, Store,
        suite::fixture::{at, connect, counts, full_sync, small_catalog},
    },
};

pub(crate) async fn a_connection_comes_back_as_it_was_written(store: &Store) {
    let mut written = Connection::new("demo", "1.0.0", "Shop", Environment::Live, at(0));
    written.store = Some(StoreIdentity { host: "shop.example".into(), store_id: "7".into(), name: "Shop".into() });
    written.settings.insert("market".into(), json!("1"));
    written.credentials.push(CredentialStatus { field: "token".into(), set: true, updated_at: at(1) });
    written.findings.capabilities.push(CapabilityState {
        name: CapabilityName::Unknown("loyalty".into()),
        on: false,
        degraded: false,
        reason: "not offered".into(),
    });
    written.findings.permissions_used.push("Product:read".into());
    store.insert_connection(&mut written).await.unwrap();
    assert_eq!(written.version, 1);
    assert_eq!(store.connection(&written.id).await.unwrap().as_ref(), Some(&written));

    let again = store.insert_connection(&mut written.clone()).await.unwrap_err();
    assert!(matches!(again, Error::Conflict { .. }), "{again}");

    written.health = Health {
        status: ConnectionStatus::ReauthRequired,
        cause: Some("the token was revoked".into()),
        remedy: Some("make a new one".into()),
        since: at(9),
        actor: Some("operator".into()),
    };
    written.validated_at = Some(at(8));
    written.updated_at = at(9);
    store.update_connection(&mut written).await.unwrap();
    assert_eq!(written.version, 2);
    assert_eq!(store.connection(&written.id).await.unwrap(), Some(written));
}

pub(crate) async fn an_update_from_an_old_version_is_a_conflict(store: &Store) {
    let id = connect(store, "Shop").await;
    let mut mine = store.connection(&id).await.unwrap().unwrap();
    let mut theirs = mine.clone();
    theirs.label = "Theirs".into();
    store.update_connection(&mut theirs).await.unwrap();
    mine.label = "Mine".into();
    let refused = store.update_connection(&mut mine).await.unwrap_err();
    assert!(matches!(refused, Error::Conflict { .. }), "{refused}");
    assert_eq!(mine.version, 1, "a refused update must not look done");
    assert_eq!(store.connection(&id).await.unwrap().unwrap().label, "Theirs");

    store.remove_connection(&id, at(9)).await.unwrap();
    let gone = store.update_connection(&mut theirs).await.unwrap_err();
    assert!(matches!(gone, Error::Gone { .. }), "{gone}");
}

pub(crate) async fn lists_are_paged_and_filtered(store: &Store) {
    let mut ids = Vec::new();
    for number in 0..5 {
        let connector = if number == 3 { "other" } else { "demo" };
        let mut connection = Connection::new(connector, "1.0.0", "Shop", Environment::Test, at(number));
        if number == 1 {
            connection.health.status = ConnectionStatus::Active;
        }
        store.insert_connection(&mut connection).await.unwrap();
        ids.push(connection.id);
    }
    let mut listed = Vec::new();
    let mut page = PageQuery::first(2);
    loop {
        let listing = store.connections(&ConnectionFilter::default(), &page).await.unwrap();
        assert!(listing.data.len() <= 2);
        listed.extend(listing.data.into_iter().map(|connection| connection.id));
        let Some(cursor) = listing.next_cursor else { break };
        page = PageQuery::after(2, Some(cursor));
    }
    assert_eq!(listed, ids, "oldest first, each once");

    let in_use = store.connectors_in_use().await.unwrap();
    assert_eq!(in_use, [("demo".to_owned(), 4), ("other".to_owned(), 1)]);
    let other = ConnectionFilter { connector_id: Some("other".into()), ..ConnectionFilter::default() };
    let other = store.connections(&other, &PageQuery::default()).await.unwrap();
    assert_eq!(other.data.iter().map(|connection| &connection.id).collect::<Vec<_>>(), [&ids[3]]);
    let active = ConnectionFilter { status: Some(ConnectionStatus::Active), ..ConnectionFilter::default() };
    let active = store.connections(&active, &PageQuery::default()).await.unwrap();
    assert_eq!(active.data.iter().map(|connection| &connection.id).collect::<Vec<_>>(), [&ids[1]]);
}

pub(crate) async fn the_same_store_is_found_again(store: &Store) {
    let mut shop = Connection::new("demo", "1.0.0", "Shop", Environment::Live, at(0));
    shop.store = Some(StoreIdentity { host: "shop.example".into(), store_id: "7".into(), name: "Shop".into() });
    store.insert_connection(&mut shop).await.unwrap();
    connect(store, "Not validated").await;
    let found = store.connections_of_store("demo", "shop.example", "7").await.unwrap();
    assert_eq!(found, [shop]);
    assert_eq!(store.connections_of_store("demo", "shop.example", "8").await.unwrap(), []);
    assert_eq!(store.connections_of_store("other", "shop.example", "7").await.unwrap(), []);
}

pub(crate) async fn removal_takes_everything_along(store: &Store) {
    let stays = connect(store, "Stays").await;
    full_sync(store, &stays, &small_catalog(), at(10)).await;
    let goes = connect(store, "Goes").await;
    full_sync(store, &goes, &small_catalog(), at(10)).await;
    let key = WrappedKey { kid: "k".into(), blob: vec![1] };
    let value = SealedValue { name: "token".into(), version: 1, blob: vec![2] };
    for id in [&stays, &goes] {
        store.ensure_data_key(id, &key).await.unwrap();
        store.replace_sealed_values(id, 0, std::slice::from_ref(&value), at(1)).await.unwrap();
        store.put_state_value(id, "schema", b"sealed", at(1)).await.unwrap();
    }

    assert!(store.remove_connection(&goes, at(9)).await.unwrap());
    assert_eq!(store.connection(&goes).await.unwrap(), None);
    assert_eq!(store.data_key(&goes).await.unwrap(), None);
    assert_eq!(store.sealed_values(&goes).await.unwrap(), []);
    assert_eq!(store.state_value(&goes, "schema").await.unwrap(), None);
    assert_eq!(counts(store, &goes).await, "");
    assert_eq!(store.runs(&goes, &PageQuery::default()).await.unwrap().data, []);
    assert_eq!(store.positions(&goes).await.unwrap(), []);
    assert_eq!(store.purge().await.unwrap(), 0, "something was left behind");
    assert!(!store.remove_connection(&goes, at(9)).await.unwrap(), "it was there twice");

    assert_eq!(store.data_key(&stays).await.unwrap(), Some(key));
    assert_eq!(store.sealed_values(&stays).await.unwrap(), [value]);
    assert_eq!(store.state_keys(&stays).await.unwrap(), ["schema"]);
    assert_eq!(counts(store, &stays).await, "markets 2/0, offers 2/0, variants 3/0, prices 3/0, inventory 3/0");
}

pub(crate) async fn a_removed_catalog_does_not_come_back_with_a_new_connection(store: &Store) {
    let old = connect(store, "Shop").await;
    full_sync(store, &old, &small_catalog(), at(10)).await;
    let mut again = store.connection(&old).await.unwrap().unwrap();
    store.remove_connection(&old, at(9)).await.unwrap();
    store.insert_connection(&mut again).await.unwrap();
    assert_eq!(again.id, old);
    assert_eq!(counts(store, &old).await, "");
    assert_eq!(counts(store, &ConnectionId::from("conn_unknown")).await, "");
}

pub(crate) async fn failed_syncs_are_counted_until_a_good_one(store: &Store) {
    let id = connect(store, "1").await;
    let failure = |error: &str, counts_up_to| SyncFailure { error: error.to_owned(), counts_up_to };
    store.note_sync(&id, None, at(1)).await.unwrap();
    for (second, error, up_to) in [(2, "slow", 9), (3, "slower", 9), (4, "a stream", 2)] {
        store.note_sync(&id, Some(&failure(error, up_to)), at(second)).await.unwrap();
    }
    let connection = store.connection(&id).await.unwrap().unwrap();
    let expected = SyncStanding {
        last_good_at: Some(at(1)),
        failed_in_a_row: 2,
        failing_since: Some(at(2)),
        last_error: Some("a stream".to_owned()),
    };
    assert_eq!((connection.version, connection.sync), (1, expected), "it is no new version");
    let good = store.note_sync(&id, None, at(5)).await.unwrap().unwrap();
    assert_eq!(good, SyncStanding { last_good_at: Some(at(5)), ..SyncStanding::default() });
    assert_eq!(store.note_sync(&"conn_unknown".into(), None, at(6)).await.unwrap(), None);
}
