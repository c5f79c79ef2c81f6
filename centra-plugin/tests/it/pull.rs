//! Reading streams page by page: what arrives, what is asked, and what happens when the platform misbehaves.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use connector_api::{
    Connector, ErrorCode, Retry,
    domain::Price,
    testing::{ScriptedHost, block_on},
    wire::{
        Op,
        pull::{Page, PullRequest, Record, Stream},
    },
};
use insta::assert_json_snapshot;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::store::{Store, Variant, call, data, denied, pull_all, request};

/// A display with everything this connector reads.
pub(crate) fn display(id: i64) -> Value {
    let mut display: Value = serde_json::from_str(include_str!("fixtures/display.json")).unwrap();
    display["id"] = id.into();
    display
}

pub(crate) fn page_of(displays: Vec<Value>, next: Option<&str>) -> Value {
    let edges: Vec<Value> = displays.into_iter().map(|node| json!({ "cursor": "x", "node": node })).collect();
    json!({ "displayConnection": { "totalCount": 3, "edges": edges,
        "pageInfo": { "hasNextPage": next.is_some(), "endCursor": next } } })
}

/// Three displays on two pages.
fn offers(variables: &Value) -> Value {
    match variables["after"].as_str() {
        None => page_of(vec![display(1), display(2)], Some("two")),
        Some("two") => page_of(vec![display(3)], None),
        other => panic!("no such cursor: {other:?}"),
    }
}

pub(crate) fn ids(pages: &[Page]) -> Vec<String> {
    let records = pages.iter().flat_map(|page| &page.records);
    records
        .map(|record| match record {
            Record::Offer(offer) => offer.id.to_string(),
            Record::Price(price) => format!("{}={}{}", price.priced_id, price.amount, span(price)),
            Record::InventoryLevel(level) => {
                format!("{}@{}={}", level.variant_id, level.location_id.clone().unwrap_or_default(), level.available)
            }
            other => panic!("{other:?}"),
        })
        .collect()
}

/// Where and when a price holds, where it does not hold everywhere and always.
fn span(price: &Price) -> String {
    let Some(market) = &price.market_id else { return String::new() };
    let [from, until] = [price.valid_from, price.valid_until].map(|at| at.map(|at| at.to_string()).unwrap_or_default());
    format!(" in {market} from {from} to {until}")
}

pub(crate) fn stream(store: &Store, stream: Stream) -> Vec<Page> {
    block_on(pull_all(&store.open(), request(stream)))
}

pub(crate) fn plain(name: &str, variables: &Value) -> (u16, Value) {
    match name {
        "Introspection" => (0, Value::Null),
        "Ping" => data(json!({ "__typename": "Query" })),
        "Campaigns" => data(json!({ "campaigns": [] })),
        "Offers" => data(offers(variables)),
        other => panic!("nobody should ask `{other}`"),
    }
}

#[test]
fn a_display_becomes_an_offer_with_everything_it_has() {
    let store = Store::new(&Variant::reference(), |name, variables, _| plain(name, variables));
    let pages = stream(&store, Stream::Offers);
    assert_json_snapshot!("offer", pages[0].records[0]);
    assert_eq!(ids(&pages), ["1", "2", "3"]);
    assert_eq!(pages[0].total, Some(3));
    // The schema once, then one question a page.
    assert_eq!(store.asked(), ["Introspection", "Offers", "Offers"]);
}

#[test]
fn the_schema_is_kept_with_the_connection_and_not_refetched() {
    let store = Store::new(&Variant::reference(), |name, variables, _| plain(name, variables));
    stream(&store, Stream::Offers);
    stream(&store, Stream::Offers);
    assert_eq!(store.asked(), ["Introspection", "Offers", "Offers", "Offers", "Offers"]);
}

#[test]
fn the_same_checkpoint_gives_the_same_page() {
    let store = Store::new(&Variant::reference(), |name, variables, _| plain(name, variables));
    let connector = store.open();
    let first = block_on(connector.pull(&call(&Op::Pull), request(Stream::Offers))).unwrap();
    let again = PullRequest { checkpoint: first.next.clone(), ..request(Stream::Offers) };
    let once = block_on(connector.pull(&call(&Op::Pull), again.clone())).unwrap();
    let twice = block_on(store.open().pull(&call(&Op::Pull), again)).unwrap();
    assert_eq!(once, twice);
}

#[test]
fn a_page_costs_at_most_a_third_of_what_ten_seconds_allow() {
    let store = Store::new(&Variant::reference(), |name, variables, query| {
        if name == "Introspection" {
            (0, Value::Null)
        } else {
            let mut answer = offers(variables);
            if query.contains("rateLimits") {
                answer["rateLimits"] = json!([{ "type": "QUERY_COMPLEXITY", "intervalSeconds": "TEN_SECONDS", "quota": 90_000, "remainingQuota": 90_000 },
                    { "type": "SOMETHING_NEW", "intervalSeconds": "TEN_SECONDS", "quota": 1, "remainingQuota": 1 }]);
            }
            let rows = variables["limit"].as_u64().unwrap();
            (0, json!({ "data": answer, "extensions": { "complexity": rows * 1_000 } }))
        }
    });
    stream(&store, Stream::Offers);
    let sizes: Vec<i64> = store
        .host
        .requests()
        .iter()
        .filter(|(request, _)| request.operation == "Offers")
        .map(|(_, body)| serde_json::from_slice::<Value>(body).unwrap()["variables"]["limit"].as_i64().unwrap())
        .collect();
    // First by assumption, then as charged: 90 000 / 3 / 1 000.
    assert_eq!(sizes, [55, 30]);
    let reports = store.host.quota_reports();
    assert_eq!(reports[0].windows.len(), 1, "an unknown kind of quota is left out");
    assert_eq!(reports[0].charged_complexity, Some(55_000));
}

#[test]
fn a_cut_off_answer_is_asked_for_again_and_then_left_to_the_host() {
    let tries = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&tries);
    let good = Store::new(&Variant::reference(), |name, variables, _| plain(name, variables));
    let script = good.host.clone();
    let host = ScriptedHost::new(move |request, body| {
        let mut answer = futures(&script, request, body);
        if request.operation == "Offers" && count.fetch_add(1, Ordering::SeqCst) < 2 {
            answer.body.truncate(answer.body.len() / 2);
        }
        Ok(answer)
    });
    let flaky = Store { host, ..good.clone() };
    assert_eq!(ids(&stream(&flaky, Stream::Offers)), ["1", "2", "3"]);

    let always = good.host.clone();
    let host = ScriptedHost::new(move |request, body| {
        let mut answer = futures(&always, request, body);
        // Nothing else is answered either: no record is to blame.
        if ["Offers", "Ping"].contains(&request.operation.as_str()) {
            answer.body.truncate(answer.body.len() / 2);
        }
        Ok(answer)
    });
    let broken = Store { host, ..good };
    let error = block_on(broken.open().pull(&call(&Op::Pull), request(Stream::Offers))).unwrap_err();
    assert_eq!((error.code, error.retry), (ErrorCode::PlatformAnswerInvalid, Retry::Backoff));
}

/// Sends a request through another scripted host.
fn futures(
    host: &ScriptedHost,
    request: &connector_api::wire::service::HttpRequest,
    body: &[u8],
) -> connector_api::connector::HttpAnswer {
    block_on(host.host().http(request, body.to_vec())).unwrap()
}

#[test]
fn what_the_platform_loses_is_asked_for_again_and_then_counted_never_kept_half() {
    let lossy = |persistent: bool| {
        let tries = AtomicUsize::new(0);
        move |name: &str, variables: &Value, _: &str| {
            if name == "Offers"
                && variables["after"].is_null()
                && (tries.fetch_add(1, Ordering::SeqCst) == 0 || persistent)
            {
                let mut answer = offers(variables);
                answer["displayConnection"]["edges"][1]["node"]["description"] = Value::Null;
                let error = json!({ "message": "Internal server error", "extensions": { "category": "internal" },
                    "path": ["displayConnection", "edges", 1, "node", "description"] });
                return (0, json!({ "data": answer, "errors": [error] }));
            }
            plain(name, variables)
        }
    };
    let pages = stream(&Store::new(&Variant::reference(), lossy(false)), Stream::Offers);
    assert_eq!((ids(&pages), pages[0].skipped), (vec!["1".to_owned(), "2".to_owned(), "3".to_owned()], 0));
    let pages = stream(&Store::new(&Variant::reference(), lossy(true)), Stream::Offers);
    assert_eq!((ids(&pages), pages[0].skipped), (vec!["1".to_owned(), "3".to_owned()], 1));
    assert_eq!(pages[0].notices[0].code, "record_lost");
}

#[test]
fn a_record_of_unknown_form_or_without_product_does_not_fail_the_others() {
    let store = Store::new(&Variant::reference(), |name, variables, _| match name {
        "Offers" => {
            let mut odd = display(7);
            odd["id"] = json!({ "new": "shape" });
            let mut empty = display(8);
            empty["product"] = Value::Null;
            data(page_of(vec![odd, empty, display(9)], None))
        }
        _ => plain(name, variables),
    });
    let pages = stream(&store, Stream::Offers);
    assert_eq!((ids(&pages), pages[0].skipped), (vec!["9".to_owned()], 1));
    let codes: Vec<&str> = pages[0].notices.iter().map(|notice| notice.code.as_str()).collect();
    assert_eq!(codes, ["record_unreadable", "display_without_product"]);
}

#[test]
fn a_permission_taken_away_in_mid_sync_costs_the_field_and_not_the_sync() {
    for status in [200, 403] {
        let store = Store::new(&Variant::reference(), move |name, variables, query| match name {
            "Offers" if query.contains("countryOfOrigin") => {
                let path = ["displayConnection", "edges", "node", "product", "countryOfOrigin"];
                (status, json!({ "errors": [denied("Product.countryOfOrigin:read", "countryOfOrigin", &path)] }))
            }
            _ => plain(name, variables),
        });
        assert_eq!(ids(&stream(&store, Stream::Offers)), ["1", "2", "3"]);
        // What was learned is kept: the next run does not try again.
        let asked = store.asked().len();
        stream(&store, Stream::Offers);
        assert_eq!(store.asked().len() - asked, 2);
    }
}

#[test]
fn a_stream_that_is_denied_as_a_whole_is_reported_and_an_increment_goes_on_without_it() {
    let store = Store::new(&Variant::reference(), |name, variables, _| match name {
        "TaxGroups" => (403, json!({ "errors": [denied("TaxRule:read", "taxGroups", &["taxGroups"])] })),
        "ChangedProducts" => (403, json!({ "errors": [denied("Product:read", "products", &["products"])] })),
        "ChangedVariants" => data(json!({ "productVariants": [] })),
        "ChangedSizes" => data(json!({ "productSizes": [] })),
        _ => plain(name, variables),
    });
    let pages = stream(&store, Stream::TaxRules);
    assert_eq!((pages[0].skipped, pages[0].notices[0].code.as_str()), (1, "stream_unreadable"));
    let since = Some("2026-01-01T00:00:00Z".parse().unwrap());
    let pages = block_on(pull_all(&store.open(), PullRequest { since, ..request(Stream::Offers) }));
    assert_eq!(ids(&pages), ["1", "2", "3"]);
    assert!(pages.iter().any(|page| page.notices.iter().any(|notice| notice.code == "changes_unreadable")));
    assert!(store.asked().ends_with(&["ChangedVariants".to_owned(), "ChangedSizes".to_owned()]), "{:?}", store.asked());
}

#[test]
fn a_permission_that_is_needed_is_named() {
    let store = Store::new(&Variant::reference(), |name, variables, _| match name {
        "Prices" => (403, json!({ "errors": [denied("Price:read", "prices", &["pricelists", "prices"])] })),
        _ => plain(name, variables),
    });
    let connector = store.open_with(&json!({ "store_id": 1, "pricelist_id": 4 }), &[]);
    let error = block_on(connector.pull(&call(&Op::Pull), request(Stream::Prices))).unwrap_err();
    assert_eq!((error.code, error.missing_permissions), (ErrorCode::PermissionMissing, vec!["Price:read".to_owned()]));
}

#[test]
fn a_schema_that_changes_in_mid_sync_is_refetched() {
    let store = Store::new(&Variant::reference(), |name, variables, _| plain(name, variables));
    let connector = store.open();
    let first = block_on(connector.pull(&call(&Op::Pull), request(Stream::Offers))).unwrap();
    store.change_schema(&Variant::without(&["Display.metaTitle", "Product.harmonizedCommodityCode"]));
    let next = PullRequest { checkpoint: first.next, ..request(Stream::Offers) };
    assert_eq!(ids(&[block_on(connector.pull(&call(&Op::Pull), next)).unwrap()]), ["3"]);
    assert_eq!(store.asked(), ["Introspection", "Offers", "Offers", "Introspection", "Offers"]);

    store.change_schema(&Variant::without(&["DisplayItem.productVariant"]));
    let error = block_on(connector.pull(&call(&Op::Pull), request(Stream::Offers))).unwrap_err();
    assert_eq!(error.code, ErrorCode::SchemaIncompatible);
    assert!(error.message.contains("DisplayItem.productVariant"), "{error}");
}

#[test]
fn a_store_that_hides_its_schema_is_read_by_certain_names_alone() {
    let store = Store::new(&Variant::certain(), |name, variables, query| {
        if name == "Introspection" {
            (400, json!({ "errors": [{ "message": "GraphQL introspection is not allowed" }] }))
        } else {
            assert!(!query.contains("EAN") && !query.contains("tags"), "{query}");
            plain(name, variables)
        }
    });
    assert_eq!(ids(&stream(&store, Stream::Offers)), ["1", "2", "3"]);
}

#[test]
fn without_cursors_offers_are_read_by_page_number() {
    let store = Store::new(&Variant::without(&["Query.displayConnection"]), |name, variables, _| match name {
        "OffersByPage" => {
            let rows = variables["limit"].as_i64().unwrap();
            let first = (variables["page"].as_i64().unwrap() - 1) * rows;
            let displays: Vec<Value> = (first..(first + rows).min(130)).map(|id| display(id + 1)).collect();
            data(json!({ "displays": displays }))
        }
        _ => plain(name, variables),
    });
    let all: Vec<String> = (1..=130).map(|id| id.to_string()).collect();
    assert_eq!(ids(&stream(&store, Stream::Offers)), all);
}

#[test]
fn an_increment_follows_displays_products_variants_and_sizes() {
    let store = Store::new(&Variant::reference(), |name, variables, query| {
        let since = json!("2026-01-01T00:00:00+00:00");
        match name {
            "Introspection" => (0, Value::Null),
            "Offers" if query.contains("updatedAt: {") => {
                assert_eq!(variables["since"], since);
                data(page_of(vec![display(1)], None))
            }
            "Offers" if variables["products"] == json!([9]) => data(page_of(vec![display(2)], None)),
            "Offers" if variables["variants"] == json!([50, 51]) => data(page_of(vec![display(3)], None)),
            "Offers" => panic!("neither changed nor named: {variables}"),
            "ChangedProducts" => data(json!({ "products": [{ "id": 9 }] })),
            "ChangedVariants" => data(json!({ "productVariants": [] })),
            "ChangedSizes" => data(
                json!({ "productSizes": [{ "productVariant": { "id": 51 } }, { "productVariant": { "id": 50 } }, { "productVariant": { "id": 51 } }] }),
            ),
            other => panic!("nobody should ask `{other}`"),
        }
    });
    let since = Some("2026-01-01T00:00:00.75Z".parse().unwrap());
    let pages = block_on(pull_all(&store.open(), PullRequest { since, ..request(Stream::Offers) }));
    assert_eq!(ids(&pages), ["1", "2", "3"]);
    assert!(pages.iter().all(|page| page.total.is_none()));
}

#[test]
fn prices_are_the_variants_and_a_null_price_is_no_price() {
    let store = Store::new(&Variant::reference(), |name, variables, _| match name {
        "Pricelists" => data(json!({ "pricelists": [
            { "id": 4, "name": "SEK", "status": "ACTIVE", "currency": { "code": "SEK" }, "store": { "id": 1 } },
            { "id": 5, "name": "Old", "status": "INACTIVE", "currency": { "code": "EUR" }, "store": { "id": 1 } },
            { "id": 6, "name": "Other store", "status": "ACTIVE", "currency": { "code": "EUR" }, "store": { "id": 2 } },
            { "id": 7, "name": "JPY", "status": "ACTIVE", "currency": { "code": "JPY" }, "store": { "id": 1 } }] })),
        "Prices" if variables["pricelist"] == json!([4]) => {
            data(json!({ "pricelists": [{ "id": 4, "currency": { "code": "SEK" }, "prices": [
            { "price": { "value": 129.5, "valueInCents": "12950" }, "productVariant": { "id": 50 } },
            { "price": null, "productVariant": { "id": 51 } }] }] }))
        }
        "Prices" => data(json!({ "pricelists": [{ "id": 7, "currency": { "code": "JPY" }, "prices": [
            { "price": { "value": 1500, "valueInCents": 150_000 }, "productVariant": { "id": 50 } }] }] })),
        _ => plain(name, variables),
    });
    let pages = stream(&store, Stream::Prices);
    assert_eq!(ids(&pages), ["50=129.50 SEK", "50=1500 JPY"]);
}

pub(crate) fn stock(name: &str, variables: &Value) -> (u16, Value) {
    let row = |size: i64, free: i64, offset: i64| json!({ "freeToAllocateQuantity": free, "productSize": { "id": size, "preorder": false, "productVariant": { "stockOffset": offset } } });
    match name {
        "StockPlan" => data(json!({
            "warehouses": [
                { "id": 1, "name": "Main", "status": "ACTIVE", "allocationRules": [{ "id": 8 }] },
                { "id": 2, "name": "Shop", "status": "ACTIVE", "allocationRules": [{ "id": 9 }] },
                { "id": 3, "name": "Closed", "status": "INACTIVE", "allocationRules": [{ "id": 8 }] },
                { "id": 4, "name": "Elsewhere", "status": "ACTIVE", "allocationRules": [] }],
            "markets": [{ "id": 2, "allocationRule": { "id": 8 } }, { "id": 3, "allocationRule": null }],
            "stores": [{ "id": 1, "allocationRule": { "id": 9 } }, { "id": 2, "allocationRule": { "id": 7 } }] })),
        "Stock" if variables["name"] == "Main" => data(json!({ "warehouses": [{ "id": 1, "threshold": 2, "stock": [
            row(500, 10, 0), row(501, 10, 5), row(502, 1, 0), row(503, -4, 0)] }] })),
        "Stock" => data(json!({ "warehouses": [{ "id": 2, "threshold": null, "stock": [row(500, 7, 0)] }] })),
        _ => plain(name, variables),
    }
}

#[test]
fn stock_is_what_is_free_minus_what_is_held_back_of_warehouses_that_serve_the_market() {
    let store = Store::new(&Variant::reference(), |name, variables, _| stock(name, variables));
    // All markets: the second has no rule of its own, so its store's counts.
    let all = ["500@1=8", "501@1=5", "502@1=0", "503@1=0", "500@2=7"];
    assert_eq!(ids(&stream(&store, Stream::Inventory)), all);
    let one = store.open_with(&json!({ "store_id": 1, "market_id": 2 }), &[]);
    assert_eq!(ids(&block_on(pull_all(&one, request(Stream::Inventory)))), all[..4]);
}

#[test]
fn stock_that_cannot_be_read_is_reported_and_deletes_nothing() {
    let store = Store::new(&Variant::certain(), |name, variables, _| stock(name, variables));
    let pages = stream(&store, Stream::Inventory);
    assert_eq!((pages.len(), pages[0].skipped, pages[0].notices[0].code.as_str()), (1, 1, "stream_unreadable"));
    assert_eq!(store.asked(), ["Introspection"]);
}

#[test]
fn the_small_streams() {
    let fixtures: Value = serde_json::from_str(include_str!("fixtures/store.json")).unwrap();
    let store = Store::new(&Variant::reference(), move |name, variables, _| match &fixtures[name] {
        Value::Null => plain(name, variables),
        found => data(found.clone()),
    });
    for stream_name in
        ["stores", "markets", "pricelists", "languages", "categories", "locations", "tax_rules", "shipping_options"]
    {
        let pages = stream(&store, Stream::from(stream_name));
        let records: Vec<&Record> = pages.iter().flat_map(|page| &page.records).collect();
        assert_json_snapshot!(stream_name, records);
    }
}

#[test]
fn a_field_that_will_go_is_logged_once() {
    let store = Store::new(&Variant::reference(), |name, variables, _| match name {
        "Offers" => (
            0,
            json!({ "data": offers(variables), "extensions": { "deprecatedFieldsUsed": ["Field: Display.uri, reason: gone, date of removal: 2027-01-01"] } }),
        ),
        _ => plain(name, variables),
    });
    stream(&store, Stream::Offers);
    let reported = store.host.logs().iter().filter(|line| line.record.message.contains("remove a field")).count();
    assert_eq!(reported, 1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn every_row_arrives_once_however_many_there_are_and_however_they_are_cut(rows in 0_usize..450, limit in 1_u32..250, complexity in 1_u64..40_000) {
        let store = Store::new(&Variant::reference(), move |name, variables, _| match name {
            "Prices" => {
                let size = usize::try_from(variables["limit"].as_u64().unwrap()).unwrap();
                let start = (usize::try_from(variables["page"].as_u64().unwrap()).unwrap() - 1) * size;
                let prices: Vec<Value> = (start..(start + size).min(rows).max(start))
                    .map(|id| json!({ "price": { "value": 1, "valueInCents": 100 }, "productVariant": { "id": id } }))
                    .collect();
                (0, json!({ "data": { "pricelists": [{ "id": 4, "currency": { "code": "SEK" }, "prices": prices }] },
                    "extensions": { "complexity": complexity } }))
            }
            _ => plain(name, variables),
        });
        let connector = store.open_with(&json!({ "store_id": 1, "pricelist_id": 4 }), &[]);
        let pages = block_on(pull_all(&connector, PullRequest { limit, ..request(Stream::Prices) }));
        let expected: Vec<String> = (0..rows).map(|id| format!("{id}=1.00 SEK")).collect();
        prop_assert_eq!(ids(&pages), expected);
    }
}
