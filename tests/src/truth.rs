//! What the store itself says of its titles, prices and stock, asked without any connector, beside what a host has.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::{
    Sim,
    world::{records, variant_prices},
};

/// Rows of one question; the store allows as many.
const PAGE: usize = 200;

/// Facts by what they are of, such as `price of 12 in 3` and `19900 SEK`.
pub type Facts = BTreeMap<String, String>;

/// What the store says: of its first sales channel, and of all its warehouses.
pub fn of_store(sim: &Sim) -> Facts {
    let mut facts = Facts::new();
    pages(sim, "displays(limit: 200, page: PAGE) { id name }", |data| {
        let displays = list(&data["displays"]);
        facts.extend(displays.iter().map(|display| (title_of(&display["id"]), text(&display["name"]))));
        displays.len()
    });
    let prices = "prices(limit: 200, page: PAGE) { price { value } productVariant { productSizes { id } } }";
    pages(sim, &format!("pricelists(where: {{ storeId: 1 }}) {{ id currency {{ code }} {prices} }}"), |data| {
        let lists = list(&data["pricelists"]);
        for (pricelist, price) in lists.iter().flat_map(|own| list(&own["prices"]).iter().map(move |row| (own, row))) {
            let currency = text(&pricelist["currency"]["code"]);
            let Some(minor) = minor(&price["price"]["value"], &currency) else { continue };
            let sizes = list(&price["productVariant"]["productSizes"]).iter();
            facts.extend(sizes.map(|size| (price_of(&size["id"], &pricelist["id"]), format!("{minor} {currency}"))));
        }
        longest(lists, "prices")
    });
    let stock =
        "stock(limit: 200, page: PAGE) { freeToAllocateQuantity productSize { id productVariant { stockOffset } } }";
    pages(sim, &format!("warehouses {{ id threshold {stock} }}"), |data| {
        let warehouses = list(&data["warehouses"]);
        for (warehouse, row) in warehouses.iter().flat_map(|own| list(&own["stock"]).iter().map(move |row| (own, row)))
        {
            // A variant's own offset stands in for the warehouse's threshold.
            let offset = row["productSize"]["productVariant"]["stockOffset"].as_i64().filter(|offset| *offset > 0);
            let held_back = offset.or(warehouse["threshold"].as_i64()).unwrap_or(0);
            let available = (row["freeToAllocateQuantity"].as_i64().unwrap() - held_back).max(0);
            facts.insert(stock_of(&row["productSize"]["id"], &warehouse["id"]), available.to_string());
        }
        longest(warehouses, "stock")
    });
    facts
}

/// What a host exports of the same.
pub fn of_export(export: &str) -> Facts {
    let mut facts = Facts::new();
    for offer in records(export, "offers") {
        facts.insert(title_of(&offer["id"]), text(&offer["title"]["default"]));
    }
    for price in variant_prices(export) {
        let amount = &price["amount"];
        let value = format!("{} {}", text(&amount["amount_minor"]), text(&amount["currency"]));
        facts.insert(price_of(&price["variant_id"], &price["pricelist_id"]), value);
    }
    for level in records(export, "inventory") {
        facts.insert(stock_of(&level["variant_id"], &level["location_id"]), text(&level["available"]));
    }
    facts
}

/// What is not the same in both, in words; the first few of it.
pub fn differences(store: &Facts, host: &Facts) -> Vec<String> {
    let names = store.keys().chain(host.keys().filter(|name| !store.contains_key(*name)));
    let different = names.filter(|name| store.get(*name) != host.get(*name));
    let shown = different.map(|name| format!("{name}: store {:?}, host {:?}", store.get(name), host.get(name)));
    shown.take(20).collect()
}

fn title_of(offer: &Value) -> String {
    format!("title of {}", text(offer))
}

fn price_of(size: &Value, pricelist: &Value) -> String {
    format!("price of {} in {}", text(size), text(pricelist))
}

fn stock_of(size: &Value, warehouse: &Value) -> String {
    format!("stock of {} at {}", text(size), text(warehouse))
}

/// Asks page after page, until one is not full.
fn pages(sim: &Sim, question: &str, mut read: impl FnMut(&Value) -> usize) {
    for page in 1.. {
        if read(&sim.query(&format!("{{ {} }}", question.replace("PAGE", &page.to_string())))) < PAGE {
            return;
        }
    }
}

fn longest(rows: &[Value], name: &str) -> usize {
    rows.iter().map(|row| list(&row[name]).len()).max().unwrap_or(0)
}

/// A list, which is absent when it is empty.
fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// Ids are numbers in one place and texts in another.
fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// A decimal number in the currency's smallest unit; `None` for no price.
fn minor(value: &Value, currency: &str) -> Option<i64> {
    let digits = if currency == "JPY" { 0 } else { 2 };
    let decimal = value.is_number().then(|| value.to_string())?;
    let (whole, part) = decimal.split_once('.').unwrap_or((&decimal, ""));
    assert!(part.trim_end_matches('0').len() <= digits, "{decimal} {currency} is no whole number of the smallest unit");
    Some(format!("{whole}{part:0<digits$.digits$}").parse().unwrap())
}
