//! The "Centra Webhook" plugins of the store: what changed is queued for each, and sent as that plugin is set up.
//!
//! A change goes [`topic`] → [`queue`] → [`payload`] → [`sender`]. Everything that goes wrong on purpose is decided by
//! [`chance`] from a seed.

pub mod chance;
pub mod control;
pub mod payload;
pub mod plugin;
pub mod queue;
pub mod sender;
pub mod topic;

use std::sync::{Arc, Mutex, PoisonError};

use tokio::task::JoinHandle;

use crate::webhook::plugin::PluginSettings;
use crate::webhook::sender::Plugin;
use crate::webhook::topic::{Change, Topic};

/// The webhook plugins in force.
#[derive(Debug, Default)]
pub struct Webhooks {
    running: Mutex<Vec<Running>>,
}

/// A plugin with its sender, which ends with it.
#[derive(Debug)]
struct Running {
    plugin: Arc<Plugin>,
    sender: JoinHandle<()>,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.sender.abort();
    }
}

impl Webhooks {
    /// Replaces the plugins; what waited for the old ones is lost. Needs a runtime.
    pub fn set(&self, plugins: Vec<PluginSettings>) {
        let running = plugins.into_iter().map(|settings| {
            let plugin = Arc::new(Plugin::new(settings));
            let sender = tokio::spawn(sender::run(Arc::clone(&plugin)));
            Running { plugin, sender }
        });
        *self.running.lock().unwrap_or_else(PoisonError::into_inner) = running.collect();
    }

    /// The plugins, in the order in which they were set.
    pub fn plugins(&self) -> Vec<Arc<Plugin>> {
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        running.iter().map(|running| Arc::clone(&running.plugin)).collect()
    }

    /// Tells every plugin whose version has this topic.
    pub fn publish(&self, topic: Topic, id: i64, action: &'static str) {
        let change = Change { topic, id, action, at: jiff::Timestamp::now() };
        for plugin in self.plugins() {
            plugin.publish(&change);
        }
    }
}
