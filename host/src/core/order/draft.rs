//! What a channel wants to order, and whether it may be placed: everything that can be known without the platform.

use connector_api::{
    FieldError,
    domain::{Address, Cart, Customer, ExternalId, Money, OrderDraft, Payment, Pii},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::core::cart::check::{Check, MAX_CODES, MAX_ID, MAX_LINES, MAX_TEXT};

/// Most characters of the channel's own number.
const MAX_REFERENCE: usize = 100;

/// What a channel wants to order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewOrder {
    /// The channel's own number. The order carries it on the platform. Numbers that look the same are the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel_reference: Option<String>,
    /// What is bought and where it goes. Each line holds the unit price agreed.
    pub cart: Cart,
    /// What shipping costs, as agreed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shipping_price: Option<Money>,
    /// Tax that comes on top of the prices, as agreed; absent when the prices contain it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax: Option<Money>,
    /// What is paid in all, as agreed: lines, shipping and tax on top, less what codes take off. When absent it is what was
    /// captured or authorized, or else that sum.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<Money>,
    /// The person who buys.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer: Option<Buyer>,
    /// Who pays; where the goods go when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub billing_address: Option<Address>,
    /// How it was paid, outside of the platform.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment: Option<Payment>,
}

/// The person who buys.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Buyer {
    /// The platform's id of the customer, when it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<ExternalId>,
    /// E-mail address of the person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<Pii<String>>,
    /// Given name of the person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_name: Option<Pii<String>>,
    /// Family name of the person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_name: Option<Pii<String>>,
    /// Telephone number of the person.
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
            tax: self.tax,
            total: self.total,
            customer,
            billing_address: self.billing_address,
            payment: self.payment,
        }
    }

    /// Puts every text into its one form; everything that is wrong with the order, by JSON pointer. A cart is held against the
    /// rules by which it is quoted.
    pub fn settle(&mut self) -> Vec<FieldError> {
        let mut check = Check::new(self.cart.currency);
        check.optional_name("/channel_reference", &mut self.channel_reference, MAX_REFERENCE);
        self.settle_cart(&mut check);
        match &mut self.cart.ship_to {
            Some(address) => settle_address("/cart/ship_to", address, &mut check),
            None => check.add("/cart/ship_to", "required", "a delivery address is required"),
        }
        check.id("/cart/shipping_method_id", &mut self.cart.shipping_method_id);
        if self.cart.shipping_method_id.is_none() {
            check.add_if_new("/cart/shipping_method_id", "required", "choose one of the quote's shipping methods");
        }
        if let Some(address) = &mut self.billing_address {
            settle_address("/billing_address", address, &mut check);
        }
        check.money("/shipping_price", self.shipping_price);
        check.money("/tax", self.tax);
        check.money("/total", self.total);
        if let Some(payment) = &mut self.payment {
            check.money("/payment/authorized", payment.authorized);
            check.money("/payment/captured", payment.captured);
            if payment.refunded.is_some() {
                check.add(
                    "/payment/refunded",
                    "forbidden",
                    "must be absent: nothing can be refunded before the order is placed",
                );
            }
            check.text("/payment/method", &mut payment.method, MAX_TEXT);
            check.text("/payment/reference", &mut payment.reference, MAX_TEXT);
        }
        if let Some(buyer) = &mut self.customer {
            check.id("/customer/id", &mut buyer.id);
            check.email("/customer/email", &mut buyer.email);
            check.personal("/customer/first_name", &mut buyer.first_name);
            check.personal("/customer/last_name", &mut buyer.last_name);
            check.phone("/customer/phone", &mut buyer.phone);
            check.locale("/customer/locale", &mut buyer.locale);
        }
        self.settle_sum(&mut check);
        check.mistakes()
    }

    fn settle_cart(&mut self, check: &mut Check) {
        let cart = &mut self.cart;
        check.cart_id("/cart/id", &mut cart.id);
        check.lines("/cart/lines", cart.lines.len());
        for (at, line) in cart.lines.iter_mut().take(MAX_LINES).enumerate() {
            let path = format!("/cart/lines/{at}");
            check.line(&path, &mut line.id, &mut line.offer_id, line.quantity);
            check.name(&format!("{path}/variant_id"), &mut line.variant_id.0, MAX_ID);
            let price = format!("{path}/unit_price");
            match line.unit_price {
                Some(agreed) => check.money(&price, Some(agreed)),
                None => check.add(&price, "required", "the agreed price is required"),
            }
        }
        let codes = cart.discounts.len();
        check.codes("/cart/discounts", codes);
        for (at, discount) in cart.discounts.iter_mut().enumerate().take(MAX_CODES) {
            check.code(&format!("/cart/discounts/{at}/code"), &mut discount.code);
            check.money(&format!("/cart/discounts/{at}/amount"), discount.amount);
        }
        check.id("/cart/market_id", &mut cart.market_id);
        check.id("/cart/pricelist_id", &mut cart.pricelist_id);
        check.locale("/cart/locale", &mut cart.locale);
    }

    /// What was agreed adds up.
    fn settle_sum(&self, check: &mut Check) {
        if !check.is_clean() {
            return;
        }
        let draft = self.clone().into_draft("", "");
        let is_said = self.shipping_price.is_some() && self.cart.discounts.iter().all(|code| code.amount.is_some());
        match draft.sum() {
            Some(sum) if sum.amount_minor < 0 => {
                check.add("/cart/discounts", "range", "the discounts are larger than the order");
            }
            Some(sum) if self.total.is_some_and(|total| total != sum) => {
                let message = format!("lines, shipping and tax minus discounts add up to {sum}");
                check.add("/total", "sum", message);
            }
            None if is_said => check.add("/cart/lines", "range", "the amount is too large"),
            _ => {}
        }
    }
}

fn settle_address(pointer: &str, address: &mut Address, check: &mut Check) {
    check.address(pointer, address);
    if address.name.is_none() && address.company.is_none() {
        check.add_if_new(&format!("{pointer}/name"), "required", "the recipient is required: a person or a company");
    }
    if address.line1.is_none() {
        check.add_if_new(&format!("{pointer}/line1"), "required", "street and number are missing");
    }
    if address.city.is_none() {
        check.add_if_new(&format!("{pointer}/city"), "required", "the city is missing");
    }
}

/// Whether a text can be an idempotency key: 1 to 255 visible ASCII characters.
pub fn is_key(key: &str) -> bool {
    (1..=crate::model::intent::MAX_KEY).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic())
}
