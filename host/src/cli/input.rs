//! Files that commands read.

use std::path::Path;

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::exit::{Exit, Failure};

/// Largest file, in bytes.
const LARGEST_FILE: u64 = 256 * 1024;

/// The JSON document in a file, or on standard input when it is called `-`.
pub(super) fn read_document(path: &Path) -> Result<Value, Failure> {
    let text = if path == Path::new("-") {
        std::io::read_to_string(std::io::Read::take(std::io::stdin(), LARGEST_FILE))
            .map_err(|error| refused(path, error))?
    } else {
        let size = std::fs::metadata(path).map_err(|error| refused(path, error))?.len();
        if size > LARGEST_FILE {
            return Err(refused(path, format!("has {size} bytes, {LARGEST_FILE} are allowed")));
        }
        std::fs::read_to_string(path).map_err(|error| refused(path, error))?
    };
    // The parser's own words may quote a secret; line and column are enough to find the place.
    serde_json::from_str(&text)
        .map_err(|error| refused(path, format!("is no JSON (line {}, column {})", error.line(), error.column())))
}

/// What a file says, as something this program knows; the place of a mistake is named, its value is not.
pub(super) fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T, Failure> {
    serde_path_to_error::deserialize(read_document(path)?).map_err(|error| {
        let text = error.inner().to_string();
        let field = text.split('`').nth(1).filter(|_| text.contains("field"));
        let place = error.path().to_string();
        let problem = match field {
            Some(field) if text.starts_with("missing") => format!("`{field}` is missing at `{place}`"),
            Some(field) => format!("there is no field `{field}` at `{place}`"),
            None => format!("`{place}` has the wrong type or form"),
        };
        refused(path, problem)
    })
}

/// Why a file cannot be used.
pub(super) fn refused(path: &Path, problem: impl std::fmt::Display) -> Failure {
    Failure::new(Exit::Usage, "file", format!("{}: {problem}", path.display()))
}
