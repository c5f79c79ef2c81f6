//! Hosts that died while a plugin was at work, and plugin files that are not called for it.

use async_trait::async_trait;
use connector_api::domain::{ConnectionId, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;

use super::error::Result;

/// A host that died while a plugin was at work for a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PluginDeath<'a> {
    /// For whom it was at work.
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

/// Keeps them.
#[async_trait]
pub trait PluginDeathStore: Send + Sync {
    /// Notes a death, and gives how many hosts have died with this file since `since` without that the connection came to an
    /// end in between.
    async fn note_plugin_death(&self, death: &PluginDeath<'_>, since: Timestamp) -> Result<u32>;

    /// Holds a file back.
    async fn hold_plugin(&self, held: &HeldPlugin) -> Result<()>;

    /// The files that are held back.
    async fn held_plugins(&self) -> Result<Vec<HeldPlugin>>;

    /// Releases whatever files of a connector are held back, and forgets the deaths; how many there were.
    async fn release_plugin(&self, connector: &str) -> Result<u64>;
}
