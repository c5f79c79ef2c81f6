//! An intent is written, and committed, before the platform receives anything of it.

use connector_api::{
    ConnectorError, ErrorCode,
    domain::Timestamp,
    wire::{Op, capability::CapabilityName},
};
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::{Error, claim, draft::is_key};
use crate::{
    core::connection::{Connection, ConnectionStatus},
    model::intent::{Begun, Intent, IntentId, IntentState, NewIntent},
    secret::Vault,
    store::Store,
    text::sentences,
};

/// What is asked for under an idempotency key.
pub(super) struct Asked {
    pub(super) op: Op,
    pub(super) order_id: Option<String>,
    pub(super) channel_reference: Option<String>,
    /// What is compared with a later request of the same key: texts in their one form.
    pub(super) given: Value,
    /// The same as it was given.
    pub(super) as_given: Value,
}

/// The place of a key: the intent that has it, or the one that will.
pub(super) struct Slot {
    pub(super) id: IntentId,
    /// Whether the request is checked: what was asked before is answered, whatever the connection can do today.
    pub(super) is_open: bool,
}

/// The place of a key on a connection.
pub(super) async fn find(store: &Store, connection: &Connection, key: &str, now: Timestamp) -> Result<Slot, Error> {
    if !is_key(key) {
        return Err(Error::Key("an idempotency key has 1 to 255 visible ASCII characters".to_owned()));
    }
    let earlier = store.intent_of_key(&connection.id, key).await?;
    let is_open = earlier.as_ref().is_none_or(|earlier| earlier.repeatable);
    Ok(Slot { id: earlier.map_or_else(|| IntentId::new(now), |earlier| earlier.id), is_open })
}

/// Who asks for what, at which place.
pub(super) struct NewRequest<'a> {
    pub(super) connection: &'a Connection,
    pub(super) key: &'a str,
    pub(super) slot: Slot,
    pub(super) asked: Asked,
    /// The message of the contract.
    pub(super) request: Value,
    pub(super) actor: &'a str,
}

/// Writes an intent and claims it, or finds the earlier one of its key.
pub(super) async fn begin(store: &Store, vault: &Vault, new: NewRequest<'_>, now: Timestamp) -> Result<Begun, Error> {
    let NewRequest { connection, key, slot, asked, request, actor } = new;
    let seal = vault.personal(&connection.id).await?;
    let fingerprint =
        |given: &Value| seal.fingerprint(json!([asked.op.as_str(), asked.order_id, given]).to_string().as_bytes());
    let (own, as_given) = (fingerprint(&asked.given), fingerprint(&asked.as_given));
    let body = Zeroizing::new(serde_json::to_vec(&request)?);
    let new = NewIntent {
        connection: connection.id.clone(),
        key: key.to_owned(),
        op: asked.op.to_string(),
        order_id: asked.order_id,
        channel_reference: asked.channel_reference,
        fingerprint: own,
        fingerprint_as_given: as_given,
        request: seal.seal("intent", &slot.id.0, &body)?.blob,
        actor: actor.to_owned(),
        id: slot.id,
    };
    Ok(store.begin_intent(&new, now, claim::until(now)).await?)
}

/// The answer to a key that was used before.
pub(super) fn replayed(intent: Intent) -> Result<Intent, Error> {
    match intent.state {
        IntentState::Intended | IntentState::Sent => Err(Error::InFlight),
        _ => refused(intent),
    }
}

/// A rejected intent as the error it is; anything else as it is.
pub(super) fn refused(intent: Intent) -> Result<Intent, Error> {
    if intent.state != IntentState::Rejected {
        return Ok(intent);
    }
    let error = intent.error.clone().and_then(|error| serde_json::from_value(error).ok());
    let unnamed = || ConnectorError::new(ErrorCode::HostFailed, "it was not done");
    Err(Error::Refused(error.unwrap_or_else(unnamed)))
}

/// Whether a connection can do something now.
pub(super) fn able(connection: &Connection, capability: &CapabilityName) -> Result<(), Error> {
    let status = connection.health.status;
    if matches!(status, ConnectionStatus::Pending | ConnectionStatus::ReauthRequired | ConnectionStatus::Disconnected) {
        let status = format!("connection {} is `{}`", connection.id, status.as_str());
        let remedy = connection.health.remedy.as_deref().unwrap_or_default();
        return Err(Error::NotReady(sentences([status.as_str(), remedy])));
    }
    let state = connection.findings.capabilities.iter().find(|state| state.name == *capability);
    match state {
        Some(state) if state.on => Ok(()),
        Some(state) => Err(Error::CapabilityOff(format!("`{capability}` is off: {}", state.reason))),
        None => Err(Error::CapabilityOff(format!("this connector has no capability `{capability}`"))),
    }
}
