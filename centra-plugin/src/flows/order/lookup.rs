//! Finds orders and their lines by the ids that the host has.

use connector_api::{
    ConnectorError, ErrorCode,
    domain::{ExternalId, Order},
};
use serde_json::{Value, json};

use super::super::{
    fetch::{order_rows_by, orders_by},
    source::Source,
};
use crate::{entity::as_order_number, wire::order as wire};

/// Reads one order, by hash or by `number:2735`.
pub async fn get(source: &Source, id: &ExternalId) -> Result<Order, ConnectorError> {
    let found = match named_by(id) {
        Some((variable, id)) => orders_by(source, variable, vec![id]).await?,
        None => vec![],
    };
    found.into_iter().next().ok_or_else(no_such_order)
}

/// The same as Centra writes it.
pub(super) async fn row_of(source: &Source, id: &ExternalId) -> Result<wire::Order, ConnectorError> {
    let found = match named_by(id) {
        Some((variable, id)) => order_rows_by(source, variable, vec![id]).await?,
        None => vec![],
    };
    found.into_iter().next().ok_or_else(no_such_order)
}

/// What an order is looked up by; none when it cannot exist: numbers have 32 bits.
pub(super) fn named_by(id: &ExternalId) -> Option<(&'static str, Value)> {
    match as_order_number(id).map(i32::try_from) {
        Some(Ok(number)) => Some(("numbers", json!(number))),
        Some(Err(_)) => None,
        None => Some(("hashes", json!(id.as_str()))),
    }
}

pub(super) fn no_such_order() -> ConnectorError {
    let message = "There is no such order in the connected store.";
    ConnectorError::new(ErrorCode::NotFound, message).at_field("/order_id", "not_found", message)
}

/// The hash of an order, which changes name it by.
pub(super) async fn hash_of(source: &Source, id: &ExternalId) -> Result<String, ConnectorError> {
    match as_order_number(id) {
        Some(_) => Ok(get(source, id).await?.id.0),
        None => Ok(id.0.clone()),
    }
}

/// The id of an order's line as Centra writes it.
pub(super) fn line_id(id: &ExternalId, index: usize) -> Result<i64, ConnectorError> {
    id.as_str().parse().map_err(|_| {
        let pointer = format!("/lines/{index}/order_line_id");
        crate::error::invalid(&pointer, "not_found", "There is no such line: ids of order lines are numbers.")
    })
}
