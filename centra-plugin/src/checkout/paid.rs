//! Payments of orders that were placed through External Payment, by the order's id: what is reported of a payment later names
//! the selection, which Centra shows nowhere once the order exists.

use connector_api::{
    ConnectorError, Host,
    domain::{ExternalId, Money, Timestamp},
};
use serde::{Deserialize, Serialize};

use super::kept::{Dated, Kept, Limits};

/// Goods are sent, and their money taken, within weeks; a reservation lasts no longer.
const LIMITS: Limits = Limits { name: "order_payments", divided: true, most: 4_000, kept_s: 90 * 86_400 };

/// A payment that was reported to Centra.
#[derive(Clone, Serialize, Deserialize)]
pub struct Paid {
    /// Hash of the selection that was paid.
    pub selection: String,
    /// What was reserved.
    pub amount: Money,
    /// How many orders the selection became; absent when some of them may not have been shown yet.
    pub orders: Option<usize>,
    /// When it was kept.
    pub at: Timestamp,
}

impl Dated for Paid {
    fn kept_at(&self) -> Timestamp {
        self.at
    }
}

/// All of them.
#[derive(Debug)]
pub struct Payments(Kept<Paid>);

impl Default for Payments {
    fn default() -> Self {
        Self(Kept::new(LIMITS))
    }
}

impl Payments {
    /// That of an order, if this connection placed it.
    pub async fn of(&self, host: &Host, order: &ExternalId) -> Result<Option<Paid>, ConnectorError> {
        self.0.of(host, order.as_str()).await
    }

    /// Keeps one.
    pub async fn keep(&self, host: &Host, order: &ExternalId, paid: Paid) -> Result<(), ConnectorError> {
        self.0.keep(host, order.as_str(), paid).await
    }
}
