//! The host's only way to the network: guard, budget, retries, recording.
//!
//! A request of a connector walks through these files in order: [`ConnectionNetwork::send`] (`connection.rs`) checks
//! it (`request.rs`, `address.rs`), waits for its share of the platform's quota (`shared.rs`, `budgets.rs`, `budget.rs`), sends it through the one
//! guarded client (`client.rs`, whose `resolver.rs` filters addresses), tries again where that is safe (`retry.rs`) and
//! keeps a scrubbed copy when asked to (`record.rs`). [`Scrubber`] (`scrub.rs`) is also what takes secrets out of everything a
//! plugin says. With a recording in place of the network, `replay.rs` answers.

mod address;
mod budget;
mod budgets;
mod client;
mod connection;
mod escapes;
mod exchange;
mod failure;
mod in_flight;
mod personal;
mod policy;
mod quota_window;
mod record;
mod replay;
mod request;
mod resolver;
mod retry;
mod retry_after;
mod scrub;
mod secret_forms;
mod secret_search;
mod shared;

#[cfg(test)]
mod tests;

pub use address::{AddressRefusal, check_ip, check_url};
pub use budget::{Budget, BudgetConfig, BudgetLevel, Permit};
pub use budgets::Budgets;
pub use client::{Answer, Network, NetworkSetupError};
pub use connection::{ConnectionNetwork, Tap, Traffic};
pub use exchange::{Body, Exchange, RecordedRequest, RecordedResponse, RecordingError, RecordingHeader};
pub use failure::SendFailure;
pub use policy::{NetworkPolicy, RetryPolicy};
pub use record::Recorder;
pub use replay::Replayer;
pub use request::CheckedRequest;
pub use retry_after::parse_retry_after;
pub use scrub::Scrubber;
pub use shared::Shared;
