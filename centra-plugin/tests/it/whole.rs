//! What may not be whole is never taken for whole: lists that are cut in silence, schemas of which parts are lost.

use std::sync::atomic::{AtomicUsize, Ordering};

use connector_api::{
    Connector, ErrorCode, Retry,
    testing::block_on,
    wire::{Op, pull::Stream},
};
use serde_json::{Value, json};

use crate::{
    pull::{plain, stream},
    store::{Store, Variant, call, data, pull_all, request},
};

#[test]
fn a_list_that_may_be_cut_at_twenty_is_reported() {
    let store = Store::new(&Variant::reference(), |name, variables, _| match name {
        "Stores" => {
            let stores: Vec<Value> = (1..=20).map(|id| json!({ "id": id, "name": "s", "type": "WHOLESALE" })).collect();
            data(json!({ "stores": stores }))
        }
        _ => plain(name, variables),
    });
    let pages = stream(&store, Stream::Stores);
    assert_eq!(
        (pages[0].notices[0].code.as_str(), pages[0].skipped, pages[0].records.len()),
        ("list_may_be_cut", 1, 20)
    );
}

#[test]
fn what_hangs_on_a_list_that_may_be_cut_is_not_whole_either() {
    let store = Store::new(&Variant::reference(), |name, variables, _| match name {
        "Pricelists" => {
            let list = |id| json!({ "id": id, "status": "ACTIVE", "currency": { "code": "SEK" } });
            data(json!({ "pricelists": (1..=20).map(list).collect::<Vec<_>>() }))
        }
        "Prices" => data(
            json!({ "pricelists": [{ "id": variables["pricelist"][0], "currency": { "code": "SEK" }, "prices": [] }] }),
        ),
        "StockPlan" => {
            let market = |id| json!({ "id": id, "allocationRule": { "id": 9 } });
            data(json!({ "warehouses": [{ "id": 1, "status": "ACTIVE", "allocationRules": [{ "id": 9 }] }],
                "markets": (1..=20).map(market).collect::<Vec<_>>(), "stores": [] }))
        }
        "Stock" => data(json!({ "warehouses": [{ "id": 1, "stock": [] }] })),
        _ => plain(name, variables),
    });
    for part in [Stream::Prices, Stream::Inventory] {
        let pages = stream(&store, part.clone());
        assert_eq!((pages[0].skipped, pages[0].notices[0].code.as_str()), (1, "list_may_be_cut"), "{part}");
        assert!(pages[1..].iter().all(|page| page.skipped == 0), "{part}");
    }
    let chosen = store.open_with(&json!({ "store_id": 1, "market_id": 3 }), &[]);
    let pages = block_on(pull_all(&chosen, request(Stream::Inventory)));
    assert_eq!(pages[0].skipped, 0, "the market that counts was in the list");
}

#[test]
fn a_schema_of_which_parts_are_lost_is_asked_for_again_and_never_kept() {
    for losses in [1, usize::MAX] {
        let tries = AtomicUsize::new(0);
        let store = Store::new(&Variant::reference(), move |name, variables, _| {
            if name == "Introspection" && tries.fetch_add(1, Ordering::SeqCst) < losses {
                let error = json!({ "message": "Internal server error", "path": ["t3"] });
                return (200, json!({ "data": { "t3": null }, "errors": [error] }));
            }
            plain(name, variables)
        });
        let connector = store.open();
        let first = block_on(connector.pull(&call(&Op::Pull), request(Stream::Offers)));
        if losses == 1 {
            assert_eq!(first.unwrap().records.len(), 2);
            assert_eq!(store.asked(), ["Introspection", "Introspection", "Offers"]);
        } else {
            let error = first.unwrap_err();
            assert_eq!((error.code, error.retry), (ErrorCode::PlatformAnswerInvalid, Retry::Backoff));
            assert_eq!(store.asked().len(), 3);
            assert!(store.host.state().is_empty(), "{:?}", store.host.state());
        }
    }
}
