//! Why a delivery was not let in.

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
