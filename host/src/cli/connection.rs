//! `connection add|list|show|check|update|remove|probe`.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};
use connector_api::{
    domain::ConnectionId,
    wire::{
        probe::{Assumption, Verdict},
        validate::{Check, CheckStatus},
    },
};
use serde_json::{Value, json};

use super::{
    exit::{Exit, Failure},
    input::{read_document, refused},
    output::{Output, Text, table},
};
use crate::{
    app::{App, load_options},
    config::Config,
    core::connection::{CheckOutcome, Checked, Connectors, NewConnection, form::Values, probe},
    model::{
        audit::AuditAction,
        connection::{Connection, ConnectionFilter, Environment},
        message::no_connection,
        paging::PageQuery,
    },
    plugin::Registry,
};

#[derive(Debug, Subcommand)]
pub(super) enum ConnectionCommand {
    /// Validate credentials, create a connection and print its id.
    Add(AddArgs),
    /// List connections.
    List {
        /// Only connections of this connector.
        #[arg(long)]
        connector: Option<String>,
    },
    /// Show a connection: health, capabilities, last checks.
    Show {
        /// Id of the connection.
        id: String,
    },
    /// Validate a connection again and update its health.
    Check {
        /// Id of the connection.
        id: String,
    },
    /// Replace credentials, for the same store. Credentials not given are kept.
    Update {
        /// Id of the connection.
        id: String,
        /// JSON file with the new values of the connector's credential form; `-` for standard input.
        #[arg(long, value_name = "FILE")]
        credentials_file: PathBuf,
    },
    /// Delete a connection with its synced data and secrets. To keep the catalog, disconnect it in the dashboard or with
    /// `DELETE /v1/connections/{id}` instead.
    Remove {
        /// Id of the connection.
        id: String,
    },
    /// Read a sample of every stream from the live store. Run this first on a new account.
    Probe {
        /// Id of the connection.
        id: String,
        /// Save scrubbed recordings of every exchange in this folder.
        #[arg(long, value_name = "DIR")]
        record: Option<PathBuf>,
    },
}

#[derive(Debug, Args)]
pub(super) struct AddArgs {
    /// Id of the connector, as `plugin list` shows it.
    #[arg(long)]
    connector: String,
    /// JSON file with the values of the connector's credential form; `-` for standard input.
    #[arg(long, value_name = "FILE")]
    credentials_file: PathBuf,
    /// JSON file with the values of the connector's settings form.
    #[arg(long, value_name = "FILE")]
    settings_file: Option<PathBuf>,
    /// Display name (default: the store's own name).
    #[arg(long)]
    label: Option<String>,
    /// Whether the connection is live or for tests.
    #[arg(long, value_enum, default_value_t = EnvironmentArg::Live)]
    environment: EnvironmentArg,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum EnvironmentArg {
    /// Real shoppers.
    Live,
    /// A store of test data.
    Test,
}

impl From<EnvironmentArg> for Environment {
    fn from(argument: EnvironmentArg) -> Self {
        match argument {
            EnvironmentArg::Live => Self::Live,
            EnvironmentArg::Test => Self::Test,
        }
    }
}

pub(super) async fn run(command: ConnectionCommand, config: Config, output: Output) -> Result<Exit, Failure> {
    let app = App::open(config).await?;
    app.notes.iter().for_each(|note| output.note(note));
    let outcome = run_open(command, &app, output).await;
    app.store.close().await;
    outcome
}

async fn run_open(command: ConnectionCommand, app: &App, output: Output) -> Result<Exit, Failure> {
    match command {
        ConnectionCommand::Add(args) => add(args, app, output).await,
        ConnectionCommand::List { connector } => list(connector, app, output).await,
        ConnectionCommand::Show { id } => show(&id.into(), app, output).await,
        ConnectionCommand::Check { id } => check(&id.into(), app, output).await,
        ConnectionCommand::Update { id, credentials_file } => update(&id.into(), &credentials_file, app, output).await,
        ConnectionCommand::Remove { id } => remove(&id.into(), app, output).await,
        ConnectionCommand::Probe { id, record } => probed(&id.into(), record.as_deref(), app, output).await,
    }
}

/// Connectors of every plugin that can be loaded.
pub(super) fn connectors(app: &App) -> Result<Connectors, Failure> {
    Ok(app.connectors(Registry::load(&load_options(&app.config)))?)
}

async fn add(args: AddArgs, app: &App, output: Output) -> Result<Exit, Failure> {
    let new = NewConnection {
        connector: args.connector,
        label: args.label,
        environment: args.environment.into(),
        credentials: read_values(&args.credentials_file)?,
        settings: args.settings_file.as_deref().map_or_else(|| Ok(Values::new()), read_values)?,
        ..NewConnection::default()
    };
    let added =
        app.onboarding(&connectors(app)?).add(&app.ctx(), new, move |check| output.note(check_line(check))).await?;
    for other in &added.same_store {
        output.note(format!("note: connection {other} is connected to the same store"));
    }
    output.result(&view(&added.connection), |_| added.connection.id.to_string())?;
    Ok(Exit::Ok)
}

async fn list(connector: Option<String>, app: &App, output: Output) -> Result<Exit, Failure> {
    let filter = ConnectionFilter { connector_id: connector, ..ConnectionFilter::default() };
    let mut connections = vec![];
    let mut page = PageQuery::first(250);
    loop {
        let listing = app.store.connections(&filter, &page).await?;
        connections.extend(listing.data);
        match listing.next_cursor {
            Some(cursor) => page = PageQuery::after(250, Some(cursor)),
            None => break,
        }
    }
    output.result(&connections.iter().map(view).collect::<Vec<_>>(), |_| {
        let rows = connections.iter().map(|connection| {
            let store = connection.store.as_ref().map(|store| store.host.clone()).unwrap_or_default();
            let status = connection.health.status.as_str().to_owned();
            let good = connection.sync.last_good_at.map_or_else(|| "never synced".to_owned(), |at| at.to_string());
            vec![
                connection.id.to_string(),
                connection.connector_id.clone(),
                status,
                good,
                store,
                connection.label.clone(),
            ]
        });
        let rows: Vec<_> = rows.collect();
        if rows.is_empty() { "no connections yet; `connection add` creates one".into() } else { table(&rows) }
    })?;
    Ok(Exit::Ok)
}

async fn show(id: &ConnectionId, app: &App, output: Output) -> Result<Exit, Failure> {
    let connection = app.store.connection(id).await?.ok_or_else(|| missing(id))?;
    output.result(&view(&connection), |_| describe(&connection))?;
    Ok(Exit::Ok)
}

async fn check(id: &ConnectionId, app: &App, output: Output) -> Result<Exit, Failure> {
    let service = app.checker(&connectors(app)?);
    let Checked { connection, answer, outcome } =
        service.check(&app.ctx(), id, move |check| output.note(check_line(check))).await?;
    if let Some(note) = outcome.note() {
        output.note(note);
    }
    let report = json!({ "outcome": outcome, "connection": view(&connection), "checks": answer.checks });
    output.result(&report, |_| describe(&connection))?;
    Ok(match outcome {
        CheckOutcome::Works => Exit::Ok,
        CheckOutcome::Refused => Exit::Refused,
        CheckOutcome::NotConfirmed | CheckOutcome::NotAsked => Exit::Unavailable,
    })
}

async fn update(id: &ConnectionId, credentials_file: &Path, app: &App, output: Output) -> Result<Exit, Failure> {
    let given = read_values(credentials_file)?;
    let onboarding = app.onboarding(&connectors(app)?);
    let updated = onboarding.update(&app.ctx(), id, &given, move |check| output.note(check_line(check))).await?;
    let (connection, answer) = updated;
    output.result(&json!({ "connection": view(&connection), "checks": answer.checks }), |_| describe(&connection))?;
    Ok(Exit::Ok)
}

async fn remove(id: &ConnectionId, app: &App, output: Output) -> Result<Exit, Failure> {
    let audit = app.ctx().audit(AuditAction::ConnectionRemoved).of_connection(id);
    if !app.store.remove_connection(id, &audit).await? {
        return Err(missing(id));
    }
    output.result(&json!({ "removed": id }), |_| {
        format!("connection {id} removed; the key of its secrets is destroyed")
    })?;
    Ok(Exit::Ok)
}

async fn probed(id: &ConnectionId, record: Option<&Path>, app: &App, output: Output) -> Result<Exit, Failure> {
    let report = probe::probe(&connectors(app)?, &app.ctx(), id, record).await?;
    let failed = !report.validation.ok || report.streams.iter().any(|stream| stream.error.is_some());
    output.result(&report, |report| {
        let mut text = Text::new();
        report.validation.checks.iter().for_each(|check| text.append(check_line(check)));
        let rows = report.streams.iter().map(|stream| {
            let error = stream.error.as_ref().map(ToString::to_string).unwrap_or_default();
            vec![
                stream.stream.to_string(),
                format!("{} pages", stream.pages),
                format!("{} records", stream.records),
                error,
            ]
        });
        text.heading(&format!("streams, {} requests", report.requests));
        text.append(table(&rows.collect::<Vec<_>>()));
        text.heading("differences between the live schema and the known one");
        let rows = report.schema_differences.iter().map(|d| vec![d.kind.clone(), d.path.clone(), d.effect.clone()]);
        let rows: Vec<_> = rows.collect();
        text.append(if rows.is_empty() { "none".into() } else { table(&rows) });
        if let Some(error) = &report.assumptions_error {
            text.heading(&format!("the connector's assumptions could not be tested: {}", error.message));
        } else if !report.assumptions.is_empty() {
            text.heading("the connector's assumptions");
            let row =
                |own: &Assumption| vec![own.verdict.to_string(), own.id.clone(), own.assumed.clone(), own.seen.clone()];
            text.append(table(&report.assumptions.iter().map(row).collect::<Vec<_>>()));
            for own in report.assumptions.iter().filter(|own| own.verdict == Verdict::Refuted) {
                text.line(format!("{}: {}", own.id, own.otherwise));
            }
        }
        if let Some(directory) = record {
            let directory = directory.display();
            text.heading(&format!("recordings are in {directory}; review them before you share them"));
        }
        text
    })?;
    Ok(if failed { Exit::Partial } else { Exit::Ok })
}

fn read_values(path: &Path) -> Result<Values, Failure> {
    match read_document(path)? {
        Value::Object(values) => Ok(values),
        _ => Err(refused(path, "must contain one JSON object with the values by field name")),
    }
}

fn missing(id: &ConnectionId) -> Failure {
    Failure::not_found(no_connection(id))
}

/// A connection as it is printed: everything, which never holds a secret.
fn view(connection: &Connection) -> Value {
    serde_json::to_value(connection).unwrap_or_default()
}

fn check_line(check: &Check) -> Text {
    let mut text = Text::from(format!("{:4}  {}: {}", check.status.as_str(), check.title, check.message));
    if let (CheckStatus::Fail | CheckStatus::Warn, Some(fix)) = (&check.status, &check.fix) {
        text.line(format!("      → {fix}"));
    }
    text
}

fn describe(connection: &Connection) -> Text {
    let store = connection
        .store
        .as_ref()
        .map_or_else(|| "unknown".to_owned(), |store| format!("{} at {}", store.name, store.host));
    let health = &connection.health;
    let mut text = Text::from(format!("{}  {}", connection.id, connection.label));
    text.line(format!("store       {store}"));
    text.line(format!("status      {} since {}", health.status.as_str(), health.since));
    for (name, value) in [("cause", &health.cause), ("remedy", &health.remedy)] {
        if let Some(value) = value {
            text.line(format!("{name:10}  {value}"));
        }
    }
    let good = connection.sync.last_good_at.map_or_else(|| "none yet".to_owned(), |at| at.to_string());
    text.line(format!("good sync   {good}"));
    if let (Some(since), Some(error)) = (connection.sync.failing_since, &connection.sync.last_error) {
        let number = connection.sync.failed_in_a_row;
        text.line(format!("failed      {number} syncs in a row since {since}: {error}"));
    }
    for expiry in &connection.findings.expiries {
        let assumed = if expiry.assumed { " (assumed)" } else { "" };
        text.line(format!("expires     {} at {}{assumed}", expiry.field, expiry.expires_at));
    }
    text.heading("capabilities");
    let rows = connection.findings.capabilities.iter().map(|capability| {
        let state = match (capability.on, capability.degraded) {
            (true, true) => "degraded",
            (true, false) => "on",
            (false, _) => "off",
        };
        vec![format!("  {}", capability.name), state.to_owned(), capability.reason.clone()]
    });
    text.append(table(&rows.collect::<Vec<_>>()));
    if !connection.findings.schema_differences.is_empty() {
        text.heading("the store's schema differs");
        let rows = connection.findings.schema_differences.iter();
        let rows = rows.map(|d| vec![format!("  {}", d.kind), d.path.clone(), d.effect.clone()]);
        text.append(table(&rows.collect::<Vec<_>>()));
    }
    text
}
