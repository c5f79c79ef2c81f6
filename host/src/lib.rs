//! Loads platform plugins, keeps merchants' connections and syncs their catalogs. Knows no platform by name.
//!
//! Modules in reading order, as data flows: [`plugin`] (a file becomes a connector) → [`connection`] (a store becomes
//! a connection) → [`sync`] (its catalog becomes rows) → [`store`] (rows are kept). [`net`] is the only way to the
//! network, [`secret`] the only way to credentials, [`app`] wires everything, [`cli`] is how people use it.
#![forbid(unsafe_code)]
#![deny(clippy::print_stderr)]

pub mod app;
mod beside;
mod bounded;
pub mod cart;
pub mod channel;
pub mod cli;
pub mod clock;
pub mod config;
pub mod connection;
pub mod http;
pub mod job;
pub mod metrics;
pub mod model;
pub mod net;
pub mod order;
pub mod outbox;
pub mod plugin;
pub mod secret;
pub mod session;
pub mod spelling;
pub mod store;
pub mod sync;
pub mod telemetry;
#[cfg(test)]
mod testing;
pub mod text;
pub mod webhook;
pub mod work;
