//! What callers may see of connectors: those in use, and the files that are not.

use schemars::JsonSchema;
use serde::Serialize;

use super::Connectors;
pub use crate::plugin::quarantine::{Behaviour, Faults};
use crate::plugin::refusal::RefusalCode;

/// A connector as it is listed.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ConnectorView {
    /// Id of the connector.
    pub id: String,
    /// The platform's name.
    pub name: String,
    /// Who made the plugin.
    pub vendor: String,
    /// Version of the plugin.
    pub plugin_version: String,
    /// Version of the contract it was built against.
    pub contract_version: String,
    /// SHA-256 of its file.
    pub sha256: String,
    /// Whether it is not called at the moment, because it misbehaved.
    pub quarantined: bool,
    /// Its last fault; empty when there was none.
    pub last_fault: String,
    /// Calls of it that could not be stopped.
    pub stuck_calls: usize,
    /// Why it is held back until an operator releases it; absent otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub held: Option<String>,
    /// What it did that it must not do since it was loaded, by kind.
    pub faults: Vec<Faults>,
}

/// A plugin file that is not used.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct RefusedPlugin {
    /// The file's name.
    pub file: String,
    /// Stable code of the refusal.
    pub code: RefusalCode,
    /// What is wrong.
    pub reason: String,
    /// What to do about it.
    pub remedy: String,
}

/// Connectors in use, and files that are not.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "Connectors")]
pub struct ConnectorList {
    /// Connectors that are loaded.
    pub data: Vec<ConnectorView>,
    /// Plugin files that were refused.
    pub refused: Vec<RefusedPlugin>,
}

impl Connectors {
    /// Connectors in use, and files that are not.
    pub fn list(&self) -> ConnectorList {
        let data = self.registry().plugins().map(|plugin| {
            let (manifest, behaviour) = (plugin.manifest(), plugin.behaviour());
            ConnectorView {
                id: manifest.id.clone(),
                name: manifest.name.clone(),
                vendor: manifest.vendor.clone(),
                plugin_version: manifest.plugin_version.clone(),
                contract_version: manifest.contract_version.clone(),
                sha256: plugin.file().sha256.clone(),
                quarantined: behaviour.quarantined,
                last_fault: behaviour.last_fault,
                stuck_calls: behaviour.stuck_calls,
                held: behaviour.held,
                faults: behaviour.faults,
            }
        });
        let refused = self.registry().refusals().iter().map(|refusal| RefusedPlugin {
            file: refusal.file.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            code: refusal.code,
            reason: refusal.reason.clone(),
            remedy: refusal.remedy.clone(),
        });
        ConnectorList { data: data.collect(), refused: refused.collect() }
    }
}
