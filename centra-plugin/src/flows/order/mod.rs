//! Orders: read, place, look for, change.
//!
//! A change answers with ids only and the order is read afterwards: what the token may not read then spoils no change.

mod after_sale;
mod change;
mod external_payment;
mod find;
mod payload;
mod submit;

pub use after_sale::{create_return, create_shipment, refund};
pub use change::{cancel, confirm, hold};
pub use find::find;
pub use submit::submit;

use connector_api::{
    ConnectorError, ErrorCode,
    domain::{ExternalId, Message, MessageSeverity, Order},
};
use serde_json::json;

use super::{fetch::orders_by, source::Source};
use crate::entity::as_order_number;

/// Reads one order, by hash or by `number:2735`.
pub async fn get(source: &Source, id: &ExternalId) -> Result<Order, ConnectorError> {
    let found = match as_order_number(id).map(i32::try_from) {
        Some(Ok(number)) => orders_by(source, "numbers", vec![json!(number)]).await?,
        Some(Err(_)) => vec![],
        None => orders_by(source, "hashes", vec![json!(id.as_str())]).await?,
    };
    found.into_iter().next().ok_or_else(|| {
        let message = "There is no such order in the connected store.";
        ConnectorError::new(ErrorCode::NotFound, message).at_field("/order_id", "not_found", message)
    })
}

/// The hash of an order, which changes name it by.
async fn hash_of(source: &Source, id: &ExternalId) -> Result<String, ConnectorError> {
    match as_order_number(id) {
        Some(_) => Ok(get(source, id).await?.id.0),
        None => Ok(id.0.clone()),
    }
}

/// The id of an order's line as Centra writes it.
fn line_id(id: &ExternalId, index: usize) -> Result<i64, ConnectorError> {
    id.as_str().parse().map_err(|_| {
        let pointer = format!("/lines/{index}/order_line_id");
        crate::error::invalid(&pointer, "not_found", "There is no such line: ids of order lines are numbers.")
    })
}

/// Something that was done, but with a remark.
fn warning(code: &str, text: impl Into<String>) -> Message {
    Message { code: code.to_owned(), severity: MessageSeverity::Warning, path: None, text: text.into() }
}
