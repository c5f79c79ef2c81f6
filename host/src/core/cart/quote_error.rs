//! Why a cart was not quoted.

use connector_api::{ConnectorError, FieldError, domain::ConnectionId};

use super::local::TooLarge;
use crate::{
    core::connection,
    model::{Code, Fault, message::invalid_fields},
    store,
};

/// Why a cart was not quoted.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such connection, or none that the caller may see.
    #[error(transparent)]
    Connection(#[from] connection::Error),
    /// The cart cannot be priced as it is; every mistake has its pointer.
    #[error("{}", invalid_fields(.0))]
    Invalid(Vec<FieldError>),
    /// The platform cannot price the cart as it is.
    #[error("{0}")]
    Refused(ConnectorError),
    /// The connection is disconnected.
    #[error("the connection was disconnected; connect the store again")]
    Ended,
    /// A quote of the platform alone was asked for, and there is none.
    #[error("the platform did not price the cart: {0}")]
    NoRealtime(String),
    /// The channel does not take local parts.
    #[error("this channel does not accept quotes with local parts ({parts}): {reason}")]
    Blocked {
        /// Which parts, by name.
        parts: String,
        /// Why they are not the platform's.
        reason: String,
    },
    /// Amounts beyond what can be computed.
    #[error(transparent)]
    TooLarge(#[from] TooLarge),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] store::Error),
}

impl Error {
    /// There is no such connection, or none that the caller may see.
    pub(super) fn missing(id: &ConnectionId) -> Self {
        connection::Error::missing(id).into()
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        let message = error.to_string();
        match error {
            Error::Connection(error) => error.into(),
            Error::Invalid(mistakes) => Self::new(Code::InvalidRequest, message).fields(mistakes),
            Error::Refused(error) => Self::new(Code::CartRefused, error.message).fields(error.field_errors),
            Error::Ended => Self::new(Code::NotReady, message),
            Error::NoRealtime(_) => Self::new(Code::RealtimeUnavailable, message),
            Error::Blocked { .. } => Self::new(Code::LocalQuoteBlocked, message),
            Error::TooLarge(_) => Self::new(Code::InvalidRequest, message),
            Error::Store(error) => error.into(),
        }
    }
}
