//! State values.

use connector_api::domain::ConnectionId;

use crate::{
    model::state::{MAX_KEY_BYTES, MAX_VALUE_BYTES, MAX_VALUES},
    store::{
        Error, Store,
        suite::fixture::{at, connect},
    },
};

pub(crate) async fn values_come_and_go(store: &Store) {
    let id = connect(store, "Shop").await;
    assert_eq!(store.state_value(&id, "b").await.unwrap(), None);
    store.put_state_value(&id, "b", b"one", at(1)).await.unwrap();
    store.put_state_value(&id, "a", &[0, 255], at(1)).await.unwrap();
    store.put_state_value(&id, "b", b"two", at(2)).await.unwrap();
    assert_eq!(store.state_value(&id, "b").await.unwrap().as_deref(), Some(b"two".as_slice()));
    assert_eq!(store.state_keys(&id).await.unwrap(), ["a", "b"]);
    assert!(store.delete_state_value(&id, "b").await.unwrap());
    assert!(!store.delete_state_value(&id, "b").await.unwrap());
    assert_eq!(store.state_keys(&id).await.unwrap(), ["a"]);
    let other = connect(store, "Other").await;
    assert_eq!(store.state_keys(&other).await.unwrap(), Vec::<String>::new());
    let gone = store.put_state_value(&ConnectionId::from("conn_none"), "a", b"x", at(1)).await.unwrap_err();
    assert!(matches!(gone, Error::Gone { .. }), "{gone}");
}

pub(crate) async fn too_many_or_too_large_values_are_refused(store: &Store) {
    let id = connect(store, "Shop").await;
    let large = store.put_state_value(&id, "large", &vec![0; MAX_VALUE_BYTES + 1024], at(1)).await.unwrap_err();
    assert!(matches!(large, Error::Limit { limit: 1_048_576, .. }), "{large}");
    let long = store.put_state_value(&id, &"k".repeat(MAX_KEY_BYTES + 1), b"", at(1)).await.unwrap_err();
    assert!(matches!(long, Error::Limit { .. }), "{long}");
    for number in 0..MAX_VALUES {
        store.put_state_value(&id, &format!("{number:03}"), b"x", at(1)).await.unwrap();
    }
    let many = store.put_state_value(&id, "one more", b"x", at(1)).await.unwrap_err();
    assert!(matches!(many, Error::Limit { limit: 200, .. }), "{many}");
    store.put_state_value(&id, "000", b"y", at(2)).await.unwrap();
    assert_eq!(store.state_keys(&id).await.unwrap().len(), MAX_VALUES as usize);
}
