//! The log: lines for people on a terminal, JSON otherwise. Always on standard error; standard output is for results.

use std::io::IsTerminal;

use tracing_subscriber::{EnvFilter, fmt};

use crate::config::{LogFormat, LogSection};

/// Starts logging. A second call changes nothing.
pub fn start(log: &LogSection) -> Result<(), String> {
    let filter = EnvFilter::try_new(&log.level).map_err(|error| format!("`log.level` is `{}`: {error}", log.level))?;
    let builder = fmt().with_env_filter(filter).with_writer(std::io::stderr).with_target(false);
    let people = match log.format {
        LogFormat::Auto => std::io::stderr().is_terminal(),
        LogFormat::Text => true,
        LogFormat::Json => false,
    };
    let started = if people {
        builder.with_ansi(std::io::stderr().is_terminal()).compact().try_init()
    } else {
        builder.json().try_init()
    };
    started.or(Ok(()))
}
