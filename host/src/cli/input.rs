//! Files that commands read.

use std::path::Path;

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::exit::Failure;
use crate::bounded::{self, Unreadable};
use crate::model::Code;

/// Largest document, in bytes.
const LARGEST_FILE: u64 = 256 * 1024;

/// The JSON document in a file, or on standard input when it is called `-`.
pub(super) fn read_document(path: &Path) -> Result<Value, Failure> {
    let bytes = bounded::input(path, LARGEST_FILE)?;
    // The parser's own words may quote a secret; line and column are enough to find the place.
    serde_json::from_str(bounded::text(path, &bytes)?)
        .map_err(|error| refused(path, format!("is not valid JSON (line {}, column {})", error.line(), error.column())))
}

/// What a file says, as something this program knows; the place of a mistake is named, its value is not.
pub(super) fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T, Failure> {
    serde_path_to_error::deserialize(read_document(path)?).map_err(|error| {
        let text = error.inner().to_string();
        let field = text.split('`').nth(1).filter(|_| text.contains("field"));
        let place = error.path().to_string();
        let problem = match field {
            Some(field) if text.starts_with("missing") => format!("`{field}` is missing at `{place}`"),
            Some(field) => format!("unknown field `{field}` at `{place}`"),
            None => format!("`{place}` has the wrong type or form"),
        };
        refused(path, problem)
    })
}

/// One line of text, such as a secret or an address, without the end of its line.
pub(super) fn read_line(path: &Path, limit: u64) -> Result<zeroize::Zeroizing<String>, Failure> {
    let bytes = bounded::input(path, limit)?;
    let text = bounded::text(path, &bytes)?;
    let line = text.strip_suffix('\n').map_or(text, |line| line.strip_suffix('\r').unwrap_or(line));
    Ok(zeroize::Zeroizing::new(line.to_owned()))
}

/// Why a file cannot be used.
pub(super) fn refused(path: &Path, problem: impl std::fmt::Display) -> Failure {
    Failure::new(Code::File, format!("{}: {problem}", path.display()))
}

impl From<Unreadable> for Failure {
    fn from(error: Unreadable) -> Self {
        Self::new(Code::File, error)
    }
}
