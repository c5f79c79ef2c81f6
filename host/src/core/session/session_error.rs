//! Why a session was not made, or does not go on.

use connector_api::{FieldError, domain::ConnectionId};

use crate::{
    core::{channel, connection},
    model::{
        Code, Fault,
        message::{invalid_fields, no_random_bytes},
    },
    secret, store,
};

/// Why a session was not made, or does not go on.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such session.
    #[error("there is no such connect session")]
    NotFound,
    /// The link's token is not one of ours.
    #[error("this link is unknown; ask for a new one")]
    Unknown,
    /// The link is too old.
    #[error("this link has expired; ask for a new one")]
    Expired,
    /// The link was used, or cancelled.
    #[error("this link has already been used; ask for a new one")]
    Used,
    /// What was given cannot be used.
    #[error("{}", invalid_fields(.0))]
    Invalid(Vec<FieldError>),
    /// A secret stands where none may be kept.
    #[error("a draft must not contain secrets")]
    SecretInDraft(Vec<FieldError>),
    /// Too many checks.
    #[error("too many checks; try again in {retry_after_s} seconds")]
    TooManyChecks {
        /// When the next is allowed.
        retry_after_s: u64,
    },
    /// Nothing was checked yet.
    #[error("no credentials have passed the checks yet; run the checks first")]
    NotChecked,
    /// The store is connected already, and the merchant has not said that its credentials are to be replaced.
    #[error("this store is already connected as {}; confirm that its credentials should be replaced", .0)]
    AlreadyConnected(ConnectionId),
    /// Only a channel may do that.
    #[error("connect sessions can only be created with a channel's key")]
    ChannelKeyRequired,
    /// The connection belongs to no channel.
    #[error("connection {0} was created on the command line; renew it there with `connection update`")]
    NoChannel(ConnectionId),
    /// The result token is not one of ours, or was redeemed.
    #[error("this result was redeemed already, has expired, or belongs to another channel")]
    ResultRefused,
    /// The channel cannot be used.
    #[error(transparent)]
    Channel(#[from] channel::Error),
    /// The connection cannot be made or renewed.
    #[error(transparent)]
    Connection(#[from] connection::Error),
    /// Secrets cannot be sealed or opened.
    #[error(transparent)]
    Secret(#[from] secret::Error),
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
            Error::NotFound => Self::new(Code::NotFound, message),
            Error::Unknown => Self::new(Code::SessionUnknown, message),
            Error::Expired => Self::new(Code::SessionExpired, message),
            Error::Used => Self::new(Code::SessionUsed, message),
            Error::Invalid(mistakes) => Self::new(Code::InvalidRequest, message).fields(mistakes),
            Error::SecretInDraft(mistakes) => Self::new(Code::SecretInDraft, message).fields(mistakes),
            Error::TooManyChecks { retry_after_s } => {
                Self::new(Code::TooManyChecks, message).retry_after(retry_after_s)
            }
            Error::NotChecked => Self::new(Code::NotChecked, message),
            Error::AlreadyConnected(_) => Self::new(Code::AlreadyConnected, message),
            Error::ChannelKeyRequired => Self::new(Code::ChannelKeyRequired, message),
            Error::NoChannel(_) => Self::new(Code::NoChannel, message),
            Error::ResultRefused => Self::new(Code::ResultRefused, message),
            Error::Channel(error) => error.into(),
            Error::Connection(error) => error.into(),
            Error::Secret(error) => error.into(),
            Error::Random(_) => Self::new(Code::Unexpected, message),
            Error::Store(error) => error.into(),
        }
    }
}
