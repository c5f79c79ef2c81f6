//! What of the store's orders belongs to a submission: by external id, by number, and by its mark in what was placed since.

use connector_api::{
    ConnectorError,
    domain::{Order, OrderDraft, Timestamp},
    wire::{order::KnownOrder, pull::Page},
};
use serde_json::{Value, json};

use super::super::{
    fetch::order_rows_by,
    pull::{is_of, map_orders, moment},
    rows::read_rows,
    source::Source,
    window::Connection,
};
use crate::{
    client::Variables,
    form::OrderRoute,
    map::correlation_tag::{self, CorrelationTag, Owner},
    operation::Operation,
    order_api,
    order_draft::tag,
    wire::order as wire,
};

/// How much the clocks of the two sides may have changed between a submission and the look for it, in seconds: how far they
/// differ now is reported by the store's answers.
const CLOCK_DRIFT_S: i64 = 3_600;

/// How far back is looked when the submission's own time cannot be right.
const UNKNOWN_TIME_S: i64 = 86_400;

/// How old an order may be, in seconds, that a search must show: all that was placed since is looked through.
const OLDEST_WITNESS_S: i64 = 7 * 86_400;

/// Most pages looked through; more orders than that between a submission and the look mean that nobody can be sure.
const MOST_PAGES: usize = 60;

/// What was found so far.
pub(super) struct Search<'a> {
    source: &'a Source,
    pub(super) tag: CorrelationTag<'a>,
    pub(super) own: Vec<wire::Order>,
    /// Whether all that could be the submission's was looked at, and distinguished.
    pub(super) whole: bool,
}

/// Orders of a submission among those placed since, in whatever state they are.
pub(super) async fn placed_since(
    source: &Source,
    draft: &OrderDraft,
    since: Timestamp,
) -> Result<Vec<Order>, ConnectorError> {
    let mut search = Search::new(source, draft);
    search.placed_since(since, None).await?;
    Ok(map_orders(source, &search.own, &mut Page::default()))
}

impl<'a> Search<'a> {
    pub(super) fn new(source: &'a Source, draft: &'a OrderDraft) -> Self {
        Self { source, tag: tag(draft), own: vec![], whole: true }
    }

    /// Reads orders that are known to be the submission's by their numbers.
    pub(super) async fn reported(&mut self, numbers: &[i64]) -> Result<(), ConnectorError> {
        let refs: Vec<_> = numbers.iter().map(|number| json!(number)).collect();
        self.own = if refs.is_empty() { vec![] } else { order_rows_by(self.source, "numbers", refs).await? };
        // One that is not shown yet is there all the same.
        self.whole &= self.own.len() >= numbers.len();
        Ok(())
    }

    pub(super) async fn by_external_id(&mut self) -> Result<(), ConnectorError> {
        let orders = order_rows_by(self.source, "externals", vec![json!(self.tag.reference)]).await?;
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

    /// Looks through what was placed since the submission for its mark; of the orders nothing else is read but of those that
    /// have it. When a submission was carried out nobody knows, so there is no end to what is looked through but now.
    pub(super) async fn placed_since(
        &mut self,
        submitted_at: Timestamp,
        witness: Option<&KnownOrder>,
    ) -> Result<(), ConnectorError> {
        let store = self.source.store().await?;
        let tags = tags_of(self.source);
        let mut variables = self.source.of_store().await?;
        let now = self.source.client.host().now().await?;
        let from = if submitted_at > now {
            // The host's clock was ahead then: when the order was placed nobody knows.
            self.whole = false;
            now.plus_seconds(-UNKNOWN_TIME_S)
        } else {
            submitted_at.plus_seconds(-CLOCK_DRIFT_S)
        };
        // An order that is known to be there must be shown, too: a list without it is not believed.
        let witness = witness.filter(|own| own.placed_at > now.plus_seconds(-OLDEST_WITNESS_S));
        let from = witness.map_or(from, |own| from.min(own.placed_at.plus_seconds(-CLOCK_DRIFT_S)));
        let mut is_witnessed = witness.is_none();
        variables.insert("from", json!(self.source.since(Some(from)).map(moment)));
        let (mut record, mut after, mut hits) = (Page::default(), None::<String>, vec![]);
        let mut is_through = false;
        for _ in 0..MOST_PAGES {
            let size = self.source.client.fitting_rows(tags.operation).await?;
            let window = tags.read(&self.source.client, &variables, after.as_deref(), size, &mut record).await?;
            let rows = read_rows::<wire::MarkedOrder>(window.rows, &window.lost, &[tags.root, "edges"], &mut record);
            for order in rows.iter().filter(|order| is_of(store, order.store.as_ref())) {
                is_witnessed |= witness.is_some_and(|own| own.id.as_str() == order.id && self.is_marked(order));
                match self.looks(order) {
                    Owner::Own => hits.push(order.id.clone()),
                    Owner::Other => {}
                    Owner::Unknown => self.whole = false,
                }
            }
            after = window.next;
            if after.is_none() {
                is_through = true;
                break;
            }
        }
        self.whole &= is_witnessed && is_through && record.skipped == 0 && shows_tags(self.source).await?;
        self.read(hits).await
    }

    /// Reads orders that have the mark.
    async fn read(&mut self, hits: Vec<String>) -> Result<(), ConnectorError> {
        let missing = |id: &String| self.own.iter().all(|known| known.id != *id);
        let refs: Vec<Value> = hits.into_iter().filter(missing).map(Value::from).collect();
        if refs.is_empty() {
            return Ok(());
        }
        let wanted = refs.len();
        let found = order_rows_by(self.source, "hashes", refs).await?;
        // One that cannot be read is there all the same.
        self.whole &= found.len() >= wanted;
        self.own.extend(found);
        Ok(())
    }

    /// Whose an order is. The platform may have rewritten the channel's number, so the key is looked at first; without a key
    /// an order that has neither the number nor anything to hide is another's.
    fn looks(&self, order: &wire::MarkedOrder) -> Owner {
        let attribute = self.source.chosen.order_attribute.as_deref();
        let written = order.into();
        let reference = correlation_tag::reference(&written, attribute);
        match self.tag.owner(&written) {
            Owner::Unknown if reference.is_none() && self.may_hide_its_tag(order) => Owner::Unknown,
            Owner::Unknown if reference.is_none() && self.tag.may_be_cut(&written) => Owner::Unknown,
            Owner::Unknown if reference.as_deref() != Some(self.tag.reference) => Owner::Other,
            owner => owner,
        }
    }

    /// Whether an order that a channel placed shows what it is known by. Orders of External Payment may have it in their
    /// payments only, which not every token sees.
    fn is_marked(&self, order: &wire::MarkedOrder) -> bool {
        let attribute = self.source.chosen.order_attribute.as_deref();
        self.source.chosen.order_route == OrderRoute::ExternalPayment
            || correlation_tag::reference(&order.into(), attribute).is_some()
    }

    /// Whether an order of External Payment names no transaction at all: then it may be anybody's.
    fn may_hide_its_tag(&self, order: &wire::MarkedOrder) -> bool {
        let chosen = &self.source.chosen;
        let plugin = order.payment_method.as_ref().and_then(|plugin| plugin.uri.as_deref());
        chosen.order_route == OrderRoute::ExternalPayment
            && plugin.is_none_or(|uri| uri == chosen.external_payment_uri)
            && order.payment_history.iter().all(|entry| entry.external_reference.is_none())
    }

    /// An order that has the channel's number, or the key.
    fn consider(&mut self, order: wire::Order) {
        match self.tag.owner(&(&order).into()) {
            Owner::Own if self.own.iter().all(|known| known.id != order.id) => self.own.push(order),
            Owner::Own | Owner::Other => {}
            Owner::Unknown => self.whole = false,
        }
    }
}

/// The list of orders with what they are known by. Attributes cost, and are read where one is chosen for the channel's number.
fn tags_of(source: &Source) -> Connection {
    let operation = match source.chosen.order_attribute {
        Some(_) => Operation::OrderMarksByAttribute,
        None => Operation::OrderMarks,
    };
    Connection { operation, cursors: Operation::OrderCursors, root: "orderConnection" }
}

/// Whether the mark an order is given at its creation can be read back.
async fn shows_tags(source: &Source) -> Result<bool, ConnectorError> {
    let asked = Variables::from([("limit", json!(1)), ("from", json!(""))]);
    let query = source.client.fitted(tags_of(source).operation, &asked).await?;
    let has = |field: &str| query.has(&format!("orderConnection.edges.node.{field}"));
    let narrowed = query.variables.contains_key("from");
    let fields: &[&str] = match source.chosen.order_route {
        OrderRoute::ExternalPayment => &["paymentHistory.externalReference"],
        _ => order_api::marked_fields(source.chosen.order_attribute.is_some()),
    };
    Ok(narrowed && fields.iter().any(|field| has(field)))
}
