//! The calculator over tables written out, and over carts nobody wrote.

use std::sync::Arc;

use connector_api::domain::{Availability, Cart, Money, Quote, TotalKind, Weight};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::model::rows::{InventoryRow, PriceRow};

pub(super) fn now() -> connector_api::domain::Timestamp {
    "2026-06-01T12:00:00Z".parse().unwrap()
}

/// Sweden and Germany with tax inside, California with tax on top by postal code, Norway exempt.
pub(super) fn tables() -> Tables {
    let rule = |id: &str, country: &str, rate: &str, more: Value| {
        let mut rule = json!({ "id": id, "name": format!("Tax {id}"), "country": country, "rate_percent": rate,
            "target": "goods", "tax_class_id": "std", "class_is_default": true, "application": "included" });
        rule.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        rule
    };
    let mut rules = vec![
        rule("se", "SE", "25", json!({})),
        rule("se-books", "SE", "6", json!({ "tax_class_id": "books", "class_is_default": false })),
        rule("de", "DE", "19", json!({})),
        rule("us-ca", "US", "7.25", json!({ "region_code": "CA", "application": "added" })),
        rule(
            "us-la",
            "US",
            "9.5",
            json!({ "region_code": "US-CA", "postal_codes": "90001-90099, 902*", "application": "added" }),
        ),
        rule("no", "NO", "25", json!({ "application": "deducted" })),
        rule("jp", "JP", "10", json!({ "application": "unspecified" })),
    ];
    for of_goods in rules.clone() {
        let mut of_shipping = of_goods;
        of_shipping["id"] = format!("{}:shipping", of_shipping["id"].as_str().unwrap()).into();
        of_shipping["target"] = "shipping".into();
        rules.push(of_shipping);
    }
    let sek = |minor: i64| json!({ "amount_minor": minor, "currency": "SEK" });
    let options = json!([
        { "id": "home", "name": { "default": "Home" }, "active": true, "currency": "SEK", "market_ids": ["north"],
          "rates": [
            { "countries": ["SE"], "bands": [{ "kind": "order_total", "from": "0", "price": sek(4_900) },
                { "kind": "order_total", "from": "500", "price": sek(0) }] },
            { "bands": [{ "kind": "order_total", "from": "0", "price": sek(9_900) }] }] },
        { "id": "heavy", "name": { "default": "By weight" }, "active": true, "rates": [{ "countries": ["SE", "US"],
            "bands": [{ "kind": "total_weight", "from": "0", "unit": "kg", "price": sek(2_500) },
                { "kind": "total_weight", "from": "2", "unit": "kg", "percent_of_order": "10" }] }] },
        { "id": "pieces", "name": { "default": "By pieces" }, "active": true, "rates": [{ "countries": ["SE"],
            "regions": ["SE-AB"], "bands": [{ "kind": "item_count", "from": "3", "price": sek(1_000) }] }] },
        { "id": "off", "name": { "default": "Off" }, "active": false, "rates": [{ "bands": [] }] },
    ]);
    let markets = json!([
        { "id": "north", "name": "North", "countries": ["SE", "NO", "US", "JP", "GB"], "location_ids": ["w1", "w2"] },
        { "id": "south", "name": "South", "countries": ["DE"] },
        { "id": "nowhere", "name": "Nowhere", "countries": ["FI"], "locations_known": true },
    ]);
    let pricelists = json!([
        { "id": "sek", "name": "SEK", "currency": "SEK", "active": true },
        { "id": "sek-old", "name": "old", "currency": "SEK", "active": false },
        { "id": "eur", "name": "EUR", "currency": "EUR", "active": true },
    ]);
    let tables = Tables {
        markets: serde_json::from_value(markets).unwrap(),
        pricelists: serde_json::from_value(pricelists).unwrap(),
        shipping_options: serde_json::from_value(options).unwrap(),
        ..Tables::default()
    };
    tables.with_tax_rules(serde_json::from_value(Value::Array(rules)).unwrap())
}

pub(super) fn price(list: &str, minor: i64, min_quantity: u32) -> PriceRow {
    PriceRow {
        pricelist_id: list.into(),
        min_quantity,
        currency: "SEK".into(),
        amount_minor: minor,
        tax: "unspecified".into(),
        ..PriceRow::default()
    }
}

fn stock(location: &str, available: i64) -> InventoryRow {
    InventoryRow { location_id: location.into(), available, policy: "deny".into(), ..InventoryRow::default() }
}

pub(super) fn variant(prices: Vec<PriceRow>, stock: Vec<InventoryRow>, offer: OfferFacts) -> Arc<VariantFacts> {
    Arc::new(VariantFacts { offers: vec![offer], prices, stock })
}

pub(super) fn sold() -> OfferFacts {
    let weight = Weight { value: "0.7".parse().unwrap(), unit: "kg".into() };
    OfferFacts { offer_id: "o".into(), active: true, weight: Some(weight), ..OfferFacts::default() }
}

fn variants() -> Variants {
    let books = OfferFacts { tax_class_id: Some("books".into()), weight: None, ..sold() };
    let south = OfferFacts { market_ids: vec!["south".into()], ..sold() };
    let dozens = OfferFacts { min_quantity: Some(12), quantity_step: Some(6), ..sold() };
    [
        (
            "shirt",
            variant(vec![price("sek", 19_900, 1)], vec![stock("w1", 5), stock("w2", 3), stock("w9", 100)], sold()),
        ),
        ("book", variant(vec![price("sek", 9_990, 1)], vec![stock("", 1_000)], books)),
        ("tiers", variant(vec![price("sek", 1_000, 1), price("sek", 800, 10)], vec![stock("w1", 50)], sold())),
        ("south", variant(vec![price("sek", 100, 1)], vec![stock("w1", 50)], south)),
        ("off", variant(vec![price("sek", 100, 1)], vec![], OfferFacts { active: false, ..sold() })),
        ("euro", variant(vec![], vec![], sold())),
        ("dozens", variant(vec![price("sek", 100, 1)], vec![stock("w1", 100)], dozens)),
        ("uncounted", variant(vec![price("sek", 100, 1)], vec![], sold())),
        ("elsewhere", variant(vec![price("sek", 100, 1)], vec![stock("w9", 100)], sold())),
    ]
    .map(|(id, facts)| (id.to_owned(), facts))
    .into()
}

pub(super) fn cart(lines: &[(&str, u32)], ship_to: &Value, more: &Value) -> Cart {
    let lines: Vec<_> = lines
        .iter()
        .enumerate()
        .map(|(index, (variant, quantity))| json!({ "id": index.to_string(), "variant_id": variant, "quantity": quantity }))
        .collect();
    let mut cart = json!({ "id": "c", "currency": "SEK", "lines": lines, "ship_to": ship_to });
    cart.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    serde_json::from_value(cart).unwrap()
}

fn quoted(lines: &[(&str, u32)], ship_to: &Value, more: &Value) -> Quote {
    quote(&cart(lines, ship_to, more), &tables(), &variants(), now(), 300).unwrap()
}

fn total(quote: &Quote, kind: &TotalKind) -> Option<i64> {
    quote.totals.iter().find(|total| total.kind == *kind).map(|total| total.amount.amount_minor)
}

fn said(quote: &Quote) -> Vec<String> {
    let path = |path: &Option<String>| path.clone().unwrap_or_default();
    quote.messages.iter().map(|message| format!("{} {}", message.code, path(&message.path)).trim().to_owned()).collect()
}

#[test]
fn tax_inside_stays_inside_and_shipping_is_taxed_with_the_average_of_the_lines() {
    let quote =
        quoted(&[("shirt", 1), ("book", 1)], &json!({ "country": "se" }), &json!({ "shipping_method_id": "home" }));
    assert_eq!(quote.lines[0].tax.unwrap().amount_minor, 3_980, "25 of 125 of 199.00");
    assert_eq!(quote.lines[1].tax.unwrap().amount_minor, 565, "6 of 106 of 99.90");
    let shipping = quote.taxes.iter().find(|tax| tax.target_id.is_none()).unwrap();
    // (19900 * 25 + 9990 * 6) / 29890 = 18.649… per cent; 4900 * rate / (100 + rate) = 770.2
    assert_eq!(shipping.amount.amount_minor, 770);
    assert_eq!(total(&quote, &TotalKind::Subtotal), Some(29_890));
    assert_eq!(total(&quote, &TotalKind::Shipping), Some(4_900));
    assert_eq!(total(&quote, &TotalKind::Tax), Some(3_980 + 565 + 770));
    assert_eq!(total(&quote, &TotalKind::Total), Some(34_790));
    assert_eq!(said(&quote), ["shipping_weight_unknown"], "the book has no weight");
}

#[test]
fn tax_on_top_follows_region_and_postal_code() {
    let ship = |code: &str| json!({ "country": "US", "region_code": "CA", "postal_code": code });
    let chosen = json!({ "shipping_method_id": "home" });
    for (code, percent_x100) in [("90050", 950), ("90210-1234", 950), ("94103", 725)] {
        let quote = quoted(&[("shirt", 2)], &ship(code), &chosen);
        let on = |amount: i64| (amount * percent_x100 + 5_000) / 10_000;
        assert_eq!(total(&quote, &TotalKind::Tax), Some(on(39_800) + on(9_900)), "{code}");
        assert_eq!(total(&quote, &TotalKind::Total), Some(39_800 + 9_900 + on(39_800) + on(9_900)), "{code}");
        assert!(quote.taxes.iter().all(|tax| !tax.included));
    }
    let nowhere = quoted(&[("shirt", 1)], &json!({ "country": "US" }), &chosen);
    assert_eq!(total(&nowhere, &TotalKind::Tax), None);
    assert_eq!(said(&nowhere), ["region_needed /ship_to/region_code"]);
    let vague = quoted(&[("shirt", 1)], &json!({ "country": "US", "region_code": "CA" }), &chosen);
    assert_eq!(total(&vague, &TotalKind::Tax), Some(1_443 + 718), "the state's own");
    assert_eq!(said(&vague), ["postal_code_needed /ship_to/postal_code"]);
    let wrong = quoted(&[("shirt", 1)], &ship("9021"), &chosen);
    assert_eq!(said(&wrong), ["postal_code_invalid /ship_to/postal_code"]);
}

#[test]
fn exempt_goods_lose_the_tax_that_is_inside_their_price() {
    let quote = quoted(&[("shirt", 1)], &json!({ "country": "NO" }), &json!({}));
    assert_eq!(total(&quote, &TotalKind::Subtotal), Some(19_900));
    assert_eq!(total(&quote, &TotalKind::Tax), Some(-3_980 - 1_980));
    assert_eq!(total(&quote, &TotalKind::Total), Some(19_900 + 9_900 - 3_980 - 1_980));
    assert!(quote.parts.tax.reason.is_none_or(|reason| reason.contains("never synced")));
}

#[test]
fn what_nobody_said_about_tax_is_assumed_and_said_unless_the_settings_decide() {
    let ship = json!({ "country": "JP" });
    let cart = cart(&[("shirt", 1)], &ship, &json!({}));
    let assumed = quote(&cart, &tables(), &variants(), now(), 300).unwrap();
    assert_eq!(total(&assumed, &TotalKind::Total), Some(19_900 + 9_900), "inside, as is the custom");
    assert!(said(&assumed).contains(&"tax_inclusion_assumed".to_owned()));
    assert!(assumed.parts.tax.reason.unwrap().contains("assumed"));
    let mut decided = tables();
    decided.settings.prices_include_tax = Some(false);
    let decided = quote(&cart, &decided, &variants(), now(), 300).unwrap();
    assert_eq!(total(&decided, &TotalKind::Total), Some(19_900 + 9_900 + 1_990 + 990));
    assert!(!said(&decided).contains(&"tax_inclusion_assumed".to_owned()));
}

#[test]
fn shipping_is_priced_by_value_weight_units_and_region() {
    let methods = |lines: &[(&str, u32)], ship_to: Value| -> Vec<String> {
        let quote = quoted(lines, &ship_to, &json!({}));
        quote.shipping_methods.iter().map(|method| format!("{} {}", method.id, method.price.amount_minor)).collect()
    };
    let stockholm = json!({ "country": "SE", "region_code": "AB" });
    assert_eq!(methods(&[("shirt", 1)], json!({ "country": "SE" })), ["heavy 2500", "home 4900"]);
    assert_eq!(methods(&[("shirt", 3)], json!({ "country": "SE" })), ["home 0", "heavy 5970"], "2.1 kg: a share");
    assert_eq!(methods(&[("shirt", 3)], stockholm), ["home 0", "pieces 1000", "heavy 5970"]);
    assert_eq!(methods(&[("shirt", 1)], json!({ "country": "GB" })), ["home 9900"], "everywhere else");
    assert_eq!(methods(&[("shirt", 1)], json!({ "country": "DE" })), Vec::<String>::new(), "another market");
}

#[test]
fn a_delivery_method_is_chosen_for_the_shopper_only_when_nobody_did() {
    let ship = json!({ "country": "SE" });
    let cheapest = quoted(&[("shirt", 1)], &ship, &json!({}));
    assert_eq!(cheapest.selected_shipping_id, Some("heavy".into()));
    assert_eq!(said(&cheapest), ["shipping_preselected /shipping_method_id"]);
    let mut usual = tables();
    usual.pricelists[0].default_shipping_option_id = Some("home".into());
    let usual = quote(&cart(&[("shirt", 1)], &ship, &json!({})), &usual, &variants(), now(), 300).unwrap();
    assert_eq!(usual.selected_shipping_id, Some("home".into()));
    let gone = quoted(&[("shirt", 1)], &ship, &json!({ "shipping_method_id": "pieces" }));
    assert_eq!((gone.selected_shipping_id.clone(), total(&gone, &TotalKind::Shipping)), (None, None));
    assert_eq!(said(&gone), ["shipping_unavailable /shipping_method_id"]);
    for method in &cheapest.shipping_methods {
        assert_eq!(method.cart_total.unwrap().amount_minor, 19_900 + method.price.amount_minor);
    }
}

#[test]
fn each_line_says_whether_it_can_be_had() {
    use Availability::{InStock, NotChecked, NotForSale, OutOfStock, Partial};
    let availability = |variant: &str, quantity: u32| {
        let quote = quoted(&[(variant, quantity)], &json!({ "country": "SE" }), &json!({}));
        let first = said(&quote).into_iter().find(|said| said.contains("/lines/0")).unwrap_or_default();
        (quote.lines[0].availability.clone(), quote.lines[0].quantity, first)
    };
    for (variant, wanted, expected) in [
        ("shirt", 8, (InStock, 8, "")),
        ("shirt", 9, (Partial, 8, "stock_short /lines/0")),
        ("elsewhere", 1, (OutOfStock, 0, "out_of_stock /lines/0")),
        ("uncounted", 7, (NotChecked, 7, "")),
        ("south", 1, (NotForSale, 0, "not_for_sale /lines/0/variant_id")),
        ("off", 1, (NotForSale, 0, "not_for_sale /lines/0/variant_id")),
        ("nothing", 1, (NotForSale, 0, "variant_unknown /lines/0/variant_id")),
        ("euro", 1, (NotForSale, 0, "no_price /lines/0/variant_id")),
        ("dozens", 6, (InStock, 6, "quantity_too_low /lines/0/quantity")),
        ("dozens", 13, (InStock, 13, "quantity_step /lines/0/quantity")),
    ] {
        let (expected, quantity, message) = expected;
        assert_eq!(availability(variant, wanted), (expected, quantity, message.to_owned()), "{wanted} {variant}");
    }
}

#[test]
fn a_market_that_nothing_serves_is_distinguished_from_one_of_which_nobody_knows() {
    let sold_in = |market: &str| {
        let variants = [("x".to_owned(), variant(vec![price("sek", 100, 1)], vec![stock("w1", 5)], sold()))].into();
        let cart = cart(&[("x", 1)], &json!({ "country": "SE" }), &json!({ "market_id": market }));
        quote(&cart, &tables(), &variants, now(), 300).unwrap().lines[0].availability.clone()
    };
    let found = ["north", "south", "nowhere"].map(sold_in);
    assert_eq!(found, [Availability::InStock, Availability::InStock, Availability::OutOfStock]);
}

#[test]
fn of_several_pricelists_the_default_of_the_currency_decides_last() {
    let chosen = |lists: &Value| {
        let tables = Tables { pricelists: serde_json::from_value(lists.clone()).unwrap(), ..tables() };
        let prices = [("a", 1), ("b", 2), ("c", 3)].map(|(list, minor)| price(list, minor, 1));
        let variants = [("x".to_owned(), variant(prices.to_vec(), vec![], sold()))].into();
        let quote = quote(&cart(&[("x", 1)], &json!({ "country": "SE" }), &json!({})), &tables, &variants, now(), 300);
        quote.unwrap().lines[0].unit_price.map(|price| price.amount_minor)
    };
    let list = |id: &str, countries: &[&str], default: bool| json!({ "id": id, "name": id, "currency": "SEK", "active": true, "countries": countries, "default_for_currency": default });
    assert_eq!(chosen(&json!([list("a", &[], false), list("b", &[], false)])), None, "nothing decides");
    assert_eq!(chosen(&json!([list("a", &[], false), list("b", &[], true)])), Some(2));
    assert_eq!(chosen(&json!([list("a", &["SE"], false), list("b", &[], true)])), Some(1), "the country comes first");
    assert_eq!(
        chosen(&json!([list("a", &["SE"], false), list("b", &["SE"], true), list("c", &[], true)])),
        Some(2),
        "of the country's"
    );
    assert_eq!(chosen(&json!([list("a", &[], true), list("b", &[], true)])), None, "two defaults decide nothing");
}

#[test]
fn lines_of_one_variant_share_its_stock_whatever_their_order() {
    let quote = quoted(&[("shirt", 6), ("shirt", 6)], &json!({ "country": "SE" }), &json!({}));
    let quantity: Vec<_> = quote.lines.iter().map(|line| (line.id.as_str(), line.quantity)).collect();
    assert_eq!(quantity, [("0", 6), ("1", 2)]);
}

#[test]
fn prices_hold_from_their_quantity_and_in_their_time() {
    let each =
        |quantity: u32| quoted(&[("tiers", quantity)], &json!({ "country": "SE" }), &json!({})).lines[0].unit_price;
    assert_eq!([each(9), each(10)].map(|price| price.unwrap().amount_minor), [1_000, 800]);
    let until = |text: &str| Some(text.parse().unwrap());
    let over = PriceRow { valid_until: until("2026-06-01T12:00:00Z"), ..price("sek", 1, 1) };
    let soon_over = PriceRow { valid_until: until("2026-06-01T12:01:00Z"), ..price("sek", 50, 1) };
    let of_market = PriceRow { market_id: "north".into(), ..price("sek", 60, 1) };
    let priced = |prices: Vec<PriceRow>| {
        let variants = [("x".to_owned(), variant(prices, vec![], sold()))].into();
        quote(&cart(&[("x", 1)], &json!({ "country": "SE" }), &json!({})), &tables(), &variants, now(), 300).unwrap()
    };
    let quote = priced(vec![over, soon_over.clone()]);
    assert_eq!(quote.lines[0].unit_price.unwrap().amount_minor, 50);
    assert_eq!(quote.valid_until.to_string(), "2026-06-01T12:01:00Z", "not longer than its prices");
    assert_eq!(priced(vec![soon_over, of_market]).lines[0].unit_price.unwrap().amount_minor, 60, "the market's own");
}

#[test]
fn what_cannot_be_priced_is_named_with_its_place() {
    let ship = json!({ "country": "SE" });
    for (more, expected) in [
        (json!({ "market_id": "west" }), "market_unknown /market_id"),
        (json!({ "pricelist_id": "nok" }), "pricelist_unknown /pricelist_id"),
        (json!({ "pricelist_id": "eur" }), "currency_mismatch /currency"),
        (json!({ "currency": "USD" }), "currency_unknown /currency"),
    ] {
        let quote = quoted(&[("shirt", 1)], &ship, &more);
        assert!(said(&quote).contains(&expected.to_owned()), "{expected} in {:?}", said(&quote));
        assert_eq!(quote.lines[0].availability, Availability::NotForSale);
        assert_eq!(
            (total(&quote, &TotalKind::Total), quote.shipping_methods.len()),
            (Some(0), 0),
            "nothing to deliver"
        );
    }
    let shown = json!([{ "id": "1", "variant_id": "shirt", "quantity": 1,
        "unit_price": { "amount_minor": 100, "currency": "SEK" } }]);
    let quote = quoted(&[], &ship, &json!({ "lines": shown, "discounts": [{ "code": "SUMMER" }] }));
    assert!(said(&quote).contains(&"price_changed /lines/0/unit_price".to_owned()));
    assert!(said(&quote).contains(&"discount_not_judged /discounts/0".to_owned()));
    let nowhere = quoted(&[("shirt", 1)], &Value::Null, &json!({ "market_id": "north" }));
    assert_eq!(said(&nowhere), ["country_needed /ship_to/country"]);
    assert_eq!((nowhere.shipping_methods.len(), nowhere.taxes.len()), (0, 0));
}

#[test]
fn amounts_beyond_64_bits_are_refused() {
    let dear = variant(vec![price("sek", i64::MAX / 2, 1)], vec![], sold());
    let variants = [("x".to_owned(), dear)].into();
    let cart = cart(&[("x", 3)], &json!({ "country": "SE" }), &json!({}));
    assert_eq!(quote(&cart, &tables(), &variants, now(), 300), Err(TooLarge));
}

fn any_cart() -> impl Strategy<Value = Cart> {
    let variant =
        prop::sample::select(vec!["shirt", "book", "tiers", "south", "off", "dozens", "uncounted", "nothing"]);
    let lines = prop::collection::vec((variant, 1_u32..40), 1..8);
    let places = prop::sample::select(vec![
        json!({ "country": "SE" }),
        json!({ "country": "SE", "region_code": "AB" }),
        json!({ "country": "DE" }),
        json!({ "country": "NO" }),
        json!({ "country": "JP" }),
        json!({ "country": "US", "region_code": "CA", "postal_code": "90050" }),
        json!({ "country": "US", "region_code": "NY", "postal_code": "10001" }),
    ]);
    let chosen = prop::sample::select(vec![json!({}), json!({ "shipping_method_id": "home" })]);
    (lines, places, chosen).prop_map(|(lines, place, chosen)| cart(&lines, &place, &chosen))
}

proptest! {
    #[test]
    fn sums_add_up_and_included_tax_is_inside(cart in any_cart()) {
        let quote = quote(&cart, &tables(), &variants(), now(), 300).unwrap();
        prop_assert_eq!(crate::core::cart::contract::check(&quote, &cart), Ok(()));
        let subtotal: i64 = quote.lines.iter().filter_map(|line| line.total).map(|total| total.amount_minor).sum();
        prop_assert_eq!(total(&quote, &TotalKind::Subtotal), Some(subtotal));
        for line in &quote.lines {
            if let (Some(unit), Some(whole)) = (line.unit_price, line.total) {
                prop_assert_eq!(unit.amount_minor * i64::from(line.quantity), whole.amount_minor);
            }
        }
        let inside: i64 = quote.taxes.iter().filter(|tax| tax.included).map(|tax| tax.amount.amount_minor).sum();
        prop_assert!(inside >= 0 && inside <= total(&quote, &TotalKind::Total).unwrap());
        for method in &quote.shipping_methods {
            if Some(&method.id) == quote.selected_shipping_id.as_ref() {
                prop_assert_eq!(method.cart_total.map(|total| total.amount_minor), total(&quote, &TotalKind::Total));
            }
        }
    }

    #[test]
    fn the_order_of_lines_does_not_matter(cart in any_cart(), seed in any::<u64>()) {
        let mut shuffled = cart.clone();
        shuffled.lines.sort_by_key(|line| (line.id.parse::<u64>().unwrap() + 1).wrapping_mul(seed | 1));
        let [straight, other] = [&cart, &shuffled].map(|cart| quote(cart, &tables(), &variants(), now(), 300).unwrap());
        prop_assert_eq!(&straight.totals, &other.totals);
        prop_assert_eq!(&straight.shipping_methods, &other.shipping_methods);
        for line in &straight.lines {
            prop_assert!(other.lines.contains(line));
        }
    }

    #[test]
    fn more_units_of_one_price_never_cost_less(quantity in 1_u32..60, more in 1_u32..20, book in any::<bool>()) {
        let goods = |quantity: u32| {
            let variant = if book { "book" } else { "uncounted" };
            let quote = quoted(&[(variant, quantity)], &json!({ "country": "SE" }), &json!({}));
            let line = &quote.lines[0];
            [line.total, line.tax].map(|amount: Option<Money>| amount.unwrap().amount_minor)
        };
        let (few, many) = (goods(quantity), goods(quantity + more));
        prop_assert!(few[0] < many[0] && few[1] <= many[1]);
    }
}
