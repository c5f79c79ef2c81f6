//! What a channel wants to order, and whether it may be placed: everything that can be known without the platform.

use std::collections::HashSet;

use connector_api::{
    FieldError,
    domain::{Address, Cart, Currency, Customer, ExternalId, Money, OrderDraft, Payment, Pii},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Most lines of an order.
pub const MAX_LINES: usize = 200;
/// Most pieces of a line.
pub const MAX_PIECES: u32 = 100_000;
/// Most codes of an order.
const MAX_DISCOUNTS: usize = 20;
/// Most characters of any text.
const MAX_TEXT: usize = 500;
/// Most characters of the channel's own number.
const MAX_REFERENCE: usize = 100;

/// What a channel wants to order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewOrder {
    /// The channel's own number. The order carries it on the platform.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel_reference: Option<String>,
    /// What is bought and where it goes. Each line holds the unit price agreed.
    pub cart: Cart,
    /// What shipping costs, as agreed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shipping_price: Option<Money>,
    /// Who buys.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer: Option<Buyer>,
    /// Who pays; where the goods go when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub billing_address: Option<Address>,
    /// How it was paid, outside of the platform.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment: Option<Payment>,
}

/// Who buys.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Buyer {
    /// The platform's id of the customer, when it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<ExternalId>,
    /// E-mail address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<Pii<String>>,
    /// Given name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_name: Option<Pii<String>>,
    /// Family name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_name: Option<Pii<String>>,
    /// Telephone number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<Pii<String>>,
    /// BCP 47 tag.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
    /// Whether they agreed to be written to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accepts_marketing: Option<bool>,
}

impl NewOrder {
    /// The draft as the connector gets it. Without a number of the channel's own, the key becomes it: every order carries
    /// something that leads back.
    pub(super) fn into_draft(self, intent: &str, key: &str) -> OrderDraft {
        let customer = self.customer.map(|buyer| Customer {
            id: buyer.id.unwrap_or_default(),
            email: buyer.email,
            first_name: buyer.first_name,
            last_name: buyer.last_name,
            phone: buyer.phone,
            locale: buyer.locale,
            accepts_marketing: buyer.accepts_marketing,
            addresses: vec![],
            market_id: self.cart.market_id.clone(),
            store_id: None,
            total_orders: None,
            anonymized: false,
            created_at: None,
            updated_at: None,
        });
        OrderDraft {
            idempotency_key: intent.to_owned(),
            channel_reference: Some(self.channel_reference.unwrap_or_else(|| key.to_owned())),
            cart: self.cart,
            shipping_price: self.shipping_price,
            customer,
            billing_address: self.billing_address,
            payment: self.payment,
        }
    }

    /// Everything that is wrong with it, by JSON pointer.
    pub fn mistakes(&self) -> Vec<FieldError> {
        let mut found = Mistakes { currency: self.cart.currency, list: vec![] };
        found.text("/channel_reference", self.channel_reference.as_deref(), MAX_REFERENCE);
        found.lines(&self.cart);
        match &self.cart.ship_to {
            Some(address) => found.address("/cart/ship_to", address),
            None => found.add("/cart/ship_to", "required", "say where the goods go"),
        }
        match &self.cart.shipping_method_id {
            Some(id) if !id.0.is_empty() => {}
            _ => found.add("/cart/shipping_method_id", "required", "choose one of the quote's shipping methods"),
        }
        if let Some(address) = &self.billing_address {
            found.address("/billing_address", address);
        }
        found.money("/shipping_price", self.shipping_price.as_ref());
        if let Some(payment) = &self.payment {
            found.money("/payment/authorized", payment.authorized.as_ref());
            found.money("/payment/captured", payment.captured.as_ref());
            if payment.refunded.is_some() {
                found.add("/payment/refunded", "forbidden", "nothing is given back before an order is placed");
            }
            found.text("/payment/method", payment.method.as_deref(), MAX_TEXT);
            found.text("/payment/reference", payment.reference.as_deref(), MAX_TEXT);
        }
        if let Some(buyer) = &self.customer {
            found.personal("/customer/email", buyer.email.as_ref());
            found.personal("/customer/first_name", buyer.first_name.as_ref());
            found.personal("/customer/last_name", buyer.last_name.as_ref());
            found.personal("/customer/phone", buyer.phone.as_ref());
        }
        found.list
    }
}

struct Mistakes {
    currency: Currency,
    list: Vec<FieldError>,
}

impl Mistakes {
    fn add(&mut self, pointer: &str, code: &str, message: &str) {
        self.list.push(FieldError::new(pointer, code, message));
    }

    fn lines(&mut self, cart: &Cart) {
        if cart.lines.is_empty() {
            self.add("/cart/lines", "required", "an order has at least one line");
        }
        if cart.lines.len() > MAX_LINES {
            self.add("/cart/lines", "too_many", &format!("an order has at most {MAX_LINES} lines"));
            return;
        }
        let mut ids = HashSet::new();
        for (at, line) in cart.lines.iter().enumerate() {
            let place = |field: &str| format!("/cart/lines/{at}/{field}");
            if !ids.insert(line.id.as_str()) {
                self.add(&place("id"), "repeated", "each line has an id of its own");
            }
            if line.variant_id.0.is_empty() {
                self.add(&place("variant_id"), "required", "say which variant is bought");
            }
            if line.quantity == 0 || line.quantity > MAX_PIECES {
                self.add(&place("quantity"), "range", &format!("from 1 to {MAX_PIECES}"));
            }
            match &line.unit_price {
                Some(price) => self.money(&place("unit_price"), Some(price)),
                None => self.add(&place("unit_price"), "required", "say which price was agreed"),
            }
        }
        if cart.discounts.len() > MAX_DISCOUNTS {
            self.add("/cart/discounts", "too_many", &format!("at most {MAX_DISCOUNTS} codes"));
        }
        for (at, discount) in cart.discounts.iter().enumerate() {
            self.text(&format!("/cart/discounts/{at}/code"), Some(&discount.code), MAX_TEXT);
        }
    }

    fn money(&mut self, pointer: &str, money: Option<&Money>) {
        let Some(money) = money else { return };
        if money.currency != self.currency {
            let message = format!("the order is in {}, this is in {}", self.currency, money.currency);
            self.add(pointer, "currency", &message);
        }
        if money.amount_minor < 0 {
            self.add(pointer, "range", "must not be negative");
        }
    }

    fn address(&mut self, pointer: &str, address: &Address) {
        let place = |field: &str| format!("{pointer}/{field}");
        let country = address.country.as_bytes();
        if country.len() != 2 || !country.iter().all(u8::is_ascii_uppercase) {
            self.add(&place("country"), "country", "two capital letters of ISO 3166-1, such as SE");
        }
        let present = |text: &Option<Pii<String>>| text.as_ref().is_some_and(|text| !text.0.trim().is_empty());
        if !present(&address.name) && !present(&address.company) {
            self.add(&place("name"), "required", "say who receives it: a person or a company");
        }
        if !present(&address.line1) {
            self.add(&place("line1"), "required", "street and number are missing");
        }
        if !present(&address.city) {
            self.add(&place("city"), "required", "the city is missing");
        }
        let texts = [
            ("name", &address.name),
            ("company", &address.company),
            ("line1", &address.line1),
            ("line2", &address.line2),
            ("city", &address.city),
            ("postal_code", &address.postal_code),
            ("phone", &address.phone),
            ("email", &address.email),
        ];
        for (field, text) in texts {
            self.personal(&place(field), text.as_ref());
        }
        self.text(&place("region_code"), address.region_code.as_deref(), MAX_TEXT);
    }

    fn personal(&mut self, pointer: &str, text: Option<&Pii<String>>) {
        self.text(pointer, text.map(|text| text.0.as_str()), MAX_TEXT);
    }

    fn text(&mut self, pointer: &str, text: Option<&str>, most: usize) {
        let Some(text) = text else { return };
        if text.chars().count() > most {
            self.add(pointer, "too_long", &format!("at most {most} characters"));
        }
        if text.chars().any(char::is_control) {
            self.add(pointer, "control_character", "no line ends or other control characters");
        }
    }
}

/// Whether a text can be an idempotency key: 1 to 255 visible ASCII characters.
pub fn is_key(key: &str) -> bool {
    (1..=crate::store::intent::MAX_KEY).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic())
}
