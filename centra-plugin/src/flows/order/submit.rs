//! Places an order by the route the merchant chose, and never twice.
//!
//! Until the route has answered, a failure may be a refusal; afterwards the order exists, and whatever fails then is a warning on
//! it, or an error that leaves it open.

use connector_api::{
    ConnectorError, ErrorCode,
    domain::{ExternalId, Order, OrderDraft, OrderStatus},
    wire::{
        credentials::{OpenConnection, Secret},
        order::{ConfirmOrderRequest, SubmitOrderResponse},
    },
};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::{
    super::{
        fetch::{order_rows_by, orders_by},
        quote::Quoting,
        source::Source,
    },
    change::confirm,
    external_payment,
    payload::ask,
    warning,
};
use crate::{
    client::Variables,
    error::invalid,
    form::{OrderRoute, order_route_secret},
    map::order_mark::{self, OrderMark, Owner},
    operation::Operation,
    order_api::{self, Placed},
    order_draft::mark,
    wire::commerce::ShippingOption,
};

/// How many numbers of the range are tried before giving up: each is taken by another order.
const NUMBERS_TRIED: u32 = 8;

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
        (OrderRoute::OrderApi, Some(secret)) => by_order_api(source, draft, &secret).await,
        (OrderRoute::ExternalPayment, Some(secret)) => external_payment::place(source, quoting, draft, &secret).await,
    }
}

fn off(pointer: &str, message: &str) -> ConnectorError {
    ConnectorError::new(ErrorCode::ConfigInvalid, message).at_field(pointer, "required", message)
}

async fn by_order_api(
    source: &Source,
    draft: &OrderDraft,
    secret: &Secret,
) -> Result<SubmitOrderResponse, ConnectorError> {
    let mark = mark(draft);
    let address = source.client.address().map_err(crate::address::InvalidAddress::into_error)?;
    let shipping = match &draft.cart.shipping_method_id {
        Some(id) => Some(shipping_uri(source, id).await?),
        None => None,
    };
    for tried in 0..NUMBERS_TRIED {
        let number = source.chosen.order_numbers.map(|range| number_of(&draft.idempotency_key, tried, range));
        let body = order_api::body(draft, &source.chosen, &mark, shipping.as_deref(), number)?;
        let request = order_api::request(address, &source.chosen.order_api_path, secret);
        let answer = source.client.host().http(&request, body.to_string().into_bytes()).await?;
        match order_api::read(&answer)? {
            Placed::Orders(numbers) => return finish(source, &numbers, &mark).await,
            Placed::NumberTaken => {
                let Some(number) = number else {
                    return Err(ConnectorError::new(
                        ErrorCode::Conflict,
                        "Centra says that the order number is taken, but none was asked for.",
                    ));
                };
                let taken = order_rows_by(source, "numbers", vec![json!(number)])
                    .await
                    .map_err(|failure| left_open(&failure))?;
                let owners: Vec<Owner> = taken.iter().map(|order| mark.owner(order)).collect();
                if owners.contains(&Owner::Own) {
                    return finish(source, &[i64::from(number)], &mark).await;
                }
                // One whose key cannot be read is another's when it does not even have the channel's number.
                let attribute = source.chosen.order_attribute.as_deref();
                let may_be_own = taken.iter().zip(&owners).any(|(order, owner)| {
                    let number = order_mark::reference(order, attribute);
                    *owner == Owner::Unknown && number.is_none_or(|number| number == mark.reference)
                });
                if taken.is_empty() || may_be_own {
                    // Taken by an order that cannot be seen: perhaps by this one.
                    return Err(left_open(&ConnectorError::new(
                        ErrorCode::NotFound,
                        "the order with its number cannot be read",
                    )));
                }
            }
        }
    }
    let message = "The order numbers set aside for the channel are in use by other orders: choose another range.";
    Err(ConnectorError::new(ErrorCode::Conflict, message).at_field("/order_number_first", "taken", message))
}

/// The number an order has in the range set aside: the same key always leads to the same numbers.
fn number_of(key: &str, tried: u32, (first, last): (i32, i32)) -> i32 {
    let digest = Sha256::new().chain_update(key).chain_update(tried.to_be_bytes()).finalize();
    let start = digest.iter().take(8).fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    let room = u64::from(last.abs_diff(first)) + 1;
    first.saturating_add(i32::try_from(start % room).unwrap_or(0))
}

/// The URI by which the Order API knows a shipping option.
async fn shipping_uri(source: &Source, id: &ExternalId) -> Result<String, ConnectorError> {
    let variables = source.of_store().await?;
    let options: Vec<ShippingOption> = source.all(Operation::ShippingOptions, "shippingOptions", &variables).await?;
    let found =
        options.into_iter().find(|own| own.id.to_string() == id.as_str() || own.uri.as_deref() == Some(id.as_str()));
    found.and_then(|own| own.uri).filter(|uri| !uri.is_empty()).ok_or_else(|| {
        let message = "There is no such shipping option in the connected store, or it has no URI.";
        invalid("/draft/cart/shipping_method_id", "not_found", message)
    })
}

/// Reads the orders that were placed and completes them.
async fn finish(source: &Source, numbers: &[i64], mark: &OrderMark<'_>) -> Result<SubmitOrderResponse, ConnectorError> {
    let placed = read(source, numbers).await?;
    Ok(SubmitOrderResponse { orders: complete(source, placed, mark).await })
}

/// Ties orders to the channel's number, and confirms them when that is wanted. It may be done again: what a lost answer left
/// undone is made up for when the orders are found.
pub(super) async fn complete(source: &Source, placed: Vec<Order>, mark: &OrderMark<'_>) -> Vec<Order> {
    let reference = mark.reference;
    let mut orders = vec![];
    for (index, mut order) in placed.into_iter().enumerate() {
        let mut warnings = vec![];
        // External ids are unique: the further orders of a split one have a number behind it.
        let external = if index == 0 { reference.to_owned() } else { format!("{reference}/{}", index + 1) };
        let mut variables = Variables::from([("order", json!(order.id)), ("external", json!(external))]);
        if source.chosen.order_route == OrderRoute::ExternalPayment {
            // So far only its payment has the mark, which not every token may read.
            variables.insert("comment", json!(mark.text()));
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
fn left_open(failure: &ConnectorError) -> ConnectorError {
    let message = format!("The order was placed, but could not be read: {}", failure.message);
    ConnectorError::new(ErrorCode::PlatformUnavailable, message).retry_with_backoff()
}
