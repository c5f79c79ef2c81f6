//! Where the configuration comes from: one file, and the environment.

use std::{
    ffi::{OsStr, OsString},
    path::Path,
};

use figment::{
    Metadata, Profile, Provider,
    util::nest,
    value::{Dict, Map, Value},
};

use super::{error::ConfigError, rules::is_collector};
use crate::bounded;

/// Prefix of environment variables.
const PREFIX: &str = "CONNECTOR__";
/// Ending of environment variables that name a file to read the value from.
const FILE_SUFFIX: &str = "_FILE";
/// Largest configuration file, in bytes.
const LARGEST_CONFIGURATION: u64 = 1024 * 1024;
/// Largest value read from a file, in bytes.
const LARGEST_VALUE: u64 = 64 * 1024;

/// Values and what they are called when one of them is wrong.
#[derive(Debug)]
pub(super) struct Given {
    source: String,
    values: Dict,
}

impl Provider for Given {
    fn metadata(&self) -> Metadata {
        Metadata::named(self.source.clone())
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        Ok(Map::from([(Profile::Default, self.values.clone())]))
    }
}

/// The values of a file. A mistake is named by its line and never by its text, which may hold a key.
pub(super) fn of_file(path: &Path) -> Result<Given, ConfigError> {
    let refused = |problem: String| ConfigError::one(format!("the file {} {problem}", path.display()));
    let bytes = bounded::file(path, LARGEST_CONFIGURATION)
        .map_err(|error| refused(format!("cannot be read: {}", error.problem)))?;
    let text = bounded::text(path, &bytes).map_err(|error| refused(format!("cannot be read: {}", error.problem)))?;
    let table: toml::Table = toml::from_str(text).map_err(|error| {
        let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
        let (line, column) = (before.lines().count().max(1), before.lines().next_back().map_or(0, str::len) + 1);
        refused(format!("is not valid TOML: {} (line {line}, column {column})", error.message()))
    })?;
    let values = Value::serialize(table).map_err(|error| refused(error.to_string()))?;
    let values = values.into_dict().ok_or_else(|| refused("is no table".to_owned()))?;
    Ok(Given { source: path.display().to_string(), values })
}

/// Variables of others that stand for a key, where none of ours does.
const STANDARD: [(&str, &str); 1] = [("OTEL_EXPORTER_OTLP_ENDPOINT", "telemetry.otlp_endpoint")];

/// What variables of others say that many programs of a machine read. Empty ones say nothing.
pub(super) fn of_standard_variables(variables: impl Iterator<Item = (OsString, OsString)>) -> Vec<Given> {
    let known = |(name, value): (OsString, OsString)| {
        let (name, key) = STANDARD.into_iter().find(|(known, _)| name == *known)?;
        // Every program of the machine finds this variable, and it may be meant for others: one for gRPC has another form.
        let value = value.to_str().filter(|value| value.parse().is_ok_and(|url| is_collector(&url)))?;
        let values = nest(key, Value::from(value)).into_dict().unwrap_or_default();
        Some(Given { source: format!("environment variable `{name}`"), values })
    };
    variables.filter_map(known).collect()
}

/// The values of the environment, one by one. What is not ours is never looked at.
pub(super) fn of_environment(variables: impl Iterator<Item = (OsString, OsString)>) -> Result<Vec<Given>, ConfigError> {
    let mut given = vec![];
    for (name, value) in variables.filter(|(name, _)| is_ours(name)) {
        let shown = name.to_string_lossy().into_owned();
        let wrong = |problem: &str| ConfigError::one(format!("the environment variable `{shown}` {problem}"));
        let name = name.to_str().ok_or_else(|| wrong("has a name that is not UTF-8"))?;
        let value = value.to_str().ok_or_else(|| wrong("has a value that is not UTF-8"))?;
        let upper = name.get(PREFIX.len()..).unwrap_or_default().to_ascii_uppercase();
        let (key, from_file) = match upper.strip_suffix(FILE_SUFFIX) {
            Some(key) => (key, true),
            None => (upper.as_str(), false),
        };
        let key = key.to_ascii_lowercase().replace("__", ".");
        if key.split('.').any(str::is_empty) {
            return Err(wrong("names no value; write CONNECTOR__SECTION__NAME"));
        }
        let value = if from_file { Value::from(text_of(Path::new(value))?) } else { parsed(value) };
        let values = nest(&key, value).into_dict().unwrap_or_default();
        given.push(Given { source: format!("environment variable `{name}`"), values });
    }
    // Of a variable and its `_FILE`, the file counts, in whatever order they are listed.
    given.sort_by_key(|given| given.source.to_ascii_uppercase().ends_with("_FILE`"));
    Ok(given)
}

/// Numbers, truth values and lists are written as in TOML.
fn parsed(value: &str) -> Value {
    let value = value.trim_start_matches('\u{feff}');
    value.parse().unwrap_or_else(|_| Value::from(value))
}

fn is_ours(name: &OsStr) -> bool {
    let start = name.as_encoded_bytes().get(..PREFIX.len());
    start.is_some_and(|start| start.eq_ignore_ascii_case(PREFIX.as_bytes()))
}

fn text_of(path: &Path) -> Result<String, ConfigError> {
    let unreadable = |error: bounded::Unreadable| {
        ConfigError::one(format!("the file {} cannot be read: {}", path.display(), error.problem))
    };
    let bytes = bounded::input(path, LARGEST_VALUE).map_err(unreadable)?;
    Ok(bounded::text(path, &bytes).map_err(unreadable)?.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use std::os::unix::ffi::OsStringExt;

    use super::*;

    #[test]
    fn only_our_own_variables_are_looked_at() {
        let not_utf8 = || OsString::from_vec(vec![b'x', 0xff]);
        let foreign = [(not_utf8(), not_utf8()), ("LC_ALL".into(), not_utf8()), ("CONNECTOR_".into(), "x".into())];
        assert!(of_environment(foreign.into_iter()).unwrap().is_empty());
        let refused = |name: &str, value: OsString| {
            of_environment(std::iter::once((OsString::from(name), value))).unwrap_err().to_string()
        };
        let said = refused("CONNECTOR__LOG__LEVEL", not_utf8());
        assert_eq!(
            said,
            "configuration: the environment variable `CONNECTOR__LOG__LEVEL` has a value that is not UTF-8"
        );
        for name in ["CONNECTOR__", "CONNECTOR____X", "CONNECTOR___FILE"] {
            assert!(refused(name, "x".into()).contains("names no value"), "{name}");
        }
    }

    #[test]
    fn a_standard_variable_stands_for_our_key() {
        let said = |name: &str, value: &str| of_standard_variables(std::iter::once((name.into(), value.into())));
        let [given] = &said("OTEL_EXPORTER_OTLP_ENDPOINT", "http://c:4318")[..] else { panic!("one value") };
        let expected = nest("telemetry.otlp_endpoint", Value::from("http://c:4318")).into_dict().unwrap();
        assert_eq!(given.values, expected);
        assert!(said("OTEL_EXPORTER_OTLP_ENDPOINT", "").is_empty());
        assert!(
            said("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4317").is_empty()
                && said("OTEL_SERVICE_NAME", "x").is_empty()
        );
    }

    #[test]
    fn a_broken_file_is_named_by_its_line_without_its_text() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "[secrets]\nkeys = \"k1:c2VjcmV0\n").unwrap();
        let said = of_file(file.path()).unwrap_err().to_string();
        assert!(said.contains("line 2") && !said.contains("c2Vj"), "{said}");
    }

    #[test]
    fn a_byte_order_mark_begins_a_file_and_is_no_part_of_it() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "\u{feff}data_dir = '/srv'\n").unwrap();
        assert_eq!(of_file(file.path()).unwrap().values["data_dir"], Value::from("/srv"));
    }
}
