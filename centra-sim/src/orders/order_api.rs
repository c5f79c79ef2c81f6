//! The Order API (REST) as far as it places orders: `POST order`, `POST orders`, `createOnly`, codes −1 to −7.
//!
//! Stock is checked but not taken: Centra's rules for when it is are not documented, and tests place more orders than a seed has
//! pieces.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use crate::bundle;
use crate::checkout::amount::share;
use crate::faults::Asked;
use crate::orders::Book;
use crate::orders::order::{Line, LineCampaign, LineKind, Order, Payment, Status};
use crate::rest_faults;
use crate::sale::effective;
use crate::shop::View;
use crate::store::Store;
use crate::value::{Kind, Val};

/// Row of the plugin that stands for payments taken elsewhere.
const PAYMENT_PLUGIN: i64 = 2;

/// A refusal: code and words.
type Refusal = (i64, String);

/// `POST /api/order-api/order`
pub async fn order(State(store): State<Arc<Store>>, headers: HeaderMap, body: Bytes) -> Response {
    answer(&store, &headers, &body, |store, body| match place(store, body) {
        Ok(numbers) if body["createOnly"] == true => json!({ "status": "ok", "order": numbers[0] }),
        Ok(numbers) => json!({ "status": "ok", "orders": numbers }),
        Err((code, msg)) => json!({ "status": "no", "code": code, "msg": msg }),
    })
    .await
}

/// `POST /api/order-api/orders`: orders by key, answered by key.
pub async fn orders(State(store): State<Arc<Store>>, headers: HeaderMap, body: Bytes) -> Response {
    answer(&store, &headers, &body, |store, body| {
        let one = |(key, body): (&String, &Value)| {
            let answer = match place(store, body) {
                Ok(numbers) => json!({ "status": "ok", "orders": numbers }),
                Err((code, msg)) => json!({ "status": "no", "code": code, "msg": msg }),
            };
            (key.clone(), answer)
        };
        Value::Object(body.as_object().into_iter().flatten().map(one).collect::<Map<String, Value>>())
    })
    .await
}

/// Secret, faults before, the work, faults after.
async fn answer(store: &Store, headers: &HeaderMap, body: &Bytes, work: impl Fn(&Store, &Value) -> Value) -> Response {
    let fault = {
        let mut stats = store.stats();
        stats.requests += 1;
        *stats.by_operation.entry("OrderApi".to_owned()).or_default() += 1;
        let number = stats.requests;
        drop(stats);
        store.faults().fault(Asked { number, operation: "OrderApi", ..Asked::default() })
    };
    let given = headers.get("api-authorization").and_then(|value| value.to_str().ok());
    if given.is_none() || given != store.config.order_api_secret.as_deref() {
        return (StatusCode::UNAUTHORIZED, Json(json!({ "status": "no", "msg": "unauthorized" }))).into_response();
    }
    if let Some(reply) = rest_faults::before(store, fault.as_ref()).await {
        return reply;
    }
    let Ok(body) = serde_json::from_slice::<Value>(body) else {
        return (StatusCode::BAD_REQUEST, Json(json!({ "status": "no", "code": -7, "msg": "invalid JSON" })))
            .into_response();
    };
    let done = work(store, &body).to_string();
    rest_faults::after(store, fault.as_ref(), StatusCode::OK, done).await
}

/// Places an order; the numbers it got.
fn place(store: &Store, body: &Value) -> Result<Vec<i64>, Refusal> {
    let pricelist = reference(body, "pricelistId", "pricelist").unwrap_or(1);
    let market = reference(body, "marketId", "market").unwrap_or(1);
    let (currency, digits) = {
        let overlay = store.overlay();
        let view = store.view(&overlay);
        if !view.exists(Kind::Market, market) {
            return Err((-1, "market does not exist".to_owned()));
        }
        let Val::Ref(_, currency) = view.get(Kind::Pricelist, pricelist, "currency") else {
            return Err((-1, "pricelist does not exist".to_owned()));
        };
        let digits = match view.get(Kind::Currency, currency, "digits") {
            Val::Int(digits) => u32::try_from(digits).unwrap_or(2),
            _ => 2,
        };
        (currency, digits)
    };
    let minor = |value: &Value| decimal(value, digits);
    let (delivery, billing) = (address(body, "deliveryAddress")?, address(body, "invoiceAddress")?);
    let bought = products(store, body, (pricelist, market), &minor)?;
    let automatic = automatic_discount(store, body, &bought);
    let now = store.now();
    let numbers = {
        let mut book = store.book();
        let wanted = body["orderNumber"].as_i64();
        let overlay = store.overlay();
        if wanted.is_some_and(|number| {
            book.orders.contains_key(&number) || store.view(&overlay).exists(Kind::DirectToConsumerOrder, number)
        }) {
            return Err((-5, "order number exists".to_owned()));
        }
        drop(overlay);
        let parts: Vec<&[Bought]> = if store.config.split_orders && bought.len() > 1 {
            bought.chunks(1).collect()
        } else {
            vec![bought.as_slice()]
        };
        let email = text(&delivery, "email");
        let known = book.customers.get(&email).copied();
        let customer = known.unwrap_or_else(|| book.id());
        book.customers.insert(email, customer);
        let mut numbers = vec![];
        for (place, part) in parts.into_iter().enumerate() {
            let number = if place == 0 { wanted } else { None }.unwrap_or_else(|| book.number());
            let lines = part.iter().flat_map(|own| own.lines(&mut book)).collect();
            let mut order = Order {
                number,
                hash: format!("{:032x}", u128::from(number.unsigned_abs()) << 64 | 0x00ce_472a),
                status: Status::Pending,
                held: false,
                external_id: None,
                market,
                pricelist,
                currency,
                shipping: if place == 0 { minor(&body["shippingValue"]).unwrap_or(0) } else { 0 },
                discount: if place == 0 { minor(&body["voucherValue"]).unwrap_or(0) + automatic } else { 0 },
                tax_percent: tax(&text(&delivery, "country")),
                on_top: 0,
                payment_plugin: PAYMENT_PLUGIN,
                selection: None,
                price_group: price_group(store, body),
                lines,
                shipments: vec![],
                returns: vec![],
                payments: vec![],
                customer,
                delivery: delivery.clone(),
                billing: billing.clone(),
                internal_comment: body["internalComment"].as_str().map(str::to_owned),
                comment: body["comment"].as_str().unwrap_or_default().to_owned(),
                attributes: attributes(body),
                placed_at: now,
                updated_at: now,
            };
            for (field, kind) in [("auth", "AUTH"), ("capture", "CAPTURE")] {
                if let Some(amount) = minor(&body["payment"][field]["amount"]) {
                    let reference = body["payment"][field]["transaction"].as_str().map(str::to_owned);
                    order.payments.push(Payment { id: book.id(), kind, minor: amount, reference, at: now });
                }
            }
            book.orders.insert(number, order);
            numbers.push(number);
        }
        numbers
    };
    for number in &numbers {
        store.show_order(*number, "create");
    }
    Ok(numbers)
}

fn reference(body: &Value, by_id: &str, other: &str) -> Option<i64> {
    body[by_id].as_i64().or_else(|| body[other].as_i64())
}

fn decimal(value: &Value, digits: u32) -> Option<i64> {
    let text = match value {
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.clone(),
        _ => return None,
    };
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let width = usize::try_from(digits).ok()?;
    let fraction: String = fraction.chars().chain(std::iter::repeat('0')).take(width).collect();
    format!("{whole}{fraction}").parse().ok()
}

/// The Order API's names of an address's fields, and those of `Address`.
const FIELDS: &[(&str, &str)] = &[
    ("email", "email"),
    ("firstName", "firstName"),
    ("lastName", "lastName"),
    ("tele", "phoneNumber"),
    ("cell", "cellPhoneNumber"),
    ("address", "address1"),
    ("coaddress", "address2"),
    ("city", "city"),
    ("zipcode", "zipCode"),
    ("state", "stateOrProvince"),
    ("country", "country"),
];

fn address(body: &Value, name: &str) -> Result<Vec<(&'static str, String)>, Refusal> {
    let own = if body["address"].is_object() { &body["address"] } else { &body[name] };
    for required in ["email", "country"] {
        if own[required].as_str().is_none_or(str::is_empty) {
            return Err((-4, format!("required field {required}")));
        }
    }
    let given = FIELDS.iter().filter_map(|(field, known)| Some((*known, own[*field].as_str()?.to_owned())));
    Ok(given.collect())
}

fn text(fields: &[(&'static str, String)], name: &str) -> String {
    fields.iter().find(|(own, _)| *own == name).map(|(_, value)| value.clone()).unwrap_or_default()
}

/// A product of an order.
struct Bought {
    size: i64,
    quantity: i64,
    unit: i64,
    original: i64,
    campaign: Option<LineCampaign>,
    /// Of a bundle: sizes, and pieces in one bundle.
    parts: Vec<(i64, i64)>,
}

impl Bought {
    fn lines(&self, book: &mut Book) -> Vec<Line> {
        let line = Line {
            id: book.id(),
            size: self.size,
            ordered: self.quantity,
            cancelled: 0,
            unit: self.unit,
            original: self.original,
            campaign: self.campaign.clone(),
            kind: LineKind::Product,
        };
        line.with_parts(&self.parts, || book.id())
    }
}

/// What vouchers that apply by themselves take off: they do so unless that is refused `[D]`.
fn automatic_discount(store: &Store, body: &Value, bought: &[Bought]) -> i64 {
    let worth: i64 = bought.iter().map(|own| own.unit * own.quantity).sum();
    match store.config.checkout.automatic_percent {
        Some(percent) if body["applyVouchers"] != false => share(worth, percent.into()),
        _ => 0,
    }
}

/// What is bought, at the price named, else at the one in force with the campaigns of the moment `[D]`.
fn products(
    store: &Store,
    body: &Value,
    (pricelist, market): (i64, i64),
    minor: &dyn Fn(&Value) -> Option<i64>,
) -> Result<Vec<Bought>, Refusal> {
    let overlay = store.overlay();
    let view = store.view(&overlay);
    let mut bought = vec![];
    for product in body["products"].as_array().into_iter().flatten() {
        let by_text = |field: &'static str, name: &str| {
            let wanted = product[name].as_str()?;
            view.ids_after(Kind::ProductSize, 0)
                .find(|id| view.get(Kind::ProductSize, *id, field).as_str() == Some(wanted))
        };
        let size = product["id"].as_i64().or_else(|| by_text("SKU", "sku")).or_else(|| by_text("EAN", "ean"));
        let size =
            size.filter(|id| view.exists(Kind::ProductSize, *id)).ok_or((-1, "product does not exist".to_owned()))?;
        let variant = view.references(Kind::ProductSize, size, "productVariant").first().copied().unwrap_or(0);
        let price = effective(view, variant, pricelist, market)
            .ok_or((-1, "product has no price in the pricelist".to_owned()))?;
        let quantity =
            product["qty"].as_i64().filter(|quantity| *quantity > 0).ok_or((-4, "required field qty".to_owned()))?;
        let bundle = bundle::Bundle::of_variant(view, variant);
        if bundle.as_ref().is_some_and(|bundle| bundle.is_flexible) {
            // Decided here: the Order API's page knows no way to tell a choice.
            return Err((-1, "product is a flexible bundle".to_owned()));
        }
        let parts: Vec<(i64, i64)> = bundle
            .map(|bundle| bundle.parts())
            .unwrap_or_default()
            .into_iter()
            .filter_map(|(part, quantity)| Some((bundle::part_size(view, variant, size, part)?, quantity)))
            .collect();
        let free = if parts.is_empty() {
            free(view, size)
        } else {
            parts.iter().map(|(part, quantity)| free(view, *part) / quantity.max(&1)).min().unwrap_or(0)
        };
        let is_preorder = matches!(view.get(Kind::ProductSize, size, "preorder"), Val::Bool(true));
        if body["adjustStock"] != false && free < quantity && !is_preorder {
            return Err((-2, format!("only {free} in stock")));
        }
        let (named, original) = (minor(&product["unitPrice"]), minor(&product["originalPrice"]));
        bought.push(Bought {
            size,
            quantity,
            unit: named.unwrap_or_else(|| price.minor()),
            original: original.or(named).unwrap_or(price.list),
            campaign: price.applied.filter(|_| named.is_none()).map(LineCampaign::of),
            parts,
        });
    }
    if bought.is_empty() { Err((-3, "the order is empty".to_owned())) } else { Ok(bought) }
}

fn free(view: View<'_>, size: i64) -> i64 {
    [1, 2].iter().map(|warehouse| view.stock(size, *warehouse).free()).sum()
}

fn attributes(body: &Value) -> Vec<(String, String, String)> {
    let own = body["extraAttributes"].as_object().into_iter().flatten();
    own.filter_map(|(name, value)| {
        let (kind, element) = name.rsplit_once('_')?;
        Some((kind.to_owned(), element.to_owned(), value.as_str()?.to_owned()))
    })
    .collect()
}

fn price_group(store: &Store, body: &Value) -> Option<i64> {
    let wanted = body["shippingList"].as_str()?;
    let overlay = store.overlay();
    let view = store.view(&overlay);
    let option = view
        .ids_after(Kind::ShippingOption, 0)
        .find(|id| view.get(Kind::ShippingOption, *id, "uri").as_str() == Some(wanted))?;
    view.references(Kind::ShippingOption, option, "shippingPriceGroups").first().copied()
}

/// Per cent inside the prices, by country.
fn tax(country: &str) -> i64 {
    match country {
        "SE" | "DK" | "FI" => 25,
        "PT" => 23,
        "NL" => 21,
        "FR" | "GB" => 20,
        "DE" => 19,
        _ => 0,
    }
}
