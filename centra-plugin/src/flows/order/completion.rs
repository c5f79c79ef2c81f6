//! What is done to orders right after they were placed: they are read, get the channel's number and are confirmed.

use connector_api::{
    ConnectorError, ErrorCode,
    domain::{Order, OrderStatus},
    wire::order::ConfirmOrderRequest,
};
use serde_json::json;

use super::{
    super::{fetch::orders_by, source::Source},
    change::confirm,
    payload::ask,
    remark::warning,
};
use crate::{client::Variables, form::OrderRoute, map::correlation_tag::CorrelationTag, operation::Operation};

/// Ties orders to the channel's number, and confirms them when that is wanted. It may be done again: what a lost answer left
/// undone is made up for when the orders are found.
pub(super) async fn complete(source: &Source, placed: Vec<Order>, tag: &CorrelationTag<'_>) -> Vec<Order> {
    let reference = tag.reference;
    let mut orders = vec![];
    for (index, mut order) in placed.into_iter().enumerate() {
        let mut warnings = vec![];
        // External ids are unique: the further orders of a split one have a number behind it.
        let external = if index == 0 { reference.to_owned() } else { format!("{reference}/{}", index + 1) };
        let mut variables = Variables::from([("order", json!(order.id)), ("external", json!(external))]);
        if source.chosen.order_route == OrderRoute::ExternalPayment {
            // So far only its payment has the mark, which not every token may read.
            variables.insert("comment", json!(tag.text()));
        }
        match ask(source, Operation::UpdateOrder, &variables).await {
            Ok(done) => warnings.extend(done.warnings),
            Err(failure) => warnings.push(warning("external_id_not_set", failure.message)),
        }
        if source.chosen.confirm_orders && order.status == OrderStatus::Open {
            match confirm(source, &ConfirmOrderRequest { order_id: order.id.clone() }).await {
                Ok(confirmed) => order = confirmed,
                Err(failure) => warnings.push(warning("not_confirmed", failure.message)),
            }
        }
        order.channel_reference = Some(reference.to_owned());
        order.warnings.extend(warnings);
        orders.push(order);
    }
    orders
}

/// Orders by their numbers, right after they were placed.
pub(super) async fn read(source: &Source, numbers: &[i64]) -> Result<Vec<Order>, ConnectorError> {
    let refs = numbers.iter().map(|number| json!(number)).collect();
    let orders = orders_by(source, "numbers", refs).await.map_err(|failure| left_open(&failure))?;
    if orders.len() < numbers.len() {
        return Err(left_open(&ConnectorError::new(ErrorCode::NotFound, "the order is not shown yet")));
    }
    Ok(orders)
}

/// A failure after the order was placed: it must not be taken for a refusal.
pub(super) fn left_open(failure: &ConnectorError) -> ConnectorError {
    let message = format!("The order was placed, but could not be read: {}", failure.message);
    ConnectorError::new(ErrorCode::PlatformUnavailable, message).retry_with_backoff()
}
