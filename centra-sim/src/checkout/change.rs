//! What each route does to a selection.

use axum::http::StatusCode;
use serde_json::{Map, Value, json};

use super::context::{Context, country_row, states};
use super::goods::Item;
use super::pricing::{VOUCHERS, payment_methods, price};
use super::selection::Selection;
use super::settings::{Quirk, StockMode};
use super::tax::is_zip;
use super::writer::Writer;
use crate::seed::base::RETAIL;
use crate::value::Kind;

/// Most pieces of one line.
const MOST: i64 = 10_000;

/// Applies routes to selections.
#[derive(Clone, Copy)]
pub(crate) struct Change<'a> {
    pub(crate) writer: Writer<'a>,
}

/// What came of it.
#[derive(Debug, Default)]
pub(crate) struct Changed {
    pub(crate) status: StatusCode,
    /// What the answer holds beside the selection.
    pub(crate) body: Map<String, Value>,
    /// Whether an e-mail address was given.
    pub(crate) email: bool,
    /// Whether an e-mail about the abandoned cart was asked for.
    pub(crate) abandonment_mail: bool,
    /// Whether the selection is left out of the answer.
    pub(crate) alone: bool,
}

impl Changed {
    pub(crate) fn error(status: StatusCode, field: &str, text: &str) -> Self {
        Self::alone(status, json!({ "errors": { field: text } }))
    }

    /// An answer without the selection.
    pub(crate) fn alone(status: StatusCode, body: Value) -> Self {
        let body = if let Value::Object(body) = body { body } else { Map::new() };
        Self { status, body, alone: true, ..Self::default() }
    }

    /// The selection joins the answer, unless it is an error.
    pub(crate) fn with(mut self, writer: Writer<'_>, selection: &Selection) -> Self {
        if !self.alone {
            let mut whole = writer.selection(selection);
            whole.append(&mut self.body);
            self.body = whole;
        }
        self
    }
}

impl Change<'_> {
    /// Does what a route asks for.
    pub(crate) fn apply(self, selection: &mut Selection, method: &str, parts: &[&str], input: &Value) -> Changed {
        let decoded: Vec<String> = parts.iter().map(|part| percent_decoded(part)).collect();
        let parts: Vec<&str> = decoded.iter().map(String::as_str).collect();
        match (method, parts.as_slice()) {
            ("GET", ["selection"]) => Changed::default(),
            ("PUT", ["selection"]) => self.context(selection, input),
            ("PUT", ["countries", country]) => self.country(selection, country, None),
            ("PUT", ["countries", country, "states", state]) => self.country(selection, country, Some(state)),
            ("PUT", ["languages", language]) => Self::language(selection, language),
            ("PUT", ["markets", market]) => self.context(selection, &json!({ "market": market })),
            ("POST", ["items", "bundles", item]) => self.add_bundle(selection, item, input),
            ("POST", ["items", item]) => self.add(selection, item, 1),
            ("POST", ["items", item, "quantity", quantity]) => {
                self.add(selection, item, quantity.parse().unwrap_or(-1))
            }
            ("PUT", ["items"]) => self.bulk(selection, input),
            ("PUT" | "DELETE" | "POST", ["lines", line, rest @ ..]) => self.line(selection, method, line, rest),
            ("PUT", ["shipping-methods", wanted]) => self.shipping(selection, wanted),
            ("PUT", ["payment-methods", wanted]) => self.payment(selection, wanted),
            ("PUT", ["payment-fields"]) => fields(selection, input),
            ("POST", ["vouchers"]) => add_voucher(selection, input["voucher"].as_str().unwrap_or_default()),
            ("DELETE", ["vouchers", code]) => remove_voucher(selection, code),
            _ => Changed::error(StatusCode::NOT_FOUND, "uri", "not found"),
        }
    }

    /// `PUT selection`: market, pricelist, country and language, all checked before any is taken.
    pub(crate) fn context(self, selection: &mut Selection, input: &Value) -> Changed {
        let view = self.writer.view;
        let (mut basket, mut language) = (selection.basket.clone(), selection.language.clone());
        for (field, kind) in [("market", Kind::Market), ("pricelist", Kind::Pricelist)] {
            let Some(id) = whole(&input[field]) else { continue };
            if !view.exists(kind, id) || view.references(kind, id, "store") != [RETAIL] {
                return Changed::error(StatusCode::NOT_FOUND, field, "not found");
            }
            if field == "market" { basket.market = Some(id) } else { basket.pricelist = Some(id) }
        }
        let (is_refused, is_ignored) =
            (self.writer.settings.has(Quirk::CountryRefused), self.writer.settings.has(Quirk::CountryIgnored));
        if let Some(country) = input["country"].as_str().filter(|_| !is_ignored) {
            if is_refused || country_row(view, country).is_none() {
                return Changed::error(StatusCode::NOT_FOUND, "country", "country not found");
            }
            if basket.country.as_deref() != Some(country) {
                basket.state = None;
            }
            basket.country = Some(country.to_owned());
        }
        if let Some(wanted) = input["language"].as_str() {
            if !["en", "sv"].contains(&wanted) {
                return Changed::error(StatusCode::NOT_FOUND, "language", "language not found");
            }
            language = Some(wanted.to_owned());
        }
        selection.basket = basket;
        selection.language = language;
        self.without_unavailable(selection)
    }

    pub(crate) fn country(self, selection: &mut Selection, country: &str, state: Option<&str>) -> Changed {
        if country_row(self.writer.view, country).is_none() {
            return Changed::error(StatusCode::NOT_FOUND, "country", "country not found");
        }
        if state.is_some_and(|state| !states(self.writer.view, country).iter().any(|(code, _)| code == state)) {
            return Changed::error(StatusCode::NOT_FOUND, "state", "state not found");
        }
        selection.basket.country = Some(country.to_owned());
        selection.basket.state = state.map(str::to_owned);
        self.without_unavailable(selection)
    }

    pub(crate) fn language(selection: &mut Selection, language: &str) -> Changed {
        if !["en", "sv"].contains(&language) {
            return Changed::error(StatusCode::NOT_FOUND, "language", "language not found");
        }
        selection.language = Some(language.to_owned());
        Changed::default()
    }

    /// A new place may sell other things.
    fn without_unavailable(self, selection: &mut Selection) -> Changed {
        let context = self.context_of(selection);
        let view = self.writer.view;
        let for_sale =
            |text: &str| Item::read(view, text).and_then(|item| item.price_in_cart(view, &context, text)).is_some();
        let gone: Vec<Value> = selection
            .lines
            .extract_if(.., |line| !for_sale(&line.item))
            .map(|line| unavailable(&line.item, line.quantity, 0))
            .collect();
        let mut changed = Changed::default();
        if !gone.is_empty() {
            changed.body.insert("unavailable".to_owned(), gone.into());
        }
        changed
    }

    fn context_of(self, selection: &Selection) -> Context {
        let basket = &selection.basket;
        Context::of(self.writer.view, basket.country.as_deref(), basket.market, basket.pricelist)
    }

    pub(crate) fn add(self, selection: &mut Selection, item: &str, quantity: i64) -> Changed {
        if !(1..=MOST).contains(&quantity) {
            return Changed::error(StatusCode::BAD_REQUEST, "quantity", "not a quantity");
        }
        let view = self.writer.view;
        let Some(found) = Item::read(view, item) else {
            return Changed::error(StatusCode::NOT_FOUND, "item", "product item not found");
        };
        if found.price_in_cart(view, &self.context_of(selection), item).is_none() {
            return Changed::error(StatusCode::NOT_FOUND, "item", "product item not found");
        }
        let held: i64 = selection.lines.iter().filter(|line| line.item == item).map(|line| line.quantity).sum();
        let twice = held == 0 && self.writer.settings.has(Quirk::AddsTwice);
        let quantity = if twice { 2 * quantity } else { quantity };
        let (granted, missing) = self.granted(selection, (found, item), held, quantity);
        if granted > 0 {
            match selection.lines.iter_mut().find(|line| line.item == item) {
                Some(line) => line.quantity += granted,
                None => selection.add(item, granted),
            }
        }
        self.short(missing.into_iter().collect())
    }

    /// `POST items/bundles/{item}`: a flexible bundle with what was chosen. The body's form is a guess: Centra's page was not read.
    pub(crate) fn add_bundle(self, selection: &mut Selection, item: &str, input: &Value) -> Changed {
        let mut text = item.to_owned();
        for own in input["sections"].as_array().into_iter().flatten() {
            let section = whole(&own["section"]).or_else(|| whole(&own["sectionId"])).unwrap_or(0);
            let chosen = own["item"].as_str().unwrap_or_default();
            text.push_str(&format!("+{section}:{chosen}"));
        }
        self.add(selection, &text, whole(&input["quantity"]).unwrap_or(1))
    }

    /// How much of an item may be added beside what is held, and what to say about the rest.
    fn granted(
        self,
        selection: &Selection,
        (item, text): (Item, &str),
        held: i64,
        wanted: i64,
    ) -> (i64, Option<Value>) {
        if self.writer.settings.stock != StockMode::Aggressive {
            return (wanted, None);
        }
        match item.stock_in_cart(self.writer.view, self.context_of(selection).market, text) {
            Some(stock) if stock < held + wanted => {
                let granted = (stock - held).max(0);
                (granted, Some(unavailable(&format!("{}-{}", item.shown, item.size), wanted, granted)))
            }
            _ => (wanted, None),
        }
    }

    fn short(self, missing: Vec<Value>) -> Changed {
        let mut changed = Changed::default();
        if !missing.is_empty() {
            changed.body.insert("errors".to_owned(), json!({ "item": "not enough in stock" }));
            if !self.writer.settings.has(Quirk::SoldOutUnlisted) {
                changed.body.insert("unavailable".to_owned(), missing.into());
            }
            if self.writer.settings.has(Quirk::SoldOut410) {
                changed.status = StatusCode::GONE;
            }
        }
        changed
    }

    /// `PUT items`: lines get another quantity, items come in; what fails is listed, the rest is done.
    pub(crate) fn bulk(self, selection: &mut Selection, input: &Value) -> Changed {
        let entries = |name: &str, key: &str| -> Option<Vec<(String, i64)>> {
            let Some(list) = input[name].as_array() else { return Some(vec![]) };
            list.iter().map(|entry| Some((entry[key].as_str()?.to_owned(), whole(&entry["quantity"])?))).collect()
        };
        let (Some(lines), Some(items)) = (entries("lines", "line"), entries("items", "item")) else {
            return Changed::error(StatusCode::BAD_REQUEST, "items", "cannot be read");
        };
        if lines.iter().any(|(line, _)| !selection.lines.iter().any(|own| own.id == *line)) {
            return Changed::error(StatusCode::NOT_FOUND, "line", "line not found");
        }
        let twice = |item: &str| items.iter().filter(|(other, _)| other == item).count() > 1;
        if items.iter().any(|(item, _)| twice(item) || selection.lines.iter().any(|own| own.item == *item)) {
            return Changed::error(StatusCode::NOT_ACCEPTABLE, "items", "item is in the selection already");
        }
        let before = selection.clone();
        let mut errors = Map::new();
        let mut missing = Vec::new();
        for (line, quantity) in lines {
            let Some(index) = selection.lines.iter().position(|own| own.id == line) else { continue };
            if quantity <= 0 {
                selection.lines.remove(index);
                continue;
            }
            let item = selection.lines[index].item.clone();
            let held = selection.lines[index].quantity;
            match Item::read(self.writer.view, &item) {
                Some(found) if quantity > held => {
                    let (granted, short) = self.granted(selection, (found, &item), held, quantity - held);
                    selection.lines[index].quantity += granted;
                    missing.extend(short);
                }
                _ => selection.lines[index].quantity = quantity,
            }
        }
        for (item, quantity) in items {
            let changed = self.add(selection, &item, quantity);
            if changed.alone {
                let text = changed.body["errors"].as_object().and_then(|errors| errors.values().next().cloned());
                errors.insert(item, text.unwrap_or_default());
            } else if let Some(Value::Array(short)) = changed.body.get("unavailable") {
                missing.extend(short.iter().cloned());
            }
        }
        if !errors.is_empty() && self.writer.settings.has(Quirk::BulkAllOrNothing) {
            *selection = before;
            return Changed::error(StatusCode::BAD_REQUEST, "items", "product item not found");
        }
        let mut changed = self.short(missing);
        if !errors.is_empty() {
            changed.body.insert("errors".to_owned(), Value::Object(errors));
        }
        changed
    }

    pub(crate) fn line(self, selection: &mut Selection, method: &str, line: &str, rest: &[&str]) -> Changed {
        let Some(index) = selection.lines.iter().position(|own| own.id == line) else {
            return Changed::error(StatusCode::NOT_FOUND, "line", "line not found");
        };
        let held = selection.lines[index].quantity;
        let by = match rest {
            [] => None,
            ["quantity", quantity] => quantity.parse::<i64>().ok(),
            _ => return Changed::error(StatusCode::NOT_FOUND, "uri", "not found"),
        };
        let quantity = match (method, by) {
            ("PUT", Some(quantity)) => quantity,
            ("DELETE", by) => held - by.unwrap_or(held),
            (_, by) => held + by.unwrap_or(1),
        };
        self.bulk(selection, &json!({ "lines": [{ "line": line, "quantity": quantity }] }))
    }

    pub(crate) fn shipping(self, selection: &mut Selection, wanted: &str) -> Changed {
        let ledger = price(self.writer.view, self.writer.settings, &selection.priced());
        if !ledger.methods.iter().any(|method| method.uri == wanted) {
            return Changed::error(StatusCode::NOT_FOUND, "shippingMethod", "shipping method not found");
        }
        selection.basket.shipping_method = Some(wanted.to_owned());
        Changed::default()
    }

    pub(crate) fn payment(self, selection: &mut Selection, wanted: &str) -> Changed {
        if !payment_methods(self.writer.settings).any(|(uri, ..)| uri == wanted) {
            return Changed::error(StatusCode::NOT_FOUND, "paymentMethod", "payment method not found");
        }
        selection.basket.payment_method = Some(wanted.to_owned());
        Changed::default()
    }
}

/// `PUT payment-fields`: addresses; where there is no shipping address, the other one counts.
pub(crate) fn fields(selection: &mut Selection, input: &Value) -> Changed {
    let given = |name: &str| input[name].as_object().cloned();
    let (address, shipping) = (given("address"), given("shippingAddress"));
    let counts = shipping.as_ref().or(address.as_ref());
    let text =
        |name: &str| counts.and_then(|own| own.get(name)).and_then(Value::as_str).filter(|text| !text.is_empty());
    let country = text("country").or(selection.basket.country.as_deref());
    if let (Some(country), Some(zip)) = (country, text("zipCode"))
        && !is_zip(country, zip)
    {
        return Changed::error(StatusCode::BAD_REQUEST, "zipcode", "not a valid zip code");
    }
    if counts.is_some() {
        selection.basket.zip = text("zipCode").map(str::to_owned);
        selection.basket.country = text("country").map(str::to_owned).or(selection.basket.country.take());
        if let Some(state) = text("state") {
            selection.basket.state = Some(state.to_owned());
        }
    }
    let has_email = |own: &Option<Map<String, Value>>| own.as_ref().is_some_and(|own| own.contains_key("email"));
    let email = input["email"].is_string() || has_email(&address) || has_email(&shipping);
    selection.address = address.unwrap_or_default();
    selection.shipping_address = shipping.unwrap_or_default();
    let abandonment_mail = email && input["cartAbandonmentEmail"] == true;
    Changed { email, abandonment_mail, ..Changed::default() }
}

pub(crate) fn add_voucher(selection: &mut Selection, code: &str) -> Changed {
    if !VOUCHERS.iter().any(|(known, _)| *known == code) {
        return Changed::error(StatusCode::NOT_FOUND, "voucher", "voucher not found");
    }
    if !selection.basket.vouchers.iter().any(|own| own == code) {
        selection.basket.vouchers.push(code.to_owned());
    }
    Changed::default()
}

pub(crate) fn remove_voucher(selection: &mut Selection, code: &str) -> Changed {
    let Some(index) = selection.basket.vouchers.iter().position(|own| own == code) else {
        return Changed::error(StatusCode::NOT_FOUND, "voucher", "voucher not found");
    };
    selection.basket.vouchers.remove(index);
    Changed::default()
}

pub(crate) fn unavailable(item: &str, wanted: i64, available: i64) -> Value {
    let product = item.split('-').next().unwrap_or_default();
    json!({ "item": item, "product": product, "originalQuantity": wanted, "unavailable": wanted - available, "available": available })
}

/// A whole number, as number or text.
fn whole(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
}

fn percent_decoded(part: &str) -> String {
    let (bytes, mut decoded, mut index) = (part.as_bytes(), Vec::new(), 0);
    while let Some(byte) = bytes.get(index) {
        let hex = part.get(index + 1..index + 3).and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match (byte, hex) {
            (b'%', Some(hex)) => {
                decoded.push(hex);
                index += 2;
            }
            (b'+', _) => decoded.push(b' '),
            _ => decoded.push(*byte),
        }
        index += 1;
    }
    String::from_utf8_lossy(&decoded).into_owned()
}
