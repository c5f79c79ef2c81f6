//! Why a plugin file is not used, in words an operator can act on.

use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize, Serializer};

use crate::text::visible;

/// Stable reason of a refusal; `docs/errors.md` explains each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RefusalCode {
    /// The file cannot be read.
    Unreadable,
    /// Others than its owner may write it.
    Unsafe,
    /// It is larger than a plugin may be.
    TooLarge,
    /// Its hash is not on the allow-list.
    NotAllowed,
    /// It is no library this machine can load.
    NotALibrary,
    /// A part of it was overwritten with zeros.
    Damaged,
    /// It ended the process that tried it.
    Crashed,
    /// It is a library, but not a plugin.
    NotAPlugin,
    /// It was built for another binary interface.
    WrongAbi,
    /// It was built for another major version of the contract.
    WrongContract,
    /// It was built so that a panic would end the host.
    PanicAbort,
    /// It panicked or hung while being loaded.
    LoadFailed,
    /// Its manifest breaks the contract.
    BadManifest,
    /// One of its forms is outside the credential profile.
    StraySchema,
    /// Another file has the same connector id.
    Duplicate,
}

/// A plugin file that is not used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{}: {reason} — {remedy}", shown(file))]
pub struct Refusal {
    /// The file.
    #[serde(serialize_with = "as_text")]
    pub file: PathBuf,
    /// Stable reason.
    pub code: RefusalCode,
    /// What is wrong, in one sentence.
    pub reason: String,
    /// What to do about it.
    pub remedy: String,
}

impl Refusal {
    /// A refusal of `file`.
    pub fn new(file: &Path, code: RefusalCode, reason: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { file: file.to_owned(), code, reason: first_sentence(&reason.into()), remedy: remedy.into() }
    }
}

/// A file's path in one line, whatever it holds: anybody may have named it.
pub fn shown(file: &Path) -> String {
    visible(&file.to_string_lossy()).into_owned()
}

/// Paths need not be UTF-8, JSON must be.
pub fn as_text<S: Serializer>(file: &Path, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&file.to_string_lossy())
}

/// The loader's own texts run to a hundred kilobytes; an operator reads one line.
fn first_sentence(text: &str) -> String {
    const LONGEST: usize = 300;
    let line = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or("");
    if line.chars().count() <= LONGEST {
        return line.to_owned();
    }
    line.chars().take(LONGEST - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_any_name_can_be_shown_and_written_as_json() {
        use std::os::unix::ffi::OsStrExt;
        let file = Path::new(std::ffi::OsStr::from_bytes(b"a\nb\x1b[31m\xff.so"));
        let refusal = Refusal::new(file, RefusalCode::Crashed, "It is bad.", "Remove it.");
        assert_eq!(refusal.to_string(), "a\\nb\\u{1b}[31m\u{fffd}.so: It is bad. — Remove it.");
        assert_eq!(serde_json::to_value(&refusal).unwrap()["file"], "a\nb\u{1b}[31m\u{fffd}.so");
    }

    #[test]
    fn a_long_text_is_cut_to_one_short_line() {
        let text = format!("\n{}\nlayout of type …", "x".repeat(120_000));
        let refusal = Refusal::new(Path::new("a.so"), RefusalCode::WrongAbi, text, "Rebuild it.");
        assert_eq!(refusal.reason.chars().count(), 300);
        assert!(refusal.to_string().ends_with("… — Rebuild it."));
    }
}
