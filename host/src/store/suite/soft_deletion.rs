//! Retirement and positions.

use connector_api::wire::pull::Stream;

use crate::{
    model::{
        catalog::OfferFilter,
        doubt::DeletionRule,
        paging::PageQuery,
        rows::Rows,
        run::{Mode, RunResult, StreamPosition, StreamState},
        sync::{PageCommit, StreamEnd},
    },
    store::{
        Error, Store,
        suite::fixture::{
            Sync, at, checkpoint, connect, counts, entity, full_sync, offer, price, small_catalog, stock,
        },
    },
};

pub(crate) async fn a_full_pass_deletes_what_it_did_not_see(store: &Store) {
    let id = connect(store, "Shop").await;
    full_sync(store, &id, &small_catalog(), at(10)).await;
    let smaller = [
        (Stream::Markets, Rows::Entities(vec![entity("1", "Sweden")])),
        (Stream::Offers, Rows::Offers(vec![offer("9", "Trousers", &["c"])])),
        (Stream::Prices, Rows::Prices(vec![price("a", "1", 100)])),
        (Stream::Inventory, Rows::Inventory(vec![stock("c", "", 7)])),
    ];
    full_sync(store, &id, &smaller, at(20)).await;
    assert_eq!(counts(store, &id).await, "markets 1/1, offers 1/1, variants 1/2, prices 1/2, inventory 1/2");
    let view = store.offer(&id, "10", at(50)).await.unwrap().unwrap();
    assert_eq!(view.summary.deleted_at, Some(at(20)), "a deleted offer can still be looked at");
    assert_eq!(view.variants, []);
    let live = store.offers(&id, &OfferFilter::default(), &PageQuery::default()).await.unwrap();
    assert_eq!(live.data.iter().map(|offer| offer.id.as_str()).collect::<Vec<_>>(), ["9"]);
    let all = OfferFilter { deleted: true, ..OfferFilter::default() };
    assert_eq!(store.offers(&id, &all, &PageQuery::default()).await.unwrap().data.len(), 2);
    let run = store.runs(&id, &PageQuery::first(1)).await.unwrap().data.remove(0);
    assert_eq!(run.streams.iter().map(|view| view.deleted).collect::<Vec<_>>(), [1, 1, 2, 2]);
}

pub(crate) async fn deleted_rows_come_back(store: &Store) {
    let id = connect(store, "Shop").await;
    full_sync(store, &id, &small_catalog(), at(10)).await;
    let empty = [
        (Stream::Markets, Rows::Entities(vec![])),
        (Stream::Offers, Rows::Offers(vec![])),
        (Stream::Prices, Rows::Prices(vec![])),
        (Stream::Inventory, Rows::Inventory(vec![])),
    ];
    // An empty list is believed when a second pass, a while later, is empty, too.
    for (now, expected) in [(20, [0, 0, 0, 0]), (2_000, [2, 2, 3, 3])] {
        let streams: Vec<_> = empty.iter().map(|(stream, _)| (stream.clone(), Mode::Full)).collect();
        let sync = Sync::begin(store, &id, &streams, at(now)).await;
        let mut deleted = vec![];
        for (stream, rows) in &empty {
            sync.write(stream, rows).await;
            deleted.push(sync.complete(stream, true).await);
        }
        assert_eq!(deleted, expected, "at {now}");
        store.finish_run(&sync.lease, &sync.run, RunResult::Partial, None, at(now)).await.unwrap();
        store.release_lease(&sync.lease).await.unwrap();
    }
    assert_eq!(counts(store, &id).await, "markets 0/2, offers 0/2, variants 0/3, prices 0/3, inventory 0/3");
    full_sync(store, &id, &small_catalog(), at(3_000)).await;
    assert_eq!(counts(store, &id).await, "markets 2/0, offers 2/0, variants 3/0, prices 3/0, inventory 3/0");
    let run = store.runs(&id, &PageQuery::first(1)).await.unwrap().data.remove(0);
    assert_eq!(run.streams.iter().map(|view| view.upserted).collect::<Vec<_>>(), [2, 2, 3, 3], "back is a change");
}

pub(crate) async fn only_a_complete_full_pass_may_delete(store: &Store) {
    let id = connect(store, "Shop").await;
    full_sync(store, &id, &small_catalog(), at(10)).await;
    let streams = [(Stream::Markets, Mode::Full), (Stream::Offers, Mode::Full), (Stream::Prices, Mode::Increment)];
    let sync = Sync::begin(store, &id, &streams, at(20)).await;
    let delete = StreamEnd::Complete { delete: true, rule: DeletionRule::default() };
    let refusal = async |stream: Stream| {
        store.finish_stream(&sync.lease, &sync.run, &stream, &delete, at(20)).await.unwrap_err().to_string()
    };

    let markets = Rows::Entities(vec![]);
    store.commit_page(sync.page(&Stream::Markets, &markets, Some(&checkpoint(2)))).await.unwrap();
    assert!(refusal(Stream::Markets).await.contains("its last page is not committed"));
    let offers = Rows::Offers(vec![]);
    let page = sync.page(&Stream::Offers, &offers, None);
    store.commit_page(PageCommit { skipped: 1, ..page }).await.unwrap();
    assert!(refusal(Stream::Offers).await.contains("records were skipped"));
    sync.write(&Stream::Prices, &Rows::Prices(vec![])).await;
    assert!(refusal(Stream::Prices).await.contains("reads changes only"));
    assert_eq!(counts(store, &id).await, "markets 2/0, offers 2/0, variants 3/0, prices 3/0, inventory 3/0");
    assert_eq!(sync.complete(&Stream::Prices, false).await, 0);
}

pub(crate) async fn a_partial_end_keeps_the_watermark(store: &Store) {
    let id = connect(store, "Shop").await;
    let sync = Sync::begin(store, &id, &[(Stream::Markets, Mode::Full)], at(1)).await;
    sync.write(&Stream::Markets, &Rows::Entities(vec![entity("1", "EU")])).await;
    sync.complete(&Stream::Markets, true).await;
    sync.end().await;
    let position = StreamPosition {
        stream: Stream::Markets,
        last_ok_watermark: Some(at(100)),
        last_full_at: Some(at(1)),
        generation: 1,
        held_since: None,
    };
    assert_eq!(store.positions(&id).await.unwrap(), std::slice::from_ref(&position));

    let sync = Sync::begin(store, &id, &[(Stream::Markets, Mode::Full)], at(2)).await;
    store.finish_stream(&sync.lease, &sync.run, &Stream::Markets, &StreamEnd::Partial, at(2)).await.unwrap();
    assert_eq!(sync.stream(&Stream::Markets).await.state, StreamState::Partial);
    assert_eq!(store.positions(&id).await.unwrap(), [StreamPosition { generation: 2, ..position }]);
    let refused = store.finish_run(&sync.lease, &sync.run, RunResult::Ok, None, at(3)).await.map(|run| run.result);
    assert!(matches!(refused, Err(Error::Refused(_))), "a pass that was cut short is never ok: {refused:?}");
}

pub(crate) async fn a_stream_deletes_its_own_rows_only(store: &Store) {
    let shop = connect(store, "Shop").await;
    let other = connect(store, "Other").await;
    let both = [
        (Stream::Markets, Rows::Entities(vec![entity("1", "EU"), entity("2", "US")])),
        (Stream::Pricelists, Rows::Entities(vec![entity("1", "Retail")])),
    ];
    full_sync(store, &shop, &both, at(10)).await;
    full_sync(store, &other, &both, at(10)).await;
    let fewer = [(Stream::Markets, Rows::Entities(vec![entity("2", "US")]))];
    full_sync(store, &shop, &fewer, at(20)).await;
    assert_eq!(counts(store, &shop).await, "markets 1/1, pricelists 1/0");
    assert_eq!(counts(store, &other).await, "markets 2/0, pricelists 1/0");
}

pub(crate) async fn a_changed_offer_loses_variants(store: &Store) {
    let id = connect(store, "Shop").await;
    full_sync(store, &id, &[(Stream::Offers, Rows::Offers(vec![offer("1", "Shirt", &["a", "b"])]))], at(10)).await;
    let sync = Sync::begin(store, &id, &[(Stream::Offers, Mode::Full)], at(20)).await;
    sync.write(&Stream::Offers, &Rows::Offers(vec![offer("1", "Shirt", &["b", "c"])])).await;
    assert_eq!(counts(store, &id).await, "offers 1/0, variants 2/1");
    let view = store.offer(&id, "1", at(50)).await.unwrap().unwrap();
    assert_eq!(view.variants.iter().map(|variant| variant.id.as_str()).collect::<Vec<_>>(), ["b", "c"]);
    assert_eq!(view.summary.variants, 2);
}
