//! Many carts at sale prices, in both cart interfaces and in the simulator's own ledger, which must come to the same totals.

use centra_sim::checkout::{self, basket::Basket, ledger};
use centra_sim::limits::Quota;
use centra_sim::sale::settings::{Overlap, Rounding, Rules};
use centra_sim::store::Store;
use centra_sim::webhook::chance::Chance;
use centra_sim::{Seed, SimConfig, direct, sale, storefront};
use serde_json::{Value, json};

const PLACES: [(&str, Option<&str>, i64, i64); 5] =
    [("SE", None, 1, 1), ("DE", None, 2, 2), ("US", Some("CA"), 3, 3), ("JP", None, 3, 4), ("GB", None, 3, 3)];

fn store(rules: Rules) -> Store {
    let config = SimConfig {
        seed: Seed::Demo,
        quota: Quota::UNLIMITED,
        checkout: checkout::Settings {
            secret: Some("checkout".to_owned()),
            automatic_percent: Some(4),
            ..checkout::Settings::default()
        },
        storefront: storefront::Settings {
            session_token: Some("carts".to_owned()),
            secret: Some("secret".to_owned()),
            ..storefront::Settings::default()
        },
        sale: sale::Settings { rules, seeded: true, ..sale::Settings::default() },
        ..SimConfig::default()
    };
    Store::open(config, "https://shop.centra.com".to_owned()).unwrap()
}

/// A cart: place, lines, codes.
struct Wanted {
    country: &'static str,
    state: Option<&'static str>,
    market: i64,
    pricelist: i64,
    lines: Vec<(String, i64)>,
    codes: Vec<&'static str>,
}

fn wanted(chance: &mut Chance) -> Wanted {
    let (country, state, market, pricelist) = PLACES[chance.below(PLACES.len())];
    let first = 1 + chance.below(10);
    let lines = (0..=chance.below(4)).map(|step| {
        let variant = 10 * (first + 5 * step);
        (format!("{variant}-{variant}0"), i64::try_from(1 + chance.below(3)).unwrap())
    });
    let lines = lines.collect();
    let codes = ["TEN", "FIVE OFF", "FREESHIP"].into_iter().filter(|_| chance.happens(0.3)).collect();
    Wanted { country, state, market, pricelist, lines, codes }
}

fn by_checkout(store: &Store, wanted: &Wanted) -> f64 {
    let mut token = String::new();
    let mut call = |method: &str, path: &str, body: &Value| {
        let headers = [("authorization", "Bearer checkout"), ("API-token", token.as_str())];
        let (status, body) =
            direct::ask(store, method, &format!("/api/checkout/{path}"), &headers, body.to_string().as_bytes());
        assert_eq!(status, 200, "{path}");
        let answer: Value = serde_json::from_slice(&body).unwrap();
        answer["token"].as_str().unwrap().clone_into(&mut token);
        answer
    };
    let place = json!({ "country": wanted.country, "market": wanted.market, "pricelist": wanted.pricelist });
    call("PUT", "selection", &place);
    for (item, quantity) in &wanted.lines {
        call("POST", &format!("items/{item}/quantity/{quantity}"), &Value::Null);
    }
    for code in &wanted.codes {
        call("POST", "vouchers", &json!({ "voucher": code }));
    }
    let address = json!({ "address": { "country": wanted.country, "state": wanted.state, "zipCode": "90210" } });
    call("PUT", "payment-fields", &address)["selection"]["totals"]["grandTotalPriceAsNumber"].as_f64().unwrap()
}

fn by_storefront(store: &Store, wanted: &Wanted) -> f64 {
    let mut document = format!(
        "mutation ($address: AddressInput!) {{ setCountryState(countryCode: {:?}) {{ userErrors {{ message }} }} setMarket(id: {}) {{ userErrors {{ message }} }} setPricelist(id: {}) {{ userErrors {{ message }} }}",
        wanted.country, wanted.market, wanted.pricelist
    );
    for (place, (item, quantity)) in wanted.lines.iter().enumerate() {
        document += &format!(" l{place}: addItem(item: {item:?}, quantity: {quantity}) {{ userErrors {{ message }} }}");
    }
    for (place, code) in wanted.codes.iter().enumerate() {
        document += &format!(" v{place}: addVoucher(code: {code:?}) {{ userErrors {{ message }} }}");
    }
    document += " setAddress(shippingAddress: $address, sendCartAbandonmentEmail: false) { userErrors { message } selection { checkout { totals { type price { value } } } } } }";
    let variables = json!({ "address": { "country": wanted.country, "state": wanted.state, "zipCode": "90210" } });
    let headers = [("authorization", "Bearer carts"), ("X-Shared-Secret", "secret")];
    let body = json!({ "query": document, "variables": variables }).to_string();
    let (status, body) = direct::ask(store, "POST", "/api-session", &headers, body.as_bytes());
    let answer: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!((status, answer.get("errors")), (200, None), "{answer}");
    let fields = answer["data"].as_object().unwrap();
    assert!(fields.values().all(|payload| payload["userErrors"] == json!([])), "{answer}");
    let totals = answer["data"]["setAddress"]["selection"]["checkout"]["totals"].as_array().unwrap();
    totals.iter().find(|row| row["type"] == "GRAND_TOTAL").unwrap()["price"]["value"].as_f64().unwrap()
}

#[test]
fn both_interfaces_come_to_the_totals_of_the_ledger() {
    for (rules, seed) in [
        (Rules::default(), 1),
        (Rules { overlap: Overlap::Stacked, ..Rules::default() }, 2),
        (Rules { rounding: Rounding::Unrounded, ..Rules::default() }, 3),
    ] {
        let store = store(rules);
        let mut chance = Chance::new(seed);
        let mut reduced = 0;
        for _ in 0..100 {
            let wanted = wanted(&mut chance);
            let lines = wanted.lines.iter().map(|(item, quantity)| json!({ "item": item, "quantity": quantity }));
            let basket: Basket = serde_json::from_value(json!({
                "country": wanted.country, "state": wanted.state, "zip": "90210", "market": wanted.market, "pricelist": wanted.pricelist,
                "vouchers": wanted.codes, "lines": lines.collect::<Vec<_>>() }))
            .unwrap();
            let ledger = ledger::priced(&store, &basket);
            reduced += usize::from(ledger.lines.iter().any(|line| line.unit < line.unit_before));
            let unit = 10_f64.powi(i32::try_from(ledger.digits).unwrap());
            for reported in [by_checkout(&store, &wanted), by_storefront(&store, &wanted)] {
                assert_eq!(format!("{:.0}", reported * unit), ledger.total.to_string(), "{basket:?}");
            }
        }
        assert!(reduced > 50, "most carts hold something on sale: {reduced}");
    }
}
