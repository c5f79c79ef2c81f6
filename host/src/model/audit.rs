//! Who changed what, and when. Entries are written in the transaction of the change, never changed, and outlive what they name.
//!
//! They hold ids, counts and names of fields: no secret, no personal data, and no text that somebody typed.

use connector_api::domain::{ConnectionId, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;

use super::stored_word::grouped_words;

grouped_words! {
    /// What was done.
    AuditAction, "What was done. New actions may come." {
        /// A store was connected.
        ConnectionCreated = "connection.created",
        /// Credentials of a connection were replaced.
        ConnectionCredentialsReplaced = "connection.credentials_replaced",
        /// A connection is not synced until it is resumed.
        ConnectionPaused = "connection.paused",
        /// A paused connection is synced again.
        ConnectionResumed = "connection.resumed",
        /// A connection was ended; the key of its secrets is destroyed.
        ConnectionDisconnected = "connection.disconnected",
        /// A connection was removed with all its data.
        ConnectionRemoved = "connection.removed",
        /// Held deletions were accepted.
        ConnectionDeletionsAccepted = "connection.deletions_accepted",
        /// Unsigned webhooks were allowed.
        ConnectionUnsignedWebhooksAllowed = "connection.unsigned_webhooks_allowed",
        /// Unsigned webhooks were forbidden.
        ConnectionUnsignedWebhooksRefused = "connection.unsigned_webhooks_refused",
        /// Webhooks were processed again.
        ConnectionWebhooksReplayed = "connection.webhooks_replayed",
        /// The data of one person was exported.
        CustomerExported = "customer.exported",
        /// The data of one person was erased.
        CustomerErased = "customer.erased",
        /// An order operation was resolved manually.
        OrderResolved = "order.resolved",
        /// A difference from what was agreed was accepted.
        OrderDifferenceAccepted = "order.difference_accepted",
        /// A channel was created.
        ChannelCreated = "channel.created",
        /// A channel was changed.
        ChannelUpdated = "channel.updated",
        /// An API key was issued.
        KeyIssued = "key.issued",
        /// An API key was revoked.
        KeyRevoked = "key.revoked",
        /// An event endpoint was created.
        EndpointCreated = "endpoint.created",
        /// An event endpoint was changed.
        EndpointUpdated = "endpoint.updated",
        /// An event endpoint got a new secret.
        EndpointSecretRotated = "endpoint.secret_rotated",
        /// An event endpoint was deleted.
        EndpointDeleted = "endpoint.deleted",
        /// Events were sent again.
        EndpointEventsReplayed = "endpoint.events_replayed",
        /// Data keys were wrapped with the current key of the keyring.
        KeyringRotated = "keyring.rotated",
        /// A plugin that was held back was released.
        PluginReleased = "plugin.released",
    }
}

/// Somebody changed something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct AuditEntry {
    /// Its number; rises with every entry.
    #[serde(rename = "id")]
    pub seq: i64,
    /// When it was done.
    pub at: Timestamp,
    /// Who: an operator or a channel with the id of its key, a merchant with the id of the session, or the command line with
    /// the user's number.
    pub actor: String,
    /// What was done.
    #[schemars(with = "AuditAction")]
    pub action: String,
    /// The connection it was done to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connection_id: Option<ConnectionId>,
    /// What else it was done to: the id of a channel, key, endpoint, order intent or connector.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// Counts, or names of fields.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

impl AuditEntry {
    /// What somebody does now; its number comes from the store.
    pub fn new(actor: &str, action: AuditAction, at: Timestamp) -> Self {
        let action = action.as_str().to_owned();
        Self { seq: 0, at, actor: actor.to_owned(), action, connection_id: None, subject: None, detail: None }
    }

    /// The same, done to a connection.
    #[must_use]
    pub fn of_connection(self, id: &ConnectionId) -> Self {
        Self { connection_id: Some(id.clone()), ..self }
    }

    /// The same, done to what has this id.
    #[must_use]
    pub fn of(self, subject: &str) -> Self {
        Self { subject: Some(subject.to_owned()), ..self }
    }

    /// The same, with counts or names of fields.
    #[must_use]
    pub fn detailed(self, detail: impl Into<String>) -> Self {
        Self { detail: Some(detail.into()), ..self }
    }
}

/// Which entries to read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// Only those of this connection.
    pub connection: Option<String>,
    /// Only those whose actor contains this text.
    pub actor: Option<String>,
    /// Only those of this action, or of a group such as `connection.*`.
    pub action: Option<String>,
    /// Only those at this time or later.
    pub since: Option<Timestamp>,
    /// Only those before this time.
    pub until: Option<Timestamp>,
    /// Begin with the oldest.
    pub oldest_first: bool,
}

/// Names of the fields that differ.
pub fn named(differs: &[(&str, bool)]) -> String {
    differs.iter().filter(|(_, differs)| *differs).map(|(field, _)| *field).collect::<Vec<_>>().join(", ")
}

/// Whether a word names an action, or a group of them.
pub fn is_action(word: &str) -> bool {
    match word.strip_suffix('*') {
        Some(group) => group.ends_with('.') && AuditAction::ALL.iter().any(|known| known.as_str().starts_with(group)),
        None => AuditAction::from_word(word).is_some(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions_are_named_alone_or_by_group() {
        for known in ["key.issued", "connection.*", "customer.*"] {
            assert!(is_action(known), "{known}");
        }
        for unknown in ["", "*", "key", "key*", "keys.*", "key.lost"] {
            assert!(!is_action(unknown), "{unknown}");
        }
    }
}
