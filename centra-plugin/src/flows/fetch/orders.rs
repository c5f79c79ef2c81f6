//! Orders by hash, or by the number that webhooks and events name them with: `number:2735`.

use std::collections::BTreeSet;

use connector_api::{
    ConnectorError,
    domain::{ExternalId, Order},
    wire::pull::{Page, Record},
};
use serde_json::{Value, json};

use super::{
    super::{
        pull::{is_of, map_orders},
        source::Source,
    },
    found::{Found, whole},
};
use crate::{entity::as_order_number, operation::Operation, wire::order as wire};

/// Reads them.
pub(super) async fn fetch(source: &Source, wanted: &BTreeSet<ExternalId>) -> Result<Found, ConnectorError> {
    // Centra's numbers are 32 bits; a larger one does not exist, and would have the query refused.
    let numbers: Vec<i32> =
        wanted.iter().filter_map(as_order_number).filter_map(|number| number.try_into().ok()).collect();
    let hashes = wanted.iter().map(ExternalId::as_str).filter(|id| !id.contains(':'));
    let hashes: Vec<Value> = hashes.map(|hash| json!(hash)).collect();
    let mut orders = read(source, "hashes", hashes).await?;
    for order in read(source, "numbers", numbers.iter().map(|number| json!(number)).collect()).await? {
        if orders.iter().all(|known| known.id != order.id) {
            orders.push(order);
        }
    }
    let exists = |id: &ExternalId| match as_order_number(id) {
        Some(number) => orders.iter().any(|order| order.number == Some(number.to_string())),
        None => orders.iter().any(|order| order.id == *id),
    };
    let gone = wanted.iter().filter(|id| !exists(id)).cloned().collect();
    Ok(Found { records: orders.into_iter().map(|order| Record::Order(Box::new(order))).collect(), gone })
}

/// Orders of the connected store by one kind of reference: the variable `hashes`, `numbers` or `externals`.
pub(in crate::flows) async fn read(
    source: &Source,
    variable: &'static str,
    refs: Vec<Value>,
) -> Result<Vec<Order>, ConnectorError> {
    let mut page = Page::default();
    let orders = map_orders(source, &rows(source, variable, refs).await?, &mut page);
    whole(&page)?;
    Ok(orders)
}

/// The same as Centra writes them.
pub(in crate::flows) async fn rows(
    source: &Source,
    variable: &'static str,
    refs: Vec<Value>,
) -> Result<Vec<wire::Order>, ConnectorError> {
    let store = source.store().await?;
    let mut orders = rows_of_any_store(source, variable, refs).await?;
    orders.retain(|order| is_of(store, order.store.as_ref()));
    Ok(orders)
}

/// The same of whatever stores the token sees: numbers are given out once for all of them.
pub(in crate::flows) async fn rows_of_any_store(
    source: &Source,
    variable: &'static str,
    refs: Vec<Value>,
) -> Result<Vec<wire::Order>, ConnectorError> {
    let found: Option<Vec<wire::Order>> = source.by_refs(Operation::OrdersByRef, "orders", variable, &refs).await?;
    Ok(found.unwrap_or_default())
}
