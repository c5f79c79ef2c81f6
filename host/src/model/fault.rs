//! A failure with its code, as HTTP answers and commands show it.

use connector_api::{ConnectorError, FieldError, Retry};
use serde_json::Value;

use super::Code;

/// A failure with its code. Each module turns its own errors into it, once; HTTP and the command line only render it.
#[derive(Debug, Clone)]
pub struct Fault {
    /// Decides HTTP status and exit code.
    pub code: Code,
    /// What happened and what to do, for people.
    pub message: String,
    /// What is wrong with which field.
    pub field_errors: Vec<FieldError>,
    /// Seconds after which a retry can help.
    pub retry_after_s: Option<u64>,
    /// More about it, by code.
    pub details: Option<Value>,
    /// Whether the message names keys or files of the host: shown to operators, never over HTTP.
    pub is_internal: bool,
}

impl Fault {
    /// A failure.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        let message = message.into();
        Self {
            code,
            message,
            field_errors: vec![],
            retry_after_s: None,
            details: None,
            is_internal: code.is_internal(),
        }
    }

    /// The same failure, naming fields.
    #[must_use]
    pub fn fields(self, field_errors: Vec<FieldError>) -> Self {
        Self { field_errors, ..self }
    }

    /// The same failure, with the seconds after which a retry can help; at least one.
    #[must_use]
    pub fn retry_after(self, seconds: u64) -> Self {
        Self { retry_after_s: Some(seconds.max(1)), ..self }
    }

    /// The same failure, whose message stays inside.
    #[must_use]
    pub fn internal(self) -> Self {
        Self { is_internal: true, ..self }
    }
}

impl From<ConnectorError> for Fault {
    fn from(error: ConnectorError) -> Self {
        let code = Code::from(&error.code);
        let mut message = if code == Code::ConnectorFailed { error.to_string() } else { error.message };
        if !error.missing_permissions.is_empty() {
            message = format!("{message} (missing: {})", error.missing_permissions.join(", "));
        }
        let fault = Self::new(code, message).fields(error.field_errors);
        match error.retry {
            Retry::After { ms } => fault.retry_after(ms.div_ceil(1_000)),
            _ => fault,
        }
    }
}
