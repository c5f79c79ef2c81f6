//! Places an order by the route the merchant chose, and never twice.
//!
//! Until the route has answered, a failure may be a refusal; afterwards the order exists, and whatever fails then is a warning on
//! it, or an error that leaves it open.

use connector_api::{
    ConnectorError, ErrorCode,
    domain::{ExternalId, OrderDraft},
    wire::{
        credentials::{OpenConnection, Secret},
        order::SubmitOrderResponse,
    },
};
use serde_json::json;

use super::{
    super::{fetch::order_rows_anywhere, quote::Quoting, source::Source},
    completion::{complete, left_open, read},
    external_payment,
    numbers::{self, Tried, number_of},
};
use crate::{
    error::invalid,
    form::{OrderRoute, order_route_secret},
    map::correlation_tag::{self, CorrelationTag, Owner},
    order_api::{self, Placed},
    order_draft::tag,
};

/// Places it.
pub async fn submit(
    source: &Source,
    quoting: &Quoting,
    connection: &OpenConnection,
    draft: &OrderDraft,
) -> Result<SubmitOrderResponse, ConnectorError> {
    let secret = order_route_secret(connection);
    match (source.chosen.order_route, secret) {
        (OrderRoute::None, _) => Err(off("/order_route", "No order route is chosen in the connection's settings.")),
        (_, None) => {
            Err(off("/order_route_secret", "The secret of the plugin that takes orders is missing in the settings."))
        }
        (OrderRoute::OrderApi, Some(secret)) => by_order_api(source, quoting, draft, &secret).await,
        (OrderRoute::ExternalPayment, Some(secret)) => external_payment::place(source, quoting, draft, &secret).await,
    }
}

fn off(pointer: &str, message: &str) -> ConnectorError {
    ConnectorError::new(ErrorCode::ConfigInvalid, message).at_field(pointer, "required", message)
}

async fn by_order_api(
    source: &Source,
    quoting: &Quoting,
    draft: &OrderDraft,
    secret: &Secret,
) -> Result<SubmitOrderResponse, ConnectorError> {
    let tag = tag(draft);
    let address = source.client.address().map_err(crate::address::InvalidAddress::into_error)?;
    let shipping = match &draft.cart.shipping_method_id {
        Some(id) => Some(shipping_uri(source, quoting, id).await?),
        None => None,
    };
    let host = source.client.host();
    let range = source.chosen.order_numbers;
    let tried = if range.is_some() { Some(Tried::read(host, draft).await?) } else { None };
    for place in tried.as_ref().map_or(0, Tried::first)..numbers::MOST {
        let number = range.map(|range| number_of(&draft.idempotency_key, place, range));
        let body = order_api::body(draft, &source.chosen, &tag, shipping.as_deref(), number)?;
        let request = order_api::request(address, &source.chosen.order_api_path, secret);
        if let Some(tried) = &tried {
            tried.keep(host, place).await?;
        }
        let answer = host.http(&request, body.to_string().into_bytes()).await?;
        match (order_api::read(&answer)?, number, &tried) {
            (Placed::Orders(numbers), ..) => {
                if tried.is_some() {
                    numbers::forget(host, draft).await;
                }
                return finish(source, &numbers, &tag).await;
            }
            (Placed::NumberTaken, Some(number), Some(tried)) => {
                if is_own(source, &tag, number, tried.is_new(place)).await? {
                    numbers::forget(host, draft).await;
                    return finish(source, &[i64::from(number)], &tag).await;
                }
            }
            (Placed::NumberTaken, ..) => {
                let message = "Centra reports that the order number is taken, but none was requested.";
                return Err(ConnectorError::new(ErrorCode::Conflict, message));
            }
        }
    }
    let message = "The order numbers set aside for the channel are in use by other orders: choose another range.";
    Err(ConnectorError::new(ErrorCode::Conflict, message).at_field("/order_number_first", "taken", message))
}

/// Whether the order that has a number is the one that is placed; an error when nobody knows. `is_new` says that the number
/// was never sent before.
async fn is_own(source: &Source, tag: &CorrelationTag<'_>, number: i32, is_new: bool) -> Result<bool, ConnectorError> {
    let taken =
        order_rows_anywhere(source, "numbers", vec![json!(number)]).await.map_err(|failure| left_open(&failure))?;
    let owners: Vec<Owner> = taken.iter().map(|order| tag.owner(&order.into())).collect();
    if owners.contains(&Owner::Own) {
        return Ok(true);
    }
    // One whose key cannot be read is another's when it does not even have the channel's number.
    let attribute = source.chosen.order_attribute.as_deref();
    let may_be_own = taken.iter().zip(&owners).any(|(order, owner)| {
        let reference = correlation_tag::reference(&order.into(), attribute);
        *owner == Owner::Unknown && reference.is_none_or(|reference| reference == tag.reference)
    });
    if may_be_own || (taken.is_empty() && !is_new) {
        let message = format!(
            "Number {number} of those set aside for the channel is taken, by this order or by one that the token does not show. Let the token see every store, or choose another range of numbers."
        );
        return Err(ConnectorError::new(ErrorCode::PlatformUnavailable, message).retry_with_backoff());
    }
    Ok(false)
}

/// The URI by which the Order API knows a delivery method, as quotes know it.
async fn shipping_uri(source: &Source, quoting: &Quoting, id: &ExternalId) -> Result<String, ConnectorError> {
    let now = source.client.host().now().await?;
    quoting.ids.shipping_uri(source, id, now).await?.ok_or_else(|| {
        let message = "There is no such shipping option in the connected store, or it has no URI.";
        invalid("/draft/cart/shipping_method_id", "not_found", message)
    })
}

/// Reads the orders that were placed and completes them.
async fn finish(
    source: &Source,
    numbers: &[i64],
    tag: &CorrelationTag<'_>,
) -> Result<SubmitOrderResponse, ConnectorError> {
    let placed = read(source, numbers).await?;
    Ok(SubmitOrderResponse { orders: complete(source, placed, tag).await })
}
