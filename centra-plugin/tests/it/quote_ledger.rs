//! Quotes equal the simulated store's ledger to the minor unit: a thousand carts over four countries, one after another in
//! the same sessions, so that anything an earlier cart leaves behind shows.

use std::sync::LazyLock;

use centra_sim::{
    checkout::basket::{Basket, BasketLine},
    sale::Rules,
};
use connector_api::domain::{Pii, Quote, TotalKind};
use proptest::prelude::*;
use serde_json::json;

use crate::{
    sale::{config, storefront_settings},
    shop::{SECRET, Shop, cart, code, minor, total},
};

static SHOP: LazyLock<Shop> = LazyLock::new(|| Shop::with(&[]));

/// A store that has the Storefront API alone.
static STOREFRONT: LazyLock<Shop> = LazyLock::new(|| {
    let mut config = config(Rules::default());
    config.sale.seeded = false;
    Shop::start(config, "", storefront_settings())
});

/// One on sale, by both interfaces.
static ON_SALE: LazyLock<[Shop; 2]> = LazyLock::new(|| {
    let checkout = Shop::start(config(Rules::default()), SECRET, json!({ "store_id": 1 }));
    [checkout, Shop::start(config(Rules::default()), "", storefront_settings())]
});

/// Country, region, postal code.
fn place() -> impl Strategy<Value = (&'static str, Option<&'static str>, Option<&'static str>)> {
    prop_oneof![
        Just(("SE", None, Some("111 20"))),
        Just(("SE", None, None)),
        Just(("DE", None, Some("10115"))),
        Just(("JP", None, None)),
        Just(("US", Some("CA"), Some("94103"))),
        Just(("US", Some("NY"), Some("10007-1234"))),
        Just(("US", Some("NY"), Some("12207"))),
        Just(("US", Some("TX"), None)),
        Just(("US", None, None)),
    ]
}

/// Variants of the demo's forty products: sizes of the first colour.
fn lines() -> impl Strategy<Value = Vec<(i64, u32)>> {
    let line = (1_i64..=33, 0_i64..4, 1_u32..9).prop_map(|(product, size, quantity)| (product * 100 + size, quantity));
    prop::collection::vec(line, 1..7)
}

/// A cart, and what is asked for with it.
#[derive(Debug, Clone)]
struct Case {
    place: (&'static str, Option<&'static str>, Option<&'static str>),
    lines: Vec<(i64, u32)>,
    codes: Vec<&'static str>,
    chosen: Option<usize>,
    every_method: bool,
}

fn case() -> impl Strategy<Value = Case> {
    let codes = prop::sample::subsequence(vec!["TEN", "FIVE OFF", "TEST+CODE", "FREESHIP"], 0..3);
    let chosen = prop::option::of(0_usize..3);
    (place(), lines(), codes, chosen, prop::bool::weighted(0.2))
        .prop_map(|(place, lines, codes, chosen, every_method)| Case { place, lines, codes, chosen, every_method })
}

fn is_what_the_store_charges(shop: &Shop, case: &Case) -> Result<(), TestCaseError> {
    let Case { place: (country, region, postal_code), lines, codes, chosen, every_method } = case.clone();
    let mut cart = cart(country, &lines);
    let ship_to = cart.ship_to.as_mut().unwrap();
    ship_to.region_code = region.map(str::to_owned);
    ship_to.postal_code = postal_code.map(|code| Pii(code.to_owned()));
    cart.discounts = codes.iter().map(|own| code(own)).collect();
    let mut basket_lines: Vec<BasketLine> = vec![];
    for (size, quantity) in &lines {
        let item = format!("{}-{size}", size / 10);
        match basket_lines.iter_mut().find(|own| own.item == item) {
            Some(own) => own.quantity += i64::from(*quantity),
            None => basket_lines.push(BasketLine { item, quantity: i64::from(*quantity) }),
        }
    }
    let mut basket = Basket {
        country: Some(country.to_owned()),
        state: region.map(str::to_owned),
        zip: postal_code.map(str::to_owned),
        market: cart.market_id.as_ref().and_then(|id| id.as_str().parse().ok()),
        pricelist: cart.pricelist_id.as_ref().and_then(|id| id.as_str().parse().ok()),
        lines: basket_lines,
        vouchers: codes.iter().map(|own| (*own).to_owned()).collect(),
        ..Basket::default()
    };
    let offered = shop.ledger(&basket).methods;
    if let Some(method) = chosen.and_then(|index| offered.get(index)) {
        cart.shipping_method_id = Some(method.id.into());
        basket.shipping_method = Some(method.uri.clone());
    }
    let ledger = shop.ledger(&basket);
    let quote = shop.try_quote(&cart, every_method).unwrap();
    prop_assert_eq!(total(&quote, &TotalKind::Subtotal), ledger.items);
    prop_assert_eq!(total(&quote, &TotalKind::Discount), -ledger.discount);
    prop_assert_eq!(total(&quote, &TotalKind::Shipping), ledger.shipping);
    prop_assert_eq!(total(&quote, &TotalKind::Tax), ledger.tax);
    prop_assert_eq!(total(&quote, &TotalKind::Total), ledger.total);
    prop_assert_eq!(quote.taxes.iter().all(|tax| !tax.included), country == "US");
    adds_up(&quote)?;
    let selected = offered.iter().find(|method| Some(&method.uri) == ledger.selected.as_ref()).map(|own| own.id.into());
    prop_assert_eq!(&quote.selected_shipping_id, &selected);
    prop_assert_eq!(quote.shipping_methods.len(), offered.len());
    for (own, method) in quote.shipping_methods.iter().zip(&offered) {
        if every_method || Some(&own.id) == selected.as_ref() {
            let with = shop.ledger(&Basket { shipping_method: Some(method.uri.clone()), ..basket.clone() });
            prop_assert_eq!(minor(own.cart_total), Some(with.total));
            prop_assert_eq!(own.price.amount_minor, with.shipping);
        } else {
            prop_assert_eq!(own.price.amount_minor, method.price);
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, ..ProptestConfig::default() })]
    #[test]
    fn a_quote_is_what_the_store_would_charge(case in case()) {
        is_what_the_store_charges(&SHOP, &case)?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]
    #[test]
    fn a_quote_of_the_storefront_is_the_same(case in case()) {
        is_what_the_store_charges(&STOREFRONT, &case)?;
    }

    #[test]
    fn both_quotes_hold_campaigns(case in case()) {
        is_what_the_store_charges(&ON_SALE[0], &case)?;
        is_what_the_store_charges(&ON_SALE[1], &case)?;
    }
}

/// What is not inside something else adds up to the total, and the lines to the subtotal.
fn adds_up(quote: &Quote) -> Result<(), TestCaseError> {
    let inside: i64 = quote.taxes.iter().filter(|tax| tax.included).map(|tax| tax.amount.amount_minor).sum();
    let parts: i64 =
        quote.totals.iter().filter(|own| own.kind != TotalKind::Total).map(|own| own.amount.amount_minor).sum();
    prop_assert_eq!(parts - inside, total(quote, &TotalKind::Total));
    let lines: i64 = quote.lines.iter().filter_map(|line| minor(line.total)).sum();
    prop_assert_eq!(lines, total(quote, &TotalKind::Subtotal));
    Ok(())
}
