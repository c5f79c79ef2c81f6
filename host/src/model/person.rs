//! People: what is held of one, and how it is erased.

use schemars::JsonSchema;
use serde::Serialize;

use crate::model::rows::{OrderRow, Pseudonym, ReturnRow, ShipmentRow};

/// Most orders of one person that are exported or erased at once.
pub const MAX_ORDERS: u32 = 5_000;

/// What to erase, and what to leave in its place.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Erasure {
    /// Of the person and of each of their orders: what the platform still has of them is not stored again.
    pub pseudonyms: Vec<Pseudonym>,
    /// Customers to remove.
    pub customers: Vec<String>,
    /// Orders as they are to be kept.
    pub orders: Vec<OrderRow>,
    /// Shipments as they are to be kept.
    pub shipments: Vec<ShipmentRow>,
    /// Returns as they are to be kept.
    pub returns: Vec<ReturnRow>,
}

/// What was erased.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Erased {
    /// Customers that were removed.
    pub customers: u64,
    /// Orders that are kept without the person.
    pub orders: u64,
    /// Shipments that are kept without the person.
    pub shipments: u64,
    /// Returns that are kept without the person.
    pub returns: u64,
}
