//! The time that reading may take.

use connector_api::{ConnectorError, domain::Timestamp};

use crate::flows::source::Source;

/// Whether the time for reading is over.
pub(super) async fn is_over(source: &Source, end: Timestamp) -> Result<bool, ConnectorError> {
    Ok(source.client.host().now().await? >= end)
}
