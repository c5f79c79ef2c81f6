//! The command line: one file per command, each in the same steps: read arguments, open what is needed, do it, say it.
//!
//! Results go to standard output, as text or with `--json` as one JSON document; logs and errors go to standard error.
//! Exit codes are those of [`exit::Exit`].

mod audit;
mod background;
mod catalog;
mod channel;
mod config;
mod connection;
mod customer;
mod doctor;
mod endpoint;
mod events;
mod exit;
mod health;
mod import;
mod input;
mod keys;
mod migrate;
mod order;
mod output;
mod plugin;
mod private_file;
mod quote;
mod schema;
mod serve;
mod support_bundle;
mod surroundings;
mod sync;
mod sync_progress;
mod webhook;

use std::{path::PathBuf, process::ExitCode};

use clap::{Args, Parser, Subcommand};

pub use exit::Exit;
use exit::Failure;
use output::Output;

use crate::{
    config::{Config, Overrides},
    telemetry,
};

/// Heading of the options that every command takes.
const GLOBAL: &str = "Global options";

/// Connects merchants' stores to commerce channels through plugins.
#[derive(Debug, Parser)]
#[command(name = "connector-host", version, max_term_width = 100, after_help = exit::HELP)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Args)]
struct Global {
    /// Configuration file (default: `connector-host.toml` in the current folder).
    #[arg(long, global = true, help_heading = GLOBAL, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Data folder: SQLite database, keyring, plugin copies.
    #[arg(long, global = true, help_heading = GLOBAL, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// Folder with plugin files; repeatable.
    #[arg(long = "plugins", global = true, help_heading = GLOBAL, value_name = "DIR")]
    plugin_directories: Vec<PathBuf>,
    /// Allow requests to a private network, such as 127.0.0.0/8; for tests and demonstrations only. Repeatable.
    #[arg(long, global = true, help_heading = GLOBAL, value_name = "CIDR")]
    allow_private_network: Vec<ipnet::IpNet>,
    /// Log level: error, warn, info, debug.
    #[arg(long, global = true, help_heading = GLOBAL, value_name = "LEVEL")]
    log_level: Option<String>,
    /// Print results and errors as JSON.
    #[arg(long, global = true, help_heading = GLOBAL)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Inspect, verify and release plugins.
    #[command(subcommand)]
    Plugin(plugin::PluginCommand),
    /// Try one plugin file (started by the host itself).
    #[command(name = crate::plugin::trial::COMMAND, hide = true)]
    PluginTrial(plugin::TrialArgs),
    /// Export JSON schemas.
    #[command(subcommand)]
    Schema(schema::SchemaCommand),
    /// Add, check, update and remove connections to stores.
    #[command(subcommand)]
    Connection(connection::ConnectionCommand),
    /// Sync a store's catalog, orders and customers into the database.
    Sync(sync::SyncArgs),
    /// Show synced catalog data.
    #[command(subcommand)]
    Catalog(catalog::CatalogCommand),
    /// Place, follow and resolve orders.
    #[command(subcommand)]
    Order(order::OrderCommand),
    /// Export or erase a person's data (GDPR).
    #[command(subcommand)]
    Customer(customer::CustomerCommand),
    /// Quote a cart, by the platform or from synced data.
    Quote(quote::QuoteArgs),
    /// Run the host: HTTP API, onboarding page, dashboard, and all background work.
    Serve(serve::ServeArgs),
    /// Manage channels and API keys.
    #[command(subcommand)]
    Channel(channel::ChannelCommand),
    /// List and show events.
    #[command(subcommand)]
    Events(events::EventsCommand),
    /// Manage endpoints that events are sent to.
    #[command(subcommand)]
    Endpoint(endpoint::EndpointCommand),
    /// List and export the audit log: who changed what.
    #[command(subcommand)]
    Audit(audit::AuditCommand),
    /// Ask a running host whether it lives; exits 0 or 1. For containers and scripts.
    Health(health::HealthArgs),
    /// Write what helps to find out why a connection does not work, without secrets and personal data.
    SupportBundle(support_bundle::BundleArgs),
    /// Check configuration, database, keys and plugins.
    Doctor,
    /// Check or print the configuration.
    #[command(subcommand)]
    Config(config::ConfigCommand),
    /// Migrate the database to the current schema.
    Migrate,
    /// Copy a whole database into an empty one: from SQLite to PostgreSQL, or back.
    Import(import::ImportArgs),
    /// Manage encryption keys.
    #[command(subcommand)]
    Keys(keys::KeysCommand),
    /// Verify, list and replay webhooks.
    #[command(subcommand)]
    Webhook(webhook::WebhookCommand),
}

/// Runs the program.
pub fn run() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let is_question =
                matches!(error.kind(), clap::error::ErrorKind::DisplayHelp | clap::error::ErrorKind::DisplayVersion);
            if let Err(failure) = output::explain(&error) {
                Output { json: false }.failure(&failure);
                return failure.exit().into();
            }
            return if is_question { Exit::Ok } else { Exit::Usage }.into();
        }
    };
    if let Command::PluginTrial(args) = &cli.command {
        args.take();
        return Exit::Ok.into();
    }
    let output = Output { json: cli.global.json };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(Failure::unexpected);
    let outcome = runtime.and_then(|runtime| {
        let entered = runtime.enter();
        let outcome = start(&cli).and_then(|config| runtime.block_on(dispatch(cli.command, config, output)));
        telemetry::finish_traces();
        drop(entered);
        // A plugin's stuck thread must not keep the program from ending.
        runtime.shutdown_background();
        outcome
    });
    telemetry::finish();
    match outcome {
        Ok(exit) => exit.into(),
        Err(failure) => {
            output.failure(&failure);
            failure.exit().into()
        }
    }
}

fn start(Cli { global, command }: &Cli) -> Result<Config, Failure> {
    let overrides = Overrides {
        file: global.config.clone(),
        data_dir: global.data_dir.clone(),
        plugin_directories: global.plugin_directories.clone(),
        allow_private: global.allow_private_network.clone(),
        log_level: global.log_level.clone(),
        ..Overrides::default()
    };
    let overrides = match command {
        Command::Serve(args) => args.overriding(overrides),
        _ => overrides,
    };
    let config = crate::config::load(&overrides).map_err(Failure::configuration)?;
    // A command that ends at once would wait for a collector that does not answer.
    let traces = matches!(command, Command::Serve(_)).then_some(&config.telemetry);
    telemetry::start(&config.log, traces).map_err(Failure::configuration)?;
    Ok(config)
}

async fn dispatch(command: Command, config: Config, output: Output) -> Result<Exit, Failure> {
    match command {
        Command::Plugin(command) => plugin::run(command, &config, output).await,
        Command::PluginTrial(_) => Ok(Exit::Ok),
        Command::Schema(command) => schema::run(command, &config, output),
        Command::Connection(command) => connection::run(command, config, output).await,
        Command::Sync(args) => sync::run(args, config, output).await,
        Command::Catalog(command) => catalog::run(command, config, output).await,
        Command::Order(command) => Box::pin(order::run(command, config, output)).await,
        Command::Customer(command) => customer::run(command, config, output).await,
        Command::Quote(args) => quote::run(args, config, output).await,
        Command::Serve(_) => serve::run(config, output).await,
        Command::Channel(command) => channel::run(command, config, output).await,
        Command::Events(command) => events::run(command, config, output).await,
        Command::Endpoint(command) => endpoint::run(command, config, output).await,
        Command::Audit(command) => audit::run(command, config, output).await,
        Command::Health(args) => health::run(args, &config, output).await,
        Command::SupportBundle(args) => support_bundle::run(args, config, output).await,
        Command::Doctor => doctor::run(config, output).await,
        Command::Config(command) => config::run(&command, &config, output),
        Command::Migrate => migrate::run(config, output).await,
        Command::Import(args) => import::run(args, &config, output).await,
        Command::Keys(command) => keys::run(command, config, output).await,
        Command::Webhook(command) => webhook::run(command, config, output).await,
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_tree_is_consistent() {
        super::Cli::command().debug_assert();
    }
}
