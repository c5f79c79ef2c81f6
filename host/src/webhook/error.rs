//! Why a delivery was not let in.

/// Why a delivery was not let in.
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
