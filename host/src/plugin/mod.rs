//! Journey 1: a plugin file becomes a connector.
//!
//! [`discover`] (which files are there) → [`install`] (read once, [`whole`] or not, hash, allow-list, copy to a content-addressed file)
//! → [`trial`] (tried in a child process, the first time) → [`loader`] (the only place that opens libraries) → [`admission`] (manifest
//! and schemas checked) → [`registry`].
//! Then [`handle`] opens connections and [`connector`] is how the rest of the host calls them, with [`quarantine`] for plugins that
//! misbehave and [`services`] for what a plugin may ask of the host. Everything a plugin says passes `speech.rs`, which takes
//! secrets out. A bad file is named, with reason and remedy; the others work.

pub mod admission;
pub mod conformance;
pub mod connector;
pub mod discover;
pub mod handle;
pub mod install;
pub mod loader;
mod open;
pub mod quarantine;
pub mod refusal;
pub mod registry;
pub mod services;
mod speech;
pub mod trial;
mod verdict;
pub mod whole;

pub use connector::ConnectorHandle;
pub use handle::PluginHandle;
pub use refusal::{Refusal, RefusalCode};
pub use registry::{LoadOptions, Registry};
pub use services::{Asked, HostServices};
