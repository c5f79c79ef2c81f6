//! Why something with events was not done.

use connector_api::FieldError;

use crate::{
    model::{
        Code, Fault,
        message::{invalid_fields, no_random_bytes},
    },
    secret, store,
};

/// Why something with events was not done.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such event, endpoint or channel.
    #[error("{0}")]
    NotFound(String),
    /// What was given cannot stand in an endpoint.
    #[error("{}", invalid_fields(.0))]
    Invalid(Vec<FieldError>),
    /// The owner has as many endpoints as it may.
    #[error("the limit of {0} endpoints is reached; remove one that is no longer used")]
    TooMany(u32),
    /// Events after the cursor were removed because of their age.
    #[error(
        "events after this cursor have expired; read the catalog and the orders again, then continue without a cursor"
    )]
    CursorExpired,
    /// The endpoint's secret was changed a moment ago.
    #[error("the previous secret is valid until {0}; rotate the secret again after that")]
    RotationRunning(connector_api::domain::Timestamp),
    /// The operating system gives no random bytes.
    #[error("{}", no_random_bytes(.0))]
    Random(#[from] getrandom::Error),
    /// The keys cannot be used.
    #[error(transparent)]
    Secret(#[from] secret::Error),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] store::Error),
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        let message = error.to_string();
        match error {
            Error::NotFound(_) => Self::new(Code::NotFound, message),
            Error::Invalid(mistakes) => Self::new(Code::InvalidRequest, message).fields(mistakes),
            Error::TooMany(_) => Self::new(Code::TooManyEndpoints, message),
            Error::CursorExpired => Self::new(Code::CursorExpired, message),
            Error::RotationRunning(_) => Self::new(Code::RotationRunning, message),
            Error::Random(_) => Self::new(Code::Unexpected, message),
            Error::Secret(error) => error.into(),
            Error::Store(error) => error.into(),
        }
    }
}
