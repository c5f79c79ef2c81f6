//! A status in the platform's own words.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The platform's own word on one axis.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RawStatus {
    /// Name of the field on the platform.
    pub axis: String,
    /// Value as the platform sent it.
    pub value: String,
}
