//! Order numbers set aside for the channel: the only guard of the Order API against a second copy. An order has a sequence of
//! numbers by its key. How far it came in it is kept with the connection, before each is sent: a number that is taken although
//! it was never sent before is surely another order's, whether that can be seen or not.

use connector_api::{ConnectorError, Host, connector::Level, domain::OrderDraft};
use serde_json::json;
use sha2::{Digest, Sha256};

/// How many numbers are tried before giving up: each is taken by another order.
pub(super) const MOST: u32 = 8;

/// How far an order came in its sequence.
#[derive(Debug)]
pub(super) struct Tried {
    state: String,
    /// The last number that was sent at an earlier submission; those before it are other orders'.
    earlier: Option<u32>,
}

impl Tried {
    /// That of an order.
    pub(super) async fn read(host: &Host, draft: &OrderDraft) -> Result<Self, ConnectorError> {
        let state = state_key(draft);
        let value = host.state_get(&state).await?;
        Ok(Self { state, earlier: value.and_then(|value| serde_json::from_slice(&value).ok()) })
    }

    /// Where to go on.
    pub(super) fn first(&self) -> u32 {
        self.earlier.unwrap_or(0)
    }

    /// Whether a number is sent for the first time.
    pub(super) fn is_new(&self, place: u32) -> bool {
        self.earlier.is_none_or(|earlier| place > earlier)
    }

    /// Keeps that a number is about to be sent.
    pub(super) async fn keep(&self, host: &Host, place: u32) -> Result<(), ConnectorError> {
        if self.earlier == Some(place) {
            return Ok(());
        }
        host.state_put(&self.state, json!(place).to_string().into_bytes()).await
    }
}

/// Forgets an order that has ended. What stays behind harms nobody.
pub(super) async fn forget(host: &Host, draft: &OrderDraft) {
    if let Err(error) = host.state_delete(&state_key(draft)).await {
        host.log(Level::Warn, "the numbers of an order were not forgotten", json!({ "code": error.code }));
    }
}

/// The number at a place of a key's sequence: the same key always leads to the same numbers.
pub(super) fn number_of(key: &str, place: u32, (first, last): (i32, i32)) -> i32 {
    let digest = Sha256::new().chain_update(key).chain_update(place.to_be_bytes()).finalize();
    let start = digest.iter().take(8).fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    let room = u64::from(last.abs_diff(first)) + 1;
    first.saturating_add(i32::try_from(start % room).unwrap_or(0))
}

fn state_key(draft: &OrderDraft) -> String {
    format!("order_number_{}", hex::encode(&Sha256::digest(draft.idempotency_key.as_bytes())[..16]))
}
