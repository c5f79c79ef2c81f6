//! What the host says of its work: the log, as lines for people on a terminal and JSON otherwise, always on standard error; and
//! traces, where a collector is configured. Neither ever holds work up.

mod export;
mod lines;

use std::io::{self, IsTerminal};

use tracing_subscriber::{EnvFilter, Layer, fmt, layer::SubscriberExt, registry, util::SubscriberInitExt};

use export::Part;

use crate::config::{LogFormat, LogSection, TelemetrySection};

/// Lines of the log that could not be written since the program began.
pub use lines::lost as lost_lines;

/// Starts logging, and sending traces if these settings are given, inside of the runtime. A second call changes nothing.
pub fn start(log: &LogSection, traces: Option<&TelemetrySection>) -> Result<(), String> {
    let mut parts = vec![lines_of(log)?];
    if let Some(traces) = traces {
        parts.extend(export::start(traces)?);
    }
    registry().with(parts).try_init().or(Ok(()))
}

fn lines_of(log: &LogSection) -> Result<Part, String> {
    let filter = EnvFilter::try_new(&log.level).map_err(|error| format!("`log.level` is `{}`: {error}", log.level))?;
    let lines = lines::Lines::start(io::stderr()).map_err(|error| format!("the log cannot be started: {error}"))?;
    let written = fmt::layer().with_writer(move || lines.clone()).log_internal_errors(false).with_target(false);
    let people = match log.format {
        LogFormat::Auto => io::stderr().is_terminal(),
        LogFormat::Text => true,
        LogFormat::Json => false,
    };
    Ok(if people {
        written.with_ansi(io::stderr().is_terminal()).compact().with_filter(filter).boxed()
    } else {
        written.json().with_filter(filter).boxed()
    })
}

/// Panics become lines of the log, which never blocks, instead of text on standard error, which may.
pub fn log_panics() {
    std::panic::set_hook(Box::new(|panic| tracing::error!(%panic, "a task panicked")));
}

/// Sends the spans that wait, for a moment, while the runtime is still there.
pub fn finish_traces() {
    export::finish();
}

/// Waits a moment for lines that are still to be written.
pub fn finish() {
    lines::finish();
}
