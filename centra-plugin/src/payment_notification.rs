//! Notifications to Centra's External Payment plugin: what is sent to report a capture, and what the answers mean.
//!
//! The fields, the signature with the intent at its end, the two intents and the form of both answers by the reference \[D\]; which
//! status goes with a refusal is not documented, only that it is not 200 \[D\], while the refusal's own sample names none \[I\]. That the notification
//! key is part of the address is inferred \[I\]: no field and no header is documented for it.

use connector_api::{
    ConnectorError, ErrorCode,
    connector::HttpAnswer,
    domain::{Money, Order, Timestamp},
    wire::{
        credentials::Secret,
        service::{Cost, Header, HttpRequest},
    },
};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{error, external_payment::signature, reported::reported};

/// The quota of notifications. Centra states none.
const QUOTA: &str = "external_payment";

/// How long Centra may take to note a capture.
const TIMEOUT_MS: u64 = 30_000;

/// The only intent beside `auth`: money was taken.
const CAPTURE: &str = "capture";

/// Money that was taken.
#[derive(Debug)]
pub struct Capture<'a> {
    /// The order.
    pub order: &'a Order,
    /// Hash of the selection it was made of.
    pub selection: &'a str,
    /// How much.
    pub amount: Money,
    /// The payment provider's own number.
    pub reference: &'a str,
}

/// The request that reports it. It is never sent twice by itself.
pub fn request(address: &Secret) -> HttpRequest {
    let header = |name: &str| Header { name: name.to_owned(), value: "application/json".to_owned(), secret: false };
    HttpRequest {
        method: "POST".to_owned(),
        url: address.expose().to_owned(),
        headers: vec![header("content-type"), header("accept")],
        operation: "ExternalPaymentCapture".to_owned(),
        idempotent: false,
        cost: Cost::default(),
        quota: Some(QUOTA.to_owned()),
        timeout_ms: Some(TIMEOUT_MS),
    }
}

/// Its body.
pub fn body(own: &Capture<'_>, secret: &str, now: Timestamp) -> Result<Value, ConnectorError> {
    let Capture { order, selection, amount, reference } = own;
    let (sum, currency) = (amount.to_major().to_string(), amount.currency.as_str());
    let seconds = now.as_unix_ms().div_euclid(1_000);
    let signed = format!("{selection}:{sum}:{currency}:{seconds}:{reference}:true:{CAPTURE}");
    Ok(json!({
        "selection": selection,
        "signature": signature(secret, &signed)?,
        "currency": currency,
        "amount": sum,
        "timestamp": seconds,
        "transactionReference": reference,
        "success": true,
        "intent": CAPTURE,
        "transaction": { "order": order.number, "channelOrder": order.channel_reference },
    }))
}

#[derive(Deserialize)]
struct Noted {
    success: bool,
}

/// A refusal as documented, with nothing else beside.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Refusal {
    success: bool,
    message: String,
}

/// Reads an answer. Only what has the form of the plugin's own answers says that the capture was refused: all else may come from
/// something on the way that lost Centra's own answer, and leaves it open.
pub fn read(answer: &HttpAnswer) -> Result<(), ConnectorError> {
    let status = answer.response.status;
    if matches!(status, 200..=299) && serde_json::from_slice::<Noted>(&answer.body).is_ok_and(|noted| noted.success) {
        return Ok(());
    }
    let refusal = serde_json::from_slice::<Refusal>(&answer.body).ok().filter(|own| !own.success);
    match refusal {
        Some(refusal) if matches!(status, 200 | 400..=407 | 409..=428 | 430..=498) => Err(refused(&refusal.message)),
        _ if status == 404 => Err(unclear(answer).at_field(
            "/external_payment_notification_url",
            "not_found",
            "If no capture comes through, copy the Notifications URL of the External Payment plugin again.",
        )),
        _ => Err(unclear(answer)),
    }
}

fn refused(message: &str) -> ConnectorError {
    if message.to_ascii_lowercase().contains("signature") {
        let text = "Centra's External Payment plugin refuses the signature made with the order route secret.";
        return ConnectorError::new(ErrorCode::ConfigInvalid, text).at_field(
            "/order_route_secret",
            "refused",
            "Copy the Shared secret of the External Payment plugin again; its Notification key does not work here.",
        );
    }
    let says = reported(message).map_or_else(|| " without saying why".to_owned(), |says| format!(" and says: {says}"));
    let text = format!("Centra's External Payment plugin does not accept the capture{says}.");
    ConnectorError::new(ErrorCode::Conflict, text.clone()).at_field("/order_id", "refused", text)
}

fn unclear(answer: &HttpAnswer) -> ConnectorError {
    error::answer_invalid(&format!(
        "to a capture is not one of External Payment ({}): whether it was noted is not known",
        error::form(answer)
    ))
}
