//! Where a stream goes on, as the host keeps it.

use connector_api::{
    ConnectorError, ErrorCode,
    wire::pull::{Checkpoint, PullRequest},
};
use serde::{Serialize, de::DeserializeOwned};

use crate::error;

/// Reads a checkpoint; absent at the beginning.
pub(super) fn resume<C: DeserializeOwned>(request: &PullRequest) -> Result<Option<C>, ConnectorError> {
    let Some(Checkpoint(value)) = &request.checkpoint else { return Ok(None) };
    serde_json::from_value(value.clone()).map(Some).map_err(|_| error::foreign_checkpoint())
}

/// Writes a checkpoint.
pub(super) fn checkpoint(cursor: &impl Serialize) -> Result<Option<Checkpoint>, ConnectorError> {
    let value = serde_json::to_value(cursor)
        .map_err(|failure| ConnectorError::new(ErrorCode::PluginContractBroken, failure.to_string()))?;
    Ok(Some(Checkpoint(value)))
}
