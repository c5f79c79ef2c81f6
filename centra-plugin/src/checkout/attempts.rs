//! Sessions that are being made orders, by order. They are kept with the connection from before the payment begins: after a lost
//! answer or a restart the session tells whether its order exists.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use connector_api::{
    ConnectorError, Host,
    domain::{Money, OrderDraft, Timestamp},
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Name of the value that holds them.
const STATE_KEY: &str = "order_sessions";
/// How long one is kept, in seconds: Centra keeps a cart for thirty days, nobody waits that long for an order.
const KEPT_S: i64 = 3 * 86_400;
/// Most that are kept; the oldest go first.
const MOST: usize = 2_000;

/// A session that is being made an order.
#[derive(Clone, Serialize, Deserialize)]
pub struct Attempt {
    /// Its token.
    pub token: String,
    /// What is paid.
    pub amount: Money,
    /// When it began.
    pub begun_at: Timestamp,
}

/// All of them.
#[derive(Default)]
pub struct Attempts(Mutex<BTreeMap<String, Attempt>>);

impl std::fmt::Debug for Attempts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Attempts")
    }
}

impl Attempts {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Attempt>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// That of an order, if there is one.
    pub async fn of(&self, host: &Host, draft: &OrderDraft) -> Result<Option<Attempt>, ConnectorError> {
        let key = key(draft);
        if let Some(own) = self.lock().get(&key) {
            return Ok(Some(own.clone()));
        }
        Ok(stored(host).await?.remove(&key))
    }

    /// Keeps one. Whoever else keeps one at the same time, in this process, is not forgotten.
    pub async fn keep(&self, host: &Host, draft: &OrderDraft, attempt: &Attempt) -> Result<(), ConnectorError> {
        self.lock().insert(key(draft), attempt.clone());
        let mut all = stored(host).await?;
        let oldest = attempt.begun_at.plus_seconds(-KEPT_S);
        let value = {
            let mut own = self.lock();
            own.retain(|_, attempt| attempt.begun_at > oldest);
            all.extend(own.iter().map(|(key, attempt)| (key.clone(), attempt.clone())));
            all.retain(|_, attempt| attempt.begun_at > oldest);
            while all.len() > MOST {
                let first = all.iter().min_by_key(|(_, attempt)| attempt.begun_at).map(|(key, _)| key.clone());
                let Some(first) = first else { break };
                all.remove(&first);
            }
            serde_json::to_vec(&all).unwrap_or_default()
        };
        host.state_put(STATE_KEY, value).await
    }

    /// Forgets that of an order that has ended. One that stays behind harms nobody.
    pub async fn forget(&self, host: &Host, draft: &OrderDraft) -> Result<(), ConnectorError> {
        let key = key(draft);
        self.lock().remove(&key);
        let mut all = stored(host).await?;
        if all.remove(&key).is_none() {
            return Ok(());
        }
        all.extend(self.lock().iter().map(|(key, attempt)| (key.clone(), attempt.clone())));
        host.state_put(STATE_KEY, serde_json::to_vec(&all).unwrap_or_default()).await
    }
}

async fn stored(host: &Host) -> Result<BTreeMap<String, Attempt>, ConnectorError> {
    let value = host.state_get(STATE_KEY).await?;
    Ok(value.and_then(|value| serde_json::from_slice(&value).ok()).unwrap_or_default())
}

fn key(draft: &OrderDraft) -> String {
    hex::encode(&Sha256::digest(draft.idempotency_key.as_bytes())[..16])
}
