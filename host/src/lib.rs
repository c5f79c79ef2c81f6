//! Loads platform plugins, keeps merchants' connections and syncs their catalogs. Knows no platform by name.
//!
//! Modules in reading order, as data flows: [`plugin`] (a file becomes a connector) → [`core`] (the journeys: a store becomes
//! a connection, its records become rows, carts get prices, orders are placed) → [`store`] (rows are kept). [`model`] has the
//! host's own words, [`work`] runs what the host does by itself, [`net`] is the only way to the network, [`secret`] the only
//! way to credentials, [`http`] and [`cli`] are how people use it, [`app`] wires everything.
#![forbid(unsafe_code)]
#![deny(clippy::print_stderr)]

pub mod app;
mod bounded;
pub mod cli;
pub mod clock;
pub mod config;
pub mod core;
pub mod http;
pub mod metrics;
pub mod model;
pub mod net;
pub mod plugin;
mod private_files;
pub mod secret;
pub mod spelling;
pub mod store;
pub mod telemetry;
#[cfg(test)]
mod testing;
pub mod text;
pub mod trace;
pub mod work;
