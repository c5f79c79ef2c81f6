//! `validate`: check credentials in visible steps, and find out what the connection can do.
//!
//! A check says what was checked, how it went, and what the merchant should do:
//!
//! ```
//! # use std::collections::BTreeMap;
//! use connector_api::{ErrorCode, wire::validate::{Check, CheckStatus}};
//!
//! let check = Check {
//!     id: "token_accepted".to_owned(),
//!     title: "The shop accepts the token".to_owned(),
//!     status: CheckStatus::Fail,
//!     code: Some(ErrorCode::AuthInvalid),
//!     pointer: Some("/token".to_owned()),
//!     message: "The shop refuses the token.".to_owned(),
//!     fix: Some("Copy it again from the shop's settings.".to_owned()),
//!     help_url: None,
//!     duration_ms: 120,
//!     translations: BTreeMap::new(),
//! };
//! # assert_eq!(check.status, CheckStatus::Fail);
//! ```

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{capability::CapabilityState, credentials::Secret, error::ErrorCode};
use crate::domain::Timestamp;

/// Check the connection's credentials. The connector reports each check through the host as it ends, too.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ValidateRequest {
    /// The store these credentials must belong to, when a connection is renewed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_store: Option<StoreIdentity>,
}

/// What validation found.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ValidateResponse {
    /// Whether the connection can work: no check failed.
    pub ok: bool,
    /// The steps, in the order they ran.
    pub checks: Vec<Check>,
    /// Credentials as they should be stored: trimmed, completed. Only fields that were given.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub normalized_credentials: BTreeMap<String, Secret>,
    /// Which store this is; the same store always gives the same identity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub store: Option<StoreIdentity>,
    /// Sensible defaults for settings, from what was found.
    #[serde(default)]
    pub settings: serde_json::Map<String, serde_json::Value>,
    /// What a setting may be chosen from.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub choices: BTreeMap<String, Vec<Choice>>,
    /// What the connection can do, each with a reason.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub capabilities: Vec<CapabilityState>,
    /// Their reasons in other languages: by language tag, then by capability.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub reason_translations: BTreeMap<String, BTreeMap<String, String>>,
    /// Permissions found in use, by the platform's names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub permissions_used: Vec<String>,
    /// Permissions found missing, by the platform's names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub permissions_missing: Vec<String>,
    /// When credentials run out, when that is known or assumed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub expiries: Vec<CredentialExpiry>,
    /// Where the live platform differs from what the connector knows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub schema_differences: Vec<SchemaDifference>,
}

/// Which store a connection belongs to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StoreIdentity {
    /// Host name of the store.
    pub host: String,
    /// The platform's id of the store; empty when it has none.
    pub store_id: String,
    /// Name of the store.
    pub name: String,
}

/// One visible step of validation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Check {
    /// Stable id of the step, such as `token_accepted`.
    pub id: String,
    /// What is checked, as people read it.
    pub title: String,
    /// How it went.
    pub status: CheckStatus,
    /// Why it did not pass; absent when it passed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<ErrorCode>,
    /// JSON pointer of the credential or setting to change, such as `/integration_api_token`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pointer: Option<String>,
    /// What the check found.
    pub message: String,
    /// What to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fix: Option<String>,
    /// Where it is explained, https.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help_url: Option<String>,
    /// How long it took, in milliseconds.
    pub duration_ms: u64,
    /// The texts in other languages, by language tag such as `sv`. A page in that language shows them instead; the texts
    /// above are stored and shown to operators.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub translations: BTreeMap<String, CheckTexts>,
}

/// The texts of a check in another language.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CheckTexts {
    /// What is checked.
    pub title: String,
    /// What the check found.
    pub message: String,
    /// What to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fix: Option<String>,
}

open_enum! {
    /// How a check went.
    pub enum CheckStatus {
        /// As it should be.
        Pass = "pass",
        /// Works, but something should be looked at.
        Warn = "warn",
        /// The connection cannot work like this.
        Fail = "fail",
        /// Not checked, because something before it failed or was not given.
        Skip = "skip",
    }
}

/// Something a setting may be set to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Choice {
    /// The value to store.
    pub value: serde_json::Value,
    /// What people read.
    pub label: String,
}

/// When a credential runs out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CredentialExpiry {
    /// The credential's field.
    pub field: String,
    /// Time at which the credential expires.
    pub expires_at: Timestamp,
    /// Whether this is a guess from the platform's default, not knowledge.
    pub assumed: bool,
}

open_enum! {
    /// How the live platform differs from what the connector knows.
    pub enum SchemaDifferenceKind {
        /// The platform does not have it.
        Missing = "missing",
        /// The platform has it under another name.
        Renamed = "renamed",
        /// A permission for it is missing.
        Denied = "denied",
    }
}

/// Where the live platform differs from what the connector knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SchemaDifference {
    /// Kind of the difference.
    #[schemars(with = "SchemaDifferenceKind")]
    pub kind: String,
    /// Where, such as `MonetaryValue.valueInCents`.
    pub path: String,
    /// What that means for the connection.
    pub effect: String,
}
