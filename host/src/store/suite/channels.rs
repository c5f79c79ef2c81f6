//! Channels, keys, sign-ins.

use crate::{
    model::{
        channel::{ApiKey, Channel, LocalQuotes},
        connection::Environment,
        paging::PageQuery,
    },
    store::{
        Error, Store,
        suite::fixture::{at, audited},
    },
};

fn channel(id: &str) -> Channel {
    Channel {
        id: id.into(),
        version: 0,
        name: "Channel".into(),
        logo_url: None,
        accent_color: Some("#1a7f37".into()),
        redirect_urls: vec!["https://a.example/".into()],
        allowed_connectors: vec![],
        frame_ancestors: vec![],
        local_quotes: LocalQuotes::Block,
        created_at: at(0),
        updated_at: at(0),
    }
}

pub(crate) fn key(id: &str, channel: Option<&str>, seconds: i64) -> ApiKey {
    ApiKey {
        id: id.into(),
        channel_id: channel.map(str::to_owned),
        environment: Environment::Test,
        label: "label".into(),
        hash: vec![7; 32],
        created_at: at(seconds),
        last_used_at: None,
        revoked_at: None,
    }
}

pub(crate) async fn a_channel_comes_back_and_changes_once(store: &Store) {
    let mut written = channel("ch_1");
    store.insert_channel(&mut written, &audited(0)).await.unwrap();
    assert_eq!(store.channel("ch_1").await.unwrap().as_ref(), Some(&written));
    let mut stale = written.clone();
    written.name = "Changed".into();
    store.update_channel(&mut written, &audited(0)).await.unwrap();
    assert_eq!(written.version, 2);
    let refused = store.update_channel(&mut stale, &audited(0)).await.unwrap_err();
    assert!(matches!(refused, Error::Conflict { .. }), "{refused}");
    store.insert_channel(&mut channel("ch_2"), &audited(0)).await.unwrap();
    let page = store.channels(&PageQuery::first(1)).await.unwrap();
    assert_eq!(page.data, [written]);
    let page = store.channels(&PageQuery::after(1, page.next_cursor)).await.unwrap();
    assert_eq!((page.data[0].id.as_str(), page.next_cursor), ("ch_2", None));
}

pub(crate) async fn two_keys_of_a_channel_work_and_any_number_of_operators(store: &Store) {
    store.insert_channel(&mut channel("ch_1"), &audited(0)).await.unwrap();
    for (number, id) in (0..).zip(["a", "b"]) {
        store.insert_key(&key(id, Some("ch_1"), number), &audited(0)).await.unwrap();
    }
    let third = store.insert_key(&key("c", Some("ch_1"), 2), &audited(0)).await.unwrap_err();
    assert!(matches!(third, Error::Limit { limit: 2, .. }), "{third}");
    assert!(!store.revoke_key(None, "a", &audited(3)).await.unwrap(), "an operator's key of that name does not exist");
    assert!(store.revoke_key(Some("ch_1"), "a", &audited(3)).await.unwrap());
    assert!(!store.revoke_key(Some("ch_1"), "a", &audited(4)).await.unwrap());
    store.insert_key(&key("c", Some("ch_1"), 2), &audited(0)).await.unwrap();
    let ids: Vec<_> = store.keys(Some("ch_1")).await.unwrap().into_iter().map(|key| key.id).collect();
    assert_eq!(ids, ["c", "b", "a"]);
    for id in ["x", "y", "z"] {
        store.insert_key(&key(id, None, 0), &audited(0)).await.unwrap();
    }
    assert_eq!(store.keys(None).await.unwrap().len(), 3);
    store.touch_key("b", at(9)).await.unwrap();
    assert_eq!(store.key("b").await.unwrap().unwrap().last_used_at, Some(at(9)));
}

pub(crate) async fn a_sign_in_ends_with_its_time_and_with_its_key(store: &Store) {
    store.insert_key(&key("k", None, 0), &audited(0)).await.unwrap();
    store.insert_login(b"one", "k", at(0), at(10)).await.unwrap();
    store.insert_login(b"two", "k", at(0), at(90)).await.unwrap();
    assert_eq!(store.key_of_login(b"one", at(9)).await.unwrap().unwrap().id, "k");
    assert_eq!(store.key_of_login(b"one", at(10)).await.unwrap(), None);
    assert_eq!(store.key_of_login(b"other", at(0)).await.unwrap(), None);
    store.delete_login(b"one").await.unwrap();
    assert_eq!(store.key_of_login(b"one", at(9)).await.unwrap(), None);
    store.revoke_key(None, "k", &audited(11)).await.unwrap();
    assert_eq!(store.key_of_login(b"two", at(12)).await.unwrap(), None);
}
