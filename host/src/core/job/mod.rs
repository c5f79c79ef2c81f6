//! What `serve` does by itself: syncs that were asked for or are due, validations from time to time, reminders.
//!
//! [`queue`] (a sync is wanted) → [`sync_worker`] (claims what is due and runs it) with [`progress`] (who watches) and [`outcome`] (what its end
//! means for the connection), [`price_timer`] (prices that start and end by themselves), and
//! [`upkeep`] (everything that happens once in a while).

pub mod outcome;
pub mod price_timer;
pub mod progress;
pub mod queue;
pub mod sync_worker;
#[cfg(test)]
mod tests;
pub mod upkeep;

pub use price_timer::PriceTimer;
pub use progress::{ProgressBoard, Snapshot};
pub use queue::SyncQueue;
pub use sync_worker::Worker;
pub use upkeep::Upkeep;
