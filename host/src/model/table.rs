//! The table of all codes, for programs and for the documentation.

use serde::Serialize;

use super::{Code, RetryClass};

/// One code with its facts.
#[derive(Debug, Serialize)]
pub struct Entry {
    /// The code.
    pub code: Code,
    /// What it belongs to.
    pub group: &'static str,
    /// HTTP status; absent for codes that HTTP never answers with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Exit code of a command.
    pub exit: u8,
    /// Retry class.
    pub retry: RetryClass,
    /// What it means.
    pub meaning: &'static str,
    /// What usually causes it.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub cause: &'static str,
    /// What to do.
    pub remedy: &'static str,
}

/// Every code, by group.
pub fn table() -> Vec<Entry> {
    let entry = |code: &Code| {
        let row = code.row();
        Entry {
            code: *code,
            group: code.group(),
            status: row.status,
            exit: row.exit as u8,
            retry: row.retry,
            meaning: row.meaning,
            cause: row.cause,
            remedy: row.remedy,
        }
    };
    Code::ALL.iter().map(entry).collect()
}
