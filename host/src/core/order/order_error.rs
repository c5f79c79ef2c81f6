//! Why an order was not placed, changed or shown.

use connector_api::{ConnectorError, FieldError};

use crate::{
    core::connection,
    model::{Code, Fault, intent::IntentId, message::invalid_fields},
    secret, store,
};

/// Why an order was not placed, changed or shown.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such order, intent, connection or person.
    #[error("{0}")]
    NotFound(String),
    /// The idempotency key is missing or has the wrong form.
    #[error("{0}")]
    Key(String),
    /// The request breaks a rule.
    #[error("{}", invalid_fields(.0))]
    Invalid(Vec<FieldError>),
    /// The store does not sell it any more as it was agreed.
    #[error(
        "the store no longer sells this as agreed (differences: {}); request a new quote and order with its values",
        .0.len()
    )]
    QuoteStale(Vec<FieldError>),
    /// The key was used for another request.
    #[error("the idempotency key was used for a different request; repeat that request, or use a new key")]
    KeyReused,
    /// Another order has the channel's number.
    #[error(
        "another order of this connection has this `channel_reference` ({0}); send the request with that order's key to get that order, or choose another number"
    )]
    ReferenceUsed(IntentId),
    /// The store has an order with the channel's number that this host knows no intent of.
    #[error(
        "the store has an order with this `channel_reference` already ({0}), placed by another program, or by this host before its database was restored; check that order, or choose another number"
    )]
    ReferenceInStore(String),
    /// A request of the same key is in progress.
    #[error("a request with this idempotency key is still in progress; retry to get its result")]
    InFlight,
    /// The connection cannot do that.
    #[error("{0}")]
    CapabilityOff(String),
    /// The connection's state does not allow the operation.
    #[error("{0}")]
    NotReady(String),
    /// The intent's state forbids it.
    #[error("{0}")]
    Settled(String),
    /// The platform refused.
    #[error("{0}")]
    Refused(ConnectorError),
    /// A record cannot be read or written as JSON.
    #[error("a record of this connection cannot be read: {0}")]
    Unreadable(#[from] serde_json::Error),
    /// The connection.
    #[error(transparent)]
    Connection(#[from] connection::Error),
    /// Personal data cannot be sealed or opened.
    #[error(transparent)]
    Secret(secret::Error),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// A connection whose keys are destroyed was disconnected, perhaps while it was asked for something.
impl From<secret::Error> for Error {
    fn from(error: secret::Error) -> Self {
        match error {
            secret::Error::DataKeyDestroyed { .. } => {
                Self::NotReady("the connection was disconnected; its secrets are destroyed".to_owned())
            }
            error => Self::Secret(error),
        }
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        let message = error.to_string();
        match error {
            Error::NotFound(_) => Self::new(Code::NotFound, message),
            Error::Key(_) => Self::new(Code::IdempotencyKeyInvalid, message),
            Error::Invalid(mistakes) => Self::new(Code::InvalidRequest, message).fields(mistakes),
            Error::QuoteStale(changed) => Self::new(Code::QuoteStale, message).fields(changed),
            Error::KeyReused => Self::new(Code::IdempotencyKeyReused, message),
            Error::ReferenceUsed(_) | Error::ReferenceInStore(_) => Self::new(Code::ReferenceUsed, message),
            Error::InFlight => Self::new(Code::InFlight, message).retry_after(1),
            Error::CapabilityOff(_) => Self::new(Code::CapabilityOff, message),
            Error::NotReady(_) => Self::new(Code::NotReady, message),
            Error::Settled(_) => Self::new(Code::IntentSettled, message),
            Error::Refused(error) => error.into(),
            Error::Unreadable(_) => Self::new(Code::DatabaseFailed, message),
            Error::Connection(error) => error.into(),
            Error::Secret(error) => error.into(),
            Error::Store(error) => error.into(),
        }
    }
}
