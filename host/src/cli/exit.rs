//! How commands end: exit codes, and errors with what to do.

use std::{fmt::Display, process::ExitCode};

use connector_api::{ConnectorError, ErrorCode, FieldError};
use serde::Serialize;

use crate::{app, cart, channel, connection, order, outbox, secret, store, sync};

/// The exit codes, as `--help` explains them.
pub(super) const HELP: &str = "Exit codes:\n  0 success\n  1 internal error\n  2 invalid arguments or configuration\n  3 credentials or settings refused\n  4 plugin refused or failed\n  5 database or keys unusable\n  6 store not reachable; try again later\n  7 finished with warnings, or outcome unknown\n  8 another process works on this connection\n  9 not found\n  10 success, but the result could not be written";

/// How a command ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Done.
    Ok = 0,
    /// Something nobody foresaw.
    Unexpected = 1,
    /// Wrong arguments or configuration.
    Usage = 2,
    /// Credentials or settings are refused.
    Refused = 3,
    /// A plugin was refused or failed.
    Plugin = 4,
    /// The database or the keys cannot be used.
    Store = 5,
    /// The store did not answer; try again later.
    Unavailable = 6,
    /// Done, but something could not be read.
    Partial = 7,
    /// Another process is at work.
    Busy = 8,
    /// There is no such thing.
    NotFound = 9,
    /// The result could not be written where it was wanted.
    Unwritten = 10,
    /// Whoever reads the result has gone away, as `head` does: what a shell says of programs that SIGPIPE ended.
    ReaderGone = 141,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Why a command failed, as it is printed.
#[derive(Debug, Serialize)]
pub(super) struct Failure {
    #[serde(skip)]
    pub(super) exit: Exit,
    /// Stable word for programs.
    pub(super) code: String,
    /// What happened, and what to do.
    pub(super) message: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) field_errors: Vec<FieldError>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) details: Option<serde_json::Value>,
}

impl Failure {
    pub(super) fn new(exit: Exit, code: &str, message: impl Display) -> Self {
        Self { exit, code: code.to_owned(), message: message.to_string(), field_errors: vec![], details: None }
    }

    pub(super) fn unexpected(error: impl Display) -> Self {
        Self::new(Exit::Unexpected, "unexpected", error)
    }

    pub(super) fn configuration(error: impl Display) -> Self {
        Self::new(Exit::Usage, "configuration", error)
    }

    /// The result cannot be written.
    pub(super) fn unwritten(error: &std::io::Error) -> Self {
        let exit = match error.kind() {
            std::io::ErrorKind::BrokenPipe => Exit::ReaderGone,
            _ => Exit::Unwritten,
        };
        let message = format!("cannot write the result to standard output: {error}");
        Self::new(exit, "output", message)
    }

    /// Something that is shown only once could not be shown, and was taken back.
    #[must_use]
    pub(super) fn taken_back(self, what: &str) -> Self {
        let message = format!("{}; {what} was revoked, run the command again", self.message);
        Self::new(Exit::Unwritten, "output", message)
    }

    /// Whether there is nobody who would want to read it.
    pub(super) fn is_silent(&self) -> bool {
        self.exit == Exit::ReaderGone
    }

    pub(super) fn not_found(message: impl Display) -> Self {
        Self::new(Exit::NotFound, "not_found", message)
    }
}

impl From<ConnectorError> for Failure {
    fn from(error: ConnectorError) -> Self {
        let exit = match error.code {
            ErrorCode::AuthInvalid
            | ErrorCode::AuthExpired
            | ErrorCode::AuthRevoked
            | ErrorCode::ConfigInvalid
            | ErrorCode::PermissionMissing
            | ErrorCode::SchemaIncompatible
            | ErrorCode::AddressForbidden => Exit::Refused,
            ErrorCode::PluginPanicked
            | ErrorCode::PluginTimeout
            | ErrorCode::PluginQuarantined
            | ErrorCode::PluginContractBroken
            | ErrorCode::UnsupportedOperation
            | ErrorCode::CheckpointInvalid => Exit::Plugin,
            ErrorCode::NotFound => Exit::NotFound,
            ErrorCode::InvalidRequest => Exit::Usage,
            ErrorCode::HostFailed => Exit::Unexpected,
            _ => Exit::Unavailable,
        };
        let mut message = error.message;
        if !error.missing_permissions.is_empty() {
            message = format!("{message} (missing: {})", error.missing_permissions.join(", "));
        }
        Self { exit, code: error.code.to_string(), message, field_errors: error.field_errors, details: None }
    }
}

impl From<store::Error> for Failure {
    fn from(error: store::Error) -> Self {
        let (exit, code) = match &error {
            store::Error::Gone { .. } => (Exit::NotFound, "not_found"),
            store::Error::Conflict { .. } => (Exit::Busy, "conflict"),
            store::Error::AlreadyConnected { .. } => (Exit::Refused, "already_connected"),
            store::Error::Replaced { .. } => (Exit::Store, "database_replaced"),
            store::Error::LeaseLost { .. } | store::Error::ClaimLost { .. } => (Exit::Busy, "lease_lost"),
            store::Error::Limit { .. } => (Exit::Usage, "limit"),
            store::Error::Refused(_) => (Exit::Usage, "refused"),
            store::Error::Full { .. } => (Exit::Store, "disk_full"),
            store::Error::Corrupt { .. } => (Exit::Store, "database_damaged"),
            store::Error::Newer { .. } => (Exit::Store, "database_newer"),
            store::Error::Unavailable { .. } => (Exit::Store, "database_unavailable"),
            store::Error::Busy { .. } => (Exit::Busy, "database_busy"),
            _ => (Exit::Store, "database_failed"),
        };
        Self::new(exit, code, error)
    }
}

impl From<secret::Error> for Failure {
    fn from(error: secret::Error) -> Self {
        match error {
            secret::Error::Store(error) => error.into(),
            error @ secret::Error::DataKeyDestroyed { .. } => Self::new(Exit::Refused, "not_ready", error),
            error => Self::new(Exit::Store, "keys", error),
        }
    }
}

impl From<connection::Error> for Failure {
    fn from(error: connection::Error) -> Self {
        let message = error.to_string();
        match error {
            connection::Error::NotFound(_) => Self::not_found(message),
            connection::Error::NoConnector(_) => Self::new(Exit::Plugin, "connector_unavailable", message),
            connection::Error::Form(mistakes) => {
                Self { field_errors: mistakes, ..Self::new(Exit::Refused, "config_invalid", message) }
            }
            connection::Error::Refused(answer) => Self {
                details: serde_json::to_value(&answer.checks).ok(),
                ..Self::new(Exit::Refused, "validation_failed", message)
            },
            connection::Error::OtherStore { .. } => Self::new(Exit::Refused, "other_store", message),
            connection::Error::Ended(_) => Self::new(Exit::Refused, "not_ready", message),
            connection::Error::Connector(error) => error.into(),
            connection::Error::Secret(error) => error.into(),
            connection::Error::Recording(_) => Self::new(Exit::Usage, "recording", message),
            connection::Error::Store(error) => error.into(),
        }
    }
}

impl From<cart::Error> for Failure {
    fn from(error: cart::Error) -> Self {
        let message = error.to_string();
        match error {
            cart::Error::Connection(error) => error.into(),
            cart::Error::Invalid(mistakes) => {
                Self { field_errors: mistakes, ..Self::new(Exit::Usage, "invalid_request", message) }
            }
            cart::Error::Refused(error) => {
                Self { field_errors: error.field_errors, ..Self::new(Exit::Usage, "cart_refused", error.message) }
            }
            cart::Error::Ended => Self::new(Exit::Refused, "not_ready", message),
            cart::Error::NoRealtime(_) => Self::new(Exit::Unavailable, "realtime_unavailable", message),
            cart::Error::Blocked { .. } => Self::new(Exit::Refused, "local_quote_blocked", message),
            cart::Error::TooLarge(_) => Self::new(Exit::Usage, "invalid_request", message),
            cart::Error::Store(error) => error.into(),
        }
    }
}

impl From<channel::Error> for Failure {
    fn from(error: channel::Error) -> Self {
        let message = error.to_string();
        match error {
            channel::Error::NotFound(_) => Self::not_found(message),
            channel::Error::Invalid(mistakes) => {
                Self { field_errors: mistakes, ..Self::new(Exit::Refused, "config_invalid", message) }
            }
            channel::Error::KeyRefused => Self::new(Exit::Refused, "key_refused", message),
            channel::Error::TooManyKeys => Self::new(Exit::Refused, "too_many_keys", message),
            channel::Error::Random(_) => Self::unexpected(message),
            channel::Error::Store(error) => error.into(),
        }
    }
}

impl From<outbox::Error> for Failure {
    fn from(error: outbox::Error) -> Self {
        let message = error.to_string();
        match error {
            outbox::Error::NotFound(_) => Self::not_found(message),
            outbox::Error::Invalid(mistakes) => {
                Self { field_errors: mistakes, ..Self::new(Exit::Refused, "config_invalid", message) }
            }
            outbox::Error::TooMany(_) => Self::new(Exit::Refused, "too_many_endpoints", message),
            outbox::Error::CursorExpired => Self::new(Exit::Refused, "cursor_expired", message),
            outbox::Error::RotationRunning(_) => Self::new(Exit::Refused, "rotation_running", message),
            outbox::Error::Random(_) => Self::unexpected(message),
            outbox::Error::Secret(error) => error.into(),
            outbox::Error::Store(error) => error.into(),
        }
    }
}

impl From<sync::Error> for Failure {
    fn from(error: sync::Error) -> Self {
        let message = error.to_string();
        match error {
            sync::Error::NotFound(_) => Self::not_found(message),
            sync::Error::CalledOff => Self::new(Exit::Partial, "called_off", message),
            sync::Error::Held { .. } => Self::new(Exit::Busy, "busy", message),
            sync::Error::DiskLow(_) => Self::new(Exit::Store, "disk_low", message),
            sync::Error::NotReady { .. } => Self::new(Exit::Refused, "not_ready", message),
            sync::Error::PutOff { error, .. } => Self { message, ..Self::from(error) },
            sync::Error::Auth(error) | sync::Error::Connector(error) => error.into(),
            sync::Error::Secret(error) => error.into(),
            sync::Error::Store(error) => error.into(),
        }
    }
}

impl From<order::Error> for Failure {
    fn from(error: order::Error) -> Self {
        let message = error.to_string();
        match error {
            order::Error::NotFound(_) => Self::not_found(message),
            order::Error::Key(_) => Self::new(Exit::Usage, "idempotency_key_invalid", message),
            order::Error::Invalid(mistakes) => {
                Self { field_errors: mistakes, ..Self::new(Exit::Refused, "invalid_request", message) }
            }
            order::Error::QuoteStale(changed) => {
                Self { field_errors: changed, ..Self::new(Exit::Refused, "quote_stale", message) }
            }
            order::Error::KeyReused => Self::new(Exit::Refused, "idempotency_key_reused", message),
            order::Error::ReferenceUsed(_) | order::Error::ReferenceInStore(_) => {
                Self::new(Exit::Refused, "reference_used", message)
            }
            order::Error::InFlight => Self::new(Exit::Busy, "in_flight", message),
            order::Error::CapabilityOff(_) => Self::new(Exit::Refused, "capability_off", message),
            order::Error::NotReady(_) => Self::new(Exit::Refused, "not_ready", message),
            order::Error::Settled(_) => Self::new(Exit::Refused, "intent_settled", message),
            order::Error::Refused(error) => error.into(),
            order::Error::Unreadable(_) => Self::new(Exit::Store, "database_failed", message),
            order::Error::Connection(error) => error.into(),
            order::Error::Secret(error) => error.into(),
            order::Error::Store(error) => error.into(),
        }
    }
}

impl From<app::Error> for Failure {
    fn from(error: app::Error) -> Self {
        match error {
            app::Error::Store(error) => error.into(),
            app::Error::Secret(error) => error.into(),
            app::Error::Network(error) => Self::unexpected(error),
        }
    }
}
