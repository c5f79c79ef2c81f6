//! What an operator asks of a database: is it whole, which schema has it, clean up.

use serde::Serialize;

/// What a check of the database found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CheckReport {
    /// What is wrong; empty when nothing is. At most 20 findings of each kind.
    pub problems: Vec<String>,
    /// Schema version.
    pub schema_version: i64,
    /// Size on disk in bytes.
    pub bytes: u64,
}
