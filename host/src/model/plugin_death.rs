//! Hosts that died while a plugin was running, and plugin files that are not called for it.

use connector_api::domain::{ConnectionId, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;

/// A host that died while a plugin was running for a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PluginDeath<'a> {
    /// The connection it was running for.
    pub connection: &'a ConnectionId,
    /// The process that died.
    pub owner: &'a str,
    /// The connector.
    pub connector: &'a str,
    /// SHA-256 of its file.
    pub sha256: &'a str,
    /// When it was noticed.
    pub at: Timestamp,
}

/// A plugin file that is not called until an operator releases it, or another file takes its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct HeldPlugin {
    /// The connector.
    pub connector: String,
    /// SHA-256 of the file.
    pub sha256: String,
    /// Since when.
    pub since: Timestamp,
    /// Why.
    pub reason: String,
}
