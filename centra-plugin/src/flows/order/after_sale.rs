//! Returns and refunds. A return is made in two steps: made, then completed. When only the second fails, what was made is
//! answered with a warning, never with an error: an error would have it made again.

use connector_api::{
    ConnectorError, ErrorCode,
    domain::{Adjustment, AdjustmentLine, ExternalId, Order, Shipment},
    wire::{
        order::{CreateReturnRequest, RefundRequest},
        pull::Page,
    },
};
use serde_json::json;

use super::{
    super::{fetch::rows_by_id, pull::map_returns, quote::Quoting, source::Source},
    capture::is_paid_outside,
    change::stock_policy,
    lookup::get,
    payload::ask,
    remark::{after_the_fact, warning},
};
use crate::{client::Variables, error, operation::Operation, wire::shipment as wire};

/// Takes goods back.
pub async fn create_return(source: &Source, request: &CreateReturnRequest) -> Result<Adjustment, ConnectorError> {
    let order = get(source, &request.order_id).await?;
    if request.lines.is_empty() {
        return Err(error::invalid("/lines", "required", "Name the lines to return."));
    }
    let shipment = shipment_of(&order, request.shipment_id.as_ref(), &request.lines)?;
    let mut lines = vec![];
    for (index, line) in request.lines.iter().enumerate() {
        let sent = shipment.lines.iter().find(|own| own.order_line_id == line.order_line_id);
        let id = sent.and_then(|own| own.id.as_ref()?.as_str().parse::<i64>().ok()).ok_or_else(|| {
            let pointer = format!("/lines/{index}/order_line_id");
            error::invalid(
                &pointer,
                "not_sent",
                "This line is not in the shipment: what was not sent is cancelled instead.",
            )
        })?;
        lines.push(json!({ "shipmentLine": { "id": id }, "quantity": line.quantity }));
    }
    let shipment: i64 = shipment.id.as_str().parse().map_err(|_| error::answer_invalid("names a shipment oddly"))?;
    let mut variables = Variables::from([
        ("shipment", json!(shipment)),
        ("lines", json!(lines)),
        ("stock", stock_policy(request.restock)),
    ]);
    variables.extend(request.reason.as_ref().map(|reason| ("comment", json!(reason))));
    let mut done = ask(source, Operation::CreateReturn, &variables).await?;
    let id = done.made.ok_or_else(|| error::answer_invalid("to `CreateReturn` does not name the return"))?;
    match ask(source, Operation::CompleteReturn, &Variables::from([("return", json!(id))])).await {
        Ok(completed) => done.warnings.extend(completed.warnings),
        Err(failure) => {
            done.warnings.push(warning(
                "not_completed",
                format!("The return was created, but not completed: {}", failure.message),
            ));
        }
    }
    let mut made = read_return(source, id).await.map_err(|failure| after_the_fact(&failure))?;
    made.warnings.extend(done.warnings);
    Ok(made)
}

/// The shipment named, or the only one that holds all the lines.
fn shipment_of<'o>(
    order: &'o Order,
    named: Option<&ExternalId>,
    lines: &[AdjustmentLine],
) -> Result<&'o Shipment, ConnectorError> {
    if let Some(named) = named {
        return order
            .shipments
            .iter()
            .find(|own| own.id == *named)
            .ok_or_else(|| error::invalid("/shipment_id", "not_found", "The order has no such shipment."));
    }
    let holds = |own: &&Shipment| {
        lines.iter().all(|line| own.lines.iter().any(|sent| sent.order_line_id == line.order_line_id))
    };
    let mut holding = order.shipments.iter().filter(holds);
    match (holding.next(), holding.next()) {
        (Some(only), None) => Ok(only),
        (Some(_), Some(_)) => Err(error::invalid(
            "/shipment_id",
            "ambiguous",
            "Several shipments contain these lines: name the one that is returned.",
        )),
        (None, _) => {
            Err(error::invalid("/lines", "not_sent", "No shipment contains these lines: cancel what was not shipped."))
        }
    }
}

/// Gives the money of a return back. Centra ties refunds to returns and computes them itself; money that it does not hold it
/// cannot give back, and it takes no reports of such refunds.
pub async fn refund(source: &Source, quoting: &Quoting, request: &RefundRequest) -> Result<Adjustment, ConnectorError> {
    let order = get(source, &request.order_id).await?;
    let is_placed_so = quoting.payments.of(quoting.checkout.host(), &order.id).await?.is_some();
    if is_placed_so || is_paid_outside(source, &order) {
        let message = "The order is paid with External Payment: refund it at the payment provider. Refunds of such orders cannot be reported to Centra.";
        return Err(ConnectorError::new(ErrorCode::UnsupportedOperation, message).at_field(
            "/order_id",
            "not_supported",
            message,
        ));
    }
    let Some(return_id) = &request.return_id else {
        let message = "Centra refunds by return: create a return first and name it.";
        return Err(ConnectorError::new(ErrorCode::UnsupportedOperation, message).at_field(
            "/return_id",
            "required",
            message,
        ));
    };
    let unknown = || error::invalid("/return_id", "not_found", "There is no such return in the connected store.");
    let id: i64 = return_id.as_str().parse().map_err(|_| unknown())?;
    let before = read_return(source, id)
        .await
        .map_err(|failure| if failure.code == ErrorCode::NotFound { unknown() } else { failure })?;
    if before.order_id != order.id {
        return Err(error::invalid("/return_id", "other_order", "The return belongs to another order."));
    }
    let worth: i64 = before.lines.iter().filter_map(|line| line.amount).map(|amount| amount.amount_minor).sum();
    if request.amount.is_some_and(|amount| amount.amount_minor != worth) {
        let message = "Centra computes the refund from the return; omit the amount, or send the value of its lines.";
        return Err(error::invalid("/amount", "not_supported", message));
    }
    let done = ask(source, Operation::RefundReturn, &Variables::from([("return", json!(id))])).await?;
    let mut refunded = read_return(source, id).await.map_err(|failure| after_the_fact(&failure))?;
    refunded.warnings.extend(done.warnings);
    Ok(refunded)
}

async fn read_return(source: &Source, id: i64) -> Result<Adjustment, ConnectorError> {
    let store = source.store().await?;
    let mut page = Page::default();
    let rows: Vec<wire::Return> = rows_by_id(source, Operation::Returns, "returns", &[id]).await?;
    let found = map_returns(&rows, store, &mut page).into_iter().find(|own| own.id == id.into());
    found.ok_or_else(|| ConnectorError::new(ErrorCode::NotFound, "There is no such return in the connected store."))
}
