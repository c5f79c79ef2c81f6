//! What the merchant's page receives. Built from manifest and session; never holds a secret.

use std::collections::BTreeMap;

use connector_api::{
    domain::{ConnectionId, Timestamp},
    wire::{
        capability::{CapabilityDeclaration, CapabilityState},
        manifest::{Manifest, PermissionNeed, WebhookSetup},
        validate::{Choice, CredentialExpiry, SchemaDifference, ValidateResponse},
    },
};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::model::{
    connection::{Connection, Environment},
    session::{Draft, SessionStatus},
};

/// Everything the page needs to show itself.
#[derive(Debug, Serialize, JsonSchema)]
pub struct PageSession {
    /// `open`, or `checked` when only the merchant's confirmation is missing.
    pub state: SessionStatus,
    /// Whether a connection is new or renewed.
    #[schemars(with = "SessionMode")]
    pub mode: &'static str,
    /// Whether the connection is for tests.
    pub environment: Environment,
    /// Language that the channel asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
    /// When the link ends.
    pub expires_at: Timestamp,
    /// The channel that asks.
    pub channel: ChannelFace,
    /// What is connected.
    pub connector: ConnectorFace,
    /// The form of the credentials.
    #[schemars(with = "Map<String, Value>")]
    pub credential_schema: Value,
    /// The form of choices after the checks.
    #[schemars(with = "Map<String, Value>")]
    pub settings_schema: Value,
    /// What was typed so far, without secrets.
    pub draft: Draft,
    /// Where the platform's webhooks for this connection go.
    pub webhook_url: String,
    /// The store that is renewed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub store: Option<StoreFace>,
    /// Secret fields that have a value already, when a connection is renewed.
    pub secrets_set: Vec<String>,
}

/// Whether a connection is new or renewed.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[expect(dead_code, reason = "describes the words of a session")]
enum SessionMode {
    /// The store is connected for the first time.
    New,
    /// The credentials of a connection are renewed.
    Reauth,
}

/// The channel as merchants see it.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "PageChannel")]
pub struct ChannelFace {
    /// Name of the channel.
    pub name: String,
    /// URL of the channel's logo.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logo_url: Option<String>,
    /// Colour of the channel's buttons.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accent_color: Option<String>,
}

/// The connector as merchants see it.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "PageConnector")]
pub struct ConnectorFace {
    /// Id of the connector.
    pub id: String,
    /// The platform's name.
    pub name: String,
    /// URL of the merchant's guide.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub docs_url: Option<String>,
    /// How long it takes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub estimated_minutes: Option<u32>,
    /// Permissions to give.
    pub permissions: Vec<PermissionNeed>,
    /// How to set up webhooks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub webhook_setup: Option<WebhookSetup>,
    /// What a connection may be able to do.
    pub capabilities: Vec<CapabilityDeclaration>,
}

/// A store as merchants see it.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "PageStore")]
pub struct StoreFace {
    /// Host name of the store.
    pub host: String,
    /// Name of the store.
    pub name: String,
}

/// How the checks ended.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CheckResult {
    /// Whether the merchant may confirm.
    pub ok: bool,
    /// What was taken off pasted values, by field; the value itself where it is no secret.
    pub cleaned: BTreeMap<String, String>,
    /// Settings as they would be kept.
    pub settings: Map<String, Value>,
    /// What settings may be chosen from.
    pub choices: BTreeMap<String, Vec<Choice>>,
    /// What is on and off, and why.
    pub capabilities: Vec<CapabilityState>,
    /// Their reasons in other languages: by language tag, then by capability.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub reason_translations: BTreeMap<String, BTreeMap<String, String>>,
    /// Permissions found missing.
    pub permissions_missing: Vec<String>,
    /// Permissions found in use.
    pub permissions_used: Vec<String>,
    /// Where the platform differs from what the connector knows.
    pub schema_differences: Vec<SchemaDifference>,
    /// The store found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub store: Option<StoreFace>,
    /// When credentials run out.
    pub expiries: Vec<CredentialExpiry>,
    /// A connection to the same store, whose credentials can be replaced.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duplicate: Option<Duplicate>,
}

/// A connection to the same store.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Duplicate {
    /// Id of the existing connection.
    pub connection_id: ConnectionId,
    /// Name of the existing connection.
    pub label: String,
}

impl From<&Manifest> for ConnectorFace {
    fn from(manifest: &Manifest) -> Self {
        Self {
            id: manifest.id.clone(),
            name: manifest.name.clone(),
            docs_url: manifest.docs_url.clone(),
            estimated_minutes: manifest.estimated_minutes,
            permissions: manifest.permissions.clone(),
            webhook_setup: manifest.webhook_setup.clone(),
            capabilities: manifest.capabilities.clone(),
        }
    }
}

impl CheckResult {
    /// What validation said, for the merchant.
    pub(super) fn new(answer: &ValidateResponse, cleaned: BTreeMap<String, String>) -> Self {
        Self {
            ok: answer.ok,
            cleaned,
            // Those that would be kept are shown once it is known which of them are secrets.
            settings: Map::new(),
            choices: answer.choices.clone(),
            capabilities: answer.capabilities.clone(),
            reason_translations: answer.reason_translations.clone(),
            permissions_missing: answer.permissions_missing.clone(),
            permissions_used: answer.permissions_used.clone(),
            schema_differences: answer.schema_differences.clone(),
            store: answer.store.as_ref().map(|store| StoreFace { host: store.host.clone(), name: store.name.clone() }),
            expiries: answer.expiries.clone(),
            duplicate: None,
        }
    }
}

impl From<Connection> for Duplicate {
    fn from(connection: Connection) -> Self {
        Self { connection_id: connection.id, label: connection.label }
    }
}
