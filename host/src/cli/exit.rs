//! How commands end: exit codes, and errors with what to do.

use std::fmt::Display;

use connector_api::FieldError;
use serde::Serialize;

pub use crate::model::Exit;
use crate::model::{Code, Fault};

/// The exit codes, as `--help` explains them.
pub(super) const HELP: &str = "Exit codes:\n  0 success\n  1 internal error\n  2 invalid arguments or configuration\n  3 credentials or settings refused\n  4 plugin refused or failed\n  5 database or keys unusable\n  6 store not reachable; try again later\n  7 finished with warnings, or outcome unknown\n  8 another process works on this connection\n  9 not found\n  10 success, but the result could not be written";

/// Why a command failed, as it is printed.
#[derive(Debug, Serialize)]
pub(super) struct Failure {
    /// Decides the exit code.
    pub(super) code: Code,
    /// What happened, and what to do.
    pub(super) message: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) field_errors: Vec<FieldError>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) details: Option<serde_json::Value>,
}

impl Failure {
    pub(super) fn new(code: Code, message: impl Display) -> Self {
        Self { code, message: message.to_string(), field_errors: vec![], details: None }
    }

    /// The exit code.
    pub(super) fn exit(&self) -> Exit {
        self.code.exit()
    }

    pub(super) fn unexpected(error: impl Display) -> Self {
        Self::new(Code::Unexpected, error)
    }

    pub(super) fn configuration(error: impl Display) -> Self {
        Self::new(Code::Configuration, error)
    }

    /// The result cannot be written.
    pub(super) fn unwritten(error: &std::io::Error) -> Self {
        let code = match error.kind() {
            std::io::ErrorKind::BrokenPipe => Code::ReaderGone,
            _ => Code::Output,
        };
        Self::new(code, format!("cannot write the result to standard output: {error}"))
    }

    /// Something that is shown only once could not be shown, and was taken back.
    #[must_use]
    pub(super) fn taken_back(self, what: &str) -> Self {
        let message = format!("{}; {what} was revoked, run the command again", self.message);
        Self::new(Code::Output, message)
    }

    /// Whether there is nobody who would want to read it.
    pub(super) fn is_silent(&self) -> bool {
        self.code == Code::ReaderGone
    }

    pub(super) fn not_found(message: impl Display) -> Self {
        Self::new(Code::NotFound, message)
    }
}

impl<E: Into<Fault>> From<E> for Failure {
    fn from(error: E) -> Self {
        let Fault { code, message, field_errors, details, .. } = error.into();
        Self { code, message, field_errors, details }
    }
}
