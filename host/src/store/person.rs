//! People: what is held of one, and how it is erased.

use async_trait::async_trait;
use connector_api::domain::{ConnectionId, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;

use super::{
    error::Result,
    event::ConnectionEvent,
    order::SealedRecord,
    rows::{Mark, OrderRow, ReturnRow, ShipmentRow},
};

/// Most orders of one person that are exported or erased at once.
pub const MAX_ORDERS: u32 = 5_000;

/// What to erase, and what to leave in its place.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Erasure {
    /// Of the person and of each of their orders: what the platform still has of them is not stored again.
    pub marks: Vec<Mark>,
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

/// Reads and erases what is about people.
#[async_trait]
pub trait PersonStore: Send + Sync {
    /// Marks of all who were erased, and of their orders.
    async fn erased_marks(&self, connection: &ConnectionId) -> Result<Vec<Mark>>;

    /// Customers of this id or e-mail address, retired ones included, at most 100.
    async fn customers(
        &self,
        connection: &ConnectionId,
        id: Option<&str>,
        email: Option<&Mark>,
    ) -> Result<Vec<SealedRecord>>;

    /// Ids of the orders that hold data of any of these people, at most `limit`, in order.
    async fn orders_of(&self, connection: &ConnectionId, persons: &[Mark], limit: u32) -> Result<Vec<String>>;

    /// Erases in one transaction, which also records the event; what was there is overwritten on the disk. `Gone` when
    /// the connection does not exist.
    async fn erase(
        &self,
        connection: &ConnectionId,
        erasure: &Erasure,
        event: &ConnectionEvent,
        now: Timestamp,
    ) -> Result<Erased>;
}
