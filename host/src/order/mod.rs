//! Journey 6: an order is placed, exactly once, and followed.
//!
//! [`draft`] (may it be placed) and [`quote_check`] (is it sold as agreed) → [`service`] (the intent is written) → `attempt` (the platform is asked, under a `claim`) with
//! [`verdict`] (what an error of the platform means) and `differences` (whether its answer is what was agreed) → [`resolve`] (what nobody knows is found out, or decided by a person), which [`resolver`]
//! does by itself. [`follow_up`] is what is asked of orders that are there, [`reading`] what others may see, [`person`]
//! what is held of one person and how it is erased.

mod attempt;
mod claim;
mod differences;
pub mod draft;
pub mod error;
pub mod follow_up;
pub mod person;
pub mod platform;
mod quote_check;
pub mod reading;
pub mod resolve;
pub mod resolver;
pub mod service;
#[cfg(test)]
mod tests;
pub mod verdict;

pub use crate::model::{
    intent::{Difference, Intent, IntentFilter, IntentId, IntentState},
    order::{HistoryEntry, OrderFilter, OrderSummary},
    paging::Listing,
};
pub use draft::NewOrder;
pub use error::Error;
pub use platform::{Platform, Platforms};
pub use resolver::Resolver;
pub use service::{OrderService, OrderSettings};
