//! What a fashion store sells beside plain products: bundles, preorders. The demo store's 41 is a fixed bundle with a price of its
//! own, 42 one that costs what its parts cost, 43 and 44 are put together by the shopper, 45 is a preorder.

use std::collections::BTreeSet;

use centra_sim::{SimConfig, permissions::Granted};
use connector_api::{
    domain::{ExclusionCode, Offer, OfferKind, Order, Price, PriceSource, Quote, QuoteLine},
    testing::block_on,
    wire::pull::{Page, Record, Stream},
};
use insta::assert_json_snapshot;
use serde_json::{Value, json};

use crate::{
    orders::{connection, order},
    pull::{display, page_of},
    sale::storefront_settings,
    shop::{SECRET, Shop, cart, said},
    store::{Store, Variant, data, denied, pull_all, request},
};

fn special(config: SimConfig) -> SimConfig {
    SimConfig { special_goods: true, ..config }
}

fn shop(secret: &str, settings: Value) -> Shop {
    let mut config = crate::sale::config(centra_sim::sale::Rules::default());
    config.sale.seeded = false;
    Shop::start(special(config), secret, settings)
}

fn offers(pages: &[Page]) -> Vec<Offer> {
    let records = pages.iter().flat_map(|page| &page.records);
    records
        .filter_map(|record| match record {
            Record::Offer(offer) => Some((**offer).clone()),
            _ => None,
        })
        .collect()
}

fn read(shop: &Shop) -> Vec<Page> {
    block_on(pull_all(&shop.centra, request(Stream::Offers)))
}

/// What is special about the offers from 41 on.
fn shown(offers: &[Offer]) -> Vec<Value> {
    let special = offers.iter().filter(|offer| offer.id.as_str().parse::<i64>().unwrap() > 40);
    special
        .map(|offer| {
            let excluded: BTreeSet<&str> =
                offer.variants.iter().filter_map(|own| Some(own.excluded.as_ref()?.code.as_str())).collect();
            json!({ "id": offer.id, "title": offer.title.default, "kind": offer.kind, "parts": offer.parts,
                "priced_by_parts": offer.priced_by_parts, "excluded": offer.excluded, "variants_excluded": excluded,
                "url": offer.url })
        })
        .collect()
}

#[test]
fn bundles_and_preorders_are_distinguished_and_what_channels_do_not_sell_says_why() {
    let shop = Shop::start(special(SimConfig::default()), "", json!({ "store_id": 1 }));
    let pages = read(&shop);
    assert_json_snapshot!("special_offers", shown(&offers(&pages)));
    let plain = offers(&pages).into_iter().find(|offer| offer.id.as_str() == "1").unwrap();
    assert_eq!(
        (plain.kind, plain.excluded, plain.requires_shipping, plain.url),
        (OfferKind::Product, None, None, None)
    );
}

#[test]
fn one_question_is_asked_for_the_bundles_of_a_page_and_none_where_there_are_none() {
    let asked = |shop: &Shop| {
        read(shop);
        let operations = shop.host.requests().into_iter().map(|(request, _)| request.operation);
        operations.filter(|operation| operation == "Bundles").count()
    };
    assert_eq!(asked(&Shop::start(special(SimConfig::default()), "", json!({ "store_id": 1 }))), 1);
    assert_eq!(asked(&Shop::start(SimConfig::default(), "", json!({ "store_id": 1 }))), 0);
}

#[test]
fn without_the_permission_bundles_are_kept_but_not_sold() {
    let config = SimConfig { permissions: Granted::parse("-Bundle:read"), ..special(SimConfig::default()) };
    let pages = read(&Shop::start(config, "", json!({ "store_id": 1 })));
    let found = offers(&pages);
    let codes: Vec<_> = found
        .iter()
        .filter(|offer| offer.kind.is_bundle())
        .map(|offer| (offer.excluded.as_ref().unwrap().code.clone(), offer.priced_by_parts))
        .collect();
    assert_eq!(codes, vec![(ExclusionCode::PartsUnknown, true); 4]);
    assert!(pages.iter().flat_map(|page| &page.notices).any(|notice| notice.code == "bundles_unreadable"));
}

#[test]
fn a_bundle_of_a_type_that_nobody_knows_is_not_sold() {
    let store = Store::new(&Variant::reference(), |name, _, _| match name {
        "Introspection" => (0, Value::Null),
        "Offers" => {
            let mut own = display(1);
            own["product"]["isBundle"] = json!(true);
            data(page_of(vec![own], None))
        }
        "Bundles" => data(json!({ "products": [{ "id": 9, "bundle": { "type": "MYSTERY", "priceType": "STATIC",
            "sections": [{ "quantity": 2, "productVariants": [{ "id": 50 }] }] } }] })),
        other => panic!("nobody should ask `{other}`"),
    });
    let pages = block_on(pull_all(&store.open(), request(Stream::Offers)));
    let offer = offers(&pages).remove(0);
    let excluded = offer.excluded.unwrap();
    assert_eq!(
        (offer.kind, excluded.code, offer.parts[0].quantity),
        (OfferKind::Bundle, ExclusionCode::PartsUnknown, 2)
    );
    assert!(excluded.reason.contains("`MYSTERY`"), "{}", excluded.reason);
}

#[test]
fn a_lost_permission_is_found_out_by_asking() {
    let store = Store::new(&Variant::reference(), |name, _, query| match name {
        "Introspection" => (0, Value::Null),
        "Offers" => {
            let mut own = display(1);
            own["product"]["isBundle"] = json!(true);
            data(page_of(vec![own], None))
        }
        "Bundles" if query.contains("bundle") => {
            (0, json!({ "errors": [denied("Bundle:read", "bundle", &["products", "bundle"])] }))
        }
        "Bundles" => data(json!({ "products": [{ "id": 9 }] })),
        other => panic!("nobody should ask `{other}`"),
    });
    let pages = block_on(pull_all(&store.open(), request(Stream::Offers)));
    let excluded = offers(&pages).remove(0).excluded.unwrap();
    assert_eq!(excluded.code, ExclusionCode::PartsUnknown);
    assert!(excluded.reason.contains("Bundle:read"), "{}", excluded.reason);
}

#[test]
fn the_merchant_may_sell_preorders_and_name_the_pages_of_products() {
    let settings =
        json!({ "store_id": 1, "sell_preorders": true, "product_page": "https://shop.example/p/{uri}?ref=c" });
    let found = offers(&read(&Shop::start(special(SimConfig::default()), "", settings)));
    let coat = found.iter().find(|offer| offer.id.as_str() == "45").unwrap();
    assert_eq!((&coat.excluded, coat.variants.iter().all(|own| own.preorder && own.excluded.is_none())), (&None, true));
    let handle = coat.handle.as_deref().unwrap();
    assert_eq!(coat.url.as_deref(), Some(format!("https://shop.example/p/{handle}?ref=c").as_str()));
}

fn prices_of(shop: &Shop, variant: &str) -> Vec<Price> {
    let pages = block_on(pull_all(&shop.centra, request(Stream::Prices)));
    let records = pages.into_iter().flat_map(|page| page.records);
    let prices = records.filter_map(|record| match record {
        Record::Price(price) => Some(price),
        _ => None,
    });
    prices.filter(|price| price.priced_id.as_str() == variant && price.amount.currency.as_str() == "SEK").collect()
}

#[test]
fn what_parts_cost_together_only_the_store_says() {
    assert_eq!(prices_of(&shop("", json!({ "store_id": 1 })), "420"), [], "regular prices do not have it");
    for (secret, settings) in [("", storefront_settings()), (SECRET, json!({ "store_id": 1 }))] {
        let prices = prices_of(&shop(secret, settings), "420");
        assert!(!prices.is_empty() && prices.iter().all(|price| price.source == PriceSource::Platform), "{prices:?}");
        assert_eq!(prices[0].amount.amount_minor, 229_700);
    }
}

/// What a cart with two bundles of each kind costs by lines, and what is said of it.
fn lines(quote: &Quote) -> Vec<(Option<i64>, u32)> {
    let line = |own: &QuoteLine| (own.unit_price.map(|price| price.amount_minor), own.quantity);
    quote.lines.iter().map(line).collect()
}

#[test]
fn a_fixed_bundle_is_one_line_of_a_cart_by_both_interfaces() {
    let cart = cart("SE", &[(4100, 1), (4200, 2), (100, 1)]);
    for shop in [shop(SECRET, json!({ "store_id": 1 })), shop("", storefront_settings())] {
        let quote = shop.quote(&cart);
        assert_eq!(lines(&quote), [(Some(129_900), 1), (Some(229_700), 2), (Some(149_900), 1)], "{quote:#?}");
        assert!(!said(&quote).iter().any(|(code, _)| *code == "extra_items" || *code == "total_unclear"), "{quote:#?}");
    }
}

#[test]
fn bundles_are_ordered_through_the_cart_at_the_stores_own_price() {
    let shop = crate::order_external_payment::open(
        &[],
        special(SimConfig::default()),
        crate::order_external_payment::settings(),
    );
    let draft = crate::order_external_payment::draft_of(&shop, cart("SE", &[(4100, 1), (4200, 2), (100, 1)]));
    let orders = crate::order_external_payment::submit(&shop, &draft).unwrap();
    let lines: Vec<_> = nested(&orders[0]).into_iter().map(|(_, ordered, _, parts)| (ordered, parts.len())).collect();
    assert_eq!(lines, [(1, 2), (2, 2), (1, 0)], "{orders:#?}");
    let bought: Vec<_> = orders[0].lines.iter().map(|line| line.unit_price.amount_minor).collect();
    assert_eq!(bought, [129_900, 229_700, 149_900]);
}

/// A line of an order.
fn order_line(kind: &str, id: i64, quantity: i64, unit: i64) -> Value {
    let money = |minor: i64| json!({ "value": minor / 100, "valueInCents": minor });
    json!({ "__typename": kind, "id": id, "quantity": quantity, "cancelledQuantity": 0, "returnedQuantity": 0,
        "productName": format!("Product {id}"), "productNumber": "P", "size": "M", "taxPercent": 25,
        "unitPrice": money(unit), "unitOriginalPrice": money(unit), "lineValue": money(unit * quantity),
        "productSize": { "id": id * 10, "SKU": format!("SKU-{id}") } })
}

fn pull_order(lines: Vec<Value>, sent: &[(i64, i64)]) -> Order {
    let mut own = order();
    own["lines"] = Value::Array(lines);
    own["status"] = json!("PROCESSING");
    let sent: Vec<Value> = sent
        .iter()
        .map(|(line, quantity)| json!({ "id": line, "quantity": quantity, "returnedQuantity": 0, "orderLine": { "id": line } }))
        .collect();
    own["shipments"] = json!([{ "id": 1, "isGoodToGo": true, "isShipped": true, "isPaid": true, "lines": sent }]);
    let store = Store::new(&Variant::reference(), move |name, _, _| match name {
        "Introspection" => (0, Value::Null),
        "Orders" => data(connection(vec![own.clone()], None)),
        other => panic!("nobody should ask `{other}`"),
    });
    let pages = block_on(pull_all(&store.open(), request(Stream::Orders)));
    match &pages[0].records[..] {
        [Record::Order(order)] => (**order).clone(),
        other => panic!("{other:?}"),
    }
}

/// Id, pieces ordered, pieces sent.
type Quantities = (String, u32, u32);

/// Lines and their parts.
fn nested(order: &Order) -> Vec<(String, u32, u32, Vec<Quantities>)> {
    let lines = order.lines.iter().map(|line| {
        let parts = line.parts.iter().map(|part| (part.id.to_string(), part.ordered, part.fulfilled));
        (line.id.to_string(), line.ordered, line.fulfilled, parts.collect())
    });
    lines.collect()
}

#[test]
fn the_goods_of_a_bundle_stand_inside_its_line() {
    let (bundle, part, product) = ("BundleOrderLine", "BundleItemOrderLine", "ProductOrderLine");
    let lines = || {
        vec![
            order_line(bundle, 1, 2, 129_900),
            order_line(part, 2, 2, 0),
            order_line(part, 3, 4, 0),
            order_line(product, 4, 1, 10_000),
        ]
    };
    let half = pull_order(lines(), &[(2, 2), (3, 2)]);
    assert_json_snapshot!("order_with_a_bundle", half.lines);
    assert_eq!(half.fulfillment_status.as_str(), "partially_shipped");
    let whole = pull_order(lines(), &[(2, 2), (3, 4), (4, 1)]);
    assert_eq!(whole.lines[0].fulfilled, 2);
    assert_eq!(whole.fulfillment_status.as_str(), "shipped", "a bundle itself is not sent");
}

#[test]
fn goods_of_several_bundles_follow_theirs_and_stay_apart_where_nobody_knows() {
    let (bundle, part) = ("BundleOrderLine", "BundleItemOrderLine");
    let clear = pull_order(
        vec![
            order_line(bundle, 1, 1, 100),
            order_line(part, 2, 1, 0),
            order_line(bundle, 3, 1, 100),
            order_line(part, 4, 2, 0),
        ],
        &[],
    );
    let own = |id: &str, ordered, parts: Vec<(&str, u32, u32)>| {
        let parts = parts.into_iter().map(|(id, ordered, sent)| (id.to_owned(), ordered, sent)).collect();
        (id.to_owned(), ordered, 0, parts)
    };
    assert_eq!(nested(&clear), [own("1", 1, vec![("2", 1, 0)]), own("3", 1, vec![("4", 2, 0)])]);
    let unclear = pull_order(
        vec![
            order_line(bundle, 1, 1, 100),
            order_line(bundle, 3, 1, 100),
            order_line(part, 2, 1, 0),
            order_line(part, 4, 2, 0),
        ],
        &[(2, 1), (4, 2)],
    );
    assert_eq!(unclear.lines.len(), 4);
    assert_eq!(unclear.fulfillment_status.as_str(), "shipped", "all goods have left");
    let before = pull_order(vec![order_line(part, 2, 1, 0), order_line(bundle, 1, 1, 100)], &[]);
    assert_eq!(nested(&before), [own("1", 1, vec![("2", 1, 0)])], "of the only bundle");
}

#[test]
fn a_bundle_of_which_a_part_was_cancelled_is_no_open_bundle_once_the_rest_has_left() {
    let mut short = order_line("BundleItemOrderLine", 2, 1, 0);
    short["cancelledQuantity"] = json!(1);
    let lines =
        || vec![order_line("BundleOrderLine", 1, 2, 100), short.clone(), order_line("BundleItemOrderLine", 3, 2, 0)];
    let counts = |sent: &[(i64, i64)]| {
        let line = pull_order(lines(), sent).lines.remove(0);
        (line.ordered, line.fulfilled, line.canceled)
    };
    assert_eq!(counts(&[(2, 1), (3, 1)]), (2, 1, 0), "a piece is still to be sent");
    assert_eq!(counts(&[(2, 1), (3, 2)]), (2, 1, 1));
}
