//! What an operator asks of a database: is it whole, which schema has it, clean up.

use async_trait::async_trait;
use serde::Serialize;

use super::error::Result;

/// What a check of the database found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CheckReport {
    /// What is wrong; empty when nothing is. At most 20 findings.
    pub problems: Vec<String>,
    /// Schema version.
    pub schema_version: i64,
    /// Size on disk in bytes.
    pub bytes: u64,
}

/// Looks after a database.
#[async_trait]
pub trait Maintenance: Send + Sync {
    /// Reads the whole database and reports damage. Slow on large ones.
    async fn quick_check(&self) -> Result<CheckReport>;

    /// Schema version of the database.
    async fn schema_version(&self) -> Result<i64>;

    /// Removes what is left of removed connections; returns the number of rows. Can be interrupted and repeated.
    async fn purge(&self) -> Result<u64>;

    /// Ends cleanly: waits for writes and folds the log into the file.
    async fn close(&self);
}
