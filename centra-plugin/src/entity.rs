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
const CAMPAIGN: &str = "campaign:";
const PRICE: &str = "price:";

/// The offer on which a display item stands, with the prices of its variant and the stock of its sizes: `item:19`.
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

/// Prices of the variants that a campaign reduces or reduced: `campaign:7`.
pub fn campaign(id: i64) -> EntityRef {
    EntityRef { stream: Stream::Prices, id: format!("{CAMPAIGN}{id}").into() }
}

/// Prices of the variant that a price is of: `price:31`. Prices of one variant are filed under the variant.
pub fn price(id: i64) -> EntityRef {
    EntityRef { stream: Stream::Prices, id: format!("{PRICE}{id}").into() }
}

/// All prices. Too many to be fetched: a sync reads them.
pub fn every_price() -> EntityRef {
    EntityRef { stream: Stream::Prices, id: EVERY.into() }
}

/// The campaign that prices are named by, if they are.
pub fn as_campaign(id: &ExternalId) -> Option<i64> {
    id.as_str().strip_prefix(CAMPAIGN)?.parse().ok()
}

/// The price that prices are named by, if they are.
pub fn as_price(id: &ExternalId) -> Option<i64> {
    id.as_str().strip_prefix(PRICE)?.parse().ok()
}
