//! What happened to connections: every change of health, reminders, pauses. Outlives the connection.

use connector_api::domain::{ConnectionId, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;

/// Something that happened to a connection. Changes of health are recorded by
/// `Store::update_connection` itself, in the same transaction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ConnectionEvent {
    /// Rises with every event of the host.
    pub seq: i64,
    /// The connection.
    pub connection_id: ConnectionId,
    /// What: `status`, `credential_expiry`, `paused`, `resumed`.
    pub kind: String,
    /// State before, of a change.
    pub before: Option<String>,
    /// State after, of a change.
    pub after: Option<String>,
    /// Why, in one sentence.
    pub cause: Option<String>,
    /// Who or what brought it about.
    pub actor: Option<String>,
    /// When.
    pub at: Timestamp,
}
