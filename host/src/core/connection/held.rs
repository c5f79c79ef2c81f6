//! Plugins that ended the host again and again are held back, so that a restart is no loop.

use connector_api::domain::{ConnectionId, Timestamp};

use super::{Connectors, Error, stored};
use crate::model::{
    job::Died,
    plugin_death::{HeldPlugin, PluginDeath},
};

/// Hosts that died for the second time in a row or more, without that anything was read in between, …
const DEATHS: u32 = 2;
/// … within this many seconds have their plugin held back.
const WINDOW_S: i64 = 3_600;

impl Connectors {
    /// A host died, or stood still for too long, while a connection was synced: a fault of its plugin, perhaps.
    pub async fn note_death(&self, id: &ConnectionId, died: &Died, now: Timestamp) -> Result<(), Error> {
        let times = died.in_a_row;
        let connection = stored::get(self.store(), id).await?;
        let Ok(plugin) = self.plugin(&connection.connector_id) else { return Ok(()) };
        // Any host may be killed once: the second time in a row is no accident.
        if times < 2 {
            return Ok(());
        }
        let (connector, sha256) = (plugin.manifest().id.as_str(), plugin.file().sha256.as_str());
        let death = PluginDeath { connection: id, owner: &died.owner, connector, sha256, at: now };
        let deaths = self.store().note_plugin_death(&death, now.plus_seconds(-WINDOW_S)).await?;
        if deaths >= DEATHS {
            self.hold(connector, sha256, now).await?;
        }
        Ok(())
    }

    async fn hold(&self, connector: &str, sha256: &str, since: Timestamp) -> Result<(), Error> {
        let reason = format!("since {since} the host has crashed repeatedly while this plugin worked on a sync");
        tracing::error!(connector, sha256, "a plugin is held back: {reason}");
        let held = HeldPlugin { connector: connector.to_owned(), sha256: sha256.to_owned(), since, reason };
        self.store().hold_plugin(&held).await?;
        self.apply_holds().await
    }

    /// Holds back what is to be held back, and releases what an operator has released or what is another file by now.
    pub async fn apply_holds(&self) -> Result<(), Error> {
        let held = self.store().held_plugins().await?;
        for plugin in self.registry().plugins() {
            let (id, sha256) = (&plugin.manifest().id, &plugin.file().sha256);
            let reason = held.iter().find(|held| held.connector == *id && held.sha256 == *sha256);
            plugin.hold(reason.map(|held| held.reason.as_str()));
        }
        Ok(())
    }

    /// The connectors whose plugins are held back, each with the reason.
    pub fn held_back(&self) -> Vec<(String, String)> {
        let held = |plugin: &crate::plugin::PluginHandle| Some((plugin.manifest().id.clone(), plugin.held()?));
        self.registry().plugins().filter_map(held).collect()
    }
}
