//! Quotes against the simulated store's own ledger, to the minor unit, over generated carts: from synced data, and by the store
//! itself through the whole chain of host, plugin and Checkout API.

use std::collections::BTreeMap;

use e2e::{World, api::Server, quote_desk::QuoteDesk};
use serde_json::{Value, json};

/// Carts that are compared; `CARTS` in the environment asks for more.
const CARTS: u32 = 300;
/// Carts that the store prices itself; the plugin's own tests compare a thousand.
const REALTIME_CARTS: u32 = 120;

/// Country, state, postal code, currency.
const PLACES: [(&str, &str, &str, &str); 9] = [
    ("SE", "", "113 46", "SEK"),
    ("DE", "", "10115", "EUR"),
    ("FI", "", "00100", "EUR"),
    ("US", "CA", "94103", "USD"),
    ("US", "NY", "10001-1234", "USD"),
    ("US", "NY", "14604", "USD"),
    ("US", "TX", "73301", "USD"),
    ("NO", "", "0150", "USD"),
    ("JP", "", "100-0001", "JPY"),
];

struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(limit).unwrap()).unwrap()
    }
}

/// Ids of the store's two interfaces, each by the other.
struct Ids {
    /// Item of the checkout by variant.
    items: BTreeMap<String, String>,
    /// Id of a shipping option by its URI.
    options: BTreeMap<String, String>,
}

fn ids(world: &World) -> Ids {
    let data = world.sim.query(
        "{ displays(limit: 100) { displayItems { id productVariant { productSizes { id } } } } \
         shippingOptions { id uri } }",
    );
    let mut items = BTreeMap::new();
    for item in list(&data["displays"]).iter().flat_map(|display| list(&display["displayItems"])) {
        for size in list(&item["productVariant"]["productSizes"]) {
            items.insert(size["id"].to_string(), format!("{}-{}", item["id"], size["id"]));
        }
    }
    let option = |option: &Value| (option["uri"].as_str().unwrap().to_owned(), option["id"].to_string());
    Ids { items, options: list(&data["shippingOptions"]).iter().map(option).collect() }
}

/// A list, which is absent when it is empty.
fn list(value: &Value) -> Vec<Value> {
    value.as_array().cloned().unwrap_or_default()
}

fn minor(money: &Value) -> i64 {
    money["amount_minor"].as_i64().unwrap_or_else(|| panic!("{money} is no money"))
}

/// How many carts are compared.
fn carts(usual: u32) -> u32 {
    std::env::var_os("CARTS").and_then(|count| count.to_str()?.parse().ok()).unwrap_or(usual)
}

#[test]
fn local_quotes_equal_the_stores_ledger_to_the_minor_unit() {
    local_equals_ledger(&World::small());
}

#[test]
fn local_quotes_equal_the_stores_ledger_while_campaigns_reduce_its_prices() {
    local_equals_ledger(&World::start(&["--seed", "small", "--sale"]));
}

fn local_equals_ledger(world: &World) {
    let id = world.connect();
    world.sync(&id, &[]);
    let server = Server::start(&world.host);
    let path = format!("/v1/connections/{id}/quotes?source=local");
    compare(world, carts(CARTS), Codes::NotJudged, &|cart| {
        let answer = server.call(&server.operator, "POST", &path, cart);
        assert_eq!(answer.status, 200, "{cart}: {answer:#?}");
        answer.json()["quote"].clone()
    });
}

#[test]
fn realtime_quotes_equal_the_stores_ledger_to_the_minor_unit() {
    realtime_equals_ledger(&[]);
}

#[test]
fn realtime_quotes_equal_the_stores_ledger_while_campaigns_reduce_its_prices() {
    realtime_equals_ledger(&["--sale"]);
}

fn realtime_equals_ledger(options: &[&str]) {
    let desk = QuoteDesk::realtime(options, "");
    compare(&desk.world, carts(REALTIME_CARTS), Codes::Counted, &|cart| {
        let quote = desk.quote("?source=realtime", cart);
        assert_eq!(quote["source"], "realtime", "{quote:#}");
        quote
    });
}

/// What becomes of the codes of a cart.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Codes {
    /// The store counts them.
    Counted,
    /// Nobody does, and the quote says so.
    NotJudged,
}

/// The simulated store's codes, and one that it does not know.
const CODES: [&str; 4] = ["TEN", "FIVE OFF", "FREESHIP", "NO SUCH CODE"];

/// Compares quotes with the store's ledger, line by line and sum by sum. A third of the carts has a code, some have two.
fn compare(world: &World, carts: u32, codes: Codes, quote: &dyn Fn(&Value) -> Value) {
    let ids = ids(world);
    let variants: Vec<&String> = ids.items.keys().collect();
    let mut random = Random(0x51ab_1e5e_ed00_0001);
    let (mut lines_compared, mut methods_compared, mut codes_compared) = (0, 0, 0);
    for number in 0..carts {
        let (country, state, zip, currency) = PLACES[random.below(PLACES.len())];
        let mut wanted: BTreeMap<&str, usize> = BTreeMap::new();
        for _ in 0..=random.below(4) {
            wanted.insert(variants[random.below(variants.len())], 1 + random.below(4));
        }
        let line = |(variant, quantity): (&&str, &usize)| json!({ "id": variant, "variant_id": variant, "quantity": quantity });
        let mut ship_to = json!({ "country": country, "postal_code": zip });
        if !state.is_empty() {
            ship_to["region_code"] = state.into();
        }
        let mut cart = json!({ "currency": currency, "ship_to": ship_to,
            "lines": wanted.iter().map(line).collect::<Vec<_>>() });
        let mut given: Vec<&str> = (0..random.below(6).saturating_sub(3)).map(|_| CODES[random.below(4)]).collect();
        given.dedup();
        cart["discounts"] = given.iter().map(|code| json!({ "code": code })).collect();
        let first = quote(&cart);
        let methods = list(&first["shipping_methods"]);
        if !methods.is_empty() {
            cart["shipping_method_id"] = methods[random.below(methods.len())]["id"].clone();
        }
        let quoted = quote(&cart);

        // What cannot be delivered is not priced; what is not for sale is left to the ledger to leave out, too.
        let quoted_lines = list(&quoted["lines"]);
        let basket_lines: Vec<Value> = quoted_lines
            .iter()
            .filter(|line| line["availability"] != "out_of_stock")
            .map(|line| {
                let quantity = line["quantity"].as_u64().unwrap().max(1);
                json!({ "item": ids.items[line["id"].as_str().unwrap()], "quantity": quantity })
            })
            .collect();
        let chosen = cart["shipping_method_id"]
            .as_str()
            .map(|own| ids.options.iter().find(|(_, id)| *id == own).unwrap().0.clone());
        let ledger =
            world.sim.price(&json!({ "country": country, "state": (!state.is_empty()).then_some(state), "zip": zip,
            "lines": basket_lines, "shipping_method": chosen,
            "vouchers": if codes == Codes::Counted { given.clone() } else { vec![] } }));
        let reported = || format!("cart {number}: {cart:#}\nquoted {quoted:#}\nledger {ledger:#}");

        let sold: Vec<&Value> = quoted_lines.iter().filter(|line| line["quantity"] != 0).collect();
        let ledger_lines = ledger["lines"].as_array().unwrap();
        assert_eq!(sold.len(), ledger_lines.len(), "{}", reported());
        for (own, theirs) in sold.iter().zip(ledger_lines) {
            assert_eq!(minor(&own["unit_price"]), theirs["unit"].as_i64().unwrap(), "{}", reported());
            assert_eq!(minor(&own["total"]), theirs["total"].as_i64().unwrap(), "{}", reported());
            lines_compared += 1;
        }
        let mut theirs: Vec<(String, i64)> = ledger["methods"]
            .as_array()
            .unwrap()
            .iter()
            .map(|method| {
                // A code that takes shipping off does so for the delivery method that is chosen.
                let is_chosen = !methods.is_empty() && method["uri"] == ledger["selected"];
                let price = if is_chosen { &ledger["shipping"] } else { &method["price"] };
                (ids.options[method["uri"].as_str().unwrap()].clone(), price.as_i64().unwrap())
            })
            .collect();
        let mut own: Vec<(String, i64)> = list(&quoted["shipping_methods"])
            .iter()
            .map(|method| (method["id"].as_str().unwrap().to_owned(), minor(&method["price"])))
            .collect();
        theirs.sort();
        own.sort();
        methods_compared += own.len();
        assert_eq!(own, theirs, "{}", reported());
        let sum = |kind: &str| {
            let totals = quoted["totals"].as_array().unwrap();
            totals.iter().filter(|total| total["kind"] == kind).map(|total| minor(&total["amount"])).sum::<i64>()
        };
        let field = |name: &str| ledger[name].as_i64().unwrap();
        assert_eq!(
            (sum("subtotal"), sum("shipping"), sum("tax"), sum("total"), -sum("discount")),
            (field("items"), field("shipping"), field("tax"), field("total"), field("discount")),
            "{}",
            reported()
        );
        let said = list(&quoted["messages"]);
        for (index, code) in given.iter().enumerate() {
            let is_unknown = *code == "NO SUCH CODE";
            let message = if codes == Codes::NotJudged { "discount_not_judged" } else { "discount_refused" };
            let is_said = said.iter().any(|own| {
                own["code"] == message
                    && own["path"].as_str().is_some_and(|path| path.starts_with(&format!("/discounts/{index}")))
            });
            assert_eq!(is_said, codes == Codes::NotJudged || is_unknown, "{code}: {said:?}\n{}", reported());
            codes_compared += 1;
        }
    }
    let reported = format!("{lines_compared} {methods_compared} {codes_compared}");
    assert!(lines_compared > carts && methods_compared > carts as usize && codes_compared > carts / 4, "{reported}");
}
