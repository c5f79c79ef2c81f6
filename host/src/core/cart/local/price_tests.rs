//! Prices in their time: which one a quote takes, how long it is right, and what it says about it.

use connector_api::domain::{Availability, Quote, Timestamp};
use proptest::prelude::*;
use serde_json::json;

use super::{
    quote,
    tests::{cart, now, price, sold, tables, variant},
};
use crate::model::rows::PriceRow;

fn at_ms(text: &str, ms: i64) -> Timestamp {
    let at: Timestamp = text.parse().unwrap();
    Timestamp::from_unix_ms(at.as_unix_ms() + ms).unwrap()
}

/// A quote for one piece with these prices, at an instant.
fn quoted_at(prices: &[PriceRow], at: Timestamp) -> Quote {
    let variants = [("x".to_owned(), variant(prices.to_vec(), vec![], sold()))].into();
    quote(&cart(&[("x", 1)], &json!({ "country": "SE" }), &json!({})), &tables(), &variants, at, 300).unwrap()
}

#[test]
fn a_quote_does_not_outlive_the_start_of_a_sale_either() {
    let (start, end) = ("2026-06-01T12:02:00Z", "2026-06-01T12:03:00Z");
    let time = |text: &str| Some(text.parse().unwrap());
    let sale = PriceRow {
        valid_from: time(start),
        valid_until: time(end),
        list_amount_minor: Some(100),
        lowest_amount_minor: Some(95),
        ..price("sek", 80, 1)
    };
    // Another that starts in between and is overruled by the sale of the market changes nothing.
    let overruled = PriceRow { valid_from: time("2026-06-01T12:02:30Z"), ..price("sek", 70, 1) };
    let of_market = PriceRow { market_id: "north".into(), ..sale };
    let prices = [price("sek", 100, 1), overruled, of_market];
    for (at, amount, until) in [
        (at_ms(start, -1), 100, start),
        (at_ms(start, 0), 80, end),
        (at_ms(end, -1), 80, end),
        (at_ms(end, 0), 70, "2026-06-01T12:08:00Z"),
    ] {
        let quote = quoted_at(&prices, at);
        let line = &quote.lines[0];
        assert_eq!(line.unit_price.unwrap().amount_minor, amount, "{at}");
        assert_eq!((quote.valid_until, quote.parts.prices.valid_until), (at_ms(until, 0), time(until)), "{at}");
        let (list, lowest) = (line.list_price.map(|list| list.amount_minor), line.lowest_price);
        let expected = if amount == 80 { (Some(100), Some(95)) } else { (None, None) };
        assert_eq!((list, lowest.map(|lowest| lowest.amount_minor)), expected, "{at}");
    }
    let not_yet = quoted_at(&prices[2..], at_ms(start, -1));
    assert_eq!(not_yet.lines[0].availability, Availability::NotForSale);
    assert_eq!(not_yet.valid_until, at_ms(start, 0), "it is for sale then");
}

#[test]
fn a_quote_says_what_its_weakest_price_leaves_out() {
    let of = |source: &str| PriceRow { source: source.into(), ..price("sek", 100, 1) };
    let mut complete = tables();
    complete.ages.prices = Some(now());
    let reason = |sources: [&str; 2]| {
        let facts = sources.map(|source| variant(vec![of(source)], vec![], sold()));
        let variants = ["a", "b"].map(str::to_owned).into_iter().zip(facts).collect();
        let cart = cart(&[("a", 1), ("b", 1)], &json!({ "country": "SE" }), &json!({}));
        quote(&cart, &complete, &variants, now(), 300).unwrap().parts.prices.reason.unwrap_or_default()
    };
    assert_eq!(reason(["platform", "platform"]), "");
    assert!(reason(["platform", "computed"]).contains("computed from the store's campaigns"));
    assert!(reason(["regular", "computed"]).contains("reductions are not known"));
}

/// Rows with starts and ends among a few instants, of a market or of all, cheap or dear.
fn any_prices() -> impl Strategy<Value = Vec<PriceRow>> {
    let row = (0_i64..8, 0_i64..8, any::<bool>(), 1_i64..1_000).prop_map(|(from, until, of_market, minor)| PriceRow {
        valid_from: (from > 0).then(|| instant(from * 10)),
        valid_until: (until > 0).then(|| instant(until * 10)),
        market_id: if of_market { "north".into() } else { String::new() },
        ..price("sek", minor, 1)
    });
    prop::collection::vec(row, 0..7)
}

fn instant(ms: i64) -> Timestamp {
    at_ms("2026-06-01T12:00:00Z", ms)
}

/// What a person would say who holds the rules beside the rows.
fn by_hand(prices: &[PriceRow], at: Timestamp) -> Option<i64> {
    let holds = |row: &&PriceRow| {
        row.valid_from.is_none_or(|from| from <= at) && row.valid_until.is_none_or(|until| until > at)
    };
    let of = |market: &str| prices.iter().filter(holds).filter(|row| row.market_id == market).collect::<Vec<_>>();
    let rows = Some(of("north")).filter(|own| !own.is_empty()).unwrap_or_else(|| of(""));
    let latest = rows.iter().map(|row| row.valid_from).max()?;
    rows.iter().filter(|row| row.valid_from == latest).map(|row| row.amount_minor).min()
}

proptest! {
    #[test]
    fn the_price_that_holds_is_that_of_the_rules_until_the_quote_ends(prices in any_prices(), at in 0_i64..90) {
        let quote = quoted_at(&prices, instant(at));
        let unit = |quote: &Quote| quote.lines[0].unit_price.map(|price| price.amount_minor);
        prop_assert_eq!(unit(&quote), by_hand(&prices, instant(at)));
        for later in at..100 {
            if instant(later) < quote.valid_until {
                prop_assert_eq!(unit(&quoted_at(&prices, instant(later))), unit(&quote), "at {}", later);
            }
        }
        if quote.valid_until <= instant(100) {
            prop_assert_ne!(unit(&quoted_at(&prices, quote.valid_until)), unit(&quote));
        }
    }
}
