//! Why a delivery was not accepted.

use crate::{
    core::connection::connection_error::CONNECTOR_RETRY_S,
    model::{Code, Fault},
};

/// Why a delivery was not accepted.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is nobody at this address, or nobody who takes webhooks. Both look the same from outside.
    #[error("unknown route")]
    Unknown,
    /// The connection is there, its connector is not: a plugin that is missing or was not taken comes back.
    #[error("the host cannot accept webhooks of this connection now; retry later")]
    NotNow,
    /// It is not proven who sent it. Why, is for the connection's owner, not for the sender.
    #[error("the delivery has no valid signature of this connection")]
    Refused,
    /// More comes in than can be kept.
    #[error("the host is overloaded; retry shortly")]
    Overloaded,
    /// It could not be verified or kept for the moment.
    #[error("the host cannot store this now; retry shortly")]
    Failed,
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        let message = error.to_string();
        match error {
            Error::Unknown => Self::new(Code::NotFound, message),
            Error::NotNow => Self::new(Code::ConnectorUnavailable, message).retry_after(CONNECTOR_RETRY_S),
            Error::Refused => Self::new(Code::WebhookRefused, message),
            Error::Overloaded => Self::new(Code::Overloaded, message).retry_after(1),
            Error::Failed => Self::new(Code::WebhookNotStored, message).retry_after(5),
        }
    }
}
