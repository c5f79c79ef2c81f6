//! A process that serves.

use connector_api::domain::Timestamp;

/// A process that serves. Its id is never used again, by any process of any machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replica {
    /// Name of its machine and a random number, such as `web-1/5f0c2a9b7d13`.
    pub owner: String,
    /// What it is for.
    pub role: &'static str,
    /// Version of its program.
    pub version: &'static str,
    /// When it started.
    pub started_at: Timestamp,
}
