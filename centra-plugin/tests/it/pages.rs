//! Pages that cannot be read, for whatever reason: everything that can be had arrives, and what cannot is named. Answers that are none of
//! Centra's, which say nothing of the token.

use centra_sim::{Seed, SimConfig, faults::FaultPlan};
use connector_api::{
    Connector, ConnectorError, ErrorCode, Retry,
    domain::ExternalId,
    testing::block_on,
    wire::{
        Op,
        envelope::Call,
        pull::{EntityRef, FetchRequest, Page, PullRequest, Record, Stream},
        validate::{CheckStatus, ValidateRequest},
    },
};
use serde_json::{Value, json};

use crate::shop::{SECRET, Shop};

fn shop(seed: Seed, faults: &Value) -> Shop {
    let faults = FaultPlan::parse(&faults.to_string()).unwrap();
    Shop::start(SimConfig { seed, faults, ..SimConfig::default() }, "", json!({ "store_id": 1 }))
}

fn plan(shop: &Shop, faults: &Value) {
    *shop.store.faults() = FaultPlan::parse(&faults.to_string()).unwrap();
}

/// Everything of a stream, or the error that ended it, with the requests it took.
fn read(shop: &Shop, stream: &Stream) -> (Vec<Page>, Option<ConnectorError>, usize) {
    let before = shop.host.requests().len();
    let (mut pages, mut failure) = (vec![], None);
    let mut request = PullRequest::new(stream.clone(), 50);
    loop {
        match block_on(shop.centra.pull(&Call::named(&Op::Pull), request.clone())) {
            Ok(page) => {
                request.checkpoint.clone_from(&page.next);
                pages.push(page);
            }
            Err(error) => failure = Some(error),
        }
        if request.checkpoint.is_none() || failure.is_some() {
            return (pages, failure, shop.host.requests().len() - before);
        }
        assert!(pages.len() < 500, "{stream}");
    }
}

fn ids(pages: &[Page]) -> Vec<String> {
    let key = |record: &Record| {
        let value = serde_json::to_value(record).unwrap()["data"].take();
        ["id", "priced_id", "variant_id", "pricelist_id", "location_id"].map(|name| value[name].to_string()).join("/")
    };
    pages.iter().flat_map(|page| &page.records).map(key).collect()
}

/// What may come instead of a page.
fn kinds() -> Vec<Value> {
    vec![
        json!({ "kind": "empty" }),
        json!({ "kind": "html" }),
        json!({ "kind": "errors", "message": "No such luck" }),
        json!({ "kind": "errors", "status": 500, "message": "No such luck" }),
        json!({ "kind": "data_null" }),
        json!({ "kind": "data_null", "message": "No such luck" }),
        json!({ "kind": "bad_bytes" }),
        json!({ "kind": "truncated_json" }),
        json!({ "kind": "status" }),
    ]
}

fn narrowed(kind: &Value, by: &Value) -> Value {
    let mut rule = kind.clone();
    rule.as_object_mut().unwrap().extend(by.as_object().unwrap().clone());
    json!([rule])
}

#[test]
fn a_record_that_spoils_every_page_it_is_on_is_passed_over_by_name_and_all_others_arrive() {
    let seed = Seed::Demo;
    let whole = shop(seed, &json!([]));
    for (stream, operation, text, name) in
        [(Stream::Offers, "Offers", "{\"id\":7,", "id:7"), (Stream::Customers, "Customers", "{\"id\":3,", "record 3 ")]
    {
        let expected = ids(&read(&whole, &stream).0);
        for kind in kinds() {
            let faults = narrowed(&kind, &json!({ "containing": text, "operation": operation }));
            let (pages, failure, requests) = read(&shop(seed, &faults), &stream);
            assert_eq!(failure, None, "{stream} {kind}");
            let found = ids(&pages);
            let skipped: u64 = pages.iter().map(|page| page.skipped).sum();
            assert_eq!((found.len(), skipped), (expected.len() - 1, 1), "{stream} {kind}");
            let notices: Vec<&str> =
                pages.iter().flat_map(|page| &page.notices).map(|notice| notice.message.as_str()).collect();
            assert!(notices.iter().any(|own| own.contains(name)), "{stream} {kind}: {notices:?}");
            if kind["message"].is_string() {
                assert!(notices.iter().any(|own| own.contains("No such luck")), "{stream} {kind}: {notices:?}");
            }
            assert!(requests < 60, "{stream} {kind}: {requests} requests");
        }
    }
}

#[test]
fn a_store_that_fails_over_large_pages_is_read_in_small_ones() {
    let whole = shop(Seed::Large(70), &json!([]));
    for stream in [Stream::Offers, Stream::Prices, Stream::Inventory, Stream::Customers] {
        let (expected, _, few) = read(&whole, &stream);
        let (pages, failure, many) =
            read(&shop(Seed::Large(70), &json!([{ "limit_above": 5, "kind": "status" }])), &stream);
        assert_eq!((failure, ids(&pages)), (None, ids(&expected)), "{stream}");
        assert_eq!(pages.iter().map(|page| page.skipped).sum::<u64>(), 0, "{stream}");
        let rows = ids(&expected).len();
        assert!(many < 60 + few + rows, "{stream}: {many} requests for {rows} rows");
    }
}

#[test]
fn an_outage_is_one_error_after_a_handful_of_requests() {
    for kind in kinds() {
        let shop = shop(Seed::Demo, &json!([]));
        read(&shop, &Stream::Stores);
        plan(&shop, &narrowed(&kind, &json!({ "every": 1 })));
        for stream in [Stream::Offers, Stream::Orders, Stream::Customers, Stream::Categories] {
            let (pages, failure, requests) = read(&shop, &stream);
            let failure = failure.unwrap();
            assert_eq!((pages.len(), failure.retry), (0, Retry::Backoff), "{kind}");
            assert!(!failure.is_auth() && requests <= 6, "{kind}: {requests} requests, {failure}");
        }
        // A list that fails alone fails after a few records, none of which is lost.
        plan(&shop, &narrowed(&kind, &json!({ "every": 1, "operation": "Customers" })));
        let (pages, failure, requests) = read(&shop, &Stream::Customers);
        let skipped: u64 = pages.iter().map(|page| page.skipped).sum();
        assert!(failure.is_some() && skipped == 0 && requests < 40, "{kind}: {skipped} skipped, {requests} requests");
        assert_eq!(read(&shop, &Stream::Offers).1, None, "{kind}: others are read");
    }
}

#[test]
fn one_record_that_cannot_be_read_keeps_no_other_back_from_being_fetched_and_is_not_gone() {
    for kind in kinds() {
        let shop = shop(Seed::Demo, &narrowed(&kind, &json!({ "containing": "{\"id\":7,", "operation": "Offers" })));
        let refs = |ids: &[i64]| -> Vec<EntityRef> {
            ids.iter().map(|id| EntityRef { stream: Stream::Offers, id: ExternalId::from(*id) }).collect()
        };
        let fetch =
            |ids: &[i64]| block_on(shop.centra.fetch(&Call::named(&Op::Fetch), FetchRequest { refs: refs(ids) }));
        let all = fetch(&[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 999_999]).unwrap();
        assert_eq!((all.records.len(), all.gone), (9, refs(&[999_999])), "{kind}");
        assert_eq!(fetch(&[7]).unwrap_err().retry, Retry::Backoff, "{kind}: what was asked for alone comes later");
    }
}

#[test]
fn what_stands_between_is_no_word_about_the_token() {
    let blocking = [
        json!({ "kind": "challenge_page" }),
        json!({ "kind": "challenge_page", "status": 401 }),
        json!({ "kind": "basic_challenge" }),
        json!({ "kind": "empty", "status": 401 }),
        json!({ "kind": "empty", "status": 403 }),
    ];
    for kind in blocking {
        let shop =
            Shop::start(SimConfig { seed: Seed::Demo, ..SimConfig::default() }, SECRET, json!({ "store_id": 1 }));
        read(&shop, &Stream::Stores);
        plan(&shop, &narrowed(&kind, &json!({ "every": 1 })));
        let (_, failure, requests) = read(&shop, &Stream::Offers);
        let failure = failure.unwrap();
        assert_eq!((failure.code, failure.retry, requests), (ErrorCode::Blocked, Retry::Backoff, 1), "{kind}");
        assert!(failure.message.contains("HTTP status 40") && failure.field_errors.is_empty(), "{}", failure.message);
        let answer = block_on(shop.centra.validate(&Call::named(&Op::Validate), ValidateRequest::default())).unwrap();
        let check = |id: &str| answer.checks.iter().find(|check| check.id == id).unwrap();
        let address = check("address_answers");
        assert_eq!((&address.status, &address.code), (&CheckStatus::Fail, &Some(ErrorCode::Blocked)), "{kind}");
        assert!(address.message.contains("Something between"), "{}", address.message);
        assert_eq!(check("token_accepted").status, CheckStatus::Skip, "{kind}");
        // The Checkout API's secret is not refused either.
        plan(&shop, &narrowed(&kind, &json!({ "every": 1, "operation": "Checkout" })));
        let refused = shop.try_quote(&crate::shop::cart("SE", &[(100, 1)]), false).unwrap_err();
        assert_eq!((refused.code, refused.field_errors.len()), (ErrorCode::Blocked, 0), "{kind}");
    }
    // The platform's own refusal is one.
    let shop = shop(Seed::Demo, &json!([{ "at": [1], "kind": "revoke_token" }]));
    assert!(read(&shop, &Stream::Stores).1.unwrap().is_auth());
}

#[test]
fn several_in_a_row_are_passed_over_one_by_one() {
    let whole = shop(Seed::Demo, &json!([]));
    let records = |pages: &[Page]| -> Vec<(String, String)> {
        let named = |record: &Record| {
            let data = serde_json::to_value(record).unwrap()["data"].take();
            (data["id"].to_string(), data["variant_id"].to_string())
        };
        pages.iter().flat_map(|page| &page.records).map(named).collect()
    };
    let text = |text: &str| text.trim_matches('"').to_owned();
    // Read by cursor, and by page number.
    for (stream, operation) in [(Stream::Offers, "Offers"), (Stream::Inventory, "Stock")] {
        let all = records(&read(&whole, &stream).0);
        let bad = [2, 3, 4, 8].map(|index| all[index].clone());
        let rules = bad.clone().map(|(offer, variant)| {
            let row = match stream {
                Stream::Offers => format!("{{\"node\":{{\"id\":{},", text(&offer)),
                _ => format!("\"productSize\":{{\"id\":{},", text(&variant)),
            };
            json!({ "kind": "html", "containing": row, "operation": operation })
        });
        let (pages, failure, requests) = read(&shop(Seed::Demo, &json!(rules)), &stream);
        let expected: Vec<_> = all.iter().filter(|record| !bad.contains(record)).cloned().collect();
        assert_eq!((failure, records(&pages)), (None, expected.clone()), "{stream}");
        let notices = pages.iter().flat_map(|page| &page.notices).filter(|notice| notice.code == "record_lost").count();
        let skipped: u64 = pages.iter().map(|page| page.skipped).sum();
        assert_eq!((notices, skipped), (all.len() - expected.len(), notices as u64), "{stream}");
        assert!(requests < 150, "{stream}: {requests} requests");
    }
}

#[test]
fn a_list_that_was_abandoned_is_not_gone_through_again_for_each_smaller_page() {
    let shop = shop(Seed::Demo, &json!([]));
    read(&shop, &Stream::Stores);
    for (stream, operation) in [(Stream::Offers, "Offers"), (Stream::Prices, "Prices")] {
        plan(&shop, &json!([{ "every": 1, "kind": "status", "operation": operation }]));
        let pull = |limit: u32, pass_over: bool| {
            let before = shop.host.requests().len();
            let request = PullRequest { pass_over, ..PullRequest::new(stream.clone(), limit) };
            let answer = block_on(shop.centra.pull(&Call::named(&Op::Pull), request));
            (answer, shop.host.requests().len() - before)
        };
        let failure = pull(50, false).0.unwrap_err();
        for (limit, pass_over) in [(25, false), (12, false), (1, false), (1, true)] {
            assert_eq!(pull(limit, pass_over), (Err(failure.clone()), 0), "{stream} {limit} {pass_over}");
        }
        // The same page again is a new attempt.
        assert!(pull(50, false).1 > 0, "{stream}");
        plan(&shop, &json!([]));
        assert!(pull(50, false).0.is_ok(), "{stream}");
        assert!(pull(25, false).0.is_ok(), "{stream}");
    }
}

#[test]
fn a_list_that_never_ends_inside_one_call_is_an_error() {
    let shop = shop(Seed::Demo, &json!([{ "every": 1, "kind": "endless_rows", "operation": "Warehouses" }]));
    // Markets say which warehouses serve them.
    let (_, failure, requests) = read(&shop, &Stream::Markets);
    let failure = failure.unwrap();
    assert!(failure.message.contains("never ends") && requests < 300, "{requests} requests, {failure}");
}

#[test]
fn a_price_below_zero_is_skipped_and_named() {
    let shop = shop(Seed::Demo, &json!([]));
    assert!(shop.store.alter(centra_sim::alteration::Alteration::Price { variant: 100, pricelist: 1, minor: -500 }));
    let (pages, failure, _) = read(&shop, &Stream::Prices);
    assert_eq!(failure, None);
    let skipped: u64 = pages.iter().map(|page| page.skipped).sum();
    let named = pages.iter().flat_map(|page| &page.notices).any(|notice| notice.code == "price_below_zero");
    assert!(skipped == 1 && named);
    let below = |record: &Record| matches!(record, Record::Price(price) if price.amount.amount_minor < 0);
    assert!(!pages.iter().flat_map(|page| &page.records).any(below));
}
