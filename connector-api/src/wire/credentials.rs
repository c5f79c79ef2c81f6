//! What a connector is opened with.

use std::{collections::BTreeMap, fmt};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use zeroize::Zeroize;

use crate::domain::ConnectionId;

/// A secret text. Never shown by `Debug`, overwritten in memory when dropped.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Keeps a secret.
    ///
    /// ```
    /// use connector_api::wire::credentials::Secret;
    ///
    /// let token = Secret::new("sesame");
    /// assert_eq!(format!("{token:?}"), "[redacted]");
    /// ```
    pub fn new(value: impl Into<String>) -> Self {
        Self(value.into())
    }

    /// The secret itself. Use it where it is sent and nowhere else.
    ///
    /// ```
    /// # use connector_api::wire::credentials::Secret;
    /// # let token = Secret::new("sesame");
    /// let header = format!("Bearer {}", token.expose());
    /// # assert_eq!(header, "Bearer sesame");
    /// ```
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

/// The connection a connector instance serves. One instance serves one connection.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OpenConnection {
    /// The host's id.
    pub connection_id: ConnectionId,
    /// Values of the credential schema's fields, secret or not; absent when not given.
    pub credentials: BTreeMap<String, Secret>,
    /// Secrets that were replaced lately. What the platform signed with one of them may still be on its way; nothing is
    /// sent with them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub previous_credentials: BTreeMap<String, Secret>,
    /// Values of the settings schema's fields.
    #[serde(default)]
    pub settings: serde_json::Map<String, serde_json::Value>,
}

impl OpenConnection {
    /// A credential that was given and is not blank.
    ///
    /// ```
    /// use connector_api::wire::credentials::{OpenConnection, Secret};
    ///
    /// let mut connection = OpenConnection::default();
    /// connection.credentials.insert("token".to_owned(), Secret::new("sesame"));
    /// connection.credentials.insert("webhook_secret".to_owned(), Secret::new("  "));
    /// assert_eq!(connection.credential("token"), Some("sesame"));
    /// assert_eq!(connection.credential("webhook_secret"), None);
    /// ```
    pub fn credential(&self, field: &str) -> Option<&str> {
        self.credentials.get(field).map(Secret::expose).filter(|value| !value.trim().is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_which_credentials_there_are_but_not_their_values() {
        let mut connection = OpenConnection::default();
        connection.credentials.insert("token".to_owned(), Secret::new("hunter2"));
        let shown = format!("{connection:?}");
        assert!(shown.contains("token") && !shown.contains("hunter2"), "{shown}");
    }
}
