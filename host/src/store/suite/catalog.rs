//! Reading the catalog.

use connector_api::{domain::ConnectionId, wire::pull::Stream};
use serde_json::{Value, json};

use crate::{
    model::{
        catalog::OfferFilter,
        paging::PageQuery,
        price::VariantPrice,
        rows::{OfferRow, PriceRow, Rows},
    },
    store::{
        Error, Store,
        suite::fixture::{at, connect, entity, export, full_sync, offer, price, small_catalog, stock},
    },
};

pub(crate) async fn offers_are_found_by_text_and_status(store: &Store) {
    let id = connect(store, "Shop").await;
    let draft = OfferRow { status: "draft".into(), ..offer("3", "Ärmel 100%", &["c"]) };
    let rows = Rows::Offers(vec![offer("1", "Shirt", &["a"]), offer("2", "Trousers", &["b"]), draft]);
    full_sync(store, &id, &[(Stream::Offers, rows)], at(1)).await;
    let find = async |text: &str, status: Option<&str>| {
        let filter = OfferFilter { text: Some(text.into()), status: status.map(Into::into), deleted: false };
        let found = store.offers(&id, &filter, &PageQuery::default()).await.unwrap();
        found.data.into_iter().map(|offer| offer.id).collect::<Vec<_>>()
    };
    assert_eq!(find("SHIRT", None).await, ["1"], "by title");
    assert_eq!(find("sku-b", None).await, ["2"], "by SKU");
    assert_eq!(find("handle-", None).await, ["1", "2", "3"], "by handle");
    assert_eq!(find("ärmel", None).await, ["3"], "letters beyond ASCII");
    assert_eq!(find("100%", None).await, ["3"]);
    assert_eq!(find("1_0", None).await, Vec::<String>::new(), "text is not a pattern");
    assert_eq!(find("handle", Some("draft")).await, ["3"]);

    let first = store.offers(&id, &OfferFilter::default(), &PageQuery::first(2)).await.unwrap();
    let rest = store.offers(&id, &OfferFilter::default(), &PageQuery::after(2, first.next_cursor)).await.unwrap();
    assert_eq!((first.data.len(), rest.data.len(), rest.next_cursor), (2, 1, None));
}

pub(crate) async fn an_offer_comes_with_all_that_belongs_to_it(store: &Store) {
    let id = connect(store, "Shop").await;
    full_sync(store, &id, &small_catalog(), at(10)).await;
    let shirt = offer("10", "Shirt", &["a", "b"]);
    let view = store.offer(&id, "10", at(50)).await.unwrap().unwrap();
    assert_eq!(view.body, shirt.body);
    assert_eq!(view.variants, shirt.variants);
    let of = |variant: &str, price| VariantPrice { variant_id: variant.to_owned(), price };
    let prices = [("a", price("a", "1", 100)), ("a", price("a", "2", 110)), ("b", price("b", "1", 200))];
    assert_eq!(view.prices, prices.map(|(variant, price)| of(variant, price)));
    assert_eq!(view.inventory, [stock("a", "w1", 3), stock("a", "w2", 0)]);
    assert_eq!((view.summary.updated_at, view.summary.changed_at), (Some(at(5)), at(10)));
    assert_eq!(store.offer(&id, "11", at(50)).await.unwrap(), None);
    assert_eq!(store.prices(&id, "a").await.unwrap(), [price("a", "1", 100), price("a", "2", 110)]);
    assert_eq!(store.inventory(&id, "c").await.unwrap(), [stock("c", "", 7)]);
}

pub(crate) async fn an_export_does_not_depend_on_how_it_was_synced(store: &Store) {
    let straight = connect(store, "Straight").await;
    full_sync(store, &straight, &small_catalog(), at(10)).await;
    let winding = connect(store, "Winding").await;
    let before = [
        (Stream::Markets, Rows::Entities(vec![entity("1", "Norway"), entity("5", "Gone")])),
        (Stream::Offers, Rows::Offers(vec![offer("10", "Skirt", &["x"]), offer("5", "Gone", &["y"])])),
        (Stream::Prices, Rows::Prices(vec![price("a", "1", 1), price("y", "1", 1)])),
        (Stream::Inventory, Rows::Inventory(vec![stock("a", "w1", 9), stock("y", "w1", 9)])),
    ];
    full_sync(store, &winding, &before, at(20)).await;
    full_sync(store, &winding, &small_catalog(), at(30)).await;
    let lines = export(store, &straight, 100).await;
    assert_eq!(lines, export(store, &winding, 100).await);

    let lines: Vec<Value> = lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    let streams: Vec<_> = lines.iter().map(|line| line["stream"].as_str().unwrap()).collect();
    let expected = ["markets"; 2].iter().chain(&["offers"; 2]).chain(&["prices"; 3]).chain(&["inventory"; 3]);
    assert!(streams.iter().eq(expected), "{streams:?}");
    assert_eq!(lines[0], json!({ "stream": "markets", "data": { "id": "1", "title": "Sweden" } }));
    let price = json!({ "priced_id": "a", "pricelist_id": "1", "min_quantity": 1, "tax": "included", "source": "platform",
        "amount": { "amount_minor": 100, "currency": "EUR" } });
    assert_eq!(lines[4], json!({ "stream": "prices", "data": price }));
}

pub(crate) async fn an_export_in_units_is_the_whole(store: &Store) {
    let id = connect(store, "Shop").await;
    full_sync(store, &id, &small_catalog(), at(10)).await;
    let whole = export(store, &id, 1000).await;
    assert_eq!(whole.len(), 10);
    for limit in 1..=11 {
        assert_eq!(export(store, &id, limit).await, whole, "in pieces of {limit}");
    }
}

pub(crate) async fn an_unknown_connection_has_nothing(store: &Store) {
    let id = ConnectionId::from("conn_none");
    assert_eq!(store.counts(&id).await.unwrap(), []);
    assert_eq!(store.offers(&id, &OfferFilter::default(), &PageQuery::default()).await.unwrap().data, []);
    assert_eq!(store.offer(&id, "1", at(50)).await.unwrap(), None);
    assert_eq!(store.prices(&id, "a").await.unwrap(), Vec::<PriceRow>::new());
    assert_eq!(export(store, &id, 10).await, Vec::<String>::new());
}

pub(crate) async fn a_foreign_cursor_is_refused(store: &Store) {
    let id = connect(store, "Shop").await;
    let page = PageQuery::after(10, Some("!".into()));
    let refused = store.offers(&id, &OfferFilter::default(), &page).await.unwrap_err();
    assert!(matches!(refused, Error::Refused(_)), "{refused}");
    let refused = store.export(&id, Some("bm9uc2Vuc2U"), 10).await.unwrap_err();
    assert!(refused.to_string().contains("`cursor`"), "{refused}");
}
