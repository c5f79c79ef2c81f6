//! Sealed values and data keys, as bytes nobody here can read.

use std::collections::BTreeSet;

use connector_api::domain::ConnectionId;

use crate::{
    model::{
        connection::{Connection, ConnectionStatus, Environment},
        secret::{NewSecrets, SealedValue, WrappedKey},
        state::MAX_VALUES,
    },
    store::{
        Error, Store,
        suite::fixture::{at, connect},
    },
};

fn key(kid: &str, byte: u8) -> WrappedKey {
    WrappedKey { kid: kid.into(), blob: vec![byte; 72] }
}

fn sealed(name: &str, version: i64) -> SealedValue {
    SealedValue { name: name.into(), version, blob: vec![0, 255, 7] }
}

pub(crate) async fn the_first_data_key_holds(store: &Store) {
    let id = connect(store, "Shop").await;
    assert_eq!(store.data_key(&id).await.unwrap(), None);
    assert_eq!(store.ensure_data_key(&id, &key("k", 1)).await.unwrap(), key("k", 1));
    assert_eq!(store.ensure_data_key(&id, &key("k", 2)).await.unwrap(), key("k", 1), "a data key was overwritten");
    assert_eq!(store.data_key(&id).await.unwrap(), Some(key("k", 1)));
    let gone = store.ensure_data_key(&ConnectionId::from("conn_none"), &key("k", 1)).await.unwrap_err();
    assert!(matches!(gone, Error::Gone { .. }), "{gone}");
}

pub(crate) async fn a_data_key_is_replaced_only_if_it_is_the_expected_one(store: &Store) {
    let id = connect(store, "Shop").await;
    store.ensure_data_key(&id, &key("old", 1)).await.unwrap();
    assert!(!store.replace_data_key(&id, &key("old", 9), &key("new", 2)).await.unwrap());
    assert!(store.replace_data_key(&id, &key("old", 1), &key("new", 2)).await.unwrap());
    assert!(!store.replace_data_key(&id, &key("old", 1), &key("new", 3)).await.unwrap());
    assert_eq!(store.data_key(&id).await.unwrap(), Some(key("new", 2)));
}

pub(crate) async fn a_disconnected_connection_gets_no_new_key_and_stays_disconnected(store: &Store) {
    let id = connect(store, "Shop").await;
    store.ensure_data_key(&id, &key("k", 1)).await.unwrap();
    let mut connection = store.connection(&id).await.unwrap().unwrap();
    connection.health.status = ConnectionStatus::Disconnected;
    store.update_connection(&mut connection).await.unwrap();
    assert_eq!(store.ensure_data_key(&id, &key("k", 2)).await.unwrap(), key("k", 1), "until it is destroyed");
    store.destroy_secrets(&id).await.unwrap();
    let refused = store.ensure_data_key(&id, &key("k", 2)).await.unwrap_err();
    assert!(matches!(refused, Error::Refused(_)), "{refused}");
    connection.health.status = ConnectionStatus::Active;
    let refused = store.update_connection(&mut connection).await.unwrap_err();
    assert!(refused.to_string().contains("was disconnected"), "{refused}");
    let kept = store.connection(&id).await.unwrap().unwrap();
    assert_eq!(kept.health.status, ConnectionStatus::Disconnected);
}

pub(crate) async fn credentials_are_replaced_as_a_set(store: &Store) {
    let id = connect(store, "Shop").await;
    store.replace_sealed_values(&id, 0, &[sealed("a", 1), sealed("b", 1)], at(1)).await.unwrap();
    let late = store.replace_sealed_values(&id, 0, &[sealed("c", 1)], at(2)).await.unwrap_err();
    assert!(matches!(late, Error::Conflict { .. }), "{late}");
    assert_eq!(store.sealed_values(&id).await.unwrap(), [sealed("a", 1), sealed("b", 1)]);
    store.replace_sealed_values(&id, 1, &[sealed("b", 2)], at(3)).await.unwrap();
    assert_eq!(store.sealed_values(&id).await.unwrap(), [sealed("b", 2)]);
}

pub(crate) async fn a_connection_comes_with_its_secrets_or_not_at_all(store: &Store) {
    let mut connection = Connection::new("demo", "1.0.0", "Shop", Environment::Test, at(1));
    let values = (0..=MAX_VALUES).map(|number| (format!("key {number}"), vec![7]));
    let too_many =
        NewSecrets { data_key: Some(key("k", 1)), values: vec![sealed("a", 1)], state: values.clone().collect() };
    let refused = store.insert_sealed_connection(&mut connection, &too_many).await.unwrap_err();
    assert!(matches!(refused, Error::Limit { .. }), "{refused}");
    assert_eq!(store.connection(&connection.id).await.unwrap(), None);

    let secrets = NewSecrets { state: values.take(1).collect(), ..too_many };
    store.insert_sealed_connection(&mut connection, &secrets).await.unwrap();
    assert_eq!(store.data_key(&connection.id).await.unwrap(), Some(key("k", 1)));
    assert_eq!(store.sealed_values(&connection.id).await.unwrap(), [sealed("a", 1)]);
    assert_eq!(store.state_value(&connection.id, "key 0").await.unwrap(), Some(vec![7]));
}

pub(crate) async fn data_keys_are_found_by_their_wrapping_key(store: &Store) {
    let mut ids = [connect(store, "1").await, connect(store, "2").await, connect(store, "3").await];
    ids.sort();
    for (id, kid) in ids.iter().zip(["old", "new", "older"]) {
        store.ensure_data_key(id, &key(kid, 1)).await.unwrap();
    }
    let first = store.data_keys_not_wrapped_by("new", None, 1).await.unwrap();
    assert_eq!(first, [(ids[0].clone(), key("old", 1))]);
    let second = store.data_keys_not_wrapped_by("new", Some(&ids[0]), 10).await.unwrap();
    assert_eq!(second, [(ids[2].clone(), key("older", 1))]);
    let counts = store.data_key_counts().await.unwrap();
    assert_eq!(counts, [("new".to_owned(), 1), ("old".to_owned(), 1), ("older".to_owned(), 1)]);
    let fourth = connect(store, "4").await;
    store.ensure_data_key(&fourth, &key("old", 2)).await.unwrap();
    let samples = store.data_key_samples(1).await.unwrap();
    assert_eq!(samples.into_iter().map(|(id, _)| id).collect::<BTreeSet<_>>(), ids.into());
}

pub(crate) async fn replaced_secrets_are_dropped_when_their_time_is_over(store: &Store) {
    let (old, young) = (connect(store, "1").await, connect(store, "2").await);
    for (id, put_at) in [(&old, at(1)), (&young, at(100))] {
        store.replace_sealed_values(id, 0, &[sealed("a", 1), sealed("previous/a", 1)], put_at).await.unwrap();
    }
    assert_eq!(store.drop_previous_secrets(at(50)).await.unwrap(), 1);
    assert_eq!(store.sealed_values(&old).await.unwrap(), [sealed("a", 1)]);
    assert_eq!(store.sealed_values(&young).await.unwrap().len(), 2);
}
