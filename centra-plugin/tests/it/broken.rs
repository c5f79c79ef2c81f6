//! Records that the store can never give whole: each takes everything beside it along, as GraphQL says, and none of it may
//! be missing in the end. And records with lists below them that are cut.

use centra_sim::{Seed, SimConfig, variant::Variant};
use connector_api::{
    testing::block_on,
    wire::pull::{Page, PullRequest, Record, Stream},
};
use serde_json::{Value, json};

use crate::{
    shop::Shop,
    store::{pull_all, request},
};

fn shop(broken: &[&str], null_status: u16) -> Shop {
    let broken = broken.iter().map(|text| text.parse().unwrap()).collect();
    Shop::start(SimConfig { broken, null_status, ..SimConfig::default() }, "", json!({ "store_id": 1 }))
}

fn limited() -> Shop {
    let config = SimConfig { variant: Variant::Limited, ..SimConfig::default() };
    Shop::start(config, "", json!({ "store_id": 1 }))
}

/// Everything of a stream, and how many requests that took.
fn read(shop: &Shop, stream: Stream) -> (Vec<Page>, usize) {
    let before = shop.host.requests().len();
    let request = PullRequest { limit: 50, ..request(stream) };
    let pages = block_on(pull_all(&shop.centra, request));
    (pages, shop.host.requests().len() - before)
}

fn keys(pages: &[Page]) -> Vec<String> {
    let key = |record: &Record| {
        let value = serde_json::to_value(record).unwrap()["data"].take();
        let part = |name: &str| value.get(name).filter(|part| !part.is_null()).map(Value::to_string);
        ["id", "variant_id", "priced_id", "pricelist_id", "location_id"]
            .into_iter()
            .filter_map(part)
            .collect::<Vec<_>>()
            .join("/")
    };
    pages.iter().flat_map(|page| &page.records).map(key).collect()
}

fn skipped(pages: &[Page]) -> u64 {
    pages.iter().map(|page| page.skipped).sum()
}

#[test]
fn one_record_that_always_fails_is_passed_over_and_all_others_arrive() {
    let whole = shop(&[], 200);
    for (stream, broken, lost) in [
        (Stream::Offers, "Display:7:name", 1),
        (Stream::Offers, "Display:1:name", 1),
        (Stream::Orders, "DirectToConsumerOrder:1002:status", 1),
        (Stream::Customers, "Customer:3:email", 1),
        (Stream::Categories, "Category:2:name", 1),
    ] {
        let expected = keys(&read(&whole, stream.clone()).0);
        assert!(expected.len() >= 2, "{stream}");
        for null_status in [200, 400, 500] {
            let shop = shop(&[broken], null_status);
            let (pages, requests) = read(&shop, stream.clone());
            let found = keys(&pages);
            assert_eq!(skipped(&pages), lost, "{stream} {null_status}");
            assert!(found.iter().all(|id| expected.contains(id)), "{stream}");
            let missing: Vec<&String> = expected.iter().filter(|id| !found.contains(id)).collect();
            assert!(
                !missing.is_empty() && (missing.len() == 1 || stream == Stream::Categories),
                "{stream}: {missing:?}"
            );
            assert!(pages.iter().flat_map(|page| &page.notices).any(|notice| notice.code == "record_lost"), "{stream}");
            assert!(requests < 30, "{stream}: {requests} requests");
        }
    }
}

#[test]
fn a_row_of_a_nested_list_is_passed_over_too() {
    let whole = shop(&[], 200);
    let size = {
        let (pages, _) = read(&whole, Stream::Inventory);
        let Some(Record::InventoryLevel(level)) = pages[0].records.get(12) else { panic!("{:?}", pages[0].records) };
        level.variant_id.clone()
    };
    let variant = {
        let (pages, _) = read(&whole, Stream::Prices);
        let Some(Record::Price(price)) = pages[0].records.get(12) else { panic!("{:?}", pages[0].records) };
        price.priced_id.clone()
    };
    let broken = [
        (Stream::Prices, format!("ProductVariant:{variant}:id"), variant),
        (Stream::Inventory, format!("ProductSize:{size}:id"), size),
    ];
    for (stream, field, gone) in broken {
        let shop = shop(&[&field], 200);
        let expected = keys(&read(&whole, stream.clone()).0);
        let (pages, requests) = read(&shop, stream.clone());
        let found = keys(&pages);
        assert!(skipped(&pages) >= 1, "{stream}");
        assert!(
            found.iter().all(|key| expected.contains(key))
                && !found.iter().any(|key| key.contains(&format!("{:?}", gone.as_str()))),
            "{stream}"
        );
        // A variant has several prices, a size lies in several warehouses.
        let missing = expected.len() - found.len();
        assert!((1..=60).contains(&missing), "{stream}: {missing}");
        assert!(requests < 150, "{stream}: {requests} requests");
    }
}

#[test]
fn several_in_a_row_are_passed_over_one_by_one() {
    let whole = shop(&[], 200);
    let broken = ["Display:4:name", "Display:5:status", "Display:6:uri", "Display:20:name"];
    let shop = shop(&broken, 200);
    let expected = keys(&read(&whole, Stream::Offers).0);
    let (pages, requests) = read(&shop, Stream::Offers);
    assert_eq!((skipped(&pages), keys(&pages).len()), (4, expected.len() - 4));
    assert!(requests < 60, "{requests} requests");
}

#[test]
fn lists_below_records_that_are_cut_where_no_limit_is_given_arrive_whole() {
    let (whole, limited) = (shop(&[], 200), limited());
    let mut more = 0;
    for stream in [
        Stream::Offers,
        Stream::Prices,
        Stream::Inventory,
        Stream::Orders,
        Stream::Shipments,
        Stream::Customers,
        Stream::Categories,
        Stream::Markets,
        Stream::Pricelists,
        Stream::TaxRules,
        Stream::ShippingOptions,
    ] {
        let ((expected, few), (found, many)) = (read(&whole, stream.clone()), read(&limited, stream.clone()));
        let records = |pages: &[Page]| pages.iter().flat_map(|page| page.records.clone()).collect::<Vec<_>>();
        assert_eq!(records(&found), records(&expected), "{stream}");
        assert_eq!((skipped(&found), skipped(&expected)), (0, 0), "{stream}");
        more += many - few;
    }
    // It would prove nothing if nothing had been cut.
    assert!(more > 10, "{more}");
}

#[test]
fn the_same_arrives_however_many_rows_a_page_may_have() {
    let large = |page_cap: Option<&str>| {
        let page_cap = page_cap.map(|text| text.parse().unwrap());
        let config = SimConfig { page_cap, seed: Seed::Large(70), ..SimConfig::default() };
        Shop::start(config, "", json!({ "store_id": 1 }))
    };
    let streams = [Stream::Offers, Stream::Prices, Stream::Inventory, Stream::Customers, Stream::Locations];
    let all = |shop: &Shop| {
        streams.iter().map(|own| block_on(pull_all(&shop.centra, request(own.clone())))).collect::<Vec<_>>()
    };
    let expected = all(&large(None));
    assert!(keys(&expected[2]).len() > 600, "pages of 200 are cut");
    for cap in ["clamp:100", "refuse:100", "clamp:50", "refuse:30"] {
        let shop = large(Some(cap));
        for ((pages, expected), stream) in all(&shop).iter().zip(&expected).zip(&streams) {
            assert_eq!((keys(pages), skipped(pages)), (keys(expected), skipped(expected)), "{cap} {stream}");
        }
        let asked = shop.host.requests();
        let introspected = asked.iter().filter(|(request, _)| request.operation == "Introspection").count();
        assert_eq!(introspected, 1, "{cap}: a limit is no change of the schema");
    }
}
