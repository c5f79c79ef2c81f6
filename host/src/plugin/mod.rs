//! Journey 1: a plugin file becomes a connector.
//!
//! [`discover`] (which files are there) → [`install`] (read once, [`whole`] or not, hash, allow-list, copy to a content-addressed file)
//! → [`loader`] (the only place that opens libraries) → [`admission`] (manifest and schemas checked) → [`registry`].
//! Then [`handle`] is how the rest of the host calls a plugin, with [`quarantine`] for those that misbehave and
//! [`services`] for what a plugin may ask of the host. A bad file is named, with reason and remedy; the others work.

pub mod admission;
pub mod conformance;
pub mod discover;
pub mod handle;
pub mod install;
pub mod loader;
pub mod quarantine;
pub mod refusal;
pub mod registry;
pub mod services;
pub mod whole;

pub use handle::{ConnectorHandle, PluginHandle};
pub use refusal::{Refusal, RefusalCode};
pub use registry::{LoadOptions, Registry};
pub use services::HostServices;
