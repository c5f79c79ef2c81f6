//! Why a connection was not made, changed or opened.

use connector_api::{ConnectorError, FieldError, domain::ConnectionId, wire::validate::ValidateResponse};

use crate::{
    model::{
        Code, Fault,
        message::{invalid_fields, no_connection},
    },
    net, secret, store,
};

/// Seconds after which a retry can help when a connector is not loaded.
pub(crate) const CONNECTOR_RETRY_S: u64 = 60;

/// Why a connection was not made, changed or opened.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such connection.
    #[error("{0}")]
    NotFound(String),
    /// No loaded plugin has the connector. What needs it cannot be done now; that says nothing of what there is.
    #[error(
        "the connector `{0}` is not loaded; run `connector-host doctor` or `connector-host plugin list` for the reason and the remedy"
    )]
    NoConnector(String),
    /// Values break the plugin's schema.
    #[error("{}", invalid_fields(.0))]
    Form(Vec<FieldError>),
    /// Validation ran and a check failed; nothing was stored.
    #[error("the store did not accept the connection: {}", failed(.0))]
    Refused(Box<ValidateResponse>),
    /// The credentials belong to another store than the connection.
    #[error(
        "these credentials belong to store {found}, but the connection is to store {expected}; connect the other store as a new connection"
    )]
    OtherStore {
        /// The connection's store.
        expected: String,
        /// The credentials' store.
        found: String,
    },
    /// The connection was disconnected.
    #[error("connection {0} was disconnected; connect the store again")]
    Ended(ConnectionId),
    /// The plugin failed.
    #[error("{0}")]
    Connector(#[from] ConnectorError),
    /// Secrets cannot be sealed or opened.
    #[error(transparent)]
    Secret(#[from] secret::Error),
    /// A recording cannot be made.
    #[error(transparent)]
    Recording(#[from] net::RecordingError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] store::Error),
}

impl Error {
    /// There is no such connection, or none that the caller may see.
    pub(crate) fn missing(id: &ConnectionId) -> Self {
        Self::NotFound(no_connection(id))
    }
}

fn failed(answer: &ValidateResponse) -> String {
    let failed = answer.checks.iter().filter(|check| check.status == connector_api::wire::validate::CheckStatus::Fail);
    let titles: Vec<_> = failed.map(|check| check.title.as_str()).collect();
    if titles.is_empty() { "no check passed".to_owned() } else { titles.join(", ") }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        let message = error.to_string();
        match error {
            Error::NotFound(_) => Self::new(Code::NotFound, message),
            Error::NoConnector(_) => Self::new(Code::ConnectorUnavailable, message).retry_after(CONNECTOR_RETRY_S),
            Error::Form(mistakes) => Self::new(Code::ConfigInvalid, message).fields(mistakes),
            Error::Refused(answer) => Self {
                details: serde_json::to_value(&answer.checks).ok(),
                ..Self::new(Code::ValidationFailed, message)
            },
            Error::OtherStore { .. } => Self::new(Code::OtherStore, message),
            Error::Ended(_) => Self::new(Code::NotReady, message),
            Error::Connector(error) => error.into(),
            Error::Secret(error) => error.into(),
            Error::Recording(_) => Self::new(Code::Recording, message),
            Error::Store(error) => error.into(),
        }
    }
}
