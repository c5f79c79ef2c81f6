//! `health`: a cheap sign of life.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Ask whether the credentials still work, with as few requests as possible.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HealthRequest {}

/// They work; otherwise the answer is an error.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HealthResponse {
    /// Permissions seen in use since the connector was opened, by the platform's names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub permissions_used: Vec<String>,
}
