//! `doctor`: looks at everything the host needs, and says what to do about what is missing.

use std::path::Path;

use serde::Serialize;

use super::{
    exit::{Exit, Failure},
    output::{Output, table},
    surroundings,
};
use crate::{
    app::{App, load_options},
    config::Config,
    core::connection::validate::CLOCK_CHECK,
    model::{connection::ConnectionFilter, paging::PageQuery},
    plugin::Registry,
    secret::KeyState,
};

/// A loaded plugin: its connector and the SHA-256 of its file.
type Loaded = (String, String);

/// What a diagnosis of the configuration is called.
const CONFIGURATION: &str = "configuration";
/// What a diagnosis of a plugin is called.
const PLUGIN: &str = "plugin";

#[derive(Debug, Serialize)]
pub(super) struct Diagnosis {
    what: &'static str,
    ok: bool,
    text: String,
}

/// Looks at everything.
pub(super) async fn diagnoses(config: Config) -> Vec<Diagnosis> {
    let wrong =
        surroundings::mistakes(&config).into_iter().map(|text| Diagnosis { what: CONFIGURATION, ok: false, text });
    let mut diagnoses: Vec<_> = wrong.collect();
    if diagnoses.is_empty() {
        diagnoses.push(Diagnosis { what: CONFIGURATION, ok: true, text: "can be used".to_owned() });
    }
    if !config.network.allow_private.is_empty() {
        let networks: Vec<_> = config.network.allow_private.iter().map(ToString::to_string).collect();
        let text = format!("private networks are reachable: {}; never use this in production", networks.join(", "));
        diagnoses.push(Diagnosis { what: "network", ok: true, text });
    }
    let loaded = diagnose_plugins(&config, &mut diagnoses);
    diagnose_store(config, &loaded, &mut diagnoses).await;
    diagnoses
}

pub(super) async fn run(config: Config, output: Output) -> Result<Exit, Failure> {
    let diagnoses = diagnoses(config).await;
    let healthy = diagnoses.iter().all(|diagnosis| diagnosis.ok);
    output.result(&diagnoses, |diagnoses| {
        let mark = |ok: bool| if ok { "ok" } else { "BAD" }.to_owned();
        table(&diagnoses.iter().map(|d| vec![mark(d.ok), d.what.to_owned(), d.text.clone()]).collect::<Vec<_>>())
    })?;
    let is_only = |what: &str| diagnoses.iter().all(|diagnosis| diagnosis.ok || diagnosis.what == what);
    Ok(if healthy {
        Exit::Ok
    } else if is_only(CONFIGURATION) {
        Exit::Usage
    } else if is_only(PLUGIN) {
        Exit::Plugin
    } else {
        Exit::Store
    })
}

/// The plugins that are loaded, for what the database says of them.
fn diagnose_plugins(config: &Config, diagnoses: &mut Vec<Diagnosis>) -> Vec<Loaded> {
    let registry = Registry::load(&load_options(config));
    for plugin in registry.plugins() {
        let manifest = plugin.manifest();
        let text = format!("{} {} is loaded", manifest.id, manifest.plugin_version);
        diagnoses.push(Diagnosis { what: PLUGIN, ok: true, text });
    }
    for refusal in registry.refusals() {
        diagnoses.push(Diagnosis { what: PLUGIN, ok: false, text: refusal.to_string() });
    }
    if registry.plugins().next().is_none() {
        let text = "no plugin is loaded; put a plugin file into the plugin folder".to_owned();
        diagnoses.push(Diagnosis { what: PLUGIN, ok: false, text });
    }
    registry.plugins().map(|plugin| (plugin.manifest().id.clone(), plugin.file().sha256.clone())).collect()
}

/// Connections whose connector is not there: nothing of theirs works until it is.
async fn diagnose_connectors(app: &App, loaded: &[Loaded], diagnoses: &mut Vec<Diagnosis>) {
    match app.store.connectors_in_use().await {
        Ok(in_use) => diagnoses.extend(in_use.into_iter().filter(|(connector, _)| !loaded.iter().any(|(id, _)| id == connector)).map(
            |(connector, connections)| {
                let text = format!(
                    "{connections} connections need the connector `{connector}`, which is not loaded; restore its file in the plugin folder, or disconnect them"
                );
                Diagnosis { what: PLUGIN, ok: false, text }
            },
        )),
        Err(error) => diagnoses.push(Diagnosis { what: "database", ok: false, text: error.to_string() }),
    }
}

/// Plugins that ended the host again and again.
async fn diagnose_held(app: &App, loaded: &[Loaded], diagnoses: &mut Vec<Diagnosis>) {
    match app.store.held_plugins().await {
        Ok(held) => diagnoses.extend(
            held.into_iter().filter(|held| loaded.iter().any(|(_, sha256)| *sha256 == held.sha256)).map(|held| {
                let id = held.connector;
                let text = format!(
                    "{id} is held back: {}; replace the file, or run `connector-host plugin release {id}`",
                    held.reason
                );
                Diagnosis { what: PLUGIN, ok: false, text }
            }),
        ),
        Err(error) => diagnoses.push(Diagnosis { what: "database", ok: false, text: error.to_string() }),
    }
}

/// Connections whose platform's clock differed from the host's at their last check.
async fn diagnose_clock(app: &App, diagnoses: &mut Vec<Diagnosis>) {
    let mut page = PageQuery::first(250);
    loop {
        let listing = match app.store.connections(&ConnectionFilter::default(), &page).await {
            Ok(listing) => listing,
            Err(error) => {
                return diagnoses.push(Diagnosis { what: "database", ok: false, text: error.to_string() });
            }
        };
        diagnoses.extend(listing.data.iter().filter_map(|connection| {
            let check = connection.findings.checks.iter().find(|check| check.id == CLOCK_CHECK)?;
            let at = connection.validated_at.unwrap_or(connection.created_at);
            let text =
                format!("{} at {at}: {} Set the clock, then check the connection.", connection.id, check.message);
            Some(Diagnosis { what: "clock", ok: false, text })
        }));
        match listing.next_cursor {
            Some(cursor) => page = PageQuery::after(250, Some(cursor)),
            None => return,
        }
    }
}

async fn diagnose_store(config: Config, loaded: &[Loaded], diagnoses: &mut Vec<Diagnosis>) {
    let is_there = |path: &Path| path.try_exists().unwrap_or(true);
    let missing = config.database_file().filter(|file| !is_there(file));
    if let Some(missing) = missing.filter(|_| config.secrets.keys.is_empty() && is_there(&config.keyring_file())) {
        let text = format!(
            "{} is missing although a keyring exists: restore the database from a backup, or run `migrate` to start with an empty one",
            missing.display()
        );
        return diagnoses.push(Diagnosis { what: "database", ok: false, text });
    }
    let app = match App::open(config).await {
        Ok(app) => app,
        Err(error) => {
            return diagnoses.push(Diagnosis { what: "database and keys", ok: false, text: error.to_string() });
        }
    };
    diagnoses.push(match (app.disk().check(), app.disk().free()) {
        (Err(low), _) => Diagnosis { what: "disk", ok: false, text: format!("syncs are deferred: {low}") },
        (Ok(()), Some(free)) => Diagnosis { what: "disk", ok: true, text: format!("{} MiB free", free >> 20) },
        (Ok(()), None) => Diagnosis { what: "disk", ok: true, text: "the free disk space is not known".to_owned() },
    });
    diagnose_connectors(&app, loaded, diagnoses).await;
    diagnose_held(&app, loaded, diagnoses).await;
    diagnose_clock(&app, diagnoses).await;
    diagnoses.push(match app.store.check().await {
        Ok(report) if report.problems.is_empty() => {
            let text = format!("intact, schema version {}, {} bytes", report.schema_version, report.bytes);
            Diagnosis { what: "database", ok: true, text }
        }
        Ok(report) => Diagnosis { what: "database", ok: false, text: report.problems.join("; ") },
        Err(error) => Diagnosis { what: "database", ok: false, text: error.to_string() },
    });
    match app.vault.key_states().await {
        Ok(states) if states.is_empty() => {
            diagnoses.push(Diagnosis { what: "keys", ok: true, text: "nothing is sealed yet".to_owned() });
        }
        Ok(states) => diagnoses.extend(states.iter().map(of_key)),
        Err(error) => diagnoses.push(Diagnosis { what: "keys", ok: false, text: error.to_string() }),
    }
    app.store.close().await;
}

fn of_key(state: &KeyState) -> Diagnosis {
    let KeyState { kid, secrets, is_missing, unopened } = state;
    let opened = state.opened();
    let text = match (is_missing, opened) {
        (true, _) => format!("`{kid}` is missing in the keyring and encrypts {secrets} secrets; restore it"),
        (false, opened) if opened == *secrets => format!("`{kid}` opens {opened} of {secrets} secrets"),
        (false, 0) => format!(
            "`{kid}` opens 0 of {secrets} secrets: the keyring has another key of that name; restore the right one; nothing is encrypted with it until then"
        ),
        (false, opened) => format!(
            "`{kid}` opens {opened} of {secrets} secrets, not those of {}: these were changed, moved, or sealed by another key \
             of that name; disconnect and connect them again, remove endpoints and add them again",
            some(unopened)
        ),
    };
    Diagnosis { what: "keys", ok: !is_missing && unopened.is_empty(), text }
}

/// The first few names, and how many more there are.
fn some(names: &[String]) -> String {
    const SHOWN: usize = 5;
    let shown = names.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}
