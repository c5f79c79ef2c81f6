//! Rotation: every data key is wrapped again with the current key. Credentials stay as they are.

use serde::Serialize;

use super::{error::Result, vault::Vault};

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
    /// The connection.
    pub connection: String,
    /// Why.
    pub reason: String,
}

impl Vault {
    /// Wraps every data key with the current key. Can be interrupted and repeated: what is done stays done.
    pub async fn rotate(&self) -> Result<RotationReport> {
        let mut report = RotationReport { current_kid: self.keys.current_kid().to_owned(), ..Default::default() };
        let mut after = None;
        loop {
            let batch = self.stores.data_keys_not_wrapped_by(&report.current_kid, after.as_ref(), BATCH).await?;
            let Some((last, _)) = batch.last() else { break };
            after = Some(last.clone());
            for (connection, old) in &batch {
                let opened = self.keys.unwrap(old, &self.tenant, connection.as_str()).await;
                match opened {
                    Ok(key) => {
                        let new = self.keys.wrap(&key, &self.tenant, connection.as_str()).await?;
                        let replaced = self.stores.replace_data_key(connection, old, &new).await?;
                        *(if replaced { &mut report.rewrapped } else { &mut report.overtaken }) += 1;
                    }
                    Err(error) => report
                        .failed
                        .push(RotationFailure { connection: connection.0.clone(), reason: error.to_string() }),
                }
            }
        }
        report.in_use = self.stores.data_key_counts().await?;
        Ok(report)
    }

    /// Keys that wrap data keys but are not in the keyring, with the number of connections that cannot be read without.
    pub async fn missing_keys(&self) -> Result<Vec<(String, u64)>> {
        let mut counts = self.stores.data_key_counts().await?;
        counts.retain(|(kid, _)| !self.keys.has(kid));
        Ok(counts)
    }
}
