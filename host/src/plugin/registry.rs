//! All plugins in use, by connector id, and the files that are not, with reasons.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use super::{
    PluginHandle, Refusal, RefusalCode, admission::admit, discover::plugin_files, install::install, loader::load,
    trial::Trial,
};

/// Where plugins come from and what is asked of them.
#[derive(Debug, Clone, Default)]
pub struct LoadOptions {
    /// Directories to look into, in order.
    pub directories: Vec<PathBuf>,
    /// Where copies are kept.
    pub vault: PathBuf,
    /// SHA-256 of the files that may be loaded; any file when absent.
    pub allowed: Option<BTreeSet<String>>,
    /// How a file is tried before it is loaded for the first time; at once loaded when absent, as where the host is a library.
    pub trial: Option<Trial>,
    /// Whether a file that did not come through its trial is tried once more.
    pub try_again: bool,
}

/// Plugins in use, and files that are not.
#[derive(Default)]
pub struct Registry {
    plugins: BTreeMap<String, PluginHandle>,
    refusals: Vec<Refusal>,
}

impl Registry {
    /// Loads every plugin file of the directories. Never fails as a whole: a bad file is one refusal.
    pub fn load(options: &LoadOptions) -> Self {
        let mut registry = Self::default();
        for directory in &options.directories {
            match plugin_files(directory) {
                Ok(files) => files.iter().for_each(|file| registry.add(file, options)),
                Err(error) => registry.refusals.push(Refusal::new(
                    directory,
                    RefusalCode::Unreadable,
                    format!("the directory cannot be read: {error}"),
                    "Check `plugins.directories`.",
                )),
            }
        }
        registry
    }

    /// The plugin of a connector id.
    pub fn get(&self, connector: &str) -> Option<&PluginHandle> {
        self.plugins.get(connector)
    }

    /// Plugins in use, by connector id.
    pub fn plugins(&self) -> impl Iterator<Item = &PluginHandle> {
        self.plugins.values()
    }

    /// Files that are not used.
    pub fn refusals(&self) -> &[Refusal] {
        &self.refusals
    }

    fn add(&mut self, file: &Path, options: &LoadOptions) {
        match self.admit(file, options) {
            Ok(plugin) => {
                let manifest = plugin.manifest();
                tracing::info!(connector = manifest.id, version = manifest.plugin_version, "plugin loaded");
                self.plugins.insert(manifest.id.clone(), plugin);
            }
            Err(refusal) => {
                tracing::warn!(%refusal, "plugin refused");
                self.refusals.push(refusal);
            }
        }
    }

    fn admit(&self, file: &Path, options: &LoadOptions) -> Result<PluginHandle, Refusal> {
        let plugin = load_one(file, options)?;
        if let Some(other) = self.plugins.get(&plugin.manifest().id) {
            return Err(Refusal::new(
                file,
                RefusalCode::Duplicate,
                format!(
                    "connector `{}` is already loaded from {}",
                    plugin.manifest().id,
                    other.file().source.display()
                ),
                "Remove one of the two files.",
            ));
        }
        Ok(plugin)
    }
}

/// Loads one file, alone.
pub fn load_one(file: &Path, options: &LoadOptions) -> Result<PluginHandle, Refusal> {
    let installed = install(file, &options.vault, options.allowed.as_ref())?;
    if let Some(trial) = &options.trial {
        trial.pass(&installed, &options.vault, options.try_again)?;
    }
    let (library, manifest) = load(&installed)?;
    admit(file, &manifest)?;
    PluginHandle::new(installed, library, manifest)
}
