//! What every route of an order needs of its draft: who gets it, who pays, what was agreed on. Everything is looked at before
//! anything is sent.

use connector_api::{
    ConnectorError,
    domain::{Address, CartLine, Money, OrderDraft, Pii},
};
use serde_json::{Number, Value};

use crate::{error::invalid, map::correlation_tag::CorrelationTag};

/// Most lines of an order.
const MOST_LINES: usize = 200;

/// Somebody an order goes to, or who pays it. Personal data throughout.
pub struct Recipient {
    /// E-mail address.
    pub email: String,
    /// Given names.
    pub first_name: Option<String>,
    /// Family name.
    pub last_name: Option<String>,
    /// Company.
    pub company: Option<String>,
    /// Telephone number.
    pub phone: Option<String>,
    /// Street and number.
    pub line1: Option<String>,
    /// What else there is to find the door.
    pub line2: Option<String>,
    /// Town.
    pub city: Option<String>,
    /// Postal code.
    pub postal_code: Option<String>,
    /// State or province.
    pub region: Option<String>,
    /// ISO 3166-1, two capital letters.
    pub country: String,
}

/// A line as agreed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Agreed {
    /// Id of the product size.
    pub size: i64,
    /// Pieces, at least one.
    pub quantity: u32,
    /// Price of one.
    pub unit_price: Money,
}

/// What an order of the channel is known by.
pub fn tag(draft: &OrderDraft) -> CorrelationTag<'_> {
    // As it is read back: spaces around it are lost on the way.
    let reference = draft.channel_reference.as_deref().map(str::trim).filter(|own| !own.is_empty());
    let reference = reference.unwrap_or(&draft.idempotency_key);
    CorrelationTag::new(reference, &draft.idempotency_key)
}

/// Where the goods go.
pub fn recipient(draft: &OrderDraft) -> Result<Recipient, ConnectorError> {
    let to = draft.cart.ship_to.as_ref();
    let to = to.ok_or_else(|| invalid("/draft/cart/ship_to", "required", "An order needs an address."))?;
    of_address(to, draft, "/draft/cart/ship_to")
}

/// Who pays, if it is somebody else.
pub fn payer(draft: &OrderDraft) -> Result<Option<Recipient>, ConnectorError> {
    let billing = draft.billing_address.as_ref();
    billing.map(|address| of_address(address, draft, "/draft/billing_address")).transpose()
}

fn of_address(address: &Address, draft: &OrderDraft, pointer: &str) -> Result<Recipient, ConnectorError> {
    let customer = draft.customer.as_ref();
    let ship_to = draft.cart.ship_to.as_ref();
    let email = [ship_to.and_then(|to| to.email.as_ref()), customer.and_then(|customer| customer.email.as_ref())];
    let email = email.into_iter().flatten().map(|Pii(email)| email.trim()).find(|email| !email.is_empty());
    let email = email.ok_or_else(|| {
        invalid("/draft/cart/ship_to/email", "required", "Centra needs the shopper's e-mail address to place an order.")
    })?;
    if address.country.trim().len() != 2 {
        let pointer = format!("{pointer}/country");
        return Err(invalid(&pointer, "invalid", "The country must be given by its two letters, such as SE."));
    }
    let country = address.country.trim().to_ascii_uppercase();
    let text =
        |own: &Option<Pii<String>>| own.as_ref().map(|Pii(text)| text.clone()).filter(|text| !text.trim().is_empty());
    let name = text(&address.name).unwrap_or_default();
    let (first, last) = name.trim().rsplit_once(' ').unwrap_or(("", name.trim()));
    let or_customers =
        |own: &str, of_customer: Option<String>| if own.is_empty() { of_customer } else { Some(own.to_owned()) };
    Ok(Recipient {
        email: email.to_owned(),
        first_name: or_customers(first, customer.and_then(|own| text(&own.first_name))),
        last_name: or_customers(last, customer.and_then(|own| text(&own.last_name))),
        company: text(&address.company),
        phone: text(&address.phone).or_else(|| customer.and_then(|own| text(&own.phone))),
        line1: text(&address.line1),
        line2: text(&address.line2),
        city: text(&address.city),
        postal_code: text(&address.postal_code),
        region: address.region_code.as_deref().map(|region| bare_region(region, &country)),
        country,
    })
}

/// A state as Centra writes it: `CA`, for `US-CA` too.
pub fn bare_region(region: &str, country: &str) -> String {
    let region = region.trim().to_ascii_uppercase();
    match region.split_once('-') {
        Some((land, bare)) if land == country => bare.to_owned(),
        _ => region,
    }
}

/// The lines as agreed.
pub fn agreed(draft: &OrderDraft) -> Result<Vec<Agreed>, ConnectorError> {
    let lines = &draft.cart.lines;
    if lines.is_empty() || lines.len() > MOST_LINES {
        let message = format!("An order has between 1 and {MOST_LINES} lines.");
        return Err(invalid("/draft/cart/lines", "invalid", message));
    }
    let line = |(index, line): (usize, &CartLine)| {
        let at = |field: &str| format!("/draft/cart/lines/{index}/{field}");
        let size = line.variant_id.as_str().parse().map_err(|_| {
            invalid(&at("variant_id"), "not_found", "There is no such variant: ids of variants are numbers.")
        })?;
        if line.quantity == 0 {
            return Err(invalid(&at("quantity"), "too_small", "The quantity must be at least 1."));
        }
        let unit_price =
            line.unit_price.ok_or_else(|| invalid(&at("unit_price"), "required", "The price agreed is missing."))?;
        if unit_price.currency != draft.cart.currency {
            return Err(invalid(&at("unit_price"), "wrong_currency", "The price must be in the cart's currency."));
        }
        Ok(Agreed { size, quantity: line.quantity, unit_price })
    };
    lines.iter().enumerate().map(line).collect()
}

/// What is to be paid, by what the draft says. The flag says whether it must be exactly that; otherwise it is the most: where nobody
/// says what a code takes off, or what shipping costs, the rest adds up to no total.
pub fn agreed_total(draft: &OrderDraft) -> Option<(Money, bool)> {
    if let Some(total) = draft.agreed_total() {
        return Some((total, true));
    }
    let currency = draft.cart.currency;
    let minor = |money: Money| (money.currency == currency).then_some(money.amount_minor);
    let mut most = 0_i64;
    for amount in draft.shipping_price.into_iter().chain(draft.tax) {
        most = most.checked_add(minor(amount)?)?;
    }
    for line in &draft.cart.lines {
        most = most.checked_add(minor(line.unit_price?)?.checked_mul(line.quantity.into())?)?;
    }
    for code in draft.cart.discounts.iter().filter_map(|own| own.amount) {
        most = most.checked_sub(minor(code)?.abs())?;
    }
    Some((Money { amount_minor: most, currency }, false))
}

/// A decimal number of major units.
pub fn major(amount: Money) -> Value {
    amount.to_major().to_string().parse::<Number>().map_or(Value::Null, Value::Number)
}
