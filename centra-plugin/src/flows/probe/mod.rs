//! `probe`: guesses of the README held against the live store. Reads only.

mod campaign_root;

use connector_api::{ConnectorError, wire::probe::ProbeResponse};

use super::source::Source;

/// Reads the live schema again, so that what was learned long ago is not taken for what the store shows now.
pub async fn probe(source: &Source) -> Result<ProbeResponse, ConnectorError> {
    let before = source.client.plan().await?;
    let plan = source.client.read_schema(Some(&before.known)).await?;
    Ok(ProbeResponse { assumptions: vec![campaign_root::judge(plan.known.schema.as_ref())] })
}
