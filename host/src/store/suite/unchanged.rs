//! Pages that come again as they are stored.

use connector_api::{
    domain::ConnectionId,
    wire::pull::{EntityRef, Stream},
};

use crate::{
    model::{
        doubt::DeletionRule,
        fetched::{ChangeSource, FetchCommit},
        rows::{EntityRow, Rows},
        run::{Mode, RunResult},
        sync::{KnownPage, KnownPages, PageCommit, StreamEnd, StreamEnded},
    },
    store::{
        Store,
        suite::fixture::{Sync, at, checkpoint, connect, counts, entity, offer},
    },
};

const MARKETS: Stream = Stream::Markets;

/// Two pages of markets, each with its digest.
fn two_pages() -> [(Vec<EntityRow>, &'static [u8]); 2] {
    [
        (vec![entity("1", "Sweden"), entity("2", "Norway")], b"first"),
        (vec![entity("3", "Denmark"), entity("4", "Finland")], b"second"),
    ]
}

fn known(digest: &[u8], read_at: i64) -> KnownPage {
    KnownPage {
        digest: digest.to_vec(),
        seen: 2,
        total: Some(4),
        notices: vec![],
        left_out: vec![],
        doubts: vec![],
        requests: 1,
        bytes: 10,
        read_at: at(read_at),
    }
}

/// Writes pages in full, as a pass of their own.
async fn pass(store: &Store, id: &ConnectionId, pages: &[(Vec<EntityRow>, &[u8])], now: i64) -> StreamEnded {
    let sync = Sync::begin(store, id, &[(MARKETS, Mode::Full)], at(now)).await;
    write(&sync, pages).await;
    end(sync).await
}

async fn write(sync: &Sync<'_>, pages: &[(Vec<EntityRow>, &[u8])]) {
    for (number, (rows, digest)) in pages.iter().enumerate() {
        let next = (number + 1 < pages.len()).then(|| checkpoint(u32::try_from(number).unwrap() + 2));
        let rows = Rows::Entities(rows.clone());
        let page = PageCommit { digest: Some(digest), ..sync.page(&MARKETS, &rows, next.as_ref()) };
        sync.store.commit_page(page).await.unwrap();
    }
}

/// Notes pages as seen, as those that end the stream.
async fn note(sync: &Sync<'_>, digests: &[&[u8]], read_at: i64) -> bool {
    let pages: Vec<_> = digests.iter().map(|digest| known(digest, read_at)).collect();
    let (lease, run, now) = (&sync.lease, &sync.run, sync.now);
    let pages = KnownPages { lease, run, stream: &MARKETS, pages: &pages, next: None, now };
    sync.store.commit_known_pages(pages).await.unwrap()
}

async fn end(sync: Sync<'_>) -> StreamEnded {
    let ended = sync.settle(&MARKETS, true).await;
    sync.store.finish_run(&sync.lease, &sync.run, RunResult::Ok, None, sync.now).await.unwrap();
    sync.store.release_lease(&sync.lease).await.unwrap();
    ended
}

async fn fetch(store: &Store, id: &ConnectionId, row: Option<EntityRow>, gone: &[EntityRef], read_at: i64, now: i64) {
    let rows: Vec<_> = row.into_iter().map(|row| (MARKETS, Rows::Entities(vec![row]))).collect();
    let source = ChangeSource::Webhook;
    let fetch =
        FetchCommit { connection: id, source, read_at: at(read_at), rows: &rows, gone, queues: &[], now: at(now) };
    store.commit_fetch(fetch).await.unwrap();
}

async fn knows(store: &Store, id: &ConnectionId) -> (bool, bool) {
    let [first, second] = [b"first".as_slice(), b"second"].map(|digest| store.knows_page(id, &MARKETS, digest));
    (first.await.unwrap(), second.await.unwrap())
}

pub(crate) async fn unchanged_pages_count_as_seen(store: &Store) {
    let (id, other) = (connect(store, "Shop").await, connect(store, "Other shop").await);
    pass(store, &id, &two_pages(), 10).await;
    assert_eq!((knows(store, &id).await, knows(store, &other).await), ((true, true), (false, false)));

    let sync = Sync::begin(store, &id, &[(MARKETS, Mode::Full)], at(20)).await;
    assert!(note(&sync, &[b"first", b"second"], 20).await);
    let view = sync.stream(&MARKETS).await;
    assert_eq!((view.pages, view.seen, view.upserted, view.unchanged), (2, 4, 0, 4));
    assert_eq!((view.total, view.requests, view.bytes), (Some(4), 2, 20));
    assert_eq!(end(sync).await, StreamEnded::default());
    assert_eq!(counts(store, &id).await, "markets 4/0");

    // Once more, and one page has another row: the row that is not there any more is deleted, and no other.
    let sync = Sync::begin(store, &id, &[(MARKETS, Mode::Full)], at(30)).await;
    let rows = Rows::Entities(vec![entity("1", "Sweden"), entity("5", "Iceland")]);
    let next = checkpoint(2);
    let page = PageCommit { digest: Some(b"third"), ..sync.page(&MARKETS, &rows, Some(&next)) };
    assert_eq!(store.commit_page(page).await.unwrap().upserted, 1);
    assert!(note(&sync, &[b"second"], 30).await);
    assert_eq!(end(sync).await, StreamEnded { deleted: 1, held: 0 });
    assert_eq!(counts(store, &id).await, "markets 4/1");
    // The page that did not come is forgotten: its rows would not come back with it.
    assert_eq!(knows(store, &id).await, (false, true));
}

pub(crate) async fn a_page_of_which_a_row_is_written_otherwise_is_not_known(store: &Store) {
    let id = connect(store, "Shop").await;
    pass(store, &id, &two_pages(), 10).await;
    fetch(store, &id, Some(entity("1", "Sverige")), &[], 20, 20).await;
    assert_eq!(knows(store, &id).await, (false, true), "fetched");
    fetch(store, &id, None, &[EntityRef { stream: MARKETS, id: "3".into() }], 21, 21).await;
    assert_eq!(knows(store, &id).await, (false, false), "gone");
    // The platform took both back: what is stored says so again.
    let sync = Sync::begin(store, &id, &[(MARKETS, Mode::Full)], at(30)).await;
    assert!(!note(&sync, &[b"first"], 30).await, "nothing is skipped");
    assert_eq!(sync.stream(&MARKETS).await.pages, 0, "and nothing was written");
    write(&sync, &two_pages()).await;
    assert_eq!(sync.stream(&MARKETS).await.upserted, 2);
    end(sync).await;
    assert_eq!((counts(store, &id).await.as_str(), knows(store, &id).await), ("markets 4/0", (true, true)));

    let sync = Sync::begin(store, &id, &[(MARKETS, Mode::Increment)], at(40)).await;
    sync.write(&MARKETS, &Rows::Entities(vec![entity("4", "Suomi")])).await;
    sync.settle(&MARKETS, false).await;
    sync.end().await;
    assert_eq!(knows(store, &id).await, (true, false), "an increment");
}

pub(crate) async fn a_row_that_moves_takes_the_digest_of_its_page_along(store: &Store) {
    let id = connect(store, "Shop").await;
    let [first, _] = two_pages();
    pass(store, &id, &two_pages(), 10).await;
    // A pass that is not read to its end has seen two rows of different pages on one.
    let sync = Sync::begin(store, &id, &[(MARKETS, Mode::Full)], at(20)).await;
    let moved = (vec![entity("2", "Norway"), entity("3", "Denmark")], b"moved".as_slice());
    write(&sync, &[moved, first.clone()]).await;
    store.finish_run(&sync.lease, &sync.run, RunResult::Aborted, None, at(20)).await.unwrap();
    store.release_lease(&sync.lease).await.unwrap();
    assert_eq!(knows(store, &id).await, (true, false), "written after the rows had moved, and before");
    assert!(!store.knows_page(&id, &MARKETS, b"moved").await.unwrap());
    // The next pass sees all of them: none is deleted.
    let sync = Sync::begin(store, &id, &[(MARKETS, Mode::Full)], at(30)).await;
    write(&sync, &two_pages()).await;
    assert_eq!(end(sync).await, StreamEnded::default());
    assert_eq!(counts(store, &id).await, "markets 4/0");
}

pub(crate) async fn what_was_read_before_a_page_was_seen_changes_none_of_its_rows(store: &Store) {
    let id = connect(store, "Shop").await;
    pass(store, &id, &two_pages(), 10).await;
    let sync = Sync::begin(store, &id, &[(MARKETS, Mode::Full)], at(20)).await;
    assert!(note(&sync, &[b"first", b"second"], 20).await);
    end(sync).await;
    fetch(store, &id, Some(entity("1", "Sverige")), &[EntityRef { stream: MARKETS, id: "3".into() }], 15, 25).await;
    assert_eq!(counts(store, &id).await, "markets 4/0", "the row was there when it was looked for later");
    let export = store.export(&id, None, 100).await.unwrap().lines.join("\n");
    assert!(export.contains("Sweden") && !export.contains("Sverige"), "{export}");
    fetch(store, &id, Some(entity("1", "Sverige")), &[], 26, 27).await;
    let export = store.export(&id, None, 100).await.unwrap().lines.join("\n");
    assert!(export.contains("Sverige"), "{export}");
}

pub(crate) async fn a_page_with_a_row_that_was_read_later_is_not_known(store: &Store) {
    let id = connect(store, "Shop").await;
    let [first, second] = two_pages();
    pass(store, &id, &[first.clone(), second.clone()], 10).await;
    // While a page is on its way, one of its rows is looked for and is not there.
    let sync = Sync::begin(store, &id, &[(MARKETS, Mode::Full)], at(20)).await;
    fetch(store, &id, None, &[EntityRef { stream: MARKETS, id: "1".into() }], 22, 22).await;
    write(&sync, &[first, second]).await;
    end(sync).await;
    assert_eq!(counts(store, &id).await, "markets 3/1");
    assert_eq!(knows(store, &id).await, (false, true));
    // The next pass brings it back.
    pass(store, &id, &two_pages(), 30).await;
    assert_eq!((counts(store, &id).await.as_str(), knows(store, &id).await), ("markets 4/0", (true, true)));
}

pub(crate) async fn a_page_of_doubted_offers_is_not_known(store: &Store) {
    let id = connect(store, "Shop").await;
    let whole = Rows::Offers((0..10).map(|id| offer(&id.to_string(), "Shirt", &["a", "b"])).collect());
    let shrunk = Rows::Offers((0..10).map(|id| offer(&id.to_string(), "Shirt", &[])).collect());
    let commit = async |rows: &Rows, digest: &[u8], now: i64| {
        let sync = Sync::begin(store, &id, &[(Stream::Offers, Mode::Full)], at(now)).await;
        let page = PageCommit { digest: Some(digest), ..sync.page(&Stream::Offers, rows, None) };
        let outcome = store.commit_page(page).await.unwrap();
        let end = if outcome.held_back > 0 {
            StreamEnd::Partial
        } else {
            StreamEnd::Complete { delete: true, rule: DeletionRule::default() }
        };
        store.finish_stream(&sync.lease, &sync.run, &Stream::Offers, &end, at(now)).await.unwrap();
        store.finish_run(&sync.lease, &sync.run, RunResult::Partial, None, at(now)).await.unwrap();
        store.release_lease(&sync.lease).await.unwrap();
        outcome.held_back
    };
    assert_eq!(commit(&whole, b"whole", 10).await, 0);
    assert_eq!(commit(&shrunk, b"shrunk", 20).await, 10);
    assert!(!store.knows_page(&id, &Stream::Offers, b"whole").await.unwrap(), "it ends the doubt when it comes again");
    assert_eq!(commit(&whole, b"whole", 30).await, 0);
    // Long after: the same fault is doubted anew.
    assert_eq!(commit(&shrunk, b"shrunk", 1_000_000).await, 10);
}
