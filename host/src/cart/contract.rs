//! Holds a platform's answer against the contract before anybody relies on it: one currency, the cart's own lines, sums
//! that add up. What does not pass is never shown; the cart is priced locally instead.

use std::collections::HashMap;

use connector_api::domain::{Cart, Money, Quote, TotalKind};

/// What is wrong with an answer, in one sentence.
pub(super) fn check(quote: &Quote, cart: &Cart) -> Result<(), String> {
    currency(quote, cart)?;
    lines(quote, cart)?;
    sums(quote)
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
    let mut wanted: HashMap<&str, u32> = cart.lines.iter().map(|line| (line.id.as_str(), line.quantity)).collect();
    for line in &quote.lines {
        match wanted.remove(line.id.as_str()) {
            None => return Err(format!("line `{}` is not the cart's, or comes twice", line.id)),
            Some(quantity) if line.quantity > quantity => {
                return Err(format!("line `{}` has more pieces than the cart", line.id));
            }
            Some(_) => {}
        }
    }
    if quote.lines.is_empty() || wanted.is_empty() {
        return Ok(());
    }
    Err(format!("{} of the cart's lines are missing", wanted.len()))
}

/// The parts make up the total; tax that is inside the prices is not counted again.
fn sums(quote: &Quote) -> Result<(), String> {
    let (mut wholes, mut parts, mut tax) = (vec![], 0_i128, 0_i128);
    for total in &quote.totals {
        let minor = i128::from(total.amount.amount_minor);
        match total.kind {
            TotalKind::Total => wholes.push(minor),
            TotalKind::Tax => tax += minor,
            _ => parts += minor,
        }
    }
    let [whole] = wholes[..] else {
        return Err("it must have exactly one `total`".to_owned());
    };
    let taxes_on_top = || quote.taxes.iter().filter(|tax| !tax.included);
    let on_top: i128 = taxes_on_top().map(|tax| i128::from(tax.amount.amount_minor)).sum();
    // Where no tax is listed one by one, its sum may be inside the prices or on top.
    let may_be_on_top = quote.taxes.is_empty() || taxes_on_top().next().is_some();
    if parts + on_top == whole || (may_be_on_top && parts + tax == whole) {
        return Ok(());
    }
    Err(format!("its parts make {parts}, its total says {whole} (minor units)"))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn judged(changes: &Value) -> Result<(), String> {
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
            (json!({ "lines": [line("2", 1)] }), "line `2` is not the cart's"),
            (json!({ "lines": [line("1", 1), line("1", 1)] }), "comes twice"),
            (json!({ "lines": [line("1", 3)] }), "more pieces than the cart"),
            (json!({ "totals": [] }), "exactly one `total`"),
            (
                json!({ "totals": [{ "kind": "subtotal", "amount": sek(100) }, { "kind": "total", "amount": sek(99) }] }),
                "its parts make 100, its total says 99",
            ),
        ] {
            let problem = judged(&changes).unwrap_err();
            assert!(problem.contains(expected), "{problem} instead of {expected}");
        }
    }
}
