//! What `serve` does by itself: syncs that were asked for or are due, validations from time to time, reminders.
//!
//! [`queue`] (a sync is wanted) → [`sync_worker`] (claims what is due) → [`claimed_run`] (runs it) with [`progress`] (who watches),
//! [`outcome`] (what its end means for the connection) and [`next_sync`] (what follows), [`price_timer`] (prices that start and end by themselves), and
//! [`upkeep`] (everything that happens once in a while: [`recheck`], [`reminders`]).

pub mod claimed_run;
mod next_sync;
pub mod outcome;
pub mod price_timer;
pub mod progress;
pub mod queue;
mod recheck;
mod reminders;
pub mod sync_worker;
#[cfg(test)]
mod tests;
pub mod upkeep;

pub use claimed_run::ClaimedRun;
pub use price_timer::PriceTimer;
pub use progress::{ProgressBoard, Snapshot};
pub use queue::SyncQueue;
pub use sync_worker::Worker;
pub use upkeep::Upkeep;
