//! Orders: read, place, look for, change, report their captures.
//!
//! A change answers with ids only and the order is read afterwards: what the token may not read then spoils no change.

mod after_sale;
mod capture;
mod change;
mod external_payment;
mod find;
mod numbers;
mod payload;
mod ship;
mod submit;

pub use after_sale::{create_return, refund};
pub use capture::capture;
pub use change::{cancel, confirm, hold};
pub use find::find;
pub use ship::create_shipment;
pub use submit::submit;

use connector_api::{
    ConnectorError, ErrorCode,
    domain::{ExternalId, Message, MessageSeverity, Order},
};
use serde_json::{Value, json};

use super::{
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
async fn row_of(source: &Source, id: &ExternalId) -> Result<wire::Order, ConnectorError> {
    let found = match named_by(id) {
        Some((variable, id)) => order_rows_by(source, variable, vec![id]).await?,
        None => vec![],
    };
    found.into_iter().next().ok_or_else(no_such_order)
}

/// What an order is looked up by; none when it cannot exist: numbers have 32 bits.
fn named_by(id: &ExternalId) -> Option<(&'static str, Value)> {
    match as_order_number(id).map(i32::try_from) {
        Some(Ok(number)) => Some(("numbers", json!(number))),
        Some(Err(_)) => None,
        None => Some(("hashes", json!(id.as_str()))),
    }
}

fn no_such_order() -> ConnectorError {
    let message = "There is no such order in the connected store.";
    ConnectorError::new(ErrorCode::NotFound, message).at_field("/order_id", "not_found", message)
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

/// A failure after something was done: whatever it says, it must not be taken for a refusal.
fn after_the_fact(failure: &ConnectorError) -> ConnectorError {
    let message = format!("It was done, but the result could not be read: {}", failure.message);
    ConnectorError::new(ErrorCode::PlatformAnswerInvalid, message).retry_with_backoff()
}
