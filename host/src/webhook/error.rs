//! Why a delivery was not accepted.

use crate::{
    connection::error::CONNECTOR_RETRY_S,
    model::{Code, Fault},
};

/// Why a delivery was not let in.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is nobody at this address, or nobody who takes webhooks. Both look the same from outside.
    #[error("there is nothing at this address")]
    Unknown,
    /// The connection is there, its connector is not: a plugin that is missing or was not taken comes back.
    #[error("the host cannot take webhooks of this connection at the moment; send it again later")]
    NotNow,
    /// It is not proven who sent it. Why, is for the connection's owner, not for the sender.
    #[error("the delivery is not signed as this connection's webhooks must be")]
    Refused,
    /// More comes in than can be kept.
    #[error("the host has too much to do; send it again soon")]
    Overloaded,
    /// It could not be verified or kept for the moment.
    #[error("the host cannot keep this at the moment; send it again soon")]
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
