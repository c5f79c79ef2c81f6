//! Notifications to the External Payment plugin: what became of a payment, reported from outside and signed with the plugin's
//! shared secret.
//!
//! Documented: the fields at the top of the body, the signature with the intent behind it, 200 with `success`, `message`, the two
//! intents, and that an order takes one successful authorization and one successful capture. Decided here: the notification key is the last
//! part of the address; refusals have status 400, or 200 with a quirk; a capture needs an order and is refused above what was
//! authorized; what failed is taken and not shown.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};

use super::payment::{Payment, minor};
use super::settings::Quirk;
use super::writer::Writer;
use crate::rest_faults;
use crate::shop::View;
use crate::store::Store;
use crate::value::{Kind, Val};

/// Where the plugin takes notifications; its settings in Centra show the whole address.
pub const PATH: &str = "/external-payment/notifications/simulated-notification-key";

/// Name of the operation in statistics and in the fault plan.
const OPERATION: &str = "ExternalPayment notification";

/// `POST` to the notification address.
pub async fn serve(State(store): State<Arc<Store>>, body: Bytes) -> Response {
    *store.stats().by_operation.entry(OPERATION.to_owned()).or_default() += 1;
    let fault = store.faults().named_fault(&[OPERATION]);
    if let Some(response) = rest_faults::before(&store, fault.as_ref()).await {
        return response;
    }
    let (status, answer) = answer(&store, &body);
    rest_faults::after(&store, fault.as_ref(), status, answer.to_string()).await
}

/// Takes a notification.
pub(crate) fn answer(store: &Store, body: &[u8]) -> (StatusCode, Value) {
    let given: Value = serde_json::from_slice(body).unwrap_or_default();
    match take(store, &given) {
        Ok(()) => (StatusCode::OK, json!({ "success": true, "message": "OK" })),
        Err(message) => {
            let is_200 = store.config.checkout.has(Quirk::NotificationRefused200);
            let status = if is_200 { StatusCode::OK } else { StatusCode::BAD_REQUEST };
            (status, json!({ "success": false, "message": message }))
        }
    }
}

fn take(store: &Store, given: &Value) -> Result<(), String> {
    let overlay = store.overlay();
    let view = store.view(&overlay);
    let writer = Writer { view, settings: &store.config.checkout, shows_campaigns: store.config.sale.campaigns_shown };
    let payment = Payment { store, writer };
    let text = |name: &str| given[name].as_str().ok_or_else(|| format!("Missing field: {name}"));
    let (selection, signature, intent) = (text("selection")?, text("signature")?, text("intent")?);
    let (amount, currency, reference) = (text("amount")?, text("currency")?, text("transactionReference")?);
    let timestamp = given["timestamp"].as_i64().ok_or("Missing field: timestamp")?;
    let success = given["success"].as_bool().ok_or("Missing field: success")?;
    if !matches!(intent, "auth" | "capture") {
        return Err(format!("Invalid intent: {intent}"));
    }
    let signed = format!("{selection}:{amount}:{currency}:{timestamp}:{reference}:{success}:{intent}");
    if payment.signature(&signed).as_deref() != Some(signature) {
        return Err("Invalid signature".to_owned());
    }
    match (intent, success) {
        ("auth", true) => {
            let mut sessions = store.sessions();
            let own = sessions.named(selection).ok_or("Selection not found")?;
            payment.authorize(own, amount, currency, reference)
        }
        ("capture", true) => capture(store, view, selection, (amount, currency), reference),
        _ => Ok(()),
    }
}

fn capture(
    store: &Store,
    view: View<'_>,
    selection: &str,
    (amount, currency): (&str, &str),
    reference: &str,
) -> Result<(), String> {
    let is_of = |order: &&crate::orders::order::Order| order.selection.as_deref() == Some(selection);
    let order = store.book().orders.values().find(is_of).map(|order| (order.number, order.currency));
    let (number, row) = order.ok_or("There is no order of this selection yet")?;
    let own = view.get(Kind::Currency, row, "code");
    if own.as_str() != Some(currency) {
        return Err(format!("Mismatched currency: {currency}, order currency: {}", own.as_str().unwrap_or_default()));
    }
    let digits = match view.get(Kind::Currency, row, "digits") {
        Val::Int(digits) => u32::try_from(digits).unwrap_or(2),
        _ => 2,
    };
    let taken = minor(amount, digits);
    store.edit_order(number, "update", |order, book| order.captured_outside(book.id(), taken, reference))
}
