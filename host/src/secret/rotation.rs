//! Rotation: every data key is wrapped again with the current key. Credentials stay as they are; the few secrets that
//! are sealed apart are sealed anew.

use serde::Serialize;

use super::{
    envelope::{EVENT_ENDPOINT, kid_of},
    error::Result,
    key_state::keys_in_use,
    vault::Vault,
};
use crate::model::{
    endpoint::Endpoint,
    outbox::Audience,
    paging::{MAX_LIMIT, PageQuery},
};

const BATCH: u32 = 100;

/// What a rotation did.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub struct RotationReport {
    /// Name of the current key.
    pub current_kid: String,
    /// Data keys wrapped again.
    pub rewrapped: u64,
    /// Data keys that changed while they were being wrapped again; they are current or gone.
    pub overtaken: u64,
    /// Data keys that could not be wrapped again, and why.
    pub failed: Vec<RotationFailure>,
    /// Data keys that each key wraps now. A key that is not named here can be removed from the keyring.
    pub in_use: Vec<(String, u64)>,
}

/// A data key that could not be wrapped again.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct RotationFailure {
    /// The connection, or the endpoint for events.
    pub connection: String,
    /// Why.
    pub reason: String,
}

impl Vault {
    /// Wraps every data key with the current key. Can be interrupted and repeated: what is done stays done. Changes nothing
    /// while a key of the keyring is wrong.
    pub async fn rotate(&self) -> Result<RotationReport> {
        self.check_rotation().await?;
        let mut report = RotationReport { current_kid: self.keys.current_kid(), ..Default::default() };
        let mut after = None;
        loop {
            let batch = self.store.data_keys_not_wrapped_by(&report.current_kid, after.as_ref(), BATCH).await?;
            let Some((last, _)) = batch.last() else { break };
            after = Some(last.clone());
            for (connection, old) in &batch {
                let opened = self.unwrap(old, connection.as_str()).await;
                match opened {
                    Ok(key) => {
                        let new = self.keys.wrap(&key, &self.tenant, connection.as_str()).await?;
                        let replaced = self.store.replace_data_key(connection, old, &new).await?;
                        *(if replaced { &mut report.rewrapped } else { &mut report.overtaken }) += 1;
                    }
                    Err(error) => report
                        .failed
                        .push(RotationFailure { connection: connection.0.clone(), reason: error.to_string() }),
                }
            }
        }
        self.reseal_endpoints(&mut report).await?;
        report.in_use = keys_in_use(&self.store).await?;
        Ok(report)
    }

    /// Seals the secrets of endpoints for events anew: they carry data keys of their own.
    async fn reseal_endpoints(&self, report: &mut RotationReport) -> Result<()> {
        let current = report.current_kid.clone();
        let mut page = PageQuery::first(MAX_LIMIT);
        loop {
            let listing = self.store.endpoints(&Audience::default(), &page).await?;
            for endpoint in listing.data {
                let sealed = [Some(&endpoint.secret), endpoint.former_secret.as_ref()];
                if sealed.into_iter().flatten().all(|sealed| kid_of(sealed) == Some(&current)) {
                    continue;
                }
                match self.reseal_endpoint(&endpoint).await {
                    Ok(true) => report.rewrapped += 1,
                    Ok(false) => report.overtaken += 1,
                    Err(error) => report
                        .failed
                        .push(RotationFailure { connection: endpoint.id.clone(), reason: error.to_string() }),
                }
            }
            match listing.next_cursor {
                Some(cursor) => page = PageQuery::after(MAX_LIMIT, Some(cursor)),
                None => return Ok(()),
            }
        }
    }

    async fn reseal_endpoint(&self, endpoint: &Endpoint) -> Result<bool> {
        let mut resealed = vec![];
        for sealed in [Some(&endpoint.secret), endpoint.former_secret.as_ref()].into_iter().flatten() {
            let plain = self.open_apart(EVENT_ENDPOINT, &endpoint.id, sealed).await?;
            resealed.push(self.seal_apart(EVENT_ENDPOINT, &endpoint.id, &plain).await?);
        }
        let [secret, former @ ..] = resealed.as_slice() else { return Ok(false) };
        Ok(self.store.reseal_endpoint(endpoint, secret, former.first().map(Vec::as_slice)).await?)
    }
}
