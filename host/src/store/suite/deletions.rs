//! Deletions that are doubted: held, confirmed, accepted; and runs that were deferred.

use connector_api::wire::pull::{EntityRef, LeftOut, Stream};
use serde_json::json;

use crate::{
    model::{
        doubt::{DeletionRule, Doubt},
        fetched::{ChangeSource, FetchCommit},
        held::Confirmed,
        outbox::OutboxFilter,
        rows::Rows,
        run::{Mode, RunId, RunResult, StreamState, Trigger},
        sync::{PageCommit, StreamEnd, StreamEnded},
    },
    store::{
        Store,
        suite::fixture::{Sync, at, checkpoint, connect, counts, entity, full_sync, offer, plan, price, stock},
    },
};

fn offers(ids: std::ops::Range<u32>) -> Rows {
    Rows::Offers(ids.map(|id| offer(&format!("{id:03}"), "Shirt", &[&format!("v{id:03}")])).collect())
}

/// A full pass over the offers, one page, seen with these doubts.
async fn pass(
    store: &Store,
    id: &connector_api::domain::ConnectionId,
    rows: &Rows,
    doubts: &[Doubt],
    now: i64,
) -> StreamEnded {
    let sync = Sync::begin(store, id, &[(Stream::Offers, Mode::Full)], at(now)).await;
    store.commit_page(PageCommit { doubts, ..sync.page(&Stream::Offers, rows, None) }).await.unwrap();
    let ended = sync.settle(&Stream::Offers, true).await;
    let view = sync.stream(&Stream::Offers).await;
    assert_eq!((view.held, view.state == StreamState::Done), (ended.held, ended.held == 0), "{view:?}");
    store.finish_run(&sync.lease, &sync.run, RunResult::Partial, None, at(now)).await.unwrap();
    store.release_lease(&sync.lease).await.unwrap();
    ended
}

pub(crate) async fn doubted_rows_stay_until_a_second_pass_misses_them(store: &Store) {
    let id = connect(store, "Shop").await;
    full_sync(store, &id, &[(Stream::Offers, offers(0..10))], at(10)).await;
    let shifted = [Doubt::MayHaveShifted];
    assert_eq!(pass(store, &id, &offers(0..8), &shifted, 100).await, StreamEnded { deleted: 0, held: 2 });
    let held = store.held_deletions(&id).await.unwrap();
    assert_eq!((held[0].rows, held[0].since, held[0].first_missed_at), (2, at(100), Some(at(100))));
    assert_eq!(
        (held[0].doubts[0].code, held[0].examples.as_slice()),
        (Doubt::MayHaveShifted, ["008".to_owned(), "009".to_owned()].as_slice())
    );
    assert_eq!(store.positions(&id).await.unwrap()[0].held_since, Some(at(100)));
    // Too soon; then one of them is seen again; then the other is missed for the second time.
    assert_eq!(pass(store, &id, &offers(0..8), &shifted, 200).await, StreamEnded { deleted: 0, held: 2 });
    assert_eq!(pass(store, &id, &offers(0..9), &shifted, 300).await, StreamEnded { deleted: 0, held: 1 });
    assert_eq!(store.held_deletions(&id).await.unwrap()[0].examples, ["009"]);
    assert_eq!(pass(store, &id, &offers(0..8), &shifted, 2_000).await, StreamEnded { deleted: 1, held: 1 });
    assert_eq!(counts(store, &id).await, "offers 9/1, variants 9/1");
    assert_eq!(pass(store, &id, &offers(0..9), &[], 2_100).await, StreamEnded::default());
    assert_eq!(
        (store.held_deletions(&id).await.unwrap(), store.positions(&id).await.unwrap()[0].held_since),
        (vec![], None)
    );
}

pub(crate) async fn a_pass_that_failed_in_a_part_does_not_count(store: &Store) {
    let id = connect(store, "Shop").await;
    full_sync(store, &id, &[(Stream::Offers, offers(0..10))], at(10)).await;
    let before = store.positions(&id).await.unwrap();
    for (doubt, now) in [(Doubt::RequestFailed, 2_000), (Doubt::NoRequest, 4_000)] {
        assert_eq!(pass(store, &id, &offers(0..9), &[doubt], now).await.held, 1, "{doubt:?}");
        assert_eq!(store.held_deletions(&id).await.unwrap()[0].first_missed_at, None, "{doubt:?}");
    }
    assert_eq!(pass(store, &id, &offers(0..9), &[Doubt::MayHaveShifted], 6_000).await.deleted, 0);
    assert_eq!(pass(store, &id, &offers(0..9), &[Doubt::MayHaveShifted], 8_000).await.deleted, 1);
    // A pass that is not whole does not even move the watermark.
    let sync = Sync::begin(store, &id, &[(Stream::Offers, Mode::Full)], at(9_000)).await;
    let rows = offers(0..9);
    let page = PageCommit { total: Some(12), ..sync.page(&Stream::Offers, &rows, None) };
    store.commit_page(page).await.unwrap();
    assert_eq!(sync.settle(&Stream::Offers, true).await, StreamEnded::default());
    let view = sync.stream(&Stream::Offers).await;
    assert_eq!((view.state, view.doubts), (StreamState::Partial, vec![Doubt::ShortOfTotal]));
    assert_eq!(store.positions(&id).await.unwrap()[0].last_ok_watermark, before[0].last_ok_watermark);
}

pub(crate) async fn a_large_share_and_an_empty_list_are_doubted(store: &Store) {
    let id = connect(store, "Shop").await;
    full_sync(store, &id, &[(Stream::Offers, offers(0..300))], at(10)).await;
    assert_eq!(pass(store, &id, &offers(0..251), &[], 20).await, StreamEnded { deleted: 49, held: 0 }, "a few");
    assert_eq!(pass(store, &id, &offers(0..201), &[], 30).await, StreamEnded { deleted: 50, held: 0 }, "a fifth");
    assert_eq!(pass(store, &id, &offers(0..160), &[], 40).await.deleted, 41);
    assert_eq!(pass(store, &id, &offers(0..110), &[], 50).await, StreamEnded { deleted: 0, held: 50 }, "50 of 160");
    assert_eq!(pass(store, &id, &offers(0..160), &[], 60).await, StreamEnded::default());
    let other = connect(store, "Small").await;
    full_sync(store, &other, &[(Stream::Offers, offers(0..2))], at(10)).await;
    assert_eq!(pass(store, &other, &offers(0..0), &[], 20).await, StreamEnded { deleted: 0, held: 2 });
}

/// A pass over one stream without any doubt of its own; gives what it deleted and held, and its doubts.
async fn pass_over(
    store: &Store,
    id: &connector_api::domain::ConnectionId,
    stream: &Stream,
    rows: &Rows,
    now: i64,
) -> (StreamEnded, Vec<Doubt>) {
    let sync = Sync::begin(store, id, &[(stream.clone(), Mode::Full)], at(now)).await;
    sync.write(stream, rows).await;
    let missed = store.doubt_pass(&sync.lease, &sync.run, stream, DeletionRule::default(), at(now)).await.unwrap();
    let ended = sync.settle(stream, true).await;
    store.finish_run(&sync.lease, &sync.run, RunResult::Partial, None, at(now)).await.unwrap();
    store.release_lease(&sync.lease).await.unwrap();
    (ended, missed.doubts)
}

pub(crate) async fn a_location_or_pricelist_that_vanished_waits_for_a_second_pass(store: &Store) {
    let id = connect(store, "Shop").await;
    // A tenth of the stock is in the second warehouse, and of the prices in the second list.
    let levels = |second: u32| {
        let first = (0..540).map(|variant| stock(&format!("v{variant}"), "w1", 3));
        Rows::Inventory(first.chain((0..second).map(|variant| stock(&format!("v{variant}"), "w2", 3))).collect())
    };
    let prices = |second: u32| {
        let first = (0..540).map(|variant| price(&format!("v{variant}"), "1", 900));
        Rows::Prices(first.chain((0..second).map(|variant| price(&format!("v{variant}"), "2", 100))).collect())
    };
    full_sync(store, &id, &[(Stream::Inventory, levels(60)), (Stream::Prices, prices(60))], at(10)).await;
    for (stream, all, without, few) in
        [(Stream::Inventory, levels(60), levels(0), levels(1)), (Stream::Prices, prices(60), prices(0), prices(1))]
    {
        let (ended, doubts) = pass_over(store, &id, &stream, &without, 100).await;
        assert_eq!((ended, doubts), (StreamEnded { deleted: 0, held: 60 }, vec![Doubt::WholePart]), "{stream}");
        let (ended, _) = pass_over(store, &id, &stream, &all, 200).await;
        assert_eq!(ended, StreamEnded::default(), "{stream}: it was there all the time");
        pass_over(store, &id, &stream, &without, 300).await;
        let (ended, _) = pass_over(store, &id, &stream, &without, 2_000).await;
        assert_eq!(ended, StreamEnded { deleted: 60, held: 0 }, "{stream}: missed twice, it is gone");
        // One row that is left is no vanished part.
        pass_over(store, &id, &stream, &all, 3_000).await;
        let (ended, doubts) = pass_over(store, &id, &stream, &few, 3_100).await;
        assert_eq!((ended, doubts), (StreamEnded { deleted: 59, held: 0 }, vec![]), "{stream}");
    }
}

pub(crate) async fn the_platform_is_asked_and_only_what_is_gone_is_deleted(store: &Store) {
    let id = connect(store, "Shop").await;
    full_sync(store, &id, &[(Stream::Offers, offers(0..10))], at(10)).await;
    let sync = Sync::begin(store, &id, &[(Stream::Offers, Mode::Full)], at(100)).await;
    let rows = offers(0..6);
    let page = PageCommit { doubts: &[Doubt::MayHaveShifted], ..sync.page(&Stream::Offers, &rows, None) };
    store.commit_page(page).await.unwrap();
    let missed =
        store.doubt_pass(&sync.lease, &sync.run, &Stream::Offers, DeletionRule::default(), at(100)).await.unwrap();
    assert_eq!((missed.rows, missed.doubts), (4, vec![Doubt::MayHaveShifted]));
    let ids = async |after: &str| store.missed_ids(&sync.run, &Stream::Offers, after, 3, at(100)).await.unwrap();
    assert_eq!(
        (ids("").await, ids("008").await),
        (vec!["006".to_owned(), "007".to_owned(), "008".to_owned()], vec!["009".to_owned()])
    );
    let witnesses = async |run| store.witness_ids(&id, &Stream::Offers, run, 20).await.unwrap().len();
    assert_eq!((witnesses(None).await, witnesses(Some(&sync.run)).await), (10, 6));
    let gone = [EntityRef { stream: Stream::Offers, id: "007".into() }];
    let found = offers(6..7);
    let confirmed = Confirmed {
        lease: &sync.lease,
        run: &sync.run,
        stream: &Stream::Offers,
        rows: Some(&found),
        gone: &gone,
        read_at: at(101),
        now: at(101),
    };
    assert_eq!(store.confirm_missed(confirmed).await.unwrap(), 1);
    assert_eq!(sync.settle(&Stream::Offers, true).await, StreamEnded { deleted: 0, held: 2 });
    assert_eq!(sync.stream(&Stream::Offers).await.deleted, 1);
    assert_eq!(counts(store, &id).await, "offers 9/1, variants 9/1");
}

pub(crate) async fn held_rows_are_reported_once_and_deleted_when_accepted(store: &Store) {
    let id = connect(store, "Shop").await;
    let prices =
        |ids: std::ops::Range<u32>| Rows::Prices(ids.map(|id| price(&format!("v{id:03}"), "1", 100)).collect());
    let catalog = [(Stream::Offers, offers(0..4)), (Stream::Prices, prices(0..4))];
    full_sync(store, &id, &catalog, at(10)).await;
    for now in [20, 30] {
        assert_eq!(pass(store, &id, &offers(0..3), &[Doubt::NoRequest], now).await.held, 1);
    }
    let reported = store
        .outbox(&OutboxFilter { types: vec!["sync.deletions_held".into()], ..OutboxFilter::default() }, 0, 50)
        .await
        .unwrap();
    assert_eq!(reported.events.len(), 1, "{reported:?}");
    assert_eq!(reported.events[0].subject.as_deref(), Some("streams/offers"));
    // Prices of an offer that is held stay with it, however sure their own pass is.
    let sync = Sync::begin(store, &id, &[(Stream::Prices, Mode::Full)], at(40)).await;
    sync.write(&Stream::Prices, &prices(0..3)).await;
    assert_eq!(sync.settle(&Stream::Prices, true).await, StreamEnded { deleted: 0, held: 1 });
    assert_eq!(sync.stream(&Stream::Prices).await.doubts, [Doubt::OfferHeld]);
    assert_eq!(counts(store, &id).await, "offers 4/0, variants 4/0, prices 4/0");
    let accepted = store.accept_deletions(&id, &[Stream::Offers], at(50)).await.unwrap();
    assert_eq!((accepted.len(), accepted[0].rows), (1, 1));
    assert_eq!(counts(store, &id).await, "offers 3/1, variants 3/1, prices 4/0");
    assert_eq!(store.accept_deletions(&id, &[], at(60)).await.unwrap().len(), 1, "the price");
    assert_eq!(counts(store, &id).await, "offers 3/1, variants 3/1, prices 3/1");
    assert_eq!(store.held_deletions(&id).await.unwrap(), []);
}

pub(crate) async fn doubts_and_what_is_left_out_outlive_the_process(store: &Store) {
    let id = connect(store, "Shop").await;
    full_sync(store, &id, &[(Stream::Markets, Rows::Entities(vec![entity("1", "EU"), entity("2", "US")]))], at(1))
        .await;
    let sync = Sync::begin(store, &id, &[(Stream::Markets, Mode::Full)], at(2)).await;
    let (rows, next) = (Rows::Entities(vec![entity("1", "EU")]), checkpoint(2));
    let left_out = [LeftOut::new("formula", "Priced by a formula.", 2)];
    let first = PageCommit {
        doubts: &[Doubt::RequestFailed],
        left_out: &left_out,
        total: Some(9),
        requests: 3,
        ..sync.page(&Stream::Markets, &rows, Some(&next))
    };
    store.commit_page(first).await.unwrap();
    store.release_lease(&sync.lease).await.unwrap();
    let again = Sync::begin(store, &id, &[(Stream::Markets, Mode::Full)], at(3)).await;
    let second = PageCommit { left_out: &left_out, total: Some(5), ..again.page(&Stream::Markets, &rows, None) };
    store.commit_page(second).await.unwrap();
    let view = again.stream(&Stream::Markets).await;
    assert_eq!(view.doubts, [Doubt::RequestFailed, Doubt::TotalShrank]);
    assert_eq!((view.left_out, view.requests), (vec![LeftOut::new("formula", "Priced by a formula.", 4)], 4));
    assert_eq!(again.settle(&Stream::Markets, true).await, StreamEnded { deleted: 0, held: 1 });
}

pub(crate) async fn a_deferred_run_ends_and_the_next_goes_on_with_it(store: &Store) {
    let id = connect(store, "Shop").await;
    let streams = [(Stream::Markets, Mode::Full), (Stream::Offers, Mode::Full), (Stream::Prices, Mode::Full)];
    let mut sync = Sync::begin(store, &id, &streams, at(1)).await;
    sync.write(&Stream::Markets, &Rows::Entities(vec![entity("1", "EU")])).await;
    sync.complete(&Stream::Markets, true).await;
    let (rows, next) = (offers(0..2), checkpoint(2));
    store.commit_page(sync.page(&Stream::Offers, &rows, Some(&next))).await.unwrap();
    let why = json!({ "code": "rate_limited", "message": "later" });
    let defer = async |sync: &Sync<'_>, now| {
        let run = store.defer_run(&sync.lease, &sync.run, &Stream::Offers, &why, at(now)).await.unwrap();
        store.release_lease(&sync.lease).await.unwrap();
        run
    };
    let run = defer(&sync, 2).await;
    assert_eq!((run.result, run.ended_at, run.error.as_ref()), (Some(RunResult::Failed), Some(at(2)), Some(&why)));
    assert_eq!(store.unfinished_run(&id).await.unwrap(), None);

    let first = sync.run.clone();
    sync = Sync::begin(store, &id, &[(Stream::Stores, Mode::Full)], at(3)).await;
    let run = store.run(&id, &sync.run).await.unwrap().unwrap();
    assert_eq!((run.continues.as_ref(), run.resumed, run.trigger), (Some(&first), 1, Trigger::Manual));
    let order: Vec<_> = run.streams.iter().map(|stream| (stream.stream.as_str(), stream.state)).collect();
    let expected = [("markets", StreamState::Done), ("prices", StreamState::Pending), ("offers", StreamState::Running)];
    assert_eq!(order, expected, "what was deferred comes last");
    assert_eq!(run.streams[2].checkpoint, Some(next));
    // A row of runs that brings nothing does not go on for ever.
    for now in 4..7 {
        defer(&sync, now).await;
        let before = sync.run.clone();
        sync = Sync::begin(store, &id, &[(Stream::Stores, Mode::Full)], at(now)).await;
        let run = store.run(&id, &sync.run).await.unwrap().unwrap();
        assert_eq!(run.continues.is_none(), now == 6, "at {now}, after {before}: {run:?}");
    }
    defer(&sync, 7).await;
    let late = at(7 + 25 * 3_600);
    let lease = super::fixture::lease(store, &id).await;
    let run = store
        .begin_or_resume_run(&lease, &plan(&[(Stream::Markets, Mode::Full)]), RunId::new(late), late)
        .await
        .unwrap();
    assert_eq!(run.continues, None, "platforms forget cursors");
}

pub(crate) async fn what_a_connection_keeps_is_counted(store: &Store) {
    let id = connect(store, "Shop").await;
    let other = connect(store, "Other").await;
    for shop in [&id, &other] {
        full_sync(store, shop, &[(Stream::Offers, offers(0..10))], at(10)).await;
    }
    full_sync(store, &id, &[(Stream::Offers, offers(2..12))], at(20)).await;
    assert_eq!(store.kept(&id).await.unwrap().rows, 12);
    let counted = store.count_kept(&id).await.unwrap();
    assert_eq!((counted.rows, counted.bytes > 0), (12, true), "deleted ones are kept, too");
    assert_eq!(store.kept(&id).await.unwrap(), counted);
    let failed = StreamEnd::Failed { error: json!({}) };
    let sync = Sync::begin(store, &id, &[(Stream::Offers, Mode::Full)], at(30)).await;
    sync.write(&Stream::Offers, &offers(12..14)).await;
    sync.store.finish_stream(&sync.lease, &sync.run, &Stream::Offers, &failed, at(30)).await.unwrap();
    assert_eq!(store.kept(&id).await.unwrap().rows, 14, "whatever became of the pass");
}

/// Offers of three variants each; of those in `emptied` without any, of those in `halved` with one.
fn of_three(emptied: std::ops::Range<u32>, halved: std::ops::Range<u32>) -> Rows {
    let offer_of = |own: u32| {
        let all = ["a", "b", "c"].map(|part| format!("{own:03}{part}"));
        let kept = match own {
            own if emptied.contains(&own) => 0,
            own if halved.contains(&own) => 1,
            _ => 3,
        };
        let kept: Vec<&str> = all.iter().take(kept).map(String::as_str).collect();
        offer(&format!("{own:03}"), "Shirt", &kept)
    };
    Rows::Offers((0..40).map(offer_of).collect())
}

pub(crate) async fn offers_that_come_without_their_variants_stay_until_a_second_pass_says_the_same(store: &Store) {
    let id = connect(store, "Shop").await;
    full_sync(store, &id, &[(Stream::Offers, of_three(0..0, 0..0))], at(10)).await;
    let read = async |rows: Rows, now: i64| {
        let sync = Sync::begin(store, &id, &[(Stream::Offers, Mode::Full)], at(now)).await;
        let outcome = sync.write(&Stream::Offers, &rows).await;
        let view = sync.stream(&Stream::Offers).await;
        assert_eq!(view.skipped, outcome.held_back);
        assert_eq!(view.notices.iter().any(|own| own.code == "variants_missing"), outcome.held_back > 0);
        store.finish_stream(&sync.lease, &sync.run, &Stream::Offers, &StreamEnd::Partial, at(now)).await.unwrap();
        store.finish_run(&sync.lease, &sync.run, RunResult::Partial, None, at(now)).await.unwrap();
        store.release_lease(&sync.lease).await.unwrap();
        outcome.held_back
    };
    // One that has none any more, whatever the others have.
    assert_eq!(read(of_three(0..1, 0..0), 100).await, 1);
    assert_eq!(counts(store, &id).await, "offers 40/0, variants 120/0");
    let kept = store.offer(&id, "000", at(100)).await.unwrap().unwrap();
    assert_eq!(kept.variants.len(), 3, "the offer is as it was");
    // Some of many offers' variants at once; a few are no reason for doubt.
    assert_eq!(read(of_three(0..1, 1..40), 200).await, 40);
    assert_eq!(read(of_three(0..1, 1..4), 300).await, 1);
    assert_eq!(counts(store, &id).await, "offers 40/0, variants 114/6");
    // The second pass that says so, long enough after the first.
    assert_eq!(read(of_three(0..1, 1..4), 2_000).await, 0);
    assert_eq!(counts(store, &id).await, "offers 40/0, variants 111/9");
    // What a single question says is confirmed by nothing.
    let rows = [(Stream::Offers, Rows::Offers(vec![offer("039", "Shirt", &[])]))];
    let fetch = FetchCommit {
        connection: &id,
        rows: &rows,
        gone: &[],
        queues: &[],
        source: ChangeSource::Webhook,
        read_at: at(2_100),
        now: at(2_100),
    };
    assert_eq!(store.commit_fetch(fetch).await.unwrap().upserted, 0);
    assert_eq!(counts(store, &id).await, "offers 40/0, variants 111/9");
}
