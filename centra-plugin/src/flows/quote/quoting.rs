//! What pricing carts needs beside the connection's source.

use crate::checkout::{Attempts, Checkout, Ids, Payments, Pool};

/// What pricing carts needs beside the connection's source.
#[derive(Debug)]
pub struct Quoting {
    /// The Checkout API.
    pub checkout: Checkout,
    /// Sessions at rest.
    pub pool: Pool,
    /// What it calls things.
    pub ids: Ids,
    /// Sessions that are being made orders.
    pub attempts: Attempts,
    /// Payments of orders that were placed.
    pub payments: Payments,
}
