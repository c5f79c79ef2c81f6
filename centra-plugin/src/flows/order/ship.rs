//! Shipments: made, then sent off. When only the second fails, what was made is answered with a warning, never with an error:
//! an error would have it made again.
//!
//! Goods leave when their money is there. Who takes it decides what is asked for: money taken elsewhere is reported with `isPaid`,
//! money that Centra reserved is asked for with `capture`, and where nobody can tell, Centra decides.

use connector_api::{
    ConnectorError,
    domain::{ExternalId, FinancialStatus, Message, Order, PaymentEventKind, Shipment},
    wire::order::CreateShipmentRequest,
};
use serde_json::{Value, json};

use super::{
    super::{pull::moment, source::Source},
    lookup::{get, line_id, row_of},
    payload::ask,
    remark::{after_the_fact, warning},
};
use crate::{client::Variables, error, form::OrderRoute, map, operation::Operation};

/// Whose the money of an order is to take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Money {
    /// Somebody else took it.
    Elsewhere,
    /// Centra holds a reservation that is not all taken.
    Reserved,
    /// Centra took it, waits for it, or does not let it be seen.
    Unsaid,
}

/// Sends goods of an order.
pub async fn create_shipment(source: &Source, request: &CreateShipmentRequest) -> Result<Shipment, ConnectorError> {
    let row = row_of(source, &request.order_id).await?;
    let attribute = source.chosen.order_attribute.as_deref();
    let order =
        map::order::order(&row, attribute).ok_or_else(|| error::answer_invalid("has amounts in no known currency"))?;
    if request.lines.is_empty() {
        return Err(error::invalid("/lines", "required", "Name the lines to ship."));
    }
    let lines: Vec<Value> = request
        .lines
        .iter()
        .enumerate()
        .map(|(index, line)| {
            let id = line_id(&line.order_line_id, index)?;
            Ok(json!({ "orderLine": { "id": id }, "quantity": line.quantity }))
        })
        .collect::<Result<_, ConnectorError>>()?;
    let money = money(source, &order, row.payment_history.is_some());
    let mut variables = Variables::from([("order", json!(order.id)), ("lines", json!(lines))]);
    match money {
        Money::Elsewhere => drop(variables.insert("paid", json!(true))),
        Money::Reserved => drop(variables.insert("capture", json!(true))),
        Money::Unsaid => {}
    }
    let mut done = ask(source, Operation::CreateShipment, &variables).await?;
    let id = done.made.ok_or_else(|| error::answer_invalid("to `CreateShipment` does not name the shipment"))?;
    // A capture that fails makes the shipment all the same.
    let is_taken = money != Money::Reserved || {
        let row = row_of(source, &order.id).await.map_err(|failure| after_the_fact(&failure))?;
        let made = row.shipments.iter().flatten().find(|own| own.id == id);
        made.is_some_and(|own| own.is_captured.unwrap_or(own.is_paid))
    };
    if is_taken {
        match send_off(source, request, id).await {
            Ok(warnings) => done.warnings.extend(warnings),
            Err(failure) => {
                let text = format!("The shipment was created, but not completed: {}", failure.message);
                done.warnings.push(warning("not_completed", text));
            }
        }
    } else {
        let text = "The shipment was created, but not completed: Centra does not show that its payment was captured. Complete it in Centra once it is.";
        done.warnings.push(warning("not_captured", text));
    }
    let wanted: ExternalId = id.into();
    let order = get(source, &order.id).await.map_err(|failure| after_the_fact(&failure))?;
    let mut shipment = order
        .shipments
        .into_iter()
        .find(|own| own.id == wanted)
        .ok_or_else(|| after_the_fact(&error::answer_invalid("does not show the shipment that was just made")))?;
    shipment.warnings.extend(done.warnings);
    Ok(shipment)
}

/// Says that a shipment has left.
async fn send_off(
    source: &Source,
    request: &CreateShipmentRequest,
    shipment: i64,
) -> Result<Vec<Message>, ConnectorError> {
    let now = source.client.host().now().await?;
    let mut variables = Variables::from([("shipment", json!(shipment)), ("shippedAt", json!(moment(now)))]);
    if let Some(tracking) = request.tracking.first() {
        variables.extend(tracking.carrier.as_ref().map(|carrier| ("carrier", json!(carrier))));
        variables.extend(tracking.number.as_ref().map(|number| ("trackingNumber", json!(number))));
    }
    Ok(ask(source, Operation::CompleteShipment, &variables).await?.warnings)
}

/// Whose the money is. That nothing is seen of it proves nothing where the history of payments cannot be read, or where Centra
/// waits for an answer: goods that are marked as paid leave, and nobody asks for their money again.
fn money(source: &Source, order: &Order, history_is_readable: bool) -> Money {
    if source.chosen.order_route != OrderRoute::None && order.channel_reference.is_some() {
        return Money::Elsewhere;
    }
    let payment = order.payment.as_ref();
    let authorized = payment.and_then(|payment| payment.authorized).map_or(0, |amount| amount.amount_minor);
    let captured = payment.and_then(|payment| payment.captured).map_or(0, |amount| amount.amount_minor);
    if authorized > captured {
        return Money::Reserved;
    }
    let of_centra = |kind: &PaymentEventKind| {
        !matches!(kind, PaymentEventKind::MarkedPaid | PaymentEventKind::MarkedUnpaid | PaymentEventKind::Invoice)
    };
    let is_untouched = history_is_readable && !order.payments.iter().any(|event| of_centra(&event.kind));
    if is_untouched && order.financial_status != FinancialStatus::Pending {
        return Money::Elsewhere;
    }
    Money::Unsaid
}
