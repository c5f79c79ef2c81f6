//! Centra's External Payment plugin behind the Checkout API: what is sent to turn a cart into an order whose money somebody
//! else has taken, and what the answers mean.
//!
//! `POST payment`, `POST payment-result`, the fields of the latter, its signature and 201, 410 and 412 by the reference \[D\]. That
//! `success` is signed as the word `true`, and that `transactionReference` comes back as
//! `PaymentHistoryEntry.externalReference`, is inferred \[I\]; the status for a wrong signature is not documented.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use connector_api::{
    ConnectorError, ErrorCode,
    domain::{Money, OrderDraft, Timestamp},
};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Map, Value, json};
use sha2::Sha256;

use crate::{
    checkout::Reply,
    error,
    order_draft::{Recipient, major, payer, recipient, tag},
    wire::{fault::Fault, payment::Payment},
};

/// The body of `POST payment`: who buys, and that the plugin at this URI is to be paid. `site` stands for the pages a shopper
/// would come back to; nobody is sent there.
pub fn payment(draft: &OrderDraft, uri: &str, site: &str) -> Result<Value, ConnectorError> {
    let to = recipient(draft)?;
    let mut body = Map::new();
    body.insert("paymentMethod".to_owned(), uri.into());
    body.insert("paymentReturnPage".to_owned(), site.into());
    body.insert("paymentFailedPage".to_owned(), site.into());
    body.insert("termsAndConditions".to_owned(), true.into());
    body.insert("address".to_owned(), postal(payer(draft)?.as_ref().unwrap_or(&to)));
    body.insert("shippingAddress".to_owned(), postal(&to));
    Ok(Value::Object(body))
}

fn postal(own: &Recipient) -> Value {
    let fields = [
        ("email", Some(&own.email)),
        ("firstName", own.first_name.as_ref()),
        ("lastName", own.last_name.as_ref()),
        ("company", own.company.as_ref()),
        ("phoneNumber", own.phone.as_ref()),
        ("address1", own.line1.as_ref()),
        ("address2", own.line2.as_ref()),
        ("city", own.city.as_ref()),
        ("zipCode", own.postal_code.as_ref()),
        ("state", own.region.as_ref()),
        ("country", Some(&own.country)),
    ];
    let given = fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), Value::String(value?.clone()))));
    Value::Object(given.collect())
}

/// The body of `POST payment-result`: the money was taken. Its `transactionReference` carries the channel's number, which
/// leads back to the order; the payment provider's own number stands in `transaction`.
pub fn result(
    draft: &OrderDraft,
    secret: &str,
    selection: &str,
    amount: Money,
    now: Timestamp,
) -> Result<Value, ConnectorError> {
    let own = tag(draft);
    let (tag, seconds) = (own.text(), now.as_unix_ms().div_euclid(1_000));
    let (sum, currency) = (amount.to_major().to_string(), amount.currency.as_str());
    let signature = signature(secret, &format!("{selection}:{sum}:{currency}:{seconds}:{tag}:true"))?;
    let mut transaction = Map::from_iter([("channelOrder".to_owned(), Value::from(own.reference))]);
    if let Some(payment) = &draft.payment {
        let reported = [
            ("reference", payment.reference.as_deref().map(Value::from)),
            ("method", payment.method.as_deref().map(Value::from)),
            ("authorized", payment.authorized.map(major)),
            ("captured", payment.captured.map(major)),
        ];
        transaction.extend(reported.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
    }
    Ok(json!({ "paymentMethodFields": {
        "selection": selection,
        "signature": signature,
        "currency": currency,
        "amount": sum,
        "timestamp": seconds,
        "transactionReference": tag,
        "success": true,
        "transaction": transaction,
    } }))
}

/// Base64 of the hexadecimal digits of HMAC-SHA256, as the reference's worked example has it.
pub fn signature(secret: &str, payload: &str) -> Result<String, ConnectorError> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).map_err(|_| {
        ConnectorError::new(ErrorCode::ConfigInvalid, "The order route secret cannot be used as a key.")
    })?;
    mac.update(payload.as_bytes());
    Ok(STANDARD.encode(hex::encode(mac.finalize().into_bytes())))
}

/// What an answer to `POST payment` means.
#[derive(Debug, PartialEq, Eq)]
pub enum Begun {
    /// The money is to be taken elsewhere, for this selection.
    Selection(String),
    /// There was nothing to pay, and the order exists.
    Orders(Vec<i64>),
}

/// Reads the answer to `POST payment`. An error means that nothing was ordered, unless its code leaves it open.
pub fn begun(reply: Reply<Payment>) -> Result<Begun, ConnectorError> {
    let Reply { status, answer } = reply;
    match (status, answer.action.as_deref()) {
        (200..=299, Some("external")) => {
            let selection = answer.selection.filter(|own| !own.is_empty());
            selection.map(Begun::Selection).ok_or_else(|| error::answer_invalid("to a payment names no selection"))
        }
        (200..=299, Some("success")) if !answer.order.is_empty() => Ok(Begun::Orders(answer.order)),
        (200..=299, Some("success")) => Err(unclear()),
        (200..=299, Some("failed")) => Err(not_taken(status, &answer)),
        (200..=299, Some(_)) if answer.errors.is_empty() => Err(not_external()),
        _ if !answer.has_form() => Err(error::answer_invalid("to a payment is not one of the Checkout API")),
        (410, _) => Err(sold_out()),
        (200..=299 | 400..=499, _) if !answer.errors.is_empty() => Err(wrong_fields(status, &answer)),
        (400..=499, _) => Err(not_taken(status, &answer)),
        _ => Err(error::answer_invalid("to a payment does not contain the next step")),
    }
}

/// Reads the answer to `POST payment-result`: the order's numbers. An error of a code that leaves it open means that the order
/// may exist all the same.
pub fn placed(reply: Reply<Payment>) -> Result<Vec<i64>, ConnectorError> {
    let Reply { status, answer } = reply;
    match status {
        200..=299 if !answer.order.is_empty() => Ok(answer.order),
        _ if !answer.has_form() => Err(unclear()),
        410 => Err(sold_out()),
        400..=499 if answer.mentions("signature") => Err(secret_refused()),
        400..=499 => Err(not_taken(status, &answer)),
        _ => Err(unclear()),
    }
}

fn unclear() -> ConnectorError {
    error::answer_invalid("to a payment does not name an order: whether it was placed is not known")
}

fn sold_out() -> ConnectorError {
    let message = "A product of the order is out of stock.";
    ConnectorError::new(ErrorCode::Conflict, message).at_field("/draft/cart/lines", "out_of_stock", message)
}

/// The payment is not taken, for reasons that only the platform knows: its own words are all there is to say.
fn not_taken(status: u16, answer: &Payment) -> ConnectorError {
    let says = answer.words().map_or_else(|| " without saying why".to_owned(), |says| format!(" and says: {says}"));
    let message = format!("Centra's Checkout API does not accept the payment (HTTP status {status}){says}.");
    ConnectorError::new(ErrorCode::Conflict, message.clone()).at_field("/draft/payment", "refused", message)
}

/// The store asks for a consent that no draft has.
fn consent_needed(answer: &Payment) -> ConnectorError {
    let says = answer.words().map(|says| format!(" Centra says: {says}.")).unwrap_or_default();
    ConnectorError::new(
        ErrorCode::Conflict,
        format!(
            "The store requires a consent that an order of a channel does not have. Make it optional in the checkout settings of the store.{says}"
        ),
    )
}

fn secret_refused() -> ConnectorError {
    let message = "Centra's External Payment plugin refuses the signature made with the order route secret.";
    ConnectorError::new(ErrorCode::ConfigInvalid, message).at_field(
        "/order_route_secret",
        "refused",
        "Copy the Shared secret of the External Payment plugin again; its Notification key does not work here.",
    )
}

/// Another payment plugin stands at this URI, or none.
pub fn not_external() -> ConnectorError {
    let message = "The payment method at this URI is not Centra's External Payment plugin.";
    ConnectorError::new(ErrorCode::ConfigInvalid, message).at_field(
        "/external_payment_uri",
        "wrong",
        "Enter the URI of the External Payment plugin.",
    )
}

/// What Centra misses or refuses, by the names it gives.
fn wrong_fields(status: u16, answer: &Payment) -> ConnectorError {
    let is = |own: &Fault, words: &[&str]| words.iter().any(|word| own.name.to_ascii_lowercase().contains(word));
    let is_unknown = |own: &Fault| status == 404 || own.text.to_ascii_lowercase().contains("not found");
    if answer.errors.iter().any(|own| is(own, &["consent", "terms"])) {
        return consent_needed(answer);
    }
    match answer.errors.iter().find(|own| is(own, &["paymentmethod"])) {
        Some(own) if is_unknown(own) => return not_external(),
        // It is known, and what stands behind it failed.
        Some(_) => return not_taken(status, answer),
        None => {}
    }
    let says = answer.words().map(|says| format!(" It says: {says}.")).unwrap_or_default();
    let mut refused = ConnectorError::new(
        ErrorCode::InvalidRequest,
        format!("Centra reports missing or refused fields of the order.{says}"),
    );
    for own in answer.errors.iter().take(20) {
        let name = own.name.to_ascii_lowercase();
        let known = [
            ("shippingmethod", "/draft/cart/shipping_method_id"),
            ("country", "/draft/cart/ship_to/country"),
            ("state", "/draft/cart/ship_to/region_code"),
            ("zip", "/draft/cart/ship_to/postal_code"),
            ("city", "/draft/cart/ship_to/city"),
            ("address1", "/draft/cart/ship_to/line1"),
            ("address2", "/draft/cart/ship_to/line2"),
            ("email", "/draft/cart/ship_to/email"),
            ("company", "/draft/cart/ship_to/company"),
            ("phone", "/draft/cart/ship_to/phone"),
            ("name", "/draft/cart/ship_to/name"),
        ];
        let pointer = known.iter().find(|(part, _)| name.contains(part)).map_or("/draft", |(_, pointer)| *pointer);
        refused = refused.at_field(pointer, "refused", "Centra refuses it, or it is missing.");
    }
    refused
}
