//! Who acts, what it may see, and what time it is. The edge (an HTTP handler, a command, a worker) makes the context once, and
//! services pass it on.

use std::sync::Arc;

use connector_api::domain::Timestamp;

use super::{
    audit::{AuditAction, AuditEntry},
    connection::{Connection, Environment},
};

/// The context of one call. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Ctx {
    /// Who or what the record names as the cause of changes.
    pub actor: Arc<str>,
    /// Which connections exist for the caller.
    pub viewer: Viewer,
    /// When the call began. What ends much later, after a platform has answered, reads the clock again.
    pub now: Timestamp,
}

impl Ctx {
    /// The context of the host's own work and of its operator, who see everything.
    pub fn operator(actor: &str, now: Timestamp) -> Self {
        Self { actor: actor.into(), viewer: Viewer::Operator, now }
    }

    /// That the caller does this, for the audit log.
    pub fn audit(&self, action: AuditAction) -> AuditEntry {
        AuditEntry::new(&self.actor, action, self.now)
    }

    /// The same call, later.
    #[must_use]
    pub fn at(&self, now: Timestamp) -> Self {
        Self { now, ..self.clone() }
    }
}

/// Whose eyes look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Viewer {
    /// Sees everything.
    Operator,
    /// Sees what is its own; everything else does not exist for it.
    Channel(String),
    /// Sees test connections only, those of one channel or of all: who holds a test key.
    Tests(Option<String>),
}

impl Viewer {
    /// Whether a connection exists for it.
    pub fn sees(&self, connection: &Connection) -> bool {
        match self {
            Self::Operator => true,
            Self::Channel(channel) => connection.channel_id.as_ref() == Some(channel),
            Self::Tests(channel) => {
                connection.environment == Environment::Test && (channel.is_none() || connection.channel_id == *channel)
            }
        }
    }

    /// The channel that looks.
    pub fn channel(&self) -> Option<&str> {
        match self {
            Self::Operator => None,
            Self::Channel(channel) => Some(channel),
            Self::Tests(channel) => channel.as_deref(),
        }
    }
}
