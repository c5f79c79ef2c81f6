//! Records read outside of a sync run.

use connector_api::{
    domain::ConnectionId,
    wire::pull::{EntityRef, Stream},
};

use crate::{
    model::{
        fetched::{ChangeSource, FetchCommit, FetchOutcome},
        rows::Rows,
        run::Mode,
        sync::PageCommit,
    },
    store::{
        Error, Store,
        suite::fixture::{Sync, at, connect, counts, entity, export, full_sync, offer, price, small_catalog, stock},
    },
};

fn fetch<'a>(
    connection: &'a ConnectionId,
    rows: &'a [(Stream, Rows)],
    gone: &'a [EntityRef],
    second: i64,
) -> FetchCommit<'a> {
    let now = at(second);
    FetchCommit { connection, source: ChangeSource::Webhook, read_at: now, rows, gone, queues: &[], now }
}

fn named(stream: Stream, id: &str) -> EntityRef {
    EntityRef { stream, id: id.into() }
}

pub(crate) async fn records_refetched_change_the_catalog(store: &Store) {
    let id = connect(store, "Shop").await;
    full_sync(store, &id, &small_catalog(), at(10)).await;
    let rows = [
        (Stream::Offers, Rows::Offers(vec![offer("10", "Blouse", &["a"]), offer("9", "Trousers", &["c"])])),
        (Stream::Markets, Rows::Entities(vec![entity("3", "Norway")])),
    ];
    let gone = [named(Stream::Markets, "2"), named(Stream::Markets, "never there")];
    let outcome = store.commit_fetch(fetch(&id, &rows, &gone, 20)).await.unwrap();
    assert_eq!(outcome, FetchOutcome { upserted: 2, unchanged: 1, deleted: 1 });
    assert_eq!(counts(store, &id).await, "markets 2/1, offers 2/0, variants 2/1, prices 3/0, inventory 3/0");
    let view = store.offer(&id, "10", at(50)).await.unwrap().unwrap();
    assert_eq!((view.summary.title.as_deref(), view.summary.changed_at), (Some("Blouse"), at(20)));
    let nobody = ConnectionId("conn_nobody".into());
    let error = store.commit_fetch(fetch(&nobody, &[], &[], 20)).await.unwrap_err();
    assert!(matches!(error, Error::Gone { .. }), "{error}");
}

pub(crate) async fn prices_and_stock_of_a_variant_are_replaced_as_a_set(store: &Store) {
    let id = connect(store, "Shop").await;
    full_sync(store, &id, &small_catalog(), at(10)).await;
    let rows = [
        (Stream::Prices, Rows::Prices(vec![price("a", "1", 100)])),
        (Stream::Inventory, Rows::Inventory(vec![stock("a", "w2", 5)])),
    ];
    let gone = [named(Stream::Inventory, "c")];
    let outcome = store.commit_fetch(fetch(&id, &rows, &gone, 20)).await.unwrap();
    assert_eq!(outcome, FetchOutcome { upserted: 1, unchanged: 1, deleted: 3 });
    assert_eq!(store.prices(&id, "a").await.unwrap(), [price("a", "1", 100)]);
    assert_eq!(store.prices(&id, "b").await.unwrap(), [price("b", "1", 200)], "another variant's are not touched");
    assert_eq!(store.inventory(&id, "a").await.unwrap(), [stock("a", "w2", 5)]);
    assert_eq!(store.inventory(&id, "c").await.unwrap(), []);
}

pub(crate) async fn the_reading_that_began_last_is_kept(store: &Store) {
    let id = connect(store, "Shop").await;
    full_sync(store, &id, &small_catalog(), at(10)).await;
    let newer = [
        (Stream::Offers, Rows::Offers(vec![offer("10", "Newest", &["a", "b"])])),
        (Stream::Markets, Rows::Entities(vec![entity("1", "Newest")])),
        (Stream::Prices, Rows::Prices(vec![price("b", "1", 999)])),
        (Stream::Inventory, Rows::Inventory(vec![stock("c", "", 999)])),
    ];
    let gone = [named(Stream::Offers, "9")];
    store.commit_fetch(fetch(&id, &newer, &gone, 30)).await.unwrap();
    let before = export(store, &id, 100).await;

    // A page whose reading began before, of rows that have changed and of one that is gone.
    let catalog = small_catalog();
    let streams: Vec<_> = catalog.iter().map(|(stream, _)| (stream.clone(), Mode::Increment)).collect();
    let sync = Sync::begin(store, &id, &streams, at(40)).await;
    for (stream, rows) in &catalog {
        let page = PageCommit { read_at: at(29), ..sync.page(stream, rows, None) };
        assert_eq!(store.commit_page(page).await.unwrap().upserted, 0, "{stream}");
    }
    let older = store.commit_fetch(fetch(&id, &catalog, &[named(Stream::Offers, "10")], 29)).await.unwrap();
    assert_eq!((older.upserted, older.deleted), (0, 0));
    assert_eq!(export(store, &id, 100).await, before);

    // An unchanged row was read then, too: an older reading that differs comes too late.
    let late = [(Stream::Markets, Rows::Entities(vec![entity("2", "Old")]))];
    assert_eq!(store.commit_fetch(fetch(&id, &late, &[], 28)).await.unwrap().upserted, 0);
    let newest = store.commit_fetch(fetch(&id, &catalog, &[], 50)).await.unwrap();
    assert_eq!(newest.upserted, 5, "a later reading counts, and brings back what was gone");
}

pub(crate) async fn a_pass_at_work_does_not_delete_what_was_read_meanwhile(store: &Store) {
    let id = connect(store, "Shop").await;
    full_sync(store, &id, &small_catalog(), at(10)).await;
    let sync = Sync::begin(store, &id, &[(Stream::Offers, Mode::Full)], at(20)).await;
    let rows = [(Stream::Offers, Rows::Offers(vec![offer("10", "Shirt", &["a", "b"]), offer("11", "New", &["x"])]))];
    store.commit_fetch(fetch(&id, &rows, &[], 21)).await.unwrap();
    sync.write(&Stream::Offers, &Rows::Offers(vec![offer("11", "New", &["x"])])).await;
    assert_eq!(sync.complete(&Stream::Offers, true).await, 1);
    assert_eq!(counts(store, &id).await, "markets 2/0, offers 2/1, variants 3/1, prices 3/0, inventory 3/0");
}
