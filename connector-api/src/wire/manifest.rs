//! What a plugin says of itself, before any connection exists.
//!
//! ```
//! # use connector_api::testing::examples::{connection, manifest};
//! # let form = manifest().credential_schema;
//! use connector_api::wire::{
//!     Op,
//!     capability::{CapabilityDeclaration, CapabilityName, Degree},
//!     manifest::{AuthKind, Manifest, StreamDeclaration},
//!     pull::Stream,
//! };
//!
//! let manifest = Manifest {
//!     id: "corner-shop".to_owned(),
//!     name: "Corner shop".to_owned(),
//!     vendor: "Example Ltd".to_owned(),
//!     plugin_version: "1.0.0".to_owned(),
//!     contract_version: String::new(), // `export_connector!` fills in this one
//!     panic_strategy: String::new(),   // and this one
//!     auth: AuthKind::Keys,
//!     credential_schema: form.clone(),
//!     settings_schema: form,
//!     operations: vec![Op::Validate, Op::Pull],
//!     capabilities: vec![CapabilityDeclaration {
//!         name: CapabilityName::Catalog,
//!         degree: Some(Degree::Enumerate),
//!         needs_fields: vec![],
//!         summary: "Reads products.".to_owned(),
//!     }],
//!     streams: vec![StreamDeclaration::new(Stream::Offers, Degree::Enumerate)],
//!     permissions: vec![],
//!     webhook_setup: None,
//!     docs_url: Some("https://shop.example/guide".to_owned()),
//!     estimated_minutes: Some(2),
//! };
//! # assert_eq!(connector_api::wire::profile::check_identity(&manifest), None);
//! ```

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Op,
    capability::{CapabilityDeclaration, Degree},
    pull::Stream,
};

open_enum! {
    /// How a merchant proves that the store is theirs.
    pub enum AuthKind {
        /// The merchant pastes keys into the form of the credential schema.
        Keys = "keys",
        /// OAuth 2 with a redirect.
        Oauth2Code = "oauth2_code",
        /// OAuth 2 between machines.
        Oauth2ClientCredentials = "oauth2_client_credentials",
        /// The platform's own install link.
        InstallLink = "install_link",
        /// Several of these.
        Composite = "composite",
    }
}

/// What a plugin declares about itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Manifest {
    /// Stable id: lower-case letters, digits and `-`, starting with a letter.
    pub id: String,
    /// The platform's name as people write it.
    pub name: String,
    /// Who made the plugin.
    pub vendor: String,
    /// Semantic version of the plugin.
    pub plugin_version: String,
    /// Version of the contract it was built against. Filled in by `export_connector!`.
    #[serde(default)]
    pub contract_version: String,
    /// How it behaves on a panic: `unwind`, or `abort`, which the host refuses. Filled in by `export_connector!`.
    #[serde(default)]
    pub panic_strategy: String,
    /// How a merchant proves that the store is theirs.
    pub auth: AuthKind,
    /// JSON Schema of the credentials, within the credential profile.
    #[schemars(with = "serde_json::Map<String, serde_json::Value>")]
    pub credential_schema: serde_json::Value,
    /// JSON Schema of the settings, within the credential profile.
    #[schemars(with = "serde_json::Map<String, serde_json::Value>")]
    pub settings_schema: serde_json::Value,
    /// Operations it answers.
    pub operations: Vec<Op>,
    /// What a connection may be able to do.
    pub capabilities: Vec<CapabilityDeclaration>,
    /// Streams it can read, and in which order.
    pub streams: Vec<StreamDeclaration>,
    /// Permissions of the platform it uses.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub permissions: Vec<PermissionNeed>,
    /// How the merchant sets up webhooks, when the platform has them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub webhook_setup: Option<WebhookSetup>,
    /// The guide for merchants, https.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub docs_url: Option<String>,
    /// How long connecting takes a merchant, in minutes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub estimated_minutes: Option<u32>,
}

open_enum! {
    /// How a list is paged: whether rows may move between its pages while it is read.
    pub enum Paging {
        /// One request gives the whole list.
        Whole = "whole",
        /// Each page begins behind a row, not at a number: rows that leave the list move no others.
        Cursor = "cursor",
        /// By page number or offset: a row that leaves the list meanwhile moves the others, and one is missed.
        Numbered = "numbered",
    }
}

/// A stream a connector can read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StreamDeclaration {
    /// Name of the stream.
    pub stream: Stream,
    /// Streams to be read before it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub after: Vec<Stream>,
    /// How well changes can be followed. `modified_since` lets the host ask for increments.
    pub degree: Degree,
    /// How its list is paged. Absent: rows may move as soon as it takes more than one request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paging: Option<Paging>,
}

impl StreamDeclaration {
    /// A stream that depends on no other, with undeclared paging.
    ///
    /// ```
    /// use connector_api::wire::{capability::Degree, manifest::StreamDeclaration, pull::Stream};
    ///
    /// let offers = StreamDeclaration::new(Stream::Offers, Degree::ModifiedSince);
    /// assert!(offers.after.is_empty() && offers.paging.is_none());
    /// ```
    pub fn new(stream: Stream, degree: Degree) -> Self {
        Self { stream, after: vec![], degree, paging: None }
    }

    /// The same, read after these.
    ///
    /// ```
    /// # use connector_api::wire::{capability::Degree, manifest::StreamDeclaration, pull::Stream};
    /// let prices = StreamDeclaration::new(Stream::Prices, Degree::Enumerate).after([Stream::Markets, Stream::Offers]);
    /// # assert_eq!(prices.after.len(), 2);
    /// ```
    #[must_use]
    pub fn after(self, after: impl Into<Vec<Stream>>) -> Self {
        Self { after: after.into(), ..self }
    }

    /// The same, paged like this.
    ///
    /// ```
    /// # use connector_api::wire::{capability::Degree, manifest::{Paging, StreamDeclaration}, pull::Stream};
    /// let orders = StreamDeclaration::new(Stream::Orders, Degree::EventFeed).paged(Paging::Cursor);
    /// # assert_eq!(orders.paging, Some(Paging::Cursor));
    /// ```
    #[must_use]
    pub fn paged(self, paging: Paging) -> Self {
        Self { paging: Some(paging), ..self }
    }
}

/// A permission of the platform.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PermissionNeed {
    /// The platform's name of it.
    pub name: String,
    /// Whether nothing works without it.
    pub required: bool,
    /// What it is used for.
    pub used_for: String,
    /// The same in other languages, by language tag.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub translations: BTreeMap<String, String>,
}

/// How the merchant sets up webhooks by hand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WebhookSetup {
    /// Steps, in order, Markdown.
    pub steps: Vec<String>,
    /// Event types to tick, by the platform's names.
    pub topics: Vec<String>,
    /// Settings to choose, such as `Timeout` and `5 s`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub recommended: Vec<RecommendedSetting>,
    /// Name of the header that carries the signature.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature_header: Option<String>,
    /// The platform's guide, https.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub docs_url: Option<String>,
}

/// A setting to choose on the platform.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RecommendedSetting {
    /// The platform's name of it.
    pub name: String,
    /// What to choose.
    pub value: String,
}
