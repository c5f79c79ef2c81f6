//! `config check|print`.

use clap::Subcommand;

use super::{
    exit::{Exit, Failure},
    output::{Output, Text},
    surroundings,
};
use crate::config::{Config, ConfigError};

#[derive(Debug, Subcommand)]
pub(super) enum ConfigCommand {
    /// Check the values, folders, keys, database address and listen address that `serve` will use; connects to nothing. Exits
    /// with 2 and lists the mistakes.
    Check,
    /// Print the effective configuration, without secrets.
    Print,
}

pub(super) fn run(command: &ConfigCommand, config: &Config, output: Output) -> Result<Exit, Failure> {
    let shown = config.redacted();
    match command {
        ConfigCommand::Check => {
            let mistakes = surroundings::mistakes(config);
            if !mistakes.is_empty() {
                return Err(Failure::configuration(ConfigError { mistakes }));
            }
            output.result(&serde_json::json!({ "ok": true }), |_| "the configuration is valid".to_owned())?;
        }
        ConfigCommand::Print => {
            let text = toml::to_string(&shown).map_err(Failure::unexpected)?;
            output.result(&shown, |_| text.lines().map(str::to_owned).collect::<Text>())?;
        }
    }
    Ok(Exit::Ok)
}
