//! `schema export`: the JSON schemas others build on.

use std::path::PathBuf;

use clap::Subcommand;
use connector_api::wire::schemas;
use serde_json::{Value, json};

use super::{
    exit::{Exit, Failure},
    output::{Output, Text},
    plugin::find,
};
use crate::config::Config;
use crate::model::{Code, RetryClass, table};

#[derive(Debug, Subcommand)]
pub(super) enum SchemaCommand {
    /// Print a connector's form, or write all schemas into a folder.
    Export {
        /// Plugin file or connector id. Repeatable with --out.
        #[arg(long, required = true)]
        connector: Vec<String>,
        /// Form to print.
        #[arg(long, value_enum, default_value_t = Form::Credential)]
        form: Form,
        /// Write `credential/ID.json`, `settings/ID.json`, `wire/v1/*.json`, `events/v1/*.json`, `config.json`, `codes.json` and `openapi.json` into this folder instead.
        #[arg(long, value_name = "DIR")]
        out: Option<PathBuf>,
    },
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub(super) enum Form {
    /// Credentials that a merchant enters.
    Credential,
    /// Settings chosen after validation.
    Settings,
}

pub(super) fn run(command: SchemaCommand, config: &Config, output: Output) -> Result<Exit, Failure> {
    let SchemaCommand::Export { connector, form, out } = command;
    let manifests =
        connector.iter().map(|name| Ok(find(name, config)?.manifest().clone())).collect::<Result<Vec<_>, Failure>>()?;
    let Some(directory) = out else {
        for manifest in &manifests {
            let schema = match form {
                Form::Credential => &manifest.credential_schema,
                Form::Settings => &manifest.settings_schema,
            };
            output.result(schema, Text::json)?;
        }
        return Ok(Exit::Ok);
    };
    let mut files: Vec<(String, Value)> = vec![
        ("config".to_owned(), schemas::schema_of::<Config>().to_value()),
        ("openapi".to_owned(), crate::http::openapi_document()),
        ("codes".to_owned(), codes()),
    ];
    for manifest in &manifests {
        files.push((format!("credential/{}", manifest.id), manifest.credential_schema.clone()));
        files.push((format!("settings/{}", manifest.id), manifest.settings_schema.clone()));
    }
    files.extend(schemas::all().into_iter().map(|(name, schema)| (format!("wire/v1/{name}"), schema.to_value())));
    files.extend(
        crate::core::outbox::schemas::all().into_iter().map(|(name, schema)| (format!("events/v1/{name}"), schema)),
    );
    for (name, schema) in &files {
        let path = directory.join(format!("{name}.json"));
        let written = path
            .parent()
            .map_or(Ok(()), std::fs::create_dir_all)
            .and_then(|()| std::fs::write(&path, pretty(schema) + "\n"));
        written.map_err(|error| Failure::new(Code::Unwritable, format!("{}: {error}", path.display())))?;
    }
    let names: Vec<_> = files.into_iter().map(|(name, _)| name).collect();
    output.result(&names, |names| format!("{} schemas written to {}", names.len(), directory.display()))?;
    Ok(Exit::Ok)
}

/// Every error code with its facts, and what the retry classes mean.
fn codes() -> Value {
    let classes = RetryClass::ALL.map(|class| json!({ "class": class, "meaning": class.meaning() }));
    json!({ "retry": classes, "codes": table::table() })
}

fn pretty(schema: &Value) -> String {
    serde_json::to_string_pretty(schema).unwrap_or_default()
}
