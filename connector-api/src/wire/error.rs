//! The only error that crosses the boundary.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domain::Timestamp;

open_enum! {
    /// Stable code of an error; `docs/errors.md` explains each.
    pub enum ErrorCode {
        /// A credential or setting has the wrong form; `field_errors` names it.
        ConfigInvalid = "config_invalid",
        /// The platform refuses the credentials, without saying why.
        AuthInvalid = "auth_invalid",
        /// The platform says the credentials have expired.
        AuthExpired = "auth_expired",
        /// The platform says the credentials were revoked.
        AuthRevoked = "auth_revoked",
        /// The credentials lack permissions; `missing_permissions` names them.
        PermissionMissing = "permission_missing",
        /// The platform's schema lacks a field the connector cannot do without.
        SchemaIncompatible = "schema_incompatible",
        /// The platform asks to slow down.
        RateLimited = "rate_limited",
        /// The address does not answer: name, connection or TLS.
        Unreachable = "unreachable",
        /// The address is not allowed: private network, other port, other scheme.
        AddressForbidden = "address_forbidden",
        /// No answer in time.
        Timeout = "timeout",
        /// The platform fails for the moment.
        PlatformUnavailable = "platform_unavailable",
        /// Something on the way to the platform refuses the request, such as a firewall or a page that asks for a
        /// challenge: that says nothing about the credentials.
        Blocked = "blocked",
        /// The platform answered something that cannot be understood.
        PlatformAnswerInvalid = "platform_answer_invalid",
        /// An answer is larger than the limit.
        TooLarge = "too_large",
        /// A list does not end. Reported by the host.
        PagingEndless = "paging_endless",
        /// A store has more data than the host reads or stores of one. Reported by the host.
        LimitReached = "limit_reached",
        /// The named thing does not exist on the platform.
        NotFound = "not_found",
        /// The platform's state forbids it.
        Conflict = "conflict",
        /// The request cannot be understood or breaks a limit.
        InvalidRequest = "invalid_request",
        /// A checkpoint is not one of this connector's.
        CheckpointInvalid = "checkpoint_invalid",
        /// The connector does not do that.
        UnsupportedOperation = "unsupported_operation",
        /// The plugin panicked; the call is lost, the host is not.
        PluginPanicked = "plugin_panicked",
        /// The plugin did not answer before the deadline.
        PluginTimeout = "plugin_timeout",
        /// The plugin failed too often and is not called for a while.
        PluginQuarantined = "plugin_quarantined",
        /// The plugin answered something that breaks the contract.
        PluginContractBroken = "plugin_contract_broken",
        /// A recording holds no answer to the request.
        ReplayMissing = "replay_missing",
        /// The host failed.
        HostFailed = "host_failed",
    }
}

impl ErrorCode {
    /// Whether whatever else is asked of the connection now would fail in the same way: nothing is wrong with what was
    /// asked.
    ///
    /// ```
    /// use connector_api::ErrorCode;
    ///
    /// assert!(ErrorCode::Unreachable.concerns_connection());
    /// assert!(!ErrorCode::NotFound.concerns_connection());
    /// ```
    pub fn concerns_connection(&self) -> bool {
        matches!(
            self,
            Self::Unreachable
                | Self::AddressForbidden
                | Self::PluginQuarantined
                | Self::HostFailed
                | Self::ReplayMissing
                | Self::ConfigInvalid
        )
    }
}

/// Whether trying again can help.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Retry {
    /// No: something must change first.
    #[default]
    Never,
    /// Yes, after a growing pause of the caller's choice.
    Backoff,
    /// Yes, after this pause.
    After {
        /// Milliseconds to wait.
        ms: u64,
    },
}

/// What is wrong with one field of the credentials, settings or request.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FieldError {
    /// JSON pointer, such as `/store_url`.
    pub pointer: String,
    /// Stable word for programs.
    pub code: String,
    /// What is wrong, for people. Never holds the value of a secret.
    pub message: String,
    /// What to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fix: Option<String>,
}

impl FieldError {
    /// A field, the word for programs, and what is wrong.
    ///
    /// ```
    /// use connector_api::FieldError;
    ///
    /// let error = FieldError {
    ///     fix: Some("Copy the token again.".to_owned()),
    ///     ..FieldError::new("/token", "refused", "The shop refuses this token.")
    /// };
    /// # assert_eq!(error.pointer, "/token");
    /// ```
    pub fn new(pointer: impl Into<String>, code: &str, message: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), code: code.to_owned(), message: message.into(), fix: None }
    }
}

/// Why an operation failed. The message is safe to show: no secret, no body of the platform's answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, thiserror::Error)]
#[error("{code}: {message}")]
pub struct ConnectorError {
    /// Stable code of the error.
    pub code: ErrorCode,
    /// For people: what happened and what to do.
    pub message: String,
    /// Whether trying again can help.
    #[serde(default)]
    pub retry: Retry,
    /// What is wrong with which field.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub field_errors: Vec<FieldError>,
    /// Permissions the credentials lack, by the platform's names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing_permissions: Vec<String>,
    /// Since when the platform refuses, if it reports it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
}

impl ConnectorError {
    /// An error that trying again cannot help.
    ///
    /// ```
    /// use connector_api::{ConnectorError, ErrorCode, Retry};
    ///
    /// let error = ConnectorError::new(ErrorCode::NotFound, "the shop has no order 7");
    /// assert_eq!(error.to_string(), "not_found: the shop has no order 7");
    /// assert_eq!(error.retry, Retry::Never);
    /// ```
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        let message = message.into();
        Self { code, message, retry: Retry::Never, field_errors: vec![], missing_permissions: vec![], since: None }
    }

    /// The same error, worth another try after a growing pause.
    ///
    /// ```
    /// # use connector_api::{ConnectorError, ErrorCode, Retry};
    /// let error = ConnectorError::new(ErrorCode::PlatformUnavailable, "the shop answered 503").retry_with_backoff();
    /// assert_eq!(error.retry, Retry::Backoff);
    /// ```
    #[must_use]
    pub fn retry_with_backoff(mut self) -> Self {
        self.retry = Retry::Backoff;
        self
    }

    /// The same error, worth another try after this pause.
    ///
    /// ```
    /// # use connector_api::{ConnectorError, ErrorCode, Retry};
    /// let error = ConnectorError::new(ErrorCode::RateLimited, "the shop asks to wait").retry_after_ms(30_000);
    /// assert_eq!(error.retry, Retry::After { ms: 30_000 });
    /// ```
    #[must_use]
    pub fn retry_after_ms(mut self, ms: u64) -> Self {
        self.retry = Retry::After { ms };
        self
    }

    /// The same error, naming a field.
    ///
    /// The pointer names a credential or setting of the form; the message stands beside its input.
    ///
    /// ```
    /// # use connector_api::{ConnectorError, ErrorCode};
    /// let error = ConnectorError::new(ErrorCode::ConfigInvalid, "`shop_url` is missing")
    ///     .at_field("/shop_url", "required", "Please fill this in.");
    /// assert_eq!(error.field_errors[0].pointer, "/shop_url");
    /// ```
    #[must_use]
    pub fn at_field(mut self, pointer: &str, code: &str, message: impl Into<String>) -> Self {
        self.field_errors.push(FieldError::new(pointer, code, message));
        self
    }

    /// The answer to an operation a connector does not do.
    ///
    /// ```
    /// # use connector_api::{ConnectorError, ErrorCode};
    /// assert_eq!(ConnectorError::unsupported("refund").code, ErrorCode::UnsupportedOperation);
    /// ```
    pub fn unsupported(op: &str) -> Self {
        Self::new(ErrorCode::UnsupportedOperation, format!("this connector does not support `{op}`"))
    }

    /// Whether the credentials are refused, so that nothing helps but new ones.
    ///
    /// ```
    /// # use connector_api::{ConnectorError, ErrorCode};
    /// assert!(ConnectorError::new(ErrorCode::AuthExpired, "the token has expired").is_auth());
    /// assert!(!ConnectorError::new(ErrorCode::Unreachable, "the address does not answer").is_auth());
    /// ```
    pub fn is_auth(&self) -> bool {
        matches!(self.code, ErrorCode::AuthInvalid | ErrorCode::AuthExpired | ErrorCode::AuthRevoked)
    }
}
