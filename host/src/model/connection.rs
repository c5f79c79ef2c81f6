//! Connections: one store of one merchant, its settings, health and what validation found.

use connector_api::{
    domain::{ConnectionId, Timestamp},
    wire::{
        capability::CapabilityState,
        validate::{Check, Choice, CredentialExpiry, SchemaDifference, StoreIdentity},
    },
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

use crate::text::sentences;

/// A merchant's store, connected to a channel. Says which secrets are set, never their values.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Connection {
    /// `conn_` and a UUID version 7.
    pub id: ConnectionId,
    /// Rises with every change; an update names the version it was made from.
    pub version: i64,
    /// The connector that serves it.
    pub connector_id: String,
    /// Version of the plugin that validated it last.
    pub plugin_version: String,
    /// The channel it was made for; absent when an operator made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel_id: Option<String>,
    /// The channel's own id of the merchant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merchant_id: Option<String>,
    /// Name people gave it.
    pub label: String,
    /// Whether it is for tests.
    pub environment: Environment,
    /// Health of the connection.
    pub health: Health,
    /// Which store it is, once validation has found out.
    pub store: Option<StoreIdentity>,
    /// Choices made after validation.
    pub settings: serde_json::Map<String, serde_json::Value>,
    /// Which credentials are set, never their values.
    pub credentials: Vec<CredentialStatus>,
    /// What the last validation found.
    pub findings: Findings,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// When it was last validated.
    pub validated_at: Option<Timestamp>,
    /// Since when its syncs are paused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paused_at: Option<Timestamp>,
    /// How its syncs go. Kept apart: `Store::update_connection` leaves it as it is.
    #[serde(default)]
    pub sync: SyncStanding,
}

/// State of the connection's syncs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct SyncStanding {
    /// When a sync last read everything it was to read; absent when none has yet.
    pub last_good_at: Option<Timestamp>,
    /// Syncs in a row that failed or were deferred; 0 when the last one went well.
    pub failed_in_a_row: u32,
    /// When the first of them failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failing_since: Option<Timestamp>,
    /// Why the last of them failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_error: Option<String>,
}

/// A sync that failed or was deferred.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyncFailure {
    /// Why.
    pub error: String,
    /// It counts only up to here: a sync that read a part is not as bad as one that read nothing.
    pub counts_up_to: u32,
}

/// Whether a connection is for tests.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Environment {
    /// A store of test data.
    Test,
    /// Real shoppers.
    #[default]
    Live,
}

/// State of a connection, why, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Health {
    /// State of the connection.
    pub status: ConnectionStatus,
    /// Why, in one sentence; absent when all is well.
    pub cause: Option<String>,
    /// What to do; absent when nothing needs to be done.
    pub remedy: Option<String>,
    /// Time at which the connection entered this state.
    pub since: Timestamp,
    /// Who or what brought it about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
}

impl Health {
    /// Cause and remedy, in sentences.
    pub fn explanation(&self) -> String {
        sentences([&self.cause, &self.remedy].into_iter().filter_map(Option::as_deref))
    }
}

/// Status of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ConnectionStatus {
    /// Made, not yet validated.
    Pending,
    /// The checks are running.
    Validating,
    /// Works.
    Active,
    /// Works, with something missing.
    Degraded,
    /// Works, but its credentials run out soon.
    Expiring,
    /// Its syncs fail again and again. The platform is still asked: it recovers by itself.
    Failing,
    /// Its credentials are refused: the merchant must renew them.
    ReauthRequired,
    /// Ended on purpose.
    Disconnected,
}

/// Whether a credential is set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CredentialStatus {
    /// Field of the credential schema.
    pub field: String,
    /// Whether a value is stored.
    pub set: bool,
    /// When it was stored or taken away.
    pub updated_at: Timestamp,
}

/// What the last validation found.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Findings {
    /// What the connection can do, each with a reason.
    pub capabilities: Vec<CapabilityState>,
    /// The steps of the last validation.
    pub checks: Vec<Check>,
    /// What settings may be chosen from.
    pub choices: BTreeMap<String, Vec<Choice>>,
    /// Permissions seen in use, accumulated over the connection's life.
    pub permissions_used: Vec<String>,
    /// Permissions found missing.
    pub permissions_missing: Vec<String>,
    /// When credentials run out.
    pub expiries: Vec<CredentialExpiry>,
    /// Where the live platform differs from what the connector knows.
    pub schema_differences: Vec<SchemaDifference>,
}

/// Which connections to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConnectionFilter {
    /// Only those of this connector.
    pub connector_id: Option<String>,
    /// Return only those in this state.
    pub status: Option<ConnectionStatus>,
    /// Only those of this channel.
    pub channel_id: Option<String>,
    /// Only those that are, or are not, for tests.
    pub environment: Option<Environment>,
}

impl Connection {
    /// A new connection, not yet validated, with a fresh id.
    pub fn new(
        connector_id: &str,
        plugin_version: &str,
        label: &str,
        environment: Environment,
        now: Timestamp,
    ) -> Self {
        Self {
            id: ConnectionId(format!("conn_{}", super::run::uuid7(now))),
            version: 0,
            connector_id: connector_id.to_owned(),
            plugin_version: plugin_version.to_owned(),
            channel_id: None,
            merchant_id: None,
            label: label.to_owned(),
            environment,
            health: Health { status: ConnectionStatus::Pending, cause: None, remedy: None, since: now, actor: None },
            store: None,
            settings: serde_json::Map::new(),
            credentials: Vec::new(),
            findings: Findings::default(),
            created_at: now,
            updated_at: now,
            validated_at: None,
            paused_at: None,
            sync: SyncStanding::default(),
        }
    }
}

impl Environment {
    /// The word it is stored as.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Test => "test",
            Self::Live => "live",
        }
    }

    /// The environment of that word.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Test, Self::Live].into_iter().find(|environment| environment.as_str() == word)
    }
}

impl ConnectionStatus {
    /// Every state, in the order of a connection's life.
    pub const ALL: [Self; 8] = [
        Self::Pending,
        Self::Validating,
        Self::Active,
        Self::Degraded,
        Self::Expiring,
        Self::Failing,
        Self::ReauthRequired,
        Self::Disconnected,
    ];

    /// Whether its platform can be asked.
    pub fn works(self) -> bool {
        matches!(self, Self::Active | Self::Degraded | Self::Expiring | Self::Failing)
    }

    /// The word it is stored as.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Validating => "validating",
            Self::Active => "active",
            Self::Degraded => "degraded",
            Self::Expiring => "expiring",
            Self::Failing => "failing",
            Self::ReauthRequired => "reauth_required",
            Self::Disconnected => "disconnected",
        }
    }

    /// The state of that word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == word)
    }
}
