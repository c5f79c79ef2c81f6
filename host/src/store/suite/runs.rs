//! Leases and runs.

use connector_api::{domain::ConnectionId, wire::pull::Stream};
use serde_json::json;

use crate::{
    model::{
        paging::PageQuery,
        rows::Rows,
        run::{Mode, RunId, RunPlan, RunResult, StreamState, Trigger},
        sync::{Acquired, StreamEnd},
    },
    store::{
        Error, Store,
        suite::fixture::{Sync, at, checkpoint, connect, entity, full_sync, lease, plan, small_catalog},
    },
};

pub(crate) async fn a_lease_has_one_owner(store: &Store) {
    let id = connect(store, "Shop").await;
    let Acquired::Lease(mine) = store.acquire_lease(&id, "me", at(0), at(30)).await.unwrap() else {
        panic!("a free lease was refused")
    };
    let held = store.acquire_lease(&id, "you", at(10), at(40)).await.unwrap();
    assert_eq!(held, Acquired::HeldBy { owner: "me".into(), until: at(30) });
    assert!(store.renew_lease(&mine, at(60)).await.unwrap());
    let held = store.acquire_lease(&id, "you", at(59), at(90)).await.unwrap();
    assert_eq!(held, Acquired::HeldBy { owner: "me".into(), until: at(60) });
    store.release_lease(&mine).await.unwrap();
    let next = store.acquire_lease(&id, "you", at(59), at(90)).await.unwrap();
    assert!(matches!(next, Acquired::Lease(ref lease) if lease.fence > mine.fence), "{next:?}");
    let gone = store.acquire_lease(&ConnectionId::from("conn_none"), "me", at(0), at(1)).await.unwrap_err();
    assert!(matches!(gone, Error::Gone { .. }), "{gone}");
}

pub(crate) async fn an_expired_lease_goes_to_the_next(store: &Store) {
    let id = connect(store, "Shop").await;
    let Acquired::Lease(old) = store.acquire_lease(&id, "me", at(0), at(30)).await.unwrap() else { panic!("refused") };
    let Acquired::Lease(new) = store.acquire_lease(&id, "you", at(30), at(60)).await.unwrap() else {
        panic!("an expired lease was not given")
    };
    assert!(!store.renew_lease(&old, at(90)).await.unwrap());
    store.release_lease(&old).await.unwrap();
    assert!(store.renew_lease(&new, at(90)).await.unwrap());
    let lost = store.begin_or_resume_run(&old, &plan(&[]), RunId::new(at(31)), at(31)).await.unwrap_err();
    assert!(matches!(lost, Error::LeaseLost { .. }), "{lost}");
}

pub(crate) async fn an_unfinished_run_is_resumed_as_it_was_planned(store: &Store) {
    let id = connect(store, "Shop").await;
    let streams = [(Stream::Markets, Mode::Full), (Stream::Offers, Mode::Full)];
    let first = Sync::begin(store, &id, &streams, at(1)).await;
    let rows = Rows::Entities(vec![entity("1", "EU")]);
    let next = checkpoint(2);
    store.commit_page(first.page(&Stream::Markets, &rows, Some(&next))).await.unwrap();
    store.release_lease(&first.lease).await.unwrap();

    let other_plan = [(Stream::Prices, Mode::Increment)];
    let second = Sync::begin(store, &id, &other_plan, at(2)).await;
    assert_eq!(second.run, first.run);
    let run = store.unfinished_run(&id).await.unwrap().unwrap();
    assert_eq!(run.resumed, 1);
    assert_eq!(run.streams.iter().map(|view| view.stream.as_str()).collect::<Vec<_>>(), ["markets", "offers"]);
    assert_eq!(run.streams[0].checkpoint, Some(next));
    assert_eq!(run.streams[0].state, StreamState::Running);
    assert_eq!(run.streams[1].state, StreamState::Pending);

    store.finish_run(&second.lease, &run.id, RunResult::Aborted, None, at(3)).await.unwrap();
    assert_eq!(store.unfinished_run(&id).await.unwrap(), None);
    store.release_lease(&second.lease).await.unwrap();
    let third = Sync::begin(store, &id, &other_plan, at(4)).await;
    assert_ne!(third.run, first.run);
}

pub(crate) async fn generations_rise_over_all_runs(store: &Store) {
    let id = connect(store, "Shop").await;
    let mut generations = Vec::new();
    for (now, mode) in [(1, Mode::Full), (2, Mode::Increment), (3, Mode::Full)] {
        let sync = Sync::begin(store, &id, &[(Stream::Markets, mode)], at(now)).await;
        generations.push(sync.stream(&Stream::Markets).await.generation);
        store.finish_run(&sync.lease, &sync.run, RunResult::Aborted, None, at(now)).await.unwrap();
        store.release_lease(&sync.lease).await.unwrap();
    }
    assert!(generations.is_sorted_by(|a, b| a < b), "{generations:?}");
}

pub(crate) async fn a_run_with_anything_missing_is_not_ok(store: &Store) {
    let id = connect(store, "Shop").await;
    let sync = Sync::begin(store, &id, &[(Stream::Markets, Mode::Full), (Stream::Stores, Mode::Full)], at(1)).await;
    sync.write(&Stream::Markets, &Rows::Entities(vec![])).await;
    sync.complete(&Stream::Markets, false).await;
    let refused = store.finish_run(&sync.lease, &sync.run, RunResult::Ok, None, at(2)).await.unwrap_err();
    assert!(refused.to_string().contains("stream `stores` was not read completely"), "{refused}");

    let why = json!({ "code": "timeout" });
    let failed = StreamEnd::Failed { error: why.clone() };
    store.finish_stream(&sync.lease, &sync.run, &Stream::Stores, &failed, at(2)).await.unwrap();
    let refused = store.finish_run(&sync.lease, &sync.run, RunResult::Ok, None, at(2)).await.unwrap_err();
    assert!(matches!(refused, Error::Refused(_)), "{refused}");
    let run = store.finish_run(&sync.lease, &sync.run, RunResult::Partial, Some(&why), at(3)).await.unwrap();
    assert_eq!((run.result, run.error.as_ref(), run.ended_at), (Some(RunResult::Partial), Some(&why), Some(at(3))));
    assert_eq!((run.streams[1].state, run.streams[1].error.as_ref()), (StreamState::Failed, Some(&why)));
    let twice = store.finish_run(&sync.lease, &sync.run, RunResult::Partial, None, at(4)).await.unwrap_err();
    assert!(matches!(twice, Error::Refused(_)), "{twice}");
}

pub(crate) async fn runs_are_listed_newest_first(store: &Store) {
    let id = connect(store, "Shop").await;
    let mut runs = Vec::new();
    for now in 1..=5 {
        runs.insert(0, Sync::begin(store, &id, &[(Stream::Markets, Mode::Full)], at(now)).await);
        store.finish_run(&runs[0].lease, &runs[0].run, RunResult::Aborted, None, at(now)).await.unwrap();
        store.release_lease(&runs[0].lease).await.unwrap();
    }
    let first = store.runs(&id, &PageQuery::first(3)).await.unwrap();
    let second = store.runs(&id, &PageQuery::after(3, first.next_cursor)).await.unwrap();
    assert_eq!(second.next_cursor, None);
    let listed: Vec<_> = first.data.iter().chain(&second.data).map(|run| &run.id).collect();
    assert_eq!(listed, runs.iter().map(|sync| &sync.run).collect::<Vec<_>>());
    let other = connect(store, "Other").await;
    assert_eq!(store.run(&other, &runs[0].run).await.unwrap(), None, "a run shows in another connection");
}

pub(crate) async fn a_plan_that_makes_no_sense_is_refused(store: &Store) {
    let id = connect(store, "Shop").await;
    let lease = lease(store, &id).await;
    let twice = plan(&[(Stream::Markets, Mode::Full), (Stream::Markets, Mode::Full)]);
    let mut no_since = plan(&[(Stream::Markets, Mode::Increment)]);
    no_since.streams[0].since = None;
    for plan in [twice, no_since] {
        let refused = store.begin_or_resume_run(&lease, &plan, RunId::new(at(1)), at(1)).await.unwrap_err();
        assert!(refused.to_string().contains("`markets`"), "{refused}");
    }
    let empty = RunPlan { trigger: Trigger::Schedule, streams: vec![] };
    let run = store.begin_or_resume_run(&lease, &empty, RunId::new(at(1)), at(1)).await.unwrap();
    let run = store.finish_run(&lease, &run.id, RunResult::Ok, None, at(1)).await.unwrap();
    assert_eq!(run.trigger, Trigger::Schedule);
}

pub(crate) async fn a_watermark_moves_back_only_from_where_it_was(store: &Store) {
    let id = connect(store, "1").await;
    full_sync(store, &id, &small_catalog(), at(10)).await;
    let watermark = async || {
        let positions = store.positions(&id).await.unwrap();
        positions.iter().find(|position| position.stream == Stream::Offers).unwrap().last_ok_watermark.unwrap()
    };
    assert_eq!(watermark().await, at(100));
    store.lower_watermark(&id, &Stream::Offers, at(99), at(50)).await.unwrap();
    store.lower_watermark(&id, &Stream::Offers, at(100), at(200)).await.unwrap();
    assert_eq!(watermark().await, at(100));
    for _ in 0..2 {
        store.lower_watermark(&id, &Stream::Offers, at(100), at(40)).await.unwrap();
    }
    assert_eq!(watermark().await, at(40));
}
