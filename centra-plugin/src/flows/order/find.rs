//! Looks for orders that a submission may have made: by external id, by the numbers set aside, and by the channel's number in
//! what was placed since. What is found in the last way is completed as a submission would have done.
//!
//! An order is taken for the submission's own by the key it was placed with: another channel may use the same numbers.

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
        fetch::order_rows_by,
        pull::{OrderFilter, map_orders, read_orders},
        source::Source,
    },
    submit::complete,
};
use crate::{
    client::Variables,
    map::order_mark::{self, OrderMark, Owner},
    operation::Operation,
    order_api,
    wire::order as wire,
};

/// How far the clocks of the two sides may differ, in seconds.
const CLOCK_SKEW_S: i64 = 600;

/// Most pages looked through; more orders than that between a submission and the look mean that nobody can be sure.
const MOST_PAGES: usize = 60;

/// What was found so far.
struct Search<'a> {
    source: &'a Source,
    mark: OrderMark<'a>,
    own: Vec<wire::Order>,
    /// Whether all that could be the submission's was looked at, and told apart.
    whole: bool,
}

/// Finds them.
pub async fn find(source: &Source, request: &FindOrdersRequest) -> Result<FindOrdersResponse, ConnectorError> {
    let mark = mark(&request.draft);
    let reference = mark.reference.to_owned();
    let mut search = Search { source, mark, own: vec![], whole: true };
    search.by_external_id().await?;
    let is_tied = !search.own.is_empty();
    // A split order has its further numbers in the list of what was placed only.
    search.placed_since(request).await?;
    let Search { own, whole, .. } = search;
    let mut lost = Page::default();
    let orders: Vec<Order> = map_orders(source, &own, &mut lost);
    let orders = if is_tied {
        named(orders, &reference)
    } else {
        // Nobody has heard of them since they were placed: what follows on placing was not done.
        complete(source, orders, &reference).await
    };
    Ok(FindOrdersResponse { conclusive: !orders.is_empty() || whole && lost.skipped == 0, orders })
}

/// What an order of the channel is known by.
pub(super) fn mark(draft: &OrderDraft) -> OrderMark<'_> {
    let reference = draft.channel_reference.as_deref().filter(|own| !own.is_empty()).unwrap_or(&draft.idempotency_key);
    OrderMark::new(reference, &draft.idempotency_key)
}

impl Search<'_> {
    async fn by_external_id(&mut self) -> Result<(), ConnectorError> {
        let orders = order_rows_by(self.source, "externals", vec![json!(self.mark.reference)]).await?;
        // Where the filter is not known to the live schema, everything would come back.
        let asked = Variables::from([("externals", json!([])), ("limit", json!(1)), ("page", json!(1))]);
        let fitted = self.source.client.fitted(Operation::OrdersByRef, &asked).await?;
        if fitted.variables.contains_key("externals") {
            orders.into_iter().for_each(|order| self.consider(order));
        }
        Ok(())
    }

    /// Looks through what was placed since the submission for the channel's number.
    async fn placed_since(&mut self, request: &FindOrdersRequest) -> Result<(), ConnectorError> {
        let since = request.submitted_at.plus_seconds(-CLOCK_SKEW_S);
        let filter = OrderFilter { since: None, placed_from: Some(since) };
        let mut record = Page::default();
        let mut after = None::<String>;
        for _ in 0..MOST_PAGES {
            let size = self.source.client.fitting_rows(Operation::Orders).await?;
            let window = read_orders(self.source, filter, after.as_deref(), size, &mut record).await?;
            let attribute = self.source.chosen.order_attribute.as_deref();
            let is_ours =
                |order: &wire::Order| order_mark::reference(order, attribute).as_deref() == Some(self.mark.reference);
            let orders: Vec<wire::Order> = window.orders.into_iter().filter(is_ours).collect();
            orders.into_iter().for_each(|order| self.consider(order));
            match window.next {
                Some(next) => after = Some(next),
                None => {
                    self.whole &= record.skipped == 0 && shows_marks(self.source).await?;
                    return Ok(());
                }
            }
        }
        self.whole = false;
        Ok(())
    }

    /// An order that has the channel's number.
    fn consider(&mut self, order: wire::Order) {
        match self.mark.owner(&order) {
            Owner::Own if self.own.iter().all(|known| known.id != order.id) => self.own.push(order),
            Owner::Own | Owner::Other => {}
            Owner::Unknown => self.whole = false,
        }
    }
}

/// The orders with the channel's number written on them, whether it can be read there or not.
fn named(orders: Vec<Order>, reference: &str) -> Vec<Order> {
    let name = |mut order: Order| {
        order.channel_reference = Some(reference.to_owned());
        order
    };
    orders.into_iter().map(name).collect()
}

/// Whether the mark an order is given at its creation can be read back.
async fn shows_marks(source: &Source) -> Result<bool, ConnectorError> {
    let asked = Variables::from([("limit", json!(1)), ("from", json!(""))]);
    let query = source.client.fitted(Operation::Orders, &asked).await?;
    let has = |field: &str| query.has(&format!("orderConnection.edges.node.{field}"));
    let narrowed = query.variables.contains_key("from");
    Ok(narrowed && order_api::marked_fields(source.chosen.order_attribute.is_some()).iter().any(|field| has(field)))
}
