//! `health`: one question that needs no permission.

use connector_api::{ConnectorError, wire::health::HealthResponse};
use serde_json::Value;

use super::source::Source;
use crate::{client::Variables, operation::Operation};

/// Asks for the state of the quota: the cheapest question that also says something.
pub async fn health(source: &Source) -> Result<HealthResponse, ConnectorError> {
    source.client.ask::<Value>(Operation::RateLimits, &Variables::new(), 1).await?;
    Ok(HealthResponse { permissions_used: source.client.permissions_used() })
}
