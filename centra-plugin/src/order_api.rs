//! Centra's Order API (REST), as far as placing an order goes: what is sent, and what the answer means.
//!
//! Facts by the reference \[D\]; that `unitPrice` is with tax where the pricelist's prices are, that `internalComment` comes back
//! as `Order.internalComment`, and that the status 1 of a payment means success, is inferred \[I\].

use connector_api::{
    ConnectorError, ErrorCode,
    connector::HttpAnswer,
    domain::{ExternalId, Money, OrderDraft, Payment},
    wire::{
        credentials::Secret,
        service::{Cost, Header, HttpRequest},
    },
};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::{
    address::StoreAddress,
    checkout::is_centras,
    error::{self, invalid},
    form::Chosen,
    map::correlation_tag::CorrelationTag,
    order_draft::{Agreed, Recipient, agreed, major, payer, recipient},
    reported::reported,
    wire::payment::with_code,
};

/// The quota of the Order API. Centra states none; the Integration API's is another one.
const QUOTA: &str = "order_api";

/// How long Centra may take to place an order.
const TIMEOUT_MS: u64 = 30_000;

/// Fields of an order in which its whole mark can be read back, the surest first.
pub fn marked_fields(has_attribute: bool) -> &'static [&'static str] {
    if has_attribute { &["internalComment"] } else { &["internalComment", "otherComment"] }
}

/// The request that places an order. It is never sent twice by itself.
pub fn request(address: &StoreAddress, path: &str, secret: &Secret) -> HttpRequest {
    let header =
        |name: &str, value: &str, secret: bool| Header { name: name.to_owned(), value: value.to_owned(), secret };
    HttpRequest {
        method: "POST".to_owned(),
        url: address.checkout(path, "order"),
        headers: vec![
            header("api-authorization", secret.expose(), true),
            header("content-type", "application/json", false),
            header("accept", "application/json", false),
        ],
        operation: "OrderApi".to_owned(),
        idempotent: false,
        cost: Cost::default(),
        quota: Some(QUOTA.to_owned()),
        timeout_ms: Some(TIMEOUT_MS),
    }
}

/// Its body. `shipping` is the URI of the shipping option, `number` an order number set aside for the channel.
pub fn body(
    draft: &OrderDraft,
    chosen: &Chosen,
    tag: &CorrelationTag<'_>,
    shipping: Option<&str>,
    number: Option<i32>,
) -> Result<Value, ConnectorError> {
    let cart = &draft.cart;
    let delivery = postal(&recipient(draft)?);
    let mut body = Map::new();
    let mut set = |name: &str, value: Value| {
        if !value.is_null() {
            body.insert(name.to_owned(), value);
        }
    };
    match payer(draft)? {
        None => set("address", delivery),
        Some(payer) => {
            set("invoiceAddress", postal(&payer));
            set("deliveryAddress", delivery);
        }
    }
    set("products", products(draft)?);
    let number_of = |id: Option<&str>| id.and_then(|id| id.parse::<i64>().ok());
    set("marketId", json!(number_of(cart.market_id.as_ref().map(ExternalId::as_str)).or(chosen.market)));
    set("pricelistId", json!(number_of(cart.pricelist_id.as_ref().map(ExternalId::as_str)).or(chosen.pricelist)));
    set("shippingList", json!(shipping));
    set("shippingValue", draft.shipping_price.map_or(Value::Null, major));
    let discounts = taken_off(draft)?;
    if discounts > 0 {
        set("voucherValue", major(Money { amount_minor: discounts, currency: cart.currency }));
    }
    // The prices are agreed: Centra's own campaigns must not change them.
    set("applyVouchers", json!(false));
    set("sendEmail", json!(false));
    set("orderNumber", json!(number));
    set("internalComment", json!(tag.text()));
    match &chosen.order_attribute {
        Some(attribute) => set("extraAttributes", json!({ (attribute.as_str()): tag.reference })),
        None => set("comment", json!(tag.text())),
    }
    if let (Some(plugin), Some(payment)) = (chosen.order_payment_plugin, &draft.payment) {
        set("payment", paid(plugin, payment));
    }
    Ok(Value::Object(body))
}

/// An address. No field for a company is documented, so it stands before what else there is to find the door.
fn postal(own: &Recipient) -> Value {
    let company_and_line2: Vec<&str> = [&own.company, &own.line2].into_iter().flatten().map(String::as_str).collect();
    let coaddress = Some(company_and_line2.join(", ")).filter(|text| !text.is_empty());
    let fields = [
        ("email", Some(&own.email)),
        ("firstName", own.first_name.as_ref()),
        ("lastName", own.last_name.as_ref()),
        ("tele", own.phone.as_ref()),
        ("address", own.line1.as_ref()),
        ("coaddress", coaddress.as_ref()),
        ("city", own.city.as_ref()),
        ("zipcode", own.postal_code.as_ref()),
        ("state", own.region.as_ref()),
        ("country", Some(&own.country)),
    ];
    let given = fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), Value::String(value?.clone()))));
    Value::Object(given.collect())
}

/// What the codes take off, as agreed. Centra does not judge them here, so one without an amount would take nothing off.
fn taken_off(draft: &OrderDraft) -> Result<i64, ConnectorError> {
    let mut sum = 0_i64;
    for (index, own) in draft.cart.discounts.iter().enumerate() {
        let pointer = format!("/draft/cart/discounts/{index}/amount");
        let Some(amount) = own.amount else {
            let message = "Give the discount of the code, as in the quote; 0 if the prices of the lines include it.";
            return Err(invalid(&pointer, "required", message));
        };
        if amount.currency != draft.cart.currency {
            return Err(invalid(&pointer, "wrong_currency", "The amount must be in the cart's currency."));
        }
        sum = sum.saturating_add(amount.amount_minor.saturating_abs());
    }
    Ok(sum)
}

fn products(draft: &OrderDraft) -> Result<Value, ConnectorError> {
    let product = |own: Agreed| json!({ "id": own.size, "qty": own.quantity, "unitPrice": major(own.unit_price) });
    Ok(agreed(draft)?.into_iter().map(product).collect())
}

/// Money that was taken elsewhere, as an entry of the payment plugin that stands for it.
fn paid(plugin: i64, payment: &Payment) -> Value {
    let entry = |amount: Option<Money>| {
        amount.map(|amount| {
            json!({ "status": 1, "transaction": payment.reference, "method": payment.method, "amount": major(amount) })
        })
    };
    let (auth, capture) = (entry(payment.authorized.or(payment.captured)), entry(payment.captured));
    let mut paid = json!({ "id": plugin });
    if let Some(auth) = auth {
        paid["auth"] = auth;
    }
    if let Some(capture) = capture {
        paid["capture"] = capture;
    }
    paid
}

/// What an answer means.
#[derive(Debug)]
pub enum Placed {
    /// Orders by number: usually one, several when Centra split it.
    Orders(Vec<i64>),
    /// The order number is taken: by this very order when it was placed before, or by another.
    NumberTaken,
}

#[derive(Deserialize)]
struct Answer {
    status: String,
    #[serde(default)]
    orders: Vec<Value>,
    #[serde(default)]
    order: Option<Value>,
    #[serde(default)]
    code: Value,
    #[serde(default)]
    msg: Value,
}

impl Answer {
    fn code(&self) -> Option<i64> {
        self.code.as_i64().or_else(|| self.code.as_str()?.trim().parse().ok())
    }

    /// Centra's own code and words, fit for an operator.
    fn words(&self) -> Option<String> {
        with_code(&self.code, self.msg.as_str().and_then(reported))
    }
}

/// Reads an answer. Once the request is out, only what has the form of the Order API's answers says that no order was placed:
/// all else may come from something on the way that lost Centra's own answer, and leaves it open.
pub fn read(answer: &HttpAnswer) -> Result<Placed, ConnectorError> {
    let status = answer.response.status;
    let read = serde_json::from_slice::<Answer>(&answer.body).ok();
    let says = read.as_ref().and_then(Answer::words);
    match (status, read) {
        (401 | 403, _) if is_centras(&answer.body) => Err(secret_refused()),
        (401 | 403 | 407, _) => Err(error::blocked(answer)),
        (408 | 499 | 500..=599, _) => {
            let says = says.map(|says| format!(" It says: {says}.")).unwrap_or_default();
            let message = format!(
                "Centra's Order API failed ({}): whether the order was placed is not known.{says}",
                error::form(answer)
            );
            Err(ConnectorError::new(ErrorCode::PlatformUnavailable, message).retry_with_backoff())
        }
        (_, Some(read)) if read.status == "ok" => {
            let number = |value: &Value| value.as_i64().or_else(|| value.as_str()?.parse().ok());
            let numbers: Vec<i64> = read.orders.iter().chain(&read.order).filter_map(number).collect();
            if numbers.is_empty() { Err(unclear(answer)) } else { Ok(Placed::Orders(numbers)) }
        }
        (_, Some(read)) if read.status == "no" => refused(read.code(), says),
        (404, _) => Err(unclear(answer).at_field(
            "/order_api_path",
            "not_found",
            "If no order comes through, enter the URI of the Order API plugin: there may be none at this path.",
        )),
        _ => Err(unclear(answer)),
    }
}

fn unclear(answer: &HttpAnswer) -> ConnectorError {
    error::answer_invalid(&format!(
        "to an order is not one of the Order API ({}): whether the order was placed is not known",
        error::form(answer)
    ))
}

fn secret_refused() -> ConnectorError {
    ConnectorError::new(ErrorCode::ConfigInvalid, "Centra's Order API refuses the order route secret.").at_field(
        "/order_route_secret",
        "refused",
        "Copy the secret of the Order API plugin again.",
    )
}

/// The documented codes, with Centra's own code and words behind what they mean.
fn refused(code: Option<i64>, says: Option<String>) -> Result<Placed, ConnectorError> {
    let (kind, pointer, word, message) = match code {
        Some(-5) => return Ok(Placed::NumberTaken),
        Some(-1) => (
            ErrorCode::InvalidRequest,
            "/draft/cart/lines",
            "not_for_sale",
            "A product of the order is not for sale: its status, the market or the pricelist forbids it",
        ),
        Some(-2) => {
            (ErrorCode::Conflict, "/draft/cart/lines", "out_of_stock", "A product of the order is out of stock")
        }
        Some(-3) => (ErrorCode::InvalidRequest, "/draft/cart/lines", "required", "The order is empty"),
        Some(-4) => {
            (ErrorCode::InvalidRequest, "/draft", "required", "Centra misses a field of the order that it needs")
        }
        Some(-6) => (ErrorCode::InvalidRequest, "/draft/customer", "refused", "Centra could not register the customer"),
        _ => (ErrorCode::Conflict, "/draft", "refused", "Centra refuses the order"),
    };
    let message = match says {
        Some(says) => format!("{message} ({says})."),
        None => format!("{message}, without a reason."),
    };
    Err(ConnectorError::new(kind, message.clone()).at_field(pointer, word, message))
}
