//! Reports the capture of an order's payment to External Payment. Its page documents one successful capture an order, by the hash
//! of the selection that was paid: the whole order at once, never a shipment, a release or a refund.

use connector_api::{
    ConnectorError, ErrorCode,
    domain::{Money, Order, OrderStatus},
    wire::{
        credentials::{OpenConnection, Secret},
        order::CaptureRequest,
    },
};
use sha2::{Digest, Sha256};

use super::{
    super::{quote::Quoting, source::Source},
    lookup::get,
    remark::after_the_fact,
};
use crate::{
    checkout::Paid,
    error::invalid,
    form::{notification_url, order_route_secret},
    payment_notification::{self as notification, Capture},
};

/// Reports it, once.
pub async fn capture(
    source: &Source,
    quoting: &Quoting,
    connection: &OpenConnection,
    request: &CaptureRequest,
    key: Option<&str>,
) -> Result<Order, ConnectorError> {
    let order = get(source, &request.order_id).await?;
    let paid = quoting.payments.of(quoting.checkout.host(), &order.id).await?;
    if paid.is_none() && !is_paid_outside(source, &order) {
        return Err(unsupported(
            "/order_id",
            "Captures are reported of orders paid with External Payment only; Centra captures the payments of others itself, with their shipments.",
        ));
    }
    if request.shipment_id.is_some() {
        return Err(unsupported(
            "/shipment_id",
            "External Payment takes one capture for a whole order, none for a shipment: capture everything at once.",
        ));
    }
    let reference = request.reference.clone().unwrap_or_else(|| reference_of(key.unwrap_or(order.id.as_str())));
    if is_captured_by(&order, &reference) {
        return Ok(order);
    }
    if order.captures().next().is_some() {
        let message = "The order's money was captured already, and External Payment takes one capture an order.";
        return Err(conflict("already_captured", message));
    }
    if order.status == OrderStatus::Canceled {
        return Err(conflict("canceled", "The order is cancelled: nothing of it is owed."));
    }
    let paid = whole(paid)?;
    let amount = amount(&order, &paid, request.amount)?;
    let (address, secret) = plugin(connection)?;
    let host = source.client.host();
    let own = Capture { order: &order, selection: &paid.selection, amount, reference: &reference };
    let body = notification::body(&own, secret.expose(), host.now().await?)?;
    let answer = host.http(&notification::request(&address), body.to_string().into_bytes()).await?;
    match notification::read(&answer) {
        Ok(()) => get(source, &order.id).await.map_err(|failure| after_the_fact(&failure)),
        // It may have come through before its answer was lost.
        Err(refused) if refused.code == ErrorCode::Conflict => match get(source, &order.id).await {
            Ok(now) if is_captured_by(&now, &reference) => Ok(now),
            _ => Err(refused),
        },
        Err(failure) => Err(failure),
    }
}

/// Whether the money of an order is somewhere else, as far as Centra shows it.
pub(super) fn is_paid_outside(source: &Source, order: &Order) -> bool {
    let method = order.payment.as_ref().and_then(|payment| payment.method.as_deref());
    method == Some(source.chosen.external_payment_uri.as_str())
}

fn is_captured_by(order: &Order, reference: &str) -> bool {
    order.captures().any(|own| own.reference.as_deref() == Some(reference))
}

/// What a capture without a number of its own is known by. The same key has the same.
fn reference_of(key: &str) -> String {
    let digest = Sha256::digest(key.as_bytes());
    format!("capture-{}", hex::encode(digest.get(..10).unwrap_or(&digest)))
}

/// The payment of a selection that became one order.
fn whole(paid: Option<Paid>) -> Result<Paid, ConnectorError> {
    let Some(paid) = paid else {
        return Err(unsupported(
            "/order_id",
            "This connection did not place the order, or did so more than 90 days ago: which selection was paid is not known.",
        ));
    };
    let message = match paid.orders {
        Some(1) => return Ok(paid),
        Some(_) => {
            "Centra made several orders of this cart, and takes one capture for all of them: which one it would count for is not known."
        }
        None => {
            "Centra may have made several orders of this cart, because this one does not contain all of it, and accepts one capture for all of them: capture the payment at the payment provider."
        }
    };
    Err(unsupported("/order_id", message))
}

/// How much is reported. No rest could be reported later, so a part is refused.
fn amount(order: &Order, paid: &Paid, asked: Option<Money>) -> Result<Money, ConnectorError> {
    let reserved = order.payment.as_ref().and_then(|payment| payment.authorized).unwrap_or(paid.amount);
    let owed = order
        .total()
        .filter(|total| total.currency == reserved.currency)
        .map_or(reserved, |total| Money { amount_minor: total.amount_minor.min(reserved.amount_minor), ..reserved });
    if owed.amount_minor <= 0 {
        return Err(conflict("nothing_owed", "The order's total is zero: nothing of it is owed."));
    }
    let Some(asked) = asked else { return Ok(owed) };
    if asked.currency != reserved.currency {
        return Err(invalid("/amount", "currency", format!("The order is paid in {}.", reserved.currency)));
    }
    if asked.amount_minor > reserved.amount_minor {
        return Err(invalid("/amount", "too_much", format!("No more than {reserved} was authorized.")));
    }
    if asked.amount_minor < owed.amount_minor {
        let message = format!(
            "External Payment accepts one capture per order, so the remainder could never be reported: capture all of {owed}, or leave the amount out."
        );
        return Err(unsupported("/amount", message));
    }
    Ok(asked)
}

/// Address and secret of the plugin.
fn plugin(connection: &OpenConnection) -> Result<(Secret, Secret), ConnectorError> {
    let missing = |pointer: &str, message: &str| {
        ConnectorError::new(ErrorCode::ConfigInvalid, message).at_field(pointer, "required", message)
    };
    let address = notification_url(connection).ok_or_else(|| {
        missing(
            "/external_payment_notification_url",
            "To report captures, enter the Notifications URL of the External Payment plugin, whole, as its settings show it.",
        )
    })?;
    let secret = order_route_secret(connection).ok_or_else(|| {
        missing("/order_route_secret", "The secret of the External Payment plugin is missing in the settings.")
    })?;
    Ok((address, secret))
}

fn unsupported(pointer: &str, message: impl Into<String>) -> ConnectorError {
    let message = message.into();
    ConnectorError::new(ErrorCode::UnsupportedOperation, message.clone()).at_field(pointer, "not_supported", message)
}

fn conflict(code: &str, message: &str) -> ConnectorError {
    ConnectorError::new(ErrorCode::Conflict, message).at_field("/order_id", code, message)
}
