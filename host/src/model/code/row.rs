//! What the table has for each code.

use schemars::JsonSchema;
use serde::Serialize;

use crate::model::Exit;

/// Whether the same request can succeed later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RetryClass {
    /// No: send another request, or none.
    Never,
    /// Yes, once something outside the request has changed: credentials, settings, state, disk space.
    AfterChange,
    /// Yes: the cause passes by itself. Retry with a growing delay.
    Retry,
    /// Yes: HTTP answers carry `Retry-After`. Retry after that delay.
    RetryAfter,
}

impl RetryClass {
    /// Every class, from the least hope to the most.
    pub const ALL: [Self; 4] = [Self::Never, Self::AfterChange, Self::Retry, Self::RetryAfter];

    /// What the class means.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Never => "The same request cannot succeed. Send another one, or none.",
            Self::AfterChange => {
                "The same request can succeed once something else has changed: credentials, settings, state, disk space."
            }
            Self::Retry => "The cause passes by itself. Retry with a growing delay.",
            Self::RetryAfter => "The cause passes by itself. Retry after the delay in `Retry-After`.",
        }
    }
}

/// The facts of one code.
#[derive(Debug, Clone, Copy)]
pub(in crate::model) struct Row {
    /// HTTP status; absent for codes that HTTP never answers with.
    pub(in crate::model) status: Option<u16>,
    /// Exit code of a command that ends with it.
    pub(in crate::model) exit: Exit,
    /// Whether the same request can succeed later.
    pub(in crate::model) retry: RetryClass,
    /// Whether a healthy host answers so under load, or while it shuts down. Not logged as an error.
    pub(in crate::model) expected: bool,
    /// What it means.
    pub(in crate::model) meaning: &'static str,
    /// What usually causes it; empty where the meaning says.
    pub(in crate::model) cause: &'static str,
    /// What to do.
    pub(in crate::model) remedy: &'static str,
}

impl Row {
    const EMPTY: Self = Self {
        status: None,
        exit: Exit::Unexpected,
        retry: RetryClass::Never,
        expected: false,
        meaning: "",
        cause: "",
        remedy: "",
    };

    /// A code of HTTP answers and commands.
    pub(super) const fn new(status: u16, exit: Exit, retry: RetryClass) -> Self {
        Self { status: Some(status), exit, retry, ..Self::EMPTY }
    }

    /// A code of the command line, or of a record, alone.
    pub(super) const fn local(exit: Exit, retry: RetryClass) -> Self {
        Self { exit, retry, ..Self::EMPTY }
    }

    /// A healthy host answers so at times.
    pub(super) const fn expected(self) -> Self {
        Self { expected: true, ..self }
    }

    pub(super) const fn means(self, meaning: &'static str) -> Self {
        Self { meaning, ..self }
    }

    pub(super) const fn cause(self, cause: &'static str) -> Self {
        Self { cause, ..self }
    }

    pub(super) const fn remedy(self, remedy: &'static str) -> Self {
        Self { remedy, ..self }
    }
}
