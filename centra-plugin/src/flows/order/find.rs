//! Looks for orders that a submission may have made: by external id, by the numbers set aside, and by the channel's number in
//! what was placed since. What is found in the last way is completed as a submission would have done.
//!
//! An order is taken for the submission's own by the key it was placed with: another channel may use the same numbers.

use connector_api::{
    ConnectorError,
    domain::{Order, OrderDraft, Timestamp},
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
        quote::Quoting,
        source::Source,
    },
    external_payment, numbers,
    submit::complete,
};
use crate::{
    client::Variables,
    form::OrderRoute,
    map::order_mark::{self, OrderMark, Owner},
    operation::Operation,
    order_api,
    order_draft::mark,
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
        let numbers = external_payment::told_by_session(quoting, &request.draft).await;
        search.told(&numbers).await?;
    }
    // A split order has its further numbers in the list of what was placed only.
    search.placed_since(request.submitted_at).await?;
    let Search { own, whole, mark, .. } = search;
    let mut lost = Page::default();
    let orders: Vec<Order> = map_orders(source, &own, &mut lost);
    let orders = if is_tied {
        named(orders, mark.reference)
    } else {
        // Nobody has heard of them since they were placed: what follows on placing was not done.
        complete(source, orders, &mark).await
    };
    if !orders.is_empty() {
        if is_by_payment {
            external_payment::forget(quoting, &request.draft).await;
        } else if source.chosen.order_numbers.is_some() {
            numbers::forget(source.client.host(), &request.draft).await;
        }
    }
    Ok(FindOrdersResponse { conclusive: !orders.is_empty() || whole && lost.skipped == 0, orders })
}

/// Orders of a submission among those placed since, in whatever state they are.
pub(super) async fn placed_since(
    source: &Source,
    draft: &OrderDraft,
    since: Timestamp,
) -> Result<Vec<Order>, ConnectorError> {
    let mut search = Search::new(source, draft);
    search.placed_since(since).await?;
    Ok(map_orders(source, &search.own, &mut Page::default()))
}

impl<'a> Search<'a> {
    fn new(source: &'a Source, draft: &'a OrderDraft) -> Self {
        Self { source, mark: mark(draft), own: vec![], whole: true }
    }

    /// Reads orders that are known to be the submission's by their numbers.
    async fn told(&mut self, numbers: &[i64]) -> Result<(), ConnectorError> {
        let refs: Vec<_> = numbers.iter().map(|number| json!(number)).collect();
        self.own = if refs.is_empty() { vec![] } else { order_rows_by(self.source, "numbers", refs).await? };
        // One that is not shown yet is there all the same.
        self.whole &= self.own.len() >= numbers.len();
        Ok(())
    }

    async fn by_external_id(&mut self) -> Result<(), ConnectorError> {
        let orders = order_rows_by(self.source, "externals", vec![json!(self.mark.reference)]).await?;
        // Where the filter is not known to the live schema, everything would come back.
        let asked = Variables::from([("externals", json!([])), ("limit", json!(1)), ("page", json!(1))]);
        let fitted = self.source.client.fitted(Operation::OrdersByRef, &asked).await?;
        if fitted.variables.contains_key("externals") {
            for order in orders {
                self.consider(order);
            }
        }
        Ok(())
    }

    /// Looks through what was placed since the submission for the channel's number.
    async fn placed_since(&mut self, submitted_at: Timestamp) -> Result<(), ConnectorError> {
        let since = submitted_at.plus_seconds(-CLOCK_SKEW_S);
        let filter = OrderFilter { since: None, placed_from: Some(since) };
        let mut record = Page::default();
        let mut after = None::<String>;
        for _ in 0..MOST_PAGES {
            let size = self.source.client.fitting_rows(Operation::Orders).await?;
            let window = read_orders(self.source, filter, after.as_deref(), size, &mut record).await?;
            self.whole &= !window.orders.iter().any(|order| self.may_hide_its_mark(order));
            for order in window.orders {
                if self.concerns(&order) {
                    self.consider(order);
                }
            }
            let Some(next) = window.next else {
                self.whole &= record.skipped == 0 && shows_marks(self.source).await?;
                return Ok(());
            };
            after = Some(next);
        }
        self.whole = false;
        Ok(())
    }

    /// Whether an order may be the submission's: it has the key, or the channel's number. The platform may have rewritten the
    /// number, so the key is looked at first.
    fn concerns(&self, order: &wire::Order) -> bool {
        let attribute = self.source.chosen.order_attribute.as_deref();
        self.mark.owner(order) == Owner::Own
            || order_mark::reference(order, attribute).as_deref() == Some(self.mark.reference)
    }

    /// Whether an order of External Payment names no transaction at all: then it may be anybody's.
    fn may_hide_its_mark(&self, order: &wire::Order) -> bool {
        let chosen = &self.source.chosen;
        let plugin = order.payment_method.as_ref().and_then(|plugin| plugin.uri.as_deref());
        chosen.order_route == OrderRoute::ExternalPayment
            && order_mark::reference(order, chosen.order_attribute.as_deref()).is_none()
            && plugin.is_none_or(|uri| uri == chosen.external_payment_uri)
            && order.payment_history.iter().flatten().all(|entry| entry.external_reference.is_none())
    }

    /// An order that has the channel's number, or the key.
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
    let fields: &[&str] = match source.chosen.order_route {
        OrderRoute::ExternalPayment => &["paymentHistory.externalReference"],
        _ => order_api::marked_fields(source.chosen.order_attribute.is_some()),
    };
    Ok(narrowed && fields.iter().any(|field| has(field)))
}
