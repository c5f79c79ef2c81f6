//! `plugin list|inspect|verify`.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use connector_api::wire::manifest::Manifest;
use serde::Serialize;

use super::{
    exit::{Exit, Failure},
    output::{Output, Text, table},
};
use crate::{
    app::{App, load_options},
    config::Config,
    model::{Code, audit::AuditAction, plugin_death::HeldPlugin},
    plugin::{
        LoadOptions, PluginHandle, Refusal, Registry, conformance,
        quarantine::Behaviour,
        refusal::{as_text, shown},
        registry::load_one,
        trial,
    },
};

#[derive(Debug, Subcommand)]
pub(super) enum PluginCommand {
    /// Load every plugin file; list the loaded ones, and why others were refused.
    List,
    /// Show the manifest of a plugin file or of a loaded connector.
    Inspect {
        /// File or connector id.
        plugin: String,
    },
    /// Release a plugin that is held back because the host crashed during its calls.
    Release {
        /// Id of the connector.
        connector: String,
    },
    /// Run the conformance checks on a plugin file.
    Verify {
        /// The file.
        file: PathBuf,
    },
}

/// The child's side of the trial of a file.
#[derive(Debug, Args)]
pub(super) struct TrialArgs {
    file: PathBuf,
    token: String,
}

impl TrialArgs {
    pub(super) fn take(&self) {
        trial::take(&self.file, &self.token);
    }
}

pub(super) async fn run(command: PluginCommand, config: &Config, output: Output) -> Result<Exit, Failure> {
    match command {
        PluginCommand::List => list(config, output).await,
        PluginCommand::Release { connector } => release(&connector, config, output).await,
        PluginCommand::Inspect { plugin } => inspect(&plugin, config, output),
        PluginCommand::Verify { file } => verify(&file, config, output).await,
    }
}

#[derive(Serialize)]
struct PluginLine<'a> {
    connector: &'a str,
    name: &'a str,
    plugin_version: &'a str,
    contract_version: &'a str,
    #[serde(serialize_with = "as_text")]
    file: &'a Path,
    sha256: &'a str,
    behaviour: Behaviour,
}

#[derive(Serialize)]
struct PluginList<'a> {
    plugins: Vec<PluginLine<'a>>,
    refused: &'a [Refusal],
}

async fn list(config: &Config, output: Output) -> Result<Exit, Failure> {
    let registry = Registry::load(&load_options(config));
    let held = held(config).await?;
    for plugin in registry.plugins() {
        let is_it = |held: &&HeldPlugin| held.sha256 == plugin.file().sha256;
        plugin.hold(held.iter().find(is_it).map(|held| held.reason.as_str()));
    }
    let plugins = registry.plugins().map(|plugin| PluginLine {
        connector: &plugin.manifest().id,
        name: &plugin.manifest().name,
        plugin_version: &plugin.manifest().plugin_version,
        contract_version: &plugin.manifest().contract_version,
        file: &plugin.file().source,
        sha256: &plugin.file().sha256,
        behaviour: plugin.behaviour(),
    });
    let list = PluginList { plugins: plugins.collect(), refused: registry.refusals() };
    output.result(&list, |list| {
        let mut text = Text::new();
        if list.plugins.is_empty() {
            let directories = config.plugin_directories();
            let looked: Vec<_> = directories.iter().map(|directory| directory.display().to_string()).collect();
            text.line(format!("no plugin is loaded; searched {}", looked.join(", ")));
        }
        let rows = list.plugins.iter().map(|plugin| {
            let short = plugin.sha256.get(..12).unwrap_or_default();
            [plugin.connector, plugin.name, plugin.plugin_version, short]
                .map(str::to_owned)
                .into_iter()
                .chain([shown(plugin.file)])
                .collect()
        });
        text.append(table(&rows.collect::<Vec<_>>()));
        for plugin in list.plugins.iter().filter(|plugin| plugin.behaviour.quarantined) {
            text.line(format!("held     {}", plugin.connector));
            text.line(format!("         {}", plugin.behaviour.last_fault));
            text.line(format!("         → connector-host plugin release {}", plugin.connector));
        }
        for refusal in list.refused {
            text.line(format!("refused  {}", shown(&refusal.file)));
            text.line(format!("         {}", refusal.reason));
            text.line(format!("         → {}", refusal.remedy));
        }
        text
    })?;
    let is_sound = list.refused.is_empty() && !list.plugins.iter().any(|plugin| plugin.behaviour.quarantined);
    Ok(if is_sound { Exit::Ok } else { Exit::Plugin })
}

/// What is held back, as far as there is a database that says so.
async fn held(config: &Config) -> Result<Vec<HeldPlugin>, Failure> {
    if config.database_file().is_some_and(|file| !file.exists()) {
        return Ok(vec![]);
    }
    let app = App::open(config.clone()).await?;
    let held = app.store.held_plugins().await;
    app.store.close().await;
    Ok(held?)
}

async fn release(connector: &str, config: &Config, output: Output) -> Result<Exit, Failure> {
    let app = App::open(config.clone()).await?;
    let audit = app.ctx().audit(AuditAction::PluginReleased).of(connector);
    let released = app.store.release_plugin(connector, &audit).await;
    app.store.close().await;
    if released? == 0 {
        return Err(Failure::not_found(format!("no plugin of `{connector}` is held back; see `plugin list`")));
    }
    let text = format!("{connector} is released; a running host calls it again within a minute");
    output.result(&serde_json::json!({ "released": connector }), |_| text)?;
    Ok(Exit::Ok)
}

fn inspect(name: &str, config: &Config, output: Output) -> Result<Exit, Failure> {
    let plugin = find(name, config)?;
    output.result(plugin.manifest(), |manifest| {
        let Manifest { name, id, plugin_version, vendor, contract_version, .. } = manifest;
        let operations = manifest.operations.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        let mut text = Text::from(format!("{name} ({id}) {plugin_version} by {vendor}"));
        text.line(format!("contract {contract_version}, operations: {operations}"));
        text.heading("fields");
        let rows = connector_api::wire::profile::fields(&manifest.credential_schema).map(|(name, field)| {
            let secret = if connector_api::wire::profile::is_secret(field) { "secret" } else { "" };
            vec![format!("  {name}"), secret.to_owned(), field["description"].as_str().unwrap_or_default().to_owned()]
        });
        text.append(table(&rows.collect::<Vec<_>>()));
        text.heading("capabilities");
        let rows = manifest.capabilities.iter().map(|c| vec![format!("  {}", c.name), c.summary.clone()]);
        text.append(table(&rows.collect::<Vec<_>>()));
        text.heading("streams");
        let rows = manifest.streams.iter().map(|s| vec![format!("  {}", s.stream), s.degree.to_string()]);
        text.append(table(&rows.collect::<Vec<_>>()));
        text
    })?;
    Ok(Exit::Ok)
}

async fn verify(file: &Path, config: &Config, output: Output) -> Result<Exit, Failure> {
    let options = LoadOptions { try_again: true, ..load_options(config) };
    let plugin = load_one(file, &options).map_err(refused)?;
    let findings = conformance::verify(&plugin).await;
    let failed = findings.iter().any(|finding| finding.problem.is_some());
    output.result(&findings, |findings| {
        let mut text = Text::new();
        for finding in findings {
            text.line(format!("{}  {}", if finding.problem.is_some() { "FAIL" } else { "pass" }, finding.check));
            text.append(finding.problem.iter().map(|problem| format!("      {problem}")).collect::<Text>());
        }
        text.line(if failed { "this plugin does not conform" } else { "this plugin conforms" });
        text
    })?;
    Ok(if failed { Exit::Plugin } else { Exit::Ok })
}

/// The plugin of a connector id, or of a file.
pub(super) fn find(name: &str, config: &Config) -> Result<PluginHandle, Failure> {
    let options = load_options(config);
    if Path::new(name).is_file() {
        return load_one(Path::new(name), &options).map_err(refused);
    }
    let registry = Registry::load(&options);
    registry.get(name).cloned().ok_or_else(|| {
        let known: Vec<_> = registry.plugins().map(|plugin| plugin.manifest().id.as_str()).collect();
        let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
        Failure::not_found(format!(
            "no connector and no file is named `{name}`; loaded connectors: {known}; `plugin list` shows why others are not"
        ))
    })
}

fn refused(refusal: Refusal) -> Failure {
    Failure { details: serde_json::to_value(&refusal).ok(), ..Failure::new(Code::PluginRefused, refusal) }
}
