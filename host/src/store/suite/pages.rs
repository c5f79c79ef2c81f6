//! Pages.

use connector_api::wire::pull::{Checkpoint, Notice, Stream};
use serde_json::json;

use crate::{
    model::{
        paging::PageQuery,
        rows::{InventoryRow, OfferRow, PriceRow, Rows},
        run::{Mode, StreamState},
        sync::{Acquired, MAX_CHECKPOINT_BYTES, PageCommit, PageOutcome, StreamEnd},
    },
    store::{
        Error, Store,
        suite::fixture::{Sync, at, checkpoint, connect, counts, entity, offer, price, small_catalog, stock},
    },
};

pub(crate) async fn rows_checkpoint_and_counters_go_together(store: &Store) {
    let id = connect(store, "Shop").await;
    let sync = Sync::begin(store, &id, &[(Stream::Markets, Mode::Full)], at(1)).await;
    let rows = Rows::Entities(vec![entity("1", "EU"), entity("2", "US")]);
    let next = checkpoint(2);
    let page = sync.page(&Stream::Markets, &rows, Some(&next));
    let outcome = store.commit_page(PageCommit { seen: 3, skipped: 1, total: Some(9), ..page }).await.unwrap();
    assert_eq!(outcome, PageOutcome { upserted: 2, unchanged: 0, held_back: 0 });
    let view = sync.stream(&Stream::Markets).await;
    assert_eq!((view.state, view.checkpoint), (StreamState::Running, Some(next)));
    assert_eq!((view.pages, view.seen, view.upserted, view.skipped, view.total), (1, 3, 2, 1, Some(9)));

    let rows = Rows::Entities(vec![entity("2", "US"), entity("3", "JP")]);
    let outcome = store.commit_page(sync.page(&Stream::Markets, &rows, None)).await.unwrap();
    assert_eq!(outcome, PageOutcome { upserted: 1, unchanged: 1, held_back: 0 });
    let view = sync.stream(&Stream::Markets).await;
    assert_eq!((view.state, view.checkpoint), (StreamState::Read, None));
    assert_eq!((view.pages, view.seen, view.upserted, view.unchanged, view.total), (2, 5, 3, 1, Some(9)));
    let listed = store.entities(&id, &Stream::Markets, &PageQuery::default()).await.unwrap();
    assert_eq!(listed.data, [entity("1", "EU"), entity("2", "US"), entity("3", "JP")]);
}

pub(crate) async fn a_lost_lease_writes_nothing(store: &Store) {
    let id = connect(store, "Shop").await;
    let sync = Sync::begin(store, &id, &[(Stream::Offers, Mode::Full)], at(1)).await;
    let first = Rows::Offers(vec![offer("1", "Shirt", &["a"])]);
    store.commit_page(sync.page(&Stream::Offers, &first, Some(&checkpoint(2)))).await.unwrap();
    let before = sync.stream(&Stream::Offers).await;

    let taken = store.acquire_lease(&id, "other", at(2_000_000), at(3_000_000)).await.unwrap();
    assert!(matches!(taken, Acquired::Lease(_)), "{taken:?}");
    let second = Rows::Offers(vec![offer("1", "Changed", &["a"]), offer("2", "Coat", &["b"])]);
    let lost = store.commit_page(sync.page(&Stream::Offers, &second, None)).await.unwrap_err();
    assert!(matches!(lost, Error::LeaseLost { .. }), "{lost}");
    let end = StreamEnd::Failed { error: json!("late") };
    let lost = store.finish_stream(&sync.lease, &sync.run, &Stream::Offers, &end, at(2)).await.unwrap_err();
    assert!(matches!(lost, Error::LeaseLost { .. }), "{lost}");

    assert_eq!(sync.stream(&Stream::Offers).await, before);
    assert_eq!(counts(store, &id).await, "offers 1/0, variants 1/0");
    assert_eq!(store.offer(&id, "1", at(50)).await.unwrap().unwrap().summary.title.as_deref(), Some("Shirt"));
}

pub(crate) async fn unchanged_rows_are_distinguished_from_changed_ones(store: &Store) {
    let id = connect(store, "Shop").await;
    super::fixture::full_sync(store, &id, &small_catalog(), at(10)).await;
    let dear = PriceRow { list_amount_minor: Some(300), ..price("b", "1", 200) };
    let counted_again = InventoryRow { as_of: Some(at(99)), ..stock("a", "w1", 3) };
    let changed = [
        (Stream::Markets, Rows::Entities(vec![entity("1", "Sweden"), entity("2", "Europe")])),
        (Stream::Offers, Rows::Offers(vec![offer("9", "Trousers", &["c"]), offer("10", "Shirt", &["a"])])),
        (Stream::Prices, Rows::Prices(vec![price("a", "1", 100), dear])),
        (Stream::Inventory, Rows::Inventory(vec![counted_again, stock("c", "", 6)])),
    ];
    let streams: Vec<_> = changed.iter().map(|(stream, _)| (stream.clone(), Mode::Full)).collect();
    let sync = Sync::begin(store, &id, &streams, at(20)).await;
    for (stream, rows) in &changed {
        assert_eq!(sync.write(stream, rows).await, PageOutcome { upserted: 1, unchanged: 1, held_back: 0 }, "{stream}");
    }
    let changed_at = |view: Option<crate::model::catalog::OfferView>| view.unwrap().summary.changed_at;
    assert_eq!(changed_at(store.offer(&id, "9", at(50)).await.unwrap()), at(10));
    assert_eq!(changed_at(store.offer(&id, "10", at(50)).await.unwrap()), at(20));
}

pub(crate) async fn a_page_committed_after_the_last_is_refused(store: &Store) {
    let id = connect(store, "Shop").await;
    let sync = Sync::begin(store, &id, &[(Stream::Markets, Mode::Full)], at(1)).await;
    let rows = Rows::Entities(vec![entity("1", "EU")]);
    sync.write(&Stream::Markets, &rows).await;
    let after_last = store.commit_page(sync.page(&Stream::Markets, &rows, None)).await.unwrap_err();
    assert!(after_last.to_string().contains("already committed"), "{after_last}");
    sync.complete(&Stream::Markets, true).await;
    let after_end = store.commit_page(sync.page(&Stream::Markets, &rows, None)).await.unwrap_err();
    assert!(after_end.to_string().contains("has ended"), "{after_end}");
    let end = StreamEnd::Partial;
    let twice = store.finish_stream(&sync.lease, &sync.run, &Stream::Markets, &end, at(2)).await.unwrap_err();
    assert!(matches!(twice, Error::Refused(_)), "{twice}");
}

pub(crate) async fn rows_of_another_stream_are_refused(store: &Store) {
    let id = connect(store, "Shop").await;
    let sync = Sync::begin(store, &id, &[(Stream::Markets, Mode::Full)], at(1)).await;
    let prices = Rows::Prices(vec![price("a", "1", 100)]);
    let refused = store.commit_page(sync.page(&Stream::Markets, &prices, None)).await.unwrap_err();
    assert!(refused.to_string().contains("do not belong to stream `markets`"), "{refused}");
    let unplanned = store.commit_page(sync.page(&Stream::Prices, &prices, None)).await.unwrap_err();
    assert!(unplanned.to_string().contains("is not planned"), "{unplanned}");
    let long = Checkpoint(json!("x".repeat(MAX_CHECKPOINT_BYTES)));
    let rows = Rows::Entities(vec![]);
    let too_long = store.commit_page(sync.page(&Stream::Markets, &rows, Some(&long))).await.unwrap_err();
    assert!(matches!(too_long, Error::Limit { limit: 65_536, .. }), "{too_long}");
}

pub(crate) async fn the_later_of_two_equal_offers_counts(store: &Store) {
    let id = connect(store, "Shop").await;
    let sync = Sync::begin(store, &id, &[(Stream::Offers, Mode::Full)], at(1)).await;
    let rows = Rows::Offers(vec![offer("1", "Old", &["a", "b"]), offer("1", "New", &["c"])]);
    sync.write(&Stream::Offers, &rows).await;
    let view = store.offer(&id, "1", at(50)).await.unwrap().unwrap();
    assert_eq!(view.summary.title.as_deref(), Some("New"));
    assert_eq!(view.variants.iter().map(|variant| variant.id.as_str()).collect::<Vec<_>>(), ["c"]);
}

pub(crate) async fn a_variant_may_stand_in_two_offers(store: &Store) {
    let id = connect(store, "Shop").await;
    let sync = Sync::begin(store, &id, &[(Stream::Offers, Mode::Full), (Stream::Prices, Mode::Full)], at(1)).await;
    sync.write(&Stream::Offers, &Rows::Offers(vec![offer("1", "Shirt", &["a"]), offer("2", "Shirt", &["a", "b"])]))
        .await;
    let twice = vec![price("a", "1", 100), price("b", "1", 100), price("a", "1", 100)];
    let outcome = sync.write(&Stream::Prices, &Rows::Prices(twice)).await;
    assert_eq!(outcome, PageOutcome { upserted: 2, unchanged: 1, held_back: 0 });
    assert_eq!(counts(store, &id).await, "offers 2/0, variants 3/0, prices 2/0");
    for offer in ["1", "2"] {
        let view = store.offer(&id, offer, at(50)).await.unwrap().unwrap();
        assert!(view.prices.iter().any(|own| own.price == price("a", "1", 100)), "offer {offer} has no price");
    }
}

pub(crate) async fn notices_are_kept_once(store: &Store) {
    let id = connect(store, "Shop").await;
    let sync = Sync::begin(store, &id, &[(Stream::Markets, Mode::Full)], at(1)).await;
    let notice = |message: &str| Notice { code: "odd".into(), message: message.into() };
    let rows = Rows::Entities(vec![]);
    for (page, notices) in [(2, vec![notice("a")]), (3, vec![notice("b"), notice("a")])] {
        let next = checkpoint(page);
        let page = sync.page(&Stream::Markets, &rows, Some(&next));
        store.commit_page(PageCommit { notices: &notices, ..page }).await.unwrap();
    }
    assert_eq!(sync.stream(&Stream::Markets).await.notices, [notice("a"), notice("b")]);
}

pub(crate) async fn pages_of_any_size_are_written_whole(store: &Store) {
    let id = connect(store, "Shop").await;
    let sync = Sync::begin(store, &id, &[(Stream::Offers, Mode::Full)], at(1)).await;
    let mut next_id = 0;
    for size in [0, 1, 15, 16, 17, 127, 128, 129, 300] {
        let fresh = |number: usize| -> OfferRow {
            let id = format!("{:05}", next_id + number);
            offer(&id, "Shirt", &[&format!("{id}-a"), &format!("{id}-b")])
        };
        let rows = Rows::Offers((0..size).map(fresh).collect());
        next_id += size;
        let outcome = store.commit_page(sync.page(&Stream::Offers, &rows, Some(&checkpoint(1)))).await.unwrap();
        assert_eq!(outcome, PageOutcome { upserted: size as u64, unchanged: 0, held_back: 0 });
        let again = store.commit_page(sync.page(&Stream::Offers, &rows, Some(&checkpoint(1)))).await.unwrap();
        assert_eq!(again, PageOutcome { upserted: 0, unchanged: size as u64, held_back: 0 });
    }
    assert_eq!(counts(store, &id).await, format!("offers {next_id}/0, variants {}/0", 2 * next_id));
}
