//! Looks for orders that a submission may have made: by external id, by the numbers set aside, and by the channel's number in
//! what was placed since. What is found in the last way is completed as a submission would have done.

use connector_api::{
    ConnectorError,
    domain::{Order, OrderDraft},
    wire::{
        order::{FindOrdersRequest, FindOrdersResponse},
        pull::Page,
    },
};
use serde_json::json;

use super::{
    super::{
        fetch::orders_by,
        pull::{OrderFilter, read_orders},
        source::Source,
    },
    submit::complete,
};
use crate::{client::Variables, operation::Operation, order_api};

/// How far the clocks of the two sides may differ, in seconds.
const CLOCK_SKEW_S: i64 = 600;

/// Most pages looked through; more orders than that between a submission and the look mean that nobody can be sure.
const MOST_PAGES: usize = 60;

/// Finds them.
pub async fn find(source: &Source, request: &FindOrdersRequest) -> Result<FindOrdersResponse, ConnectorError> {
    let reference = reference(&request.draft);
    let by_external = by_external_id(source, reference).await?;
    if !by_external.is_empty() {
        // A split order has its further numbers in the list of what was placed only.
        let (mut orders, _) = placed_since(source, request, reference).await?;
        orders.extend(
            by_external.into_iter().filter(|own| orders.iter().all(|known| known.id != own.id)).collect::<Vec<_>>(),
        );
        return Ok(FindOrdersResponse { orders, conclusive: true });
    }
    let (orders, whole) = placed_since(source, request, reference).await?;
    // Nobody has heard of them since they were placed: what follows on placing was not done.
    let orders = complete(source, orders, reference).await;
    Ok(FindOrdersResponse { conclusive: !orders.is_empty() || whole, orders })
}

/// What an order of the channel is known by.
pub(super) fn reference(draft: &OrderDraft) -> &str {
    draft.channel_reference.as_deref().filter(|own| !own.is_empty()).unwrap_or(&draft.idempotency_key)
}

async fn by_external_id(source: &Source, reference: &str) -> Result<Vec<Order>, ConnectorError> {
    let orders = orders_by(source, "externals", vec![json!(reference)]).await?;
    // Where the filter is not known to the live schema, everything would come back.
    let asked = Variables::from([("externals", json!([])), ("limit", json!(1)), ("page", json!(1))]);
    let narrowed = source.client.fitted(Operation::OrdersByRef, &asked).await?.variables.contains_key("externals");
    Ok(if narrowed { named(orders, reference) } else { vec![] })
}

/// The orders with the channel's number written on them, whether it can be read there or not.
fn named(orders: Vec<Order>, reference: &str) -> Vec<Order> {
    let name = |mut order: Order| {
        order.channel_reference = Some(reference.to_owned());
        order
    };
    orders.into_iter().map(name).collect()
}

/// Orders placed since the submission with the channel's number in them, and whether all were looked at.
async fn placed_since(
    source: &Source,
    request: &FindOrdersRequest,
    reference: &str,
) -> Result<(Vec<Order>, bool), ConnectorError> {
    let since = request.submitted_at.plus_seconds(-CLOCK_SKEW_S);
    let filter = OrderFilter { since: None, placed_from: Some(since) };
    let mut record = Page::default();
    let (mut found, mut after) = (vec![], None::<String>);
    for _ in 0..MOST_PAGES {
        let size = source.client.fitting_rows(Operation::Orders).await?;
        let window = read_orders(source, filter, after.as_deref(), size, &mut record).await?;
        let own = window.orders.into_iter().filter(|order| order.channel_reference.as_deref() == Some(reference));
        found.extend(own);
        match window.next {
            Some(next) => after = Some(next),
            None => return Ok((found, record.skipped == 0 && shows_marks(source).await?)),
        }
    }
    Ok((found, false))
}

/// Whether the mark an order is given at its creation can be read back.
async fn shows_marks(source: &Source) -> Result<bool, ConnectorError> {
    let asked = Variables::from([("limit", json!(1)), ("from", json!(""))]);
    let query = source.client.fitted(Operation::Orders, &asked).await?;
    let has = |field: &str| query.has(&format!("orderConnection.edges.node.{field}"));
    let narrowed = query.variables.contains_key("from");
    Ok(narrowed && order_api::marked_fields(source.chosen.order_attribute.is_some()).iter().any(|field| has(field)))
}
