//! One error of a GraphQL answer.

use serde::Deserialize;
use serde_json::Value;

/// One of an answer's errors.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct GraphqlError {
    pub(super) message: String,
    extensions: Option<Value>,
    pub(super) path: Option<Vec<Value>>,
}

impl GraphqlError {
    pub(super) fn category(&self) -> &str {
        self.extensions.as_ref().and_then(|extensions| extensions["category"].as_str()).unwrap_or_default()
    }

    pub(super) fn is_of_a_row(&self) -> bool {
        self.path.iter().flatten().any(Value::is_u64)
    }
}
