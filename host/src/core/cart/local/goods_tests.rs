//! What else is sold beside plain products, and what is not: bundles, goods that need no shipping, exclusions.

use std::sync::Arc;

use connector_api::domain::{Availability, Exclusion, ExclusionCode, OfferKind, PriceSource, Quote};
use serde_json::json;

use super::{
    OfferFacts, VariantFacts, quote,
    tests::{cart, now, price, sold, tables, variant},
};
use crate::model::rows::{InventoryRow, PriceRow};

fn none_left() -> InventoryRow {
    InventoryRow { location_id: "w1".into(), available: 0, policy: "deny".into(), ..InventoryRow::default() }
}

fn quoted(facts: Arc<VariantFacts>) -> Quote {
    let variants = [("x".to_owned(), facts)].into();
    quote(&cart(&[("x", 2)], &json!({ "country": "SE" }), &json!({})), &tables(), &variants, now(), 300).unwrap()
}

fn of_line(quote: &Quote) -> Vec<(&str, &str)> {
    let own = quote.messages.iter().filter(|own| own.path.as_deref().is_some_and(|path| path.starts_with("/lines")));
    own.map(|own| (own.code.as_str(), own.text.as_str())).collect()
}

fn excluded(reason: &str) -> Exclusion {
    Exclusion::new(ExclusionCode::Preorder, reason)
}

#[test]
fn what_channels_do_not_sell_says_why() {
    let facts = OfferFacts { excluded: Some(excluded("the merchant keeps it back")), ..sold() };
    let quote = quoted(variant(vec![price("sek", 100, 1)], vec![], facts));
    assert_eq!((quote.lines[0].availability.clone(), quote.lines[0].unit_price), (Availability::NotForSale, None));
    assert_eq!(of_line(&quote), [("not_for_sale", "the merchant keeps it back")]);
}

#[test]
fn a_variant_is_sold_in_the_offer_that_does_not_exclude_it() {
    let own = |id: &str, excluded| OfferFacts { offer_id: id.into(), excluded, ..sold() };
    let facts = VariantFacts {
        offers: vec![own("a", Some(excluded("no"))), own("b", None)],
        prices: vec![price("sek", 100, 1)],
        stock: vec![],
    };
    assert_eq!((facts.excluded(None, None), facts.excluded(Some(&"b".into()), None)), (None, None));
    assert!(facts.excluded(Some(&"a".into()), None).is_some());
    let mut elsewhere = VariantFacts { offers: facts.offers.clone(), prices: vec![], stock: vec![] };
    elsewhere.offers[1].market_ids = vec!["far".into()];
    assert!(
        elsewhere.excluded(None, Some(&"near".into())).is_some(),
        "the offer that is sold is one of another market"
    );
    assert_eq!(quoted(Arc::new(facts)).lines[0].quantity, 2);
}

#[test]
fn the_stock_of_a_bundle_is_that_of_its_parts_so_its_own_says_nothing() {
    let bundle = OfferFacts { kind: OfferKind::Bundle, ..sold() };
    let of = |facts| quoted(variant(vec![price("sek", 100, 1)], vec![none_left()], facts)).lines.remove(0);
    let line = of(bundle);
    assert_eq!((line.availability, line.quantity), (Availability::NotChecked, 2));
    assert_eq!(of(sold()).availability, Availability::OutOfStock, "of anything else it does");
}

#[test]
fn a_price_made_of_parts_counts_only_from_the_store() {
    let bundle = || OfferFacts { kind: OfferKind::Bundle, priced_by_parts: true, ..sold() };
    let by = |source: PriceSource| PriceRow { source: source.as_str().to_owned(), ..price("sek", 100, 1) };
    let of = |source| quoted(variant(vec![by(source)], vec![], bundle()));
    for source in [PriceSource::Regular, PriceSource::Computed] {
        let quote = of(source);
        let said = of_line(&quote);
        assert_eq!((said.len(), said[0].0, quote.lines[0].unit_price), (1, "no_price", None));
        assert!(said[0].1.contains("parts"), "{said:?}");
    }
    assert_eq!(of(PriceSource::Platform).lines[0].unit_price.unwrap().amount_minor, 100);
}

#[test]
fn goods_that_need_no_shipping_need_no_way_to_be_delivered() {
    let facts = |requires_shipping| OfferFacts { requires_shipping, ..sold() };
    let of = |requires_shipping| quoted(variant(vec![price("sek", 100, 1)], vec![], facts(requires_shipping)));
    let quote = of(Some(false));
    assert_eq!((quote.shipping_methods.len(), quote.selected_shipping_id), (0, None));
    assert!(quote.messages.iter().all(|own| !own.code.contains("shipping")), "{:?}", quote.messages);
    assert_eq!(quote.lines[0].total.unwrap().amount_minor, 200);
    for known in [Some(true), None] {
        assert!(!of(known).shipping_methods.is_empty(), "{known:?}");
    }
}
