//! What an operator asks of a database: is it whole, which schema has it, clean up.

use async_trait::async_trait;
use connector_api::domain::Timestamp;
use serde::Serialize;

use super::{error::Result, horizon::Horizons};

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

/// Looks after a database.
#[async_trait]
pub trait Maintenance: Send + Sync {
    /// Reads the whole database, every index against its table, every reference and every document, and reports damage. Slow
    /// on large ones.
    async fn check(&self) -> Result<CheckReport>;

    /// Whether the database is still the file that was opened; `Replaced` when it is not.
    async fn in_place(&self) -> Result<()>;

    /// Schema version of the database.
    async fn schema_version(&self) -> Result<i64>;

    /// Removes what is left of removed connections; returns the number of rows. Can be interrupted and repeated.
    async fn purge(&self) -> Result<u64>;

    /// Takes back instants that lie beyond their horizon; returns how many.
    async fn heal_instants(&self, horizons: &Horizons, now: Timestamp) -> Result<u64>;

    /// Ends cleanly: waits for writes and folds the log into the file.
    async fn close(&self);
}
