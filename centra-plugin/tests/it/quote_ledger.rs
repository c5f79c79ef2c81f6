//! Quotes equal the simulated store's ledger to the minor unit: a thousand carts over four countries, one after another in
//! the same sessions, so that anything an earlier cart leaves behind shows.

use std::sync::LazyLock;

use centra_sim::checkout::basket::{Basket, BasketLine};
use connector_api::domain::{Pii, Quote, TotalKind};
use proptest::prelude::*;

use crate::shop::{Shop, cart, code, minor, total};

static SHOP: LazyLock<Shop> = LazyLock::new(|| Shop::with(&[]));

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

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, ..ProptestConfig::default() })]
    #[test]
    fn a_quote_is_what_the_store_would_charge(
        (country, region, postal_code) in place(),
        lines in lines(),
        codes in prop::sample::subsequence(vec!["TEN", "FIVE OFF", "TEST+CODE", "FREESHIP"], 0..3),
        chosen in prop::option::of(0_usize..3),
        every_method in prop::bool::weighted(0.2),
    ) {
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
        let offered = SHOP.ledger(&basket).methods;
        if let Some(method) = chosen.and_then(|index| offered.get(index)) {
            cart.shipping_method_id = Some(method.id.into());
            basket.shipping_method = Some(method.uri.clone());
        }
        let ledger = SHOP.ledger(&basket);
        let quote = SHOP.try_quote(&cart, every_method).unwrap();
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
                let with = SHOP.ledger(&Basket { shipping_method: Some(method.uri.clone()), ..basket.clone() });
                prop_assert_eq!(minor(own.cart_total), Some(with.total));
                prop_assert_eq!(own.price.amount_minor, with.shipping);
            } else {
                prop_assert_eq!(own.price.amount_minor, method.price);
            }
        }
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
