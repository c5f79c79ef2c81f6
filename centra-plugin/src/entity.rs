//! How entities are named where the platform does not name them by the id they have in their stream. A prefix keeps such
//! a name from being taken for an id; `fetch` reads both.

use connector_api::{
    domain::ExternalId,
    wire::pull::{EntityRef, Stream},
};

/// Stands for all entries of a small list, where something changed and nobody says what.
pub const EVERY: &str = "every";

const ITEM: &str = "item:";
const NUMBER: &str = "number:";

/// The offer on which a display item stands, with prices and stock of its sizes: `item:19`.
pub fn display_item(id: i64) -> EntityRef {
    EntityRef { stream: Stream::Offers, id: format!("{ITEM}{id}").into() }
}

/// An order by its number: `number:2735`. Ids of orders are hashes.
pub fn order_number(number: i64) -> EntityRef {
    EntityRef { stream: Stream::Orders, id: format!("{NUMBER}{number}").into() }
}

/// The display item an offer is named by, if it is.
pub fn as_display_item(id: &ExternalId) -> Option<i64> {
    id.as_str().strip_prefix(ITEM)?.parse().ok()
}

/// The number an order is named by, if it is.
pub fn as_order_number(id: &ExternalId) -> Option<i64> {
    id.as_str().strip_prefix(NUMBER)?.parse().ok()
}
