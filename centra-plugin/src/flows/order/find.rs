//! Looks for orders that a submission may have made: by external id, by the session of its attempt, and by its mark in what was
//! placed since. What is found in the last ways is completed as a submission would have done.
//!
//! An order is taken for the submission's own by the key it was placed with: another channel may use the same numbers.

use connector_api::{
    ConnectorError,
    domain::Order,
    wire::{
        order::{FindOrdersRequest, FindOrdersResponse},
        pull::Page,
    },
};

use super::{
    super::{pull::map_orders, quote::Quoting, source::Source},
    completion::complete,
    external_payment, numbers,
    search::Search,
};
use crate::form::OrderRoute;

/// Finds them.
pub async fn find(
    source: &Source,
    quoting: &Quoting,
    request: &FindOrdersRequest,
) -> Result<FindOrdersResponse, ConnectorError> {
    let mut search = Search::new(source, &request.draft);
    search.by_external_id().await?;
    let is_tied = !search.own.is_empty();
    let is_by_payment = source.chosen.order_route == OrderRoute::ExternalPayment;
    if is_by_payment && !is_tied {
        let numbers = external_payment::found_by_session(quoting, &request.draft).await;
        search.reported(&numbers).await?;
    }
    // A split order has its further numbers in the list of what was placed only.
    search.placed_since(request.submitted_at, request.witness.as_ref()).await?;
    let Search { own, whole, tag, .. } = search;
    let mut lost = Page::default();
    let orders: Vec<Order> = map_orders(source, &own, &mut lost);
    let orders = if is_tied {
        named(orders, tag.reference)
    } else {
        // Nothing has been reported of them since they were placed: what follows on placing was not done.
        complete(source, orders, &tag).await
    };
    if !orders.is_empty() {
        if is_by_payment {
            external_payment::ended(quoting, &request.draft, &orders).await;
        } else if source.chosen.order_numbers.is_some() {
            numbers::forget(source.client.host(), &request.draft).await;
        }
    }
    Ok(FindOrdersResponse { conclusive: !orders.is_empty() || whole && lost.skipped == 0, orders })
}

/// The orders with the channel's number written on them, whether it can be read there or not.
fn named(orders: Vec<Order>, reference: &str) -> Vec<Order> {
    let name = |mut order: Order| {
        order.channel_reference = Some(reference.to_owned());
        order
    };
    orders.into_iter().map(name).collect()
}
