//! Journey 6: an order is placed, exactly once, and followed.
//!
//! [`orders`] has each call, step by step: [`draft`] (may it be placed) and `quote_check` (is it sold as agreed) → `intent` (it is
//! written) → `attempt` (its request is opened, under a `claim`) → `send` (the platform is asked) with [`verdict`] (what an error of
//! the platform means) and `differences` (whether its answer is what was agreed) → [`resolve`] (what nobody knows is searched for),
//! which [`resolver`] does by itself, or [`decide`] (manual resolution). [`follow_up`] is what is asked of orders that are there,
//! [`reading`] what others may see, [`person`] what is held of one person and how it is erased.

mod attempt;
mod claim;
pub mod decide;
mod differences;
pub mod draft;
pub mod follow_up;
mod intent;
pub mod order_error;
pub mod orders;
pub mod person;
mod quote_check;
pub mod reading;
pub mod resolve;
pub mod resolver;
mod send;
pub mod settings;
#[cfg(test)]
mod tests;
pub mod verdict;

pub use crate::model::{
    history::HistoryEntry,
    intent::{Difference, Intent, IntentFilter, IntentId, IntentState},
    order::{OrderFilter, OrderSummary},
    paging::Listing,
};
pub use draft::NewOrder;
pub use order_error::Error;
pub use orders::{OrderService, Parts};
pub use resolver::Resolver;
pub use settings::OrderSettings;
