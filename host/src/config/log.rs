//! What is logged.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use tracing_subscriber::EnvFilter;

/// The levels there are, from none to all.
const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];

/// Logging.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LogSection {
    /// `off`, `error`, `warn`, `info`, `debug`, `trace`, or a filter such as `info,connector_host=debug`.
    #[schemars(schema_with = "level_schema")]
    pub level: String,
    /// How lines look.
    pub format: LogFormat,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// Text on a terminal, JSON otherwise.
    #[default]
    Auto,
    /// For people.
    Text,
    /// For programs.
    Json,
}

impl Default for LogSection {
    fn default() -> Self {
        Self { level: "warn".to_owned(), format: LogFormat::Auto }
    }
}

impl LogSection {
    /// What is wrong with the level: it must be one, or a list of `target=level`. A bare word that is no level would be
    /// taken for the name of a target, and silence everything else.
    pub(super) fn mistake(&self) -> Option<String> {
        let level = &self.level;
        let is_known = level.split(',').all(|part| match part.rsplit_once('=') {
            Some((target, level)) => !target.trim().is_empty() && is_level(level),
            None => is_level(part),
        });
        let refused = !is_known || EnvFilter::try_new(level).is_err();
        refused.then(|| {
            let levels = LEVELS.join(", ");
            format!(
                "`log.level` is `{level}`; it must be one of {levels}, or a filter such as `info,connector_host=debug`"
            )
        })
    }
}

fn is_level(word: &str) -> bool {
    LEVELS.iter().any(|level| level.eq_ignore_ascii_case(word.trim()))
}

/// A level, or a filter with at least one `target=level`. The check also takes other cases of letters.
fn level_schema(_: &mut SchemaGenerator) -> Schema {
    let filter = format!("=({})(,|$)", LEVELS.join("|"));
    json_schema!({ "type": "string", "anyOf": [{ "enum": LEVELS }, { "pattern": filter }] })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_level(level: &str) -> Option<String> {
        LogSection { level: level.to_owned(), ..LogSection::default() }.mistake()
    }

    #[test]
    fn a_level_is_one_or_a_filter_of_them() {
        for level in LEVELS.into_iter().chain(["INFO", "info,connector_host=debug", "connector_host::net=trace"]) {
            assert_eq!(of_level(level), None, "{level}");
        }
        for level in ["warning", "infoo", "foo=bar", "", "info,verbose", "=debug", "connector_host", "3"] {
            assert!(of_level(level).is_some_and(|said| said.contains("warn, info, debug")), "{level}");
        }
    }
}
