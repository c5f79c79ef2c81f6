//! What the end-to-end tests stand on: built plugin files, a simulated store and the host as real processes.
//!
//! Reading order: [`plugin_files`] (what is built) → [`sim`] (the store) → [`host`] (the program under test) →
//! [`world`] (both, connected), [`api`] (the host's HTTP interface), [`order_desk`] (a store that takes orders),
//! [`quote_desk`] (a store that prices carts), [`receiver`] (a channel's endpoint), [`truth`] (what the store itself says) →
//! [`list_shop`] (lists that are spoilt while they are read), [`postgres`] (databases on a server, by [`postgres_programs`]), [`replicas`] (several hosts over one),
//! [`planted`] (secrets that must not show up anywhere).
#![forbid(unsafe_code)]
#![expect(clippy::missing_panics_doc, reason = "a test that cannot be set up has failed, and says so by panicking")]
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot be set up has failed, and says so by panicking"
)]

pub mod api;
pub mod balancer;
pub mod host;
pub mod list_shop;
pub mod network;
pub mod order_desk;
pub mod planted;
pub mod plugin_files;
pub mod postgres;
pub mod postgres_programs;
pub mod quote_desk;
pub mod receiver;
pub mod replicas;
pub mod shop;
pub mod sim;
pub mod truth;
pub mod wait;
pub mod world;

pub use host::{Host, Outcome};
pub use plugin_files::Plugin;
pub use sim::Sim;
pub use world::World;
