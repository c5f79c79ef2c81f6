//! Confirm, hold, cancel. None is repeated by itself; a repetition by the caller finds what is done already and says so.

use connector_api::{
    ConnectorError, ErrorCode,
    domain::{Message, Order, OrderStatus},
    wire::order::{CancelOrderRequest, ConfirmOrderRequest, HoldOrderRequest},
};
use serde_json::{Value, json};

use super::{
    super::source::Source,
    capture::is_paid_outside,
    lookup::{get, hash_of, line_id, row_of},
    payload::{Done, ask},
    remark::warning,
};
use crate::{client::Variables, error, operation::Operation};

/// Lets an order be sent.
pub async fn confirm(source: &Source, request: &ConfirmOrderRequest) -> Result<Order, ConnectorError> {
    let hash = hash_of(source, &request.order_id).await?;
    let done = ask(source, Operation::ConfirmOrder, &Variables::from([("order", json!(hash))])).await;
    let confirmed = |order: &Order| matches!(order.status, OrderStatus::Accepted | OrderStatus::Completed);
    after(source, &hash, done, confirmed).await
}

/// Holds an order, or lets it go on.
pub async fn hold(source: &Source, request: &HoldOrderRequest) -> Result<Order, ConnectorError> {
    let hash = hash_of(source, &request.order_id).await?;
    let mut variables = Variables::from([("order", json!(hash)), ("hold", json!(request.hold))]);
    variables.extend(request.reason.as_ref().map(|reason| ("reason", json!(reason))));
    let done = ask(source, Operation::UpdateOrder, &variables).await;
    after(source, &hash, done, |order| order.on_hold == request.hold).await
}

/// Cancels an order or some of its lines.
pub async fn cancel(source: &Source, request: &CancelOrderRequest) -> Result<Order, ConnectorError> {
    let stock = stock_policy(request.restock);
    let lines: Vec<Value> = request
        .lines
        .iter()
        .enumerate()
        .map(|(index, line)| {
            if line.quantity == 0 {
                let pointer = format!("/lines/{index}/quantity");
                return Err(error::invalid(&pointer, "too_small", "A quantity of at least one must be cancelled."));
            }
            let id = line_id(&line.order_line_id, index)?;
            Ok(json!({ "line": { "id": id }, "quantity": line.quantity, "stockActionPolicy": stock }))
        })
        .collect::<Result<_, _>>()?;
    let hash = hash_of(source, &request.order_id).await?;
    let mut variables = Variables::new();
    variables.extend(request.reason.as_ref().map(|reason| ("cancelComment", json!(reason))));
    if lines.is_empty() {
        variables.extend([("id", json!(hash)), ("stock", stock)]);
        let done = ask(source, Operation::CancelOrder, &variables).await;
        let mut order = after(source, &hash, done, |order| order.status == OrderStatus::Canceled).await?;
        if is_paid_outside(source, &order) {
            let left = left_at_provider(source, &order).await;
            order.warnings.extend(left);
        }
        return Ok(order);
    }
    variables.extend([("order", json!(hash)), ("cancelLines", json!(lines))]);
    let done = ask(source, Operation::UpdateOrder, &variables).await;
    // How many pieces were to be left nobody knows, so a refusal stands.
    after(source, &hash, done, |_| false).await
}

/// What is left to do at a payment provider that Centra does not reach, once an order is cancelled.
async fn left_at_provider(source: &Source, order: &Order) -> Option<Message> {
    let is_captured = order.payment.as_ref().is_some_and(|payment| payment.captured.is_some());
    if is_captured || order.captures().next().is_some() {
        let text = "The order is cancelled. Its payment was captured: refund it at the payment provider, which Centra cannot do.";
        return Some(warning("payment_not_refunded", text));
    }
    if order.payments.is_empty() && has_no_payments(source, order).await {
        return None;
    }
    let text = "The order is cancelled, but its payment is not: release the reservation at the payment provider, which Centra cannot do.";
    Some(warning("reservation_not_released", text))
}

/// Whether nothing was reserved for an order, as for one that costs nothing. The total of a cancelled order does not say so: it may
/// be zero, whatever the order cost \[U\]; nor does a history of payments that cannot be read.
async fn has_no_payments(source: &Source, order: &Order) -> bool {
    let row = row_of(source, &order.id).await;
    row.is_ok_and(|row| row.payment_history.is_some_and(|history| history.is_empty()))
}

/// What happens to goods that are not sent, or that come back.
pub(super) fn stock_policy(restock: bool) -> Value {
    if restock { json!({ "releaseItemsBackToWarehouse": true }) } else { json!({ "removeItemsFromStock": true }) }
}

/// The order as it stands afterwards. A change that was refused because it was done before counts as done.
async fn after(
    source: &Source,
    hash: &str,
    done: Result<Done, ConnectorError>,
    already: impl Fn(&Order) -> bool,
) -> Result<Order, ConnectorError> {
    match done {
        Ok(done) => {
            let mut order = get(source, &hash.into()).await?;
            order.warnings.extend(done.warnings);
            Ok(order)
        }
        Err(refused) if refused.code == ErrorCode::Conflict => match get(source, &hash.into()).await {
            Ok(order) if already(&order) => Ok(order),
            _ => Err(refused),
        },
        Err(failure) => Err(failure),
    }
}
