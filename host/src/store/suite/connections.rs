//! Connections.

use connector_api::{
    domain::ConnectionId,
    wire::{
        capability::{CapabilityName, CapabilityState},
        validate::StoreIdentity,
    },
};
use serde_json::json;

use super::fixture::{at, connect, counts, full_sync, small_catalog};
use crate::store::{
    Connection, ConnectionFilter, Error, PageQuery, Stores,
    connection::{ConnectionStatus, CredentialStatus, Environment, Health, SyncFailure, SyncStanding},
    secret::{SealedValue, WrappedKey},
};

pub(crate) async fn a_connection_comes_back_as_it_was_written(stores: &dyn Stores) {
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
    stores.insert_connection(&mut written).await.unwrap();
    assert_eq!(written.version, 1);
    assert_eq!(stores.connection(&written.id).await.unwrap().as_ref(), Some(&written));

    let again = stores.insert_connection(&mut written.clone()).await.unwrap_err();
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
    stores.update_connection(&mut written).await.unwrap();
    assert_eq!(written.version, 2);
    assert_eq!(stores.connection(&written.id).await.unwrap(), Some(written));
}

pub(crate) async fn an_update_from_an_old_version_is_a_conflict(stores: &dyn Stores) {
    let id = connect(stores, "Shop").await;
    let mut mine = stores.connection(&id).await.unwrap().unwrap();
    let mut theirs = mine.clone();
    theirs.label = "Theirs".into();
    stores.update_connection(&mut theirs).await.unwrap();
    mine.label = "Mine".into();
    let refused = stores.update_connection(&mut mine).await.unwrap_err();
    assert!(matches!(refused, Error::Conflict { .. }), "{refused}");
    assert_eq!(mine.version, 1, "a refused update must not look done");
    assert_eq!(stores.connection(&id).await.unwrap().unwrap().label, "Theirs");

    stores.remove_connection(&id, at(9)).await.unwrap();
    let gone = stores.update_connection(&mut theirs).await.unwrap_err();
    assert!(matches!(gone, Error::Gone { .. }), "{gone}");
}

pub(crate) async fn lists_are_paged_and_filtered(stores: &dyn Stores) {
    let mut ids = Vec::new();
    for number in 0..5 {
        let connector = if number == 3 { "other" } else { "demo" };
        let mut connection = Connection::new(connector, "1.0.0", "Shop", Environment::Test, at(number));
        if number == 1 {
            connection.health.status = ConnectionStatus::Active;
        }
        stores.insert_connection(&mut connection).await.unwrap();
        ids.push(connection.id);
    }
    let mut listed = Vec::new();
    let mut page = PageQuery::first(2);
    loop {
        let listing = stores.connections(&ConnectionFilter::default(), &page).await.unwrap();
        assert!(listing.data.len() <= 2);
        listed.extend(listing.data.into_iter().map(|connection| connection.id));
        let Some(cursor) = listing.next_cursor else { break };
        page = PageQuery::after(2, Some(cursor));
    }
    assert_eq!(listed, ids, "oldest first, each once");

    let other = ConnectionFilter { connector_id: Some("other".into()), ..ConnectionFilter::default() };
    let other = stores.connections(&other, &PageQuery::default()).await.unwrap();
    assert_eq!(other.data.iter().map(|connection| &connection.id).collect::<Vec<_>>(), [&ids[3]]);
    let active = ConnectionFilter { status: Some(ConnectionStatus::Active), ..ConnectionFilter::default() };
    let active = stores.connections(&active, &PageQuery::default()).await.unwrap();
    assert_eq!(active.data.iter().map(|connection| &connection.id).collect::<Vec<_>>(), [&ids[1]]);
}

pub(crate) async fn the_same_store_is_found_again(stores: &dyn Stores) {
    let mut shop = Connection::new("demo", "1.0.0", "Shop", Environment::Live, at(0));
    shop.store = Some(StoreIdentity { host: "shop.example".into(), store_id: "7".into(), name: "Shop".into() });
    stores.insert_connection(&mut shop).await.unwrap();
    connect(stores, "Not validated").await;
    let found = stores.connections_of_store("demo", "shop.example", "7").await.unwrap();
    assert_eq!(found, [shop]);
    assert_eq!(stores.connections_of_store("demo", "shop.example", "8").await.unwrap(), []);
    assert_eq!(stores.connections_of_store("other", "shop.example", "7").await.unwrap(), []);
}

pub(crate) async fn removal_takes_everything_along(stores: &dyn Stores) {
    let stays = connect(stores, "Stays").await;
    full_sync(stores, &stays, &small_catalog(), at(10)).await;
    let goes = connect(stores, "Goes").await;
    full_sync(stores, &goes, &small_catalog(), at(10)).await;
    let key = WrappedKey { kid: "k".into(), blob: vec![1] };
    let value = SealedValue { name: "token".into(), version: 1, blob: vec![2] };
    for id in [&stays, &goes] {
        stores.ensure_data_key(id, &key).await.unwrap();
        stores.replace_sealed_values(id, 0, std::slice::from_ref(&value), at(1)).await.unwrap();
        stores.put_state_value(id, "schema", b"sealed", at(1)).await.unwrap();
    }

    assert!(stores.remove_connection(&goes, at(9)).await.unwrap());
    assert_eq!(stores.connection(&goes).await.unwrap(), None);
    assert_eq!(stores.data_key(&goes).await.unwrap(), None);
    assert_eq!(stores.sealed_values(&goes).await.unwrap(), []);
    assert_eq!(stores.state_value(&goes, "schema").await.unwrap(), None);
    assert_eq!(counts(stores, &goes).await, "");
    assert_eq!(stores.runs(&goes, &PageQuery::default()).await.unwrap().data, []);
    assert_eq!(stores.positions(&goes).await.unwrap(), []);
    assert_eq!(stores.purge().await.unwrap(), 0, "something was left behind");
    assert!(!stores.remove_connection(&goes, at(9)).await.unwrap(), "it was there twice");

    assert_eq!(stores.data_key(&stays).await.unwrap(), Some(key));
    assert_eq!(stores.sealed_values(&stays).await.unwrap(), [value]);
    assert_eq!(stores.state_keys(&stays).await.unwrap(), ["schema"]);
    assert_eq!(counts(stores, &stays).await, "markets 2/0, offers 2/0, variants 3/0, prices 3/0, inventory 3/0");
}

pub(crate) async fn a_removed_catalog_does_not_come_back_with_a_new_connection(stores: &dyn Stores) {
    let old = connect(stores, "Shop").await;
    full_sync(stores, &old, &small_catalog(), at(10)).await;
    let mut again = stores.connection(&old).await.unwrap().unwrap();
    stores.remove_connection(&old, at(9)).await.unwrap();
    stores.insert_connection(&mut again).await.unwrap();
    assert_eq!(again.id, old);
    assert_eq!(counts(stores, &old).await, "");
    assert_eq!(counts(stores, &ConnectionId::from("conn_unknown")).await, "");
}

pub(crate) async fn failed_syncs_are_counted_until_a_good_one(stores: &dyn Stores) {
    let id = connect(stores, "1").await;
    let failure = |error: &str, counts_up_to| SyncFailure { error: error.to_owned(), counts_up_to };
    stores.note_sync(&id, None, at(1)).await.unwrap();
    for (second, error, up_to) in [(2, "slow", 9), (3, "slower", 9), (4, "a stream", 2)] {
        stores.note_sync(&id, Some(&failure(error, up_to)), at(second)).await.unwrap();
    }
    let connection = stores.connection(&id).await.unwrap().unwrap();
    let expected = SyncStanding {
        last_good_at: Some(at(1)),
        failed_in_a_row: 2,
        failing_since: Some(at(2)),
        last_error: Some("a stream".to_owned()),
    };
    assert_eq!((connection.version, connection.sync), (1, expected), "it is no new version");
    let good = stores.note_sync(&id, None, at(5)).await.unwrap().unwrap();
    assert_eq!(good, SyncStanding { last_good_at: Some(at(5)), ..SyncStanding::default() });
    assert_eq!(stores.note_sync(&"conn_unknown".into(), None, at(6)).await.unwrap(), None);
}
