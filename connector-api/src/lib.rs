//! The contract between a connector host and its platform plugins.
//!
//! A plugin author needs three things from this crate: the [`domain`] (what a store consists of), the [`Connector`]
//! trait (what a connector can be asked) and [`export_connector!`] (the one line that makes a library a plugin).
//! The author writes plain async Rust; no ABI, no runtime and no HTTP client is in sight, because the host owns the
//! network and hands it in as [`Host`].
//!
//! The flow of one call, outermost first:
//!
//! ```text
//! host ── abi::v1 (bytes in, bytes out, frozen) ── export (decode, guard against panics, dispatch)
//!      ── Connector (the author's code) ── Host (http, clock, state, quota, progress) ── back through abi::v1
//! ```
//!
//! Modules, in reading order; each uses only those before it:
//! [`domain`] → [`wire`] → [`connector`] → [`abi`] → [`export`], and [`testing`] on top.
//!
//! **Versions.** The crate stays at major 1. [`abi::v1`] never changes: a newer host must load an older plugin, and
//! the layout check refuses any growth. What evolves is JSON: fields and enum values may be added, unknown fields are
//! ignored, unknown enum values survive as `Unknown(String)`. A new operation is a new `op` string.

#[macro_use]
mod open_enum;

pub mod domain;
pub mod wire;

pub mod connector;

pub mod abi;

pub mod export;

#[cfg(feature = "testing")]
pub mod testing;

pub use connector::{Connector, Host};
pub use wire::error::{ConnectorError, ErrorCode, FieldError, Retry};

/// Version of this contract, as the manifest of every plugin built against it records.
pub const CONTRACT_VERSION: &str = env!("CARGO_PKG_VERSION");
