//! Holds a platform's answer against the contract before anybody relies on it: one currency, the cart's own lines, no
//! amounts below zero, sums that add up. What does not pass is never shown; the cart is priced locally instead.

use std::collections::HashMap;

use connector_api::domain::{Cart, CartLine, Money, Quote, TotalKind};

/// What a connector says of a total that it cannot explain itself.
pub(super) const UNCLEAR: &str = "total_unclear";

/// Why an answer is not relied on.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Breach {
    /// Stable word.
    pub(super) code: &'static str,
    /// What is wrong, in one sentence.
    pub(super) text: String,
}

/// What is wrong with an answer.
pub(super) fn check(quote: &Quote, cart: &Cart) -> Result<(), Breach> {
    let contradictory = |text| Breach { code: "realtime_contradictory", text };
    currency(quote, cart).map_err(contradictory)?;
    lines(quote, cart).map_err(contradictory)?;
    amounts(quote).map_err(contradictory)?;
    // Of sums that do not add up a connector may say so itself: then nobody takes them for certain.
    if quote.messages.iter().any(|message| message.code == UNCLEAR) {
        return one_total(quote).map(drop).map_err(contradictory);
    }
    sums(quote).map_err(|text| Breach { code: UNCLEAR, text })
}

fn currency(quote: &Quote, cart: &Cart) -> Result<(), String> {
    if quote.currency != cart.currency {
        return Err(format!("it is in {}, the cart in {}", quote.currency, cart.currency));
    }
    let lines = quote.lines.iter().flat_map(|line| [line.unit_price, line.list_price, line.total, line.tax]).flatten();
    let methods =
        quote.shipping_methods.iter().flat_map(|method| [Some(method.price), method.tax, method.cart_total]).flatten();
    let totals = quote.totals.iter().map(|total| total.amount);
    let taxes = quote.taxes.iter().map(|tax| tax.amount);
    let discounts = quote.discounts.iter().filter_map(|discount| discount.amount);
    let mut amounts = lines.chain(methods).chain(totals).chain(taxes).chain(discounts);
    match amounts.find(|amount| amount.currency != cart.currency) {
        Some(Money { currency, .. }) => Err(format!("an amount is in {currency}, the cart in {}", cart.currency)),
        None => Ok(()),
    }
}

fn lines(quote: &Quote, cart: &Cart) -> Result<(), String> {
    let mut wanted: HashMap<&str, &CartLine> = cart.lines.iter().map(|line| (line.id.as_str(), line)).collect();
    for line in &quote.lines {
        match wanted.remove(line.id.as_str()) {
            None => return Err(format!("line `{}` is not in the cart, or appears twice", line.id)),
            Some(asked) if line.quantity > asked.quantity => {
                return Err(format!("line `{}` has a larger quantity than the cart", line.id));
            }
            Some(asked) if line.variant_id != asked.variant_id => {
                return Err(format!("line `{}` is of variant `{}`, not of the cart's", line.id, line.variant_id));
            }
            Some(_) => {}
        }
    }
    if quote.lines.is_empty() || wanted.is_empty() {
        return Ok(());
    }
    Err(format!("{} of the cart's lines are missing", wanted.len()))
}

/// Nothing costs less than nothing, and the way chosen is one of those offered.
fn amounts(quote: &Quote) -> Result<(), String> {
    let lines = quote.lines.iter().flat_map(|line| {
        let amounts = [line.unit_price, line.list_price, line.total];
        amounts.map(|amount| (format!("line `{}`", line.id), amount))
    });
    let methods = quote.shipping_methods.iter().flat_map(|method| {
        // Tax that is taken out of the price of an exempt sale is below zero.
        let amounts = [Some(method.price), method.cart_total];
        amounts.map(|amount| (format!("shipping method `{}`", method.id), amount))
    });
    let is_above = |kind: &TotalKind| {
        matches!(kind, TotalKind::Subtotal | TotalKind::Shipping | TotalKind::Fee | TotalKind::Total)
    };
    let totals = quote.totals.iter().filter(|total| is_above(&total.kind));
    let totals = totals.map(|total| (format!("total `{}`", total.kind), Some(total.amount)));
    let mut all = lines.chain(methods).chain(totals);
    if let Some((what, Some(amount))) = all.find(|(_, amount)| amount.is_some_and(|amount| amount.amount_minor < 0)) {
        return Err(format!("{what} is below zero ({amount})"));
    }
    let is_off = |kind: &TotalKind| matches!(kind, TotalKind::ItemsDiscount | TotalKind::Discount);
    if let Some(total) = quote.totals.iter().find(|total| is_off(&total.kind) && total.amount.amount_minor > 0) {
        return Err(format!("total `{}` adds {} but must reduce the total", total.kind, total.amount));
    }
    let methods = &quote.shipping_methods;
    match &quote.selected_shipping_id {
        Some(chosen) if !methods.is_empty() && methods.iter().all(|method| method.id != *chosen) => {
            Err(format!("shipping method `{chosen}` is counted, but not among those listed"))
        }
        _ => Ok(()),
    }
}

fn one_total(quote: &Quote) -> Result<i128, String> {
    let mut wholes = quote.totals.iter().filter(|total| total.kind == TotalKind::Total);
    match (wholes.next(), wholes.next()) {
        (Some(whole), None) => Ok(whole.amount.amount_minor.into()),
        _ => Err("it must have exactly one `total`".to_owned()),
    }
}

/// The lines make up their sum, and the parts the total; tax that is inside the prices is not counted again.
fn sums(quote: &Quote) -> Result<(), String> {
    let whole = one_total(quote)?;
    let (mut parts, mut tax, mut goods) = (0_i128, 0_i128, None);
    for total in &quote.totals {
        let minor = i128::from(total.amount.amount_minor);
        match total.kind {
            TotalKind::Total => continue,
            TotalKind::Tax => tax += minor,
            _ => parts += minor,
        }
        if total.kind == TotalKind::Subtotal {
            *goods.get_or_insert(0) += minor;
        }
    }
    let lines: Option<i128> = quote.lines.iter().map(|line| Some(i128::from(line.total?.amount_minor))).sum();
    if let (Some(goods), Some(lines)) = (goods, lines.filter(|_| !quote.lines.is_empty()))
        && (goods - lines).unsigned_abs() > quote.lines.len().max(2) as u128
    {
        return Err(format!("its lines add up to {lines}, its goods total is {goods} (minor units)"));
    }
    let taxes_on_top = || quote.taxes.iter().filter(|tax| !tax.included);
    let on_top: i128 = taxes_on_top().map(|tax| i128::from(tax.amount.amount_minor)).sum();
    // Where no tax is listed one by one, its sum may be inside the prices or on top.
    let may_be_on_top = quote.taxes.is_empty() || taxes_on_top().next().is_some();
    if parts + on_top == whole || (may_be_on_top && parts + tax == whole) {
        return Ok(());
    }
    Err(format!("its parts add up to {parts}, its total is {whole} (minor units)"))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn judged(changes: &Value) -> Result<(), Breach> {
        let cart = json!({ "id": "c", "currency": "SEK", "lines": [{ "id": "1", "variant_id": "7", "quantity": 2 }] });
        let money = |minor: i64| json!({ "amount_minor": minor, "currency": "SEK" });
        let part = json!({ "source": "realtime" });
        let parts = json!({ "prices": part, "discounts": part, "shipping": part, "tax": part, "availability": part });
        let mut quote = json!({
            "source": "realtime", "parts": parts, "currency": "SEK",
            "lines": [{ "id": "1", "variant_id": "7", "quantity": 2, "total": money(20_000), "availability": "in_stock" }],
            "totals": [{ "kind": "subtotal", "amount": money(20_000) }, { "kind": "shipping", "amount": money(4_900) },
                { "kind": "tax", "amount": money(4_980) }, { "kind": "total", "amount": money(24_900) }],
            "taxes": [{ "title": "VAT", "amount": money(4_980), "included": true }],
            "computed_at": "2026-01-01T00:00:00Z", "valid_until": "2026-01-01T00:00:00Z", "latency_ms": 1,
        });
        for (name, value) in changes.as_object().unwrap() {
            quote[name] = value.clone();
        }
        check(&serde_json::from_value(quote).unwrap(), &serde_json::from_value(cart).unwrap())
    }

    #[test]
    fn a_sound_answer_passes_whether_tax_is_inside_or_on_top() {
        assert_eq!(judged(&json!({})), Ok(()));
        let sek = |minor: i64| json!({ "amount_minor": minor, "currency": "SEK" });
        let totals = json!([{ "kind": "subtotal", "amount": sek(20_000) }, { "kind": "tax", "amount": sek(1_450) },
            { "kind": "total", "amount": sek(21_450) }]);
        let taxes = json!([{ "title": "Sales tax", "amount": sek(1_450) }]);
        assert_eq!(judged(&json!({ "totals": totals, "taxes": taxes })), Ok(()));
        assert_eq!(judged(&json!({ "totals": totals, "taxes": [] })), Ok(()), "a platform that names no tax lines");
    }

    #[test]
    fn what_breaks_the_contract_is_named() {
        let euro = json!({ "amount_minor": 1, "currency": "EUR" });
        let sek = |minor: i64| json!({ "amount_minor": minor, "currency": "SEK" });
        let line = |id: &str, quantity: u32| json!({ "id": id, "variant_id": "7", "quantity": quantity, "availability": "in_stock" });
        for (changes, expected) in [
            (json!({ "currency": "EUR" }), "it is in EUR, the cart in SEK"),
            (json!({ "taxes": [{ "title": "VAT", "amount": euro, "included": true }] }), "an amount is in EUR"),
            (json!({ "lines": [line("2", 1)] }), "line `2` is not in the cart"),
            (json!({ "lines": [line("1", 1), line("1", 1)] }), "appears twice"),
            (json!({ "lines": [line("1", 3)] }), "a larger quantity than the cart"),
            (json!({ "totals": [] }), "exactly one `total`"),
            (
                json!({ "lines": [{ "id": "1", "variant_id": "8", "quantity": 2, "availability": "in_stock" }] }),
                "of variant `8`",
            ),
            (json!({ "totals": [{ "kind": "total", "amount": sek(-1) }] }), "total `total` is below zero"),
            (
                json!({ "totals": [{ "kind": "subtotal", "amount": sek(20_000) }, { "kind": "discount", "amount": sek(5) },
                    { "kind": "total", "amount": sek(20_005) }] }),
                "must reduce the total",
            ),
            (json!({ "shipping_methods": [{ "id": "7", "price": sek(-4_900) }] }), "shipping method `7` is below zero"),
            (
                json!({ "shipping_methods": [{ "id": "7", "price": sek(4_900) }], "selected_shipping_id": "8" }),
                "not among those listed",
            ),
            (
                json!({ "totals": [{ "kind": "subtotal", "amount": sek(20_000) }, { "kind": "total", "amount": sek(19_999) }] }),
                "its parts add up to 20000, its total is 19999",
            ),
        ] {
            let problem = judged(&changes).unwrap_err().text;
            assert!(problem.contains(expected), "{problem} instead of {expected}");
        }
    }

    #[test]
    fn sums_that_do_not_add_up_are_unclear_unless_the_connector_says_so_itself() {
        let sek = |minor: i64| json!({ "amount_minor": minor, "currency": "SEK" });
        let sums = |goods: i64, whole: i64| json!([{ "kind": "subtotal", "amount": sek(goods) }, { "kind": "total", "amount": sek(whole) }]);
        for (goods, whole) in [(20_000, 30_000), (30_000, 30_000)] {
            let breach = judged(&json!({ "totals": sums(goods, whole) })).unwrap_err();
            assert_eq!(breach.code, UNCLEAR, "{}", breach.text);
            let said = json!([{ "code": UNCLEAR, "severity": "warning", "text": "not explained" }]);
            assert_eq!(judged(&json!({ "totals": sums(goods, whole), "messages": said })), Ok(()));
        }
        assert_eq!(judged(&json!({ "totals": sums(20_001, 20_001) })), Ok(()), "a rounded line");
        let said = json!([{ "code": UNCLEAR, "severity": "warning", "text": "not explained" }]);
        assert!(judged(&json!({ "totals": [], "messages": said })).is_err(), "no total at all");
    }
}
