//! Why a sync did not run, or was deferred.

use connector_api::{ConnectorError, domain::Timestamp};

use crate::{
    model::{Code, Fault},
    secret,
    store::{self, disk::LowDisk},
};

/// Why a sync did not run, or was deferred.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such connection, stream or connector.
    #[error("{0}")]
    NotFound(String),
    /// Another process syncs this connection.
    #[error(
        "connection {connection} is being synced by another process ({owner}, lease valid until {until}); wait until that sync has finished, then try again"
    )]
    Held {
        /// The connection.
        connection: String,
        /// Who has the lease.
        owner: String,
        /// Until when, unless renewed.
        until: Timestamp,
    },
    /// It was cancelled; what was read is kept.
    #[error("the sync was cancelled; what was read is kept, the next sync resumes there")]
    Cancelled,
    /// The connection's state does not allow the operation.
    #[error("connection {connection} cannot be synced: {cause}")]
    NotReady {
        /// The connection.
        connection: String,
        /// Why, and what to do.
        cause: String,
    },
    /// The platform or the plugin failed; what was read is kept, the next run goes on from there.
    #[error("the sync was deferred at stream `{stream}`: {error}; what was read is kept, the next sync resumes there")]
    Deferred {
        /// Where it stopped.
        stream: String,
        /// Why.
        error: ConnectorError,
    },
    /// The disk is almost full.
    #[error("the sync is deferred: {0}")]
    DiskLow(LowDisk),
    /// The credentials are refused.
    #[error("{0}")]
    Auth(ConnectorError),
    /// The connector could not be opened.
    #[error("{0}")]
    Connector(ConnectorError),
    /// Personal data cannot be sealed.
    #[error(transparent)]
    Secret(#[from] secret::Error),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] store::Error),
}

impl Error {
    /// Its code.
    pub fn code(&self) -> Code {
        match self {
            Self::NotFound(_) => Code::NotFound,
            Self::Cancelled => Code::Cancelled,
            Self::Held { .. } => Code::Busy,
            Self::DiskLow(_) => Code::DiskLow,
            Self::Deferred { error, .. } | Self::Auth(error) | Self::Connector(error) => Code::from(&error.code),
            Self::NotReady { .. } | Self::Secret(secret::Error::DataKeyDestroyed { .. }) => Code::NotReady,
            Self::Secret(secret::Error::Store(error)) | Self::Store(error) => error.code(),
            Self::Secret(_) => Code::Keys,
        }
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        let message = error.to_string();
        match error {
            Error::Deferred { error, .. } => Self { message, ..Self::from(error) },
            Error::Auth(error) | Error::Connector(error) => error.into(),
            Error::Secret(error) => error.into(),
            Error::Store(error) => error.into(),
            error => Self::new(error.code(), message),
        }
    }
}
