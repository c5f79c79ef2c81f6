//! Why a connection was not made, changed or opened.

use connector_api::{ConnectorError, FieldError, domain::ConnectionId, wire::validate::ValidateResponse};

use crate::{net, secret, store};

/// Why a connection was not made, changed or opened.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such connection.
    #[error("{0}")]
    NotFound(String),
    /// No loaded plugin has the connector. What needs it cannot be done now; that says nothing of what there is.
    #[error(
        "the connector `{0}` is not loaded; `connector-host doctor` and `connector-host plugin list` say why and what to do"
    )]
    NoConnector(String),
    /// Values break the plugin's schema.
    #[error("{} of the values given cannot be used", .0.len())]
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
    pub(super) fn missing(id: &ConnectionId) -> Self {
        Self::NotFound(format!("there is no connection `{id}`"))
    }
}

fn failed(answer: &ValidateResponse) -> String {
    let failed = answer.checks.iter().filter(|check| check.status == connector_api::wire::validate::CheckStatus::Fail);
    let titles: Vec<_> = failed.map(|check| check.title.as_str()).collect();
    if titles.is_empty() { "no check passed".to_owned() } else { titles.join(", ") }
}
