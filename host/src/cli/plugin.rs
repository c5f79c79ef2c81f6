//! `plugin list|inspect|verify`.

use std::path::{Path, PathBuf};

use clap::Subcommand;
use connector_api::wire::manifest::Manifest;
use serde::Serialize;

use super::{
    exit::{Exit, Failure},
    output::{Output, Text, table},
};
use crate::{
    app::load_options,
    config::Config,
    plugin::{PluginHandle, Refusal, Registry, conformance, quarantine::Conduct, registry::load_one},
};

#[derive(Debug, Subcommand)]
pub(super) enum PluginCommand {
    /// Load every plugin file and say which are used, and why others are not.
    List,
    /// Show the manifest of a plugin: a file, or the id of a loaded connector.
    Inspect {
        /// File or connector id.
        plugin: String,
    },
    /// Run the conformance list on a plugin file: what every connector must do.
    Verify {
        /// The file.
        file: PathBuf,
    },
}

pub(super) async fn run(command: PluginCommand, config: &Config, output: Output) -> Result<Exit, Failure> {
    match command {
        PluginCommand::List => list(config, output),
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
    file: &'a Path,
    sha256: &'a str,
    conduct: Conduct,
}

#[derive(Serialize)]
struct PluginList<'a> {
    plugins: Vec<PluginLine<'a>>,
    refused: &'a [Refusal],
}

fn list(config: &Config, output: Output) -> Result<Exit, Failure> {
    let registry = Registry::load(&load_options(config));
    let plugins = registry.plugins().map(|plugin| PluginLine {
        connector: &plugin.manifest().id,
        name: &plugin.manifest().name,
        plugin_version: &plugin.manifest().plugin_version,
        contract_version: &plugin.manifest().contract_version,
        file: &plugin.file().source,
        sha256: &plugin.file().sha256,
        conduct: plugin.conduct(),
    });
    let list = PluginList { plugins: plugins.collect(), refused: registry.refusals() };
    output.result(&list, |list| {
        let mut text = Text::new();
        if list.plugins.is_empty() {
            let directories = config.plugin_directories();
            let looked: Vec<_> = directories.iter().map(|directory| directory.display().to_string()).collect();
            text.line(format!("no plugin is loaded; looked into {}", looked.join(", ")));
        }
        let rows = list.plugins.iter().map(|plugin| {
            let short = plugin.sha256.get(..12).unwrap_or_default();
            [plugin.connector, plugin.name, plugin.plugin_version, short]
                .map(str::to_owned)
                .into_iter()
                .chain([plugin.file.display().to_string()])
                .collect()
        });
        text.append(table(&rows.collect::<Vec<_>>()));
        for refusal in list.refused {
            text.line(format!("refused  {}", refusal.file.display()));
            text.line(format!("         {}", refusal.reason));
            text.line(format!("         → {}", refusal.remedy));
        }
        text
    })?;
    Ok(if list.refused.is_empty() { Exit::Ok } else { Exit::Plugin })
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
    let plugin = load_one(file, &load_options(config)).map_err(refused)?;
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
        Failure::not_found(format!("there is no connector and no file `{name}`; loaded are: {}", known.join(", ")))
    })
}

fn refused(refusal: Refusal) -> Failure {
    Failure { details: serde_json::to_value(&refusal).ok(), ..Failure::new(Exit::Plugin, "plugin_refused", refusal) }
}
