//! Why something with a channel or a key was not done.

use connector_api::FieldError;

use crate::{
    model::{
        Code, Fault,
        message::{invalid_fields, no_random_bytes},
    },
    store,
};

/// Why something with a channel or a key was not done.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such channel or key.
    #[error("{0}")]
    NotFound(String),
    /// What was given cannot stand in a channel.
    #[error("{}", invalid_fields(.0))]
    Invalid(Vec<FieldError>),
    /// The key is not one of ours, or does not work any more.
    #[error("the key is not valid (unknown, revoked or damaged); use a key issued by this host")]
    KeyRefused,
    /// The channel has as many keys as it may.
    #[error("the channel already has two active keys; revoke the one that is no longer used, then issue another")]
    TooManyKeys,
    /// The operating system gives no random bytes.
    #[error("{}", no_random_bytes(.0))]
    Random(#[from] getrandom::Error),
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
            Error::KeyRefused => Self::new(Code::KeyRefused, message),
            Error::TooManyKeys => Self::new(Code::TooManyKeys, message),
            Error::Random(_) => Self::new(Code::Unexpected, message),
            Error::Store(error) => error.into(),
        }
    }
}
