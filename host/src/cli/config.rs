//! `config check|print`.

use clap::Subcommand;

use super::{
    exit::{Exit, Failure},
    output::{Output, Text},
};
use crate::config::Config;

#[derive(Debug, Subcommand)]
pub(super) enum ConfigCommand {
    /// Check the configuration; ends 2 and names the value when something is wrong.
    Check,
    /// Print the configuration as it is used, without secrets.
    Print,
}

pub(super) fn run(command: &ConfigCommand, config: &Config, output: Output) -> Result<Exit, Failure> {
    let shown = config.redacted();
    match command {
        ConfigCommand::Check => {
            output.result(&serde_json::json!({ "ok": true }), |_| "the configuration is fine".to_owned())?;
        }
        ConfigCommand::Print => {
            let text = toml::to_string(&shown).map_err(Failure::unexpected)?;
            output.result(&shown, |_| text.lines().map(str::to_owned).collect::<Text>())?;
        }
    }
    Ok(Exit::Ok)
}
