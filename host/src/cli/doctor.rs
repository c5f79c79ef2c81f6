//! `doctor`: looks at everything the host needs, and says what to do about what is missing.

use serde::Serialize;

use super::{
    exit::{Exit, Failure},
    output::{Output, table},
};
use crate::{
    app::{App, load_options},
    config::Config,
    plugin::Registry,
};

/// What a diagnosis of a plugin is called.
const PLUGIN: &str = "plugin";

#[derive(Debug, Serialize)]
struct Diagnosis {
    what: &'static str,
    ok: bool,
    text: String,
}

pub(super) async fn run(config: Config, output: Output) -> Result<Exit, Failure> {
    let mut diagnoses = vec![Diagnosis { what: "configuration", ok: true, text: "readable".to_owned() }];
    if !config.network.allow_private.is_empty() {
        let networks: Vec<_> = config.network.allow_private.iter().map(ToString::to_string).collect();
        let text = format!("private networks may be reached: {}; never in production", networks.join(", "));
        diagnoses.push(Diagnosis { what: "network", ok: true, text });
    }
    diagnose_plugins(&config, &mut diagnoses);
    diagnose_store(config, &mut diagnoses).await;
    let healthy = diagnoses.iter().all(|diagnosis| diagnosis.ok);
    output.result(&diagnoses, |diagnoses| {
        let mark = |ok: bool| if ok { "ok" } else { "BAD" }.to_owned();
        table(&diagnoses.iter().map(|d| vec![mark(d.ok), d.what.to_owned(), d.text.clone()]).collect::<Vec<_>>())
    })?;
    let only_plugins = diagnoses.iter().all(|diagnosis| diagnosis.ok || diagnosis.what == PLUGIN);
    Ok(match (healthy, only_plugins) {
        (true, _) => Exit::Ok,
        (false, true) => Exit::Plugin,
        (false, false) => Exit::Store,
    })
}

fn diagnose_plugins(config: &Config, diagnoses: &mut Vec<Diagnosis>) {
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
        let text = "no plugin is loaded; put a plugin file into the folder of plugins".to_owned();
        diagnoses.push(Diagnosis { what: PLUGIN, ok: false, text });
    }
}

async fn diagnose_store(config: Config, diagnoses: &mut Vec<Diagnosis>) {
    let app = match App::open(config).await {
        Ok(app) => app,
        Err(error) => {
            return diagnoses.push(Diagnosis { what: "database and keys", ok: false, text: error.to_string() });
        }
    };
    let report = app.stores.quick_check().await;
    diagnoses.push(match report {
        Ok(report) if report.problems.is_empty() => {
            let text = format!("schema version {}, {} bytes", report.schema_version, report.bytes);
            Diagnosis { what: "database", ok: true, text }
        }
        Ok(report) => Diagnosis { what: "database", ok: false, text: report.problems.join("; ") },
        Err(error) => Diagnosis { what: "database", ok: false, text: error.to_string() },
    });
    diagnoses.push(match app.vault.missing_keys().await {
        Ok(missing) if missing.is_empty() => {
            Diagnosis { what: "keys", ok: true, text: "every key in use is there".to_owned() }
        }
        Ok(missing) => {
            let list = missing.iter().map(|(kid, count)| format!("`{kid}` ({count} connections)"));
            let text = format!("missing in the keyring: {}; put them back", list.collect::<Vec<_>>().join(", "));
            Diagnosis { what: "keys", ok: false, text }
        }
        Err(error) => Diagnosis { what: "keys", ok: false, text: error.to_string() },
    });
    app.stores.close().await;
}
