//! Reading what quotes need.

use connector_api::{domain::ConnectionId, wire::pull::Stream};

use crate::{
    model::{
        quote::{MAX_QUOTED, QuotedOffer, QuotedVariant, SkuMatch},
        rows::Rows,
    },
    store::{
        Error, Store,
        suite::fixture::{at, connect, full_sync, offer, price, small_catalog, stock},
    },
};

pub(crate) async fn variants_come_with_offers_prices_and_stock(store: &Store) {
    let id = connect(store, "Shop").await;
    full_sync(store, &id, &small_catalog(), at(10)).await;
    let found = store.quoted_variants(&id, &["c", "a", "nothing", "a"]).await.unwrap();
    let body = |offer: crate::model::rows::OfferRow| QuotedOffer { id: offer.id, body: offer.body };
    let shirt = QuotedVariant {
        id: "a".into(),
        offers: vec![body(offer("10", "Shirt", &["a", "b"]))],
        prices: vec![price("a", "1", 100), price("a", "2", 110)],
        inventory: vec![stock("a", "w1", 3), stock("a", "w2", 0)],
    };
    let trousers = QuotedVariant {
        id: "c".into(),
        offers: vec![body(offer("9", "Trousers", &["c"]))],
        prices: vec![],
        inventory: vec![stock("c", "", 7)],
    };
    assert_eq!(found, [shirt, trousers]);

    let other = connect(store, "Other shop").await;
    assert_eq!(store.quoted_variants(&other, &["a"]).await.unwrap(), []);
    assert_eq!(store.quoted_variants(&ConnectionId::from("conn_none"), &["a"]).await.unwrap(), []);
    let many = vec!["a"; MAX_QUOTED + 1];
    assert!(matches!(store.quoted_variants(&id, &many).await, Err(Error::Refused(_))));
}

pub(crate) async fn deleted_rows_are_not_quoted(store: &Store) {
    let id = connect(store, "Shop").await;
    full_sync(store, &id, &small_catalog(), at(10)).await;
    let later = [
        (Stream::Offers, Rows::Offers(vec![offer("10", "Shirt", &["a"])])),
        (Stream::Prices, Rows::Prices(vec![price("a", "2", 110)])),
        (Stream::Inventory, Rows::Inventory(vec![stock("a", "w2", 0)])),
    ];
    full_sync(store, &id, &later, at(20)).await;
    let found = store.quoted_variants(&id, &["a", "b", "c"]).await.unwrap();
    assert_eq!(found.len(), 1, "a variant no offer has, and one whose offer is gone, are not there");
    assert_eq!(found[0].prices, [price("a", "2", 110)]);
    assert_eq!(found[0].inventory, [stock("a", "w2", 0)]);
    assert_eq!(store.variants_by_sku(&id, &["SKU-b", "SKU-c"]).await.unwrap(), []);
}

pub(crate) async fn a_sku_leads_to_every_variant_that_has_it(store: &Store) {
    let id = connect(store, "Shop").await;
    let mut duplicate = offer("2", "Trousers", &["b", "c"]);
    duplicate.variants[0].sku = Some("SKU-a".into());
    duplicate.variants[1].sku = None;
    let rows = Rows::Offers(vec![offer("1", "Shirt", &["a"]), duplicate]);
    full_sync(store, &id, &[(Stream::Offers, rows)], at(1)).await;
    let matched = |variant: &str, offer: &str| SkuMatch {
        sku: "SKU-a".into(),
        variant_id: variant.into(),
        offer_id: offer.into(),
    };
    assert_eq!(store.variants_by_sku(&id, &["SKU-a", "SKU-x"]).await.unwrap(), [matched("a", "1"), matched("b", "2")]);
}
