//! What speaks against selling a cart as it was agreed, by a quote made now. What the quote cannot know is no objection.

use connector_api::{
    ConnectorError, FieldError,
    domain::{Cart, Exclusion, Money, Quote, QuotePart, QuoteSource, Timestamp},
};

/// Seconds for which synced data count as knowledge; older ones object to nothing.
const KNOWN_FOR_S: i64 = 86_400;

/// Objections by JSON pointer into an order: its cart stands at `/cart`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Objections {
    /// The cart cannot be sold as it is written.
    pub wrong: Vec<FieldError>,
    /// It could be, but not any more as it was agreed: the price or the stock is another one now.
    pub stale: Vec<FieldError>,
}

impl Objections {
    /// Whether nothing speaks against it.
    pub fn is_empty(&self) -> bool {
        self.wrong.is_empty() && self.stale.is_empty()
    }

    /// What a quote says against the cart it was made for.
    pub(super) fn of(quote: &Quote, cart: &Cart, shipping_price: Option<Money>, now: Timestamp) -> Self {
        let known = Known::of(quote, cart, now);
        let mut found = Self::default();
        for message in &quote.messages {
            let Some(kind) = known.kind(&message.code) else { continue };
            let pointer = format!("/cart{}", message.path.as_deref().unwrap_or_default());
            found.add(kind, pointer, &message.code, message.text.clone());
        }
        let chosen = quote.shipping_methods.iter().find(|method| Some(&method.id) == cart.shipping_method_id.as_ref());
        // What shipping costs goes by the goods: of other goods than were agreed it is another price.
        if let (Some(agreed), Some(method)) = (shipping_price, chosen)
            && found.is_empty()
            && known.shipping
            && known.listed_prices
            && method.price != agreed
        {
            let text = format!("it costs {}, not {agreed}", method.price);
            found.add(Kind::Stale, "/shipping_price".to_owned(), "price_changed", text);
        }
        found
    }

    /// Lines that channels do not sell, however old the data are.
    pub(super) fn of_excluded(lines: Vec<(usize, Exclusion)>) -> Self {
        let wrong = lines.into_iter().map(|(index, excluded)| {
            FieldError::new(format!("/cart/lines/{index}/variant_id"), "not_for_sale", excluded.reason)
        });
        Self { wrong: wrong.collect(), stale: vec![] }
    }

    /// What a platform says against a cart that it refuses to price.
    pub(super) fn of_refusal(refused: ConnectorError) -> Self {
        let below_cart = |field: FieldError| FieldError { pointer: format!("/cart{}", field.pointer), ..field };
        Self { wrong: refused.field_errors.into_iter().map(below_cart).collect(), stale: vec![] }
    }

    fn add(&mut self, kind: Kind, pointer: String, code: &str, message: String) {
        let list = match kind {
            Kind::Wrong => &mut self.wrong,
            Kind::Stale => &mut self.stale,
        };
        list.push(FieldError::new(pointer, code, message));
    }
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    Wrong,
    Stale,
}

/// What a quote knows.
#[expect(clippy::struct_excessive_bools, reason = "four facts that do not depend on each other")]
struct Known {
    goods: bool,
    /// Whether prices are those before any code.
    listed_prices: bool,
    shipping: bool,
    stock: bool,
}

impl Known {
    fn of(quote: &Quote, cart: &Cart, now: Timestamp) -> Self {
        let fresh = |part: &QuotePart| {
            part.source == QuoteSource::Realtime
                || part.data_as_of.is_some_and(|read_at| now <= read_at.plus_seconds(KNOWN_FOR_S))
        };
        let parts = &quote.parts;
        let unweighed = quote.messages.iter().any(|message| message.code == "shipping_weight_unknown");
        Self {
            // Prices are read after the offers they are for.
            goods: fresh(&parts.prices),
            listed_prices: cart.discounts.is_empty(),
            shipping: fresh(&parts.shipping) && !unweighed,
            stock: fresh(&parts.availability),
        }
    }

    /// What a message of the quote means for an order; nothing when it says no more than that something is not known.
    fn kind(&self, code: &str) -> Option<Kind> {
        let (kind, known) = match code {
            "variant_unknown" | "offer_unknown" | "not_for_sale" | "no_price" | "quantity_too_low"
            | "quantity_step" | "market_unknown" | "pricelist_unknown" | "currency_unknown" | "currency_mismatch" => {
                (Kind::Wrong, self.goods)
            }
            "country_needed"
            | "country_unknown"
            | "country_not_served"
            | "region_needed"
            | "region_unknown"
            | "postal_code_needed"
            | "postal_code_invalid"
            | "address_refused" => (Kind::Wrong, true),
            "no_shipping" | "shipping_unavailable" => (Kind::Wrong, self.shipping),
            "price_changed" => (Kind::Stale, self.goods && self.listed_prices),
            "out_of_stock" | "stock_short" => (Kind::Stale, self.stock),
            _ => return None,
        };
        known.then_some(kind)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix_ms(seconds * 1_000).unwrap()
    }

    fn sek(minor: i64) -> Value {
        json!({ "amount_minor": minor, "currency": "SEK" })
    }

    /// Codes of the objections to a cart with these changes, quoted from data of the second 100 with these codes said.
    fn objections(changes: &Value, said: &[&str], now: i64, source: &str) -> (Vec<String>, Vec<String>) {
        let mut cart = json!({ "id": "c", "currency": "SEK", "shipping_method_id": "7",
            "lines": [{ "id": "1", "variant_id": "7", "quantity": 2, "unit_price": sek(100) }] });
        for (name, value) in changes.as_object().unwrap() {
            cart[name] = value.clone();
        }
        let part = json!({ "source": source, "data_as_of": at(100) });
        let messages = said.iter().map(|code| json!({ "code": code, "severity": "recoverable", "text": "" }));
        let quote = json!({
            "source": source, "currency": "SEK", "messages": messages.collect::<Vec<_>>(),
            "parts": { "prices": part, "discounts": part, "shipping": part, "tax": part, "availability": part },
            "shipping_methods": [{ "id": "7", "price": sek(49) }],
            "computed_at": at(100), "valid_until": at(200), "latency_ms": 0,
        });
        let read = |value: Value| serde_json::from_value(value).unwrap();
        let agreed = serde_json::from_value(sek(39)).unwrap();
        let found = Objections::of(&serde_json::from_value(quote).unwrap(), &read(cart), Some(agreed), at(now));
        let codes = |list: Vec<FieldError>| list.into_iter().map(|error| error.code + " " + &error.pointer).collect();
        (codes(found.wrong), codes(found.stale))
    }

    #[test]
    fn what_is_wrong_and_what_has_changed_are_distinguished() {
        let said = ["variant_unknown", "price_changed", "out_of_stock", "market_undecided", "a_word_of_tomorrow"];
        let (wrong, stale) = objections(&json!({}), &said, 200, "local");
        assert_eq!(wrong, ["variant_unknown /cart"]);
        assert_eq!(stale, ["price_changed /cart", "out_of_stock /cart"]);
        assert_eq!(objections(&json!({}), &[], 200, "local").1, ["price_changed /shipping_price"]);
    }

    #[test]
    fn what_is_not_known_is_no_objection() {
        let said = ["variant_unknown", "price_changed", "out_of_stock", "no_shipping", "region_unknown"];
        let (wrong, stale) = objections(&json!({}), &said, 100 + KNOWN_FOR_S + 1, "local");
        assert_eq!((wrong, stale), (vec!["region_unknown /cart".to_owned()], vec![]), "data of the day before");
        let (wrong, stale) = objections(&json!({}), &said, 100 + KNOWN_FOR_S + 1, "realtime");
        assert_eq!((wrong.len(), stale.len()), (3, 2), "the platform itself");
        let codes = json!({ "discounts": [{ "code": "SPRING" }] });
        assert_eq!(objections(&codes, &["price_changed"], 200, "local"), (vec![], vec![]), "codes change prices");
        let unweighed = ["shipping_weight_unknown", "no_shipping"];
        assert_eq!(objections(&json!({}), &unweighed, 200, "local"), (vec![], vec![]), "weights are not known");
        let other = json!({ "shipping_method_id": "8" });
        assert_eq!(objections(&other, &[], 200, "local"), (vec![], vec![]), "its price is not known");
    }

    #[test]
    fn a_refusal_of_the_platform_names_places_in_the_order() {
        let refused = ConnectorError::new(connector_api::ErrorCode::InvalidRequest, "no");
        let found = Objections::of_refusal(refused.at_field("/ship_to/country", "country_unknown", "not known"));
        assert_eq!(found.wrong[0].pointer, "/cart/ship_to/country");
    }
}
