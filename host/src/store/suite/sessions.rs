//! Connect sessions.

use serde_json::json;

use crate::{
    model::{
        channel::{Channel, LocalQuotes},
        connection::Environment,
        replica::Replica,
        session::{ConnectSession, Draft, SessionStatus},
    },
    store::{
        Store,
        suite::fixture::{at, audited},
    },
};

async fn session(store: &Store, id: &str, expires: i64) -> ConnectSession {
    let mut channel = Channel {
        id: format!("ch_{id}"),
        version: 0,
        name: "Channel".into(),
        logo_url: None,
        accent_color: None,
        redirect_urls: vec![],
        allowed_connectors: vec![],
        frame_ancestors: vec![],
        local_quotes: LocalQuotes::default(),
        created_at: at(0),
        updated_at: at(0),
    };
    store.insert_channel(&mut channel, &audited(0)).await.unwrap();
    let session = ConnectSession {
        id: id.into(),
        token_hash: id.as_bytes().to_vec(),
        channel_id: channel.id,
        connector_id: "demo".into(),
        connection: "conn_1".into(),
        reauth: false,
        redirect_url: "https://a.example/".into(),
        state: Some("s".into()),
        merchant_id: None,
        locale: Some("sv".into()),
        environment: Environment::Test,
        status: SessionStatus::Open,
        draft: Draft::default(),
        sealed: None,
        webhook_received_at: None,
        result: None,
        result_key: None,
        redeemed_at: None,
        created_at: at(0),
        expires_at: at(expires),
    };
    store.insert_session(&session, at(-1)).await.unwrap();
    session
}

pub(crate) async fn a_session_runs_once(store: &Store) {
    let written = session(store, "one", 60).await;
    assert_eq!(store.session("one").await.unwrap().as_ref(), Some(&written));
    assert_eq!(store.session_of_token(b"one").await.unwrap().as_ref(), Some(&written));
    assert_eq!(store.session_of_token(b"two").await.unwrap(), None);
    let draft = Draft { settings: json!({ "market": 1 }).as_object().unwrap().clone(), ..Draft::default() };
    assert!(store.put_draft("one", &draft).await.unwrap());
    assert!(store.put_checked("one", Some(b"sealed")).await.unwrap());
    let checked = store.session("one").await.unwrap().unwrap();
    assert_eq!((checked.status, checked.draft), (SessionStatus::Checked, draft.clone()));
    let received =
        async |now| store.checked_session(&"conn_1".into(), at(now)).await.unwrap().map(|one| one.webhook_received_at);
    assert_eq!((received(59).await, received(60).await), (Some(None), None), "an expired session receives nothing");
    store.note_webhook_received("one", at(3)).await.unwrap();
    store.note_webhook_received("one", at(4)).await.unwrap();
    assert_eq!(received(59).await, Some(Some(at(3))), "the first time stays");
    assert!(store.put_checked("one", Some(b"other")).await.unwrap());
    assert_eq!(received(59).await, Some(None), "other secrets have received nothing yet");
    assert!(store.begin_confirming("one", "a").await.unwrap());
    assert_eq!(received(59).await, None);
    store.note_webhook_received("one", at(5)).await.unwrap();
    assert_eq!(store.session("one").await.unwrap().unwrap().webhook_received_at, None);
    assert!(!store.begin_confirming("one", "a").await.unwrap());
    assert!(!store.put_draft("one", &draft).await.unwrap(), "a draft came too late");
    assert!(!store.put_checked("one", None).await.unwrap(), "a check came too late");
    let replica = Replica { owner: "a".into(), role: "all", version: "1", started_at: at(0) };
    store.join_replicas(&replica, at(0), at(15)).await.unwrap();
    assert_eq!(store.reopen_confirming_sessions(at(14)).await.unwrap(), 0, "its replica lives");
    store.leave_replicas("a").await.unwrap();
    assert_eq!(store.reopen_confirming_sessions(at(14)).await.unwrap(), 1);
    assert_eq!(store.session("one").await.unwrap().unwrap().sealed.as_deref(), Some(&b"other"[..]));
    assert!(store.begin_confirming("one", "a").await.unwrap());
    assert!(!store.finish_session("one", "b", "{}", b"key").await.unwrap(), "another replica confirms it");
    assert!(store.finish_session("one", "a", "{}", b"key").await.unwrap());
    assert!(!store.finish_session("one", "a", "{}", b"key").await.unwrap());
    let done = store.session("one").await.unwrap().unwrap();
    assert_eq!((done.status, done.sealed, done.draft), (SessionStatus::Done, None, Draft::default()));
    assert!(store.redeem_session("one", at(5)).await.unwrap());
    assert!(!store.redeem_session("one", at(6)).await.unwrap());
}

pub(crate) async fn what_is_sealed_ends_with_the_session(store: &Store) {
    for (id, expires) in [("old", 10), ("young", 60), ("off", 60)] {
        session(store, id, expires).await;
        store.put_checked(id, Some(b"sealed")).await.unwrap();
    }
    assert!(store.move_session("off", SessionStatus::Checked, SessionStatus::Cancelled).await.unwrap());
    assert_eq!(store.session("off").await.unwrap().unwrap().sealed, None);
    assert_eq!(store.shred_expired_sessions(at(10)).await.unwrap(), 1);
    assert_eq!(store.session("old").await.unwrap().unwrap().sealed, None);
    assert!(store.session("young").await.unwrap().unwrap().sealed.is_some());
}
