//! Placing orders: the intent is written and committed before the platform hears of it.
//!
//! Whatever happens afterwards (a time-out, a kill, an answer nobody understands), the intent says what is known. An
//! intent that was sent is never sent again before a search has proved that the platform has not done it.

use std::{sync::Arc, time::Duration};

use connector_api::{
    ConnectorError, ErrorCode,
    domain::{ConnectionId, Timestamp},
    wire::{Op, capability::CapabilityName, order::SubmitOrderRequest},
};
use serde_json::{Value, json};
use tokio_util::task::TaskTracker;
use zeroize::Zeroizing;

use super::{
    Error, Platforms,
    attempt::Work,
    claim,
    draft::{NewOrder, is_key},
};
use crate::{
    cart::QuoteService,
    connection::{Connection, ConnectionService, ConnectionStatus, ConnectorPool, Viewer},
    model::intent::{Begun, Claimed, Intent, IntentId, IntentState, NewIntent},
    text::sentences,
};

/// How orders are placed.
#[derive(Debug, Clone, Copy)]
pub struct OrderSettings {
    /// Most seconds one call of the connector may take.
    pub timeout_s: u32,
    /// Seconds after the end of the last attempt before a search that finds nothing is believed.
    pub settle_s: u32,
    /// Seconds after which an order is not sent any more.
    pub submit_within_s: u32,
    /// Most seconds a caller waits; the work goes on.
    pub answer_within_s: u32,
}

impl Default for OrderSettings {
    fn default() -> Self {
        Self { timeout_s: 30, settle_s: 60, submit_within_s: 900, answer_within_s: 25 }
    }
}

impl OrderSettings {
    /// How long one call may take.
    pub(super) fn deadline(&self) -> Duration {
        Duration::from_secs(self.timeout_s.into())
    }

    /// When an attempt that began at `sent` has surely come to its end on the platform, one way or the other.
    pub(super) fn settled_at(&self, sent: Timestamp) -> Timestamp {
        sent.plus_seconds(i64::from(self.timeout_s) + i64::from(self.settle_s))
    }
}

/// Places and follows orders. Cheap to clone.
#[derive(Clone)]
pub struct OrderService {
    /// Connections.
    pub connections: ConnectionService,
    /// Opens the platforms behind them.
    pub platforms: Arc<dyn Platforms>,
    /// Quotes that orders are held against; absent when whatever was agreed is believed.
    pub quotes: Option<QuoteService>,
    /// How orders are placed.
    pub settings: OrderSettings,
    /// Attempts that go on whether or not somebody waits for them; the host ends after them.
    pub at_work: TaskTracker,
}

/// A request of which the intent is to be written.
pub(super) struct Asked {
    pub(super) op: Op,
    pub(super) order_id: Option<String>,
    pub(super) channel_reference: Option<String>,
    /// What is compared with a later request of the same key: texts in their one form.
    pub(super) given: Value,
    /// The same as it was given.
    pub(super) as_given: Value,
}

impl OrderService {
    /// A service over connections that are kept open.
    pub fn new(pool: ConnectorPool, quotes: Option<QuoteService>, settings: OrderSettings) -> Self {
        let connections = pool.connections.clone();
        Self { connections, platforms: Arc::new(pool), quotes, settings, at_work: TaskTracker::new() }
    }

    /// The same service, acting for somebody.
    #[must_use]
    pub fn acting_as(&self, connections: ConnectionService) -> Self {
        Self { connections, ..self.clone() }
    }

    /// A connection that was not disconnected: without its key nothing of its people can be sealed or opened.
    pub(super) async fn connected(&self, viewer: &Viewer, id: &ConnectionId) -> Result<Connection, Error> {
        let connection = self.connections.seen(viewer, id).await?;
        if connection.health.status == ConnectionStatus::Disconnected {
            return Err(Error::NotReady(format!("connection {id} was disconnected; its secrets are destroyed")));
        }
        Ok(connection)
    }

    /// Places an order, once per key. The same key and order again give the same answer; the answer may be an intent
    /// that is not settled yet.
    pub async fn submit(
        &self,
        viewer: &Viewer,
        id: &ConnectionId,
        key: &str,
        order: NewOrder,
    ) -> Result<Intent, Error> {
        let connection = self.connected(viewer, id).await?;
        let begun = self.intend_order(&connection, key, order).await?;
        self.answer(begun).await
    }

    /// Writes the intent to place an order.
    pub(super) async fn intend_order(
        &self,
        connection: &Connection,
        key: &str,
        mut order: NewOrder,
    ) -> Result<Begun, Error> {
        let as_given = serde_json::to_value(&order)?;
        let mistakes = order.settle();
        let asked = Asked {
            as_given,
            op: Op::SubmitOrder,
            order_id: None,
            channel_reference: Some(order.channel_reference.clone().unwrap_or_else(|| key.to_owned())),
            given: serde_json::to_value(&order)?,
        };
        let check = async {
            if !mistakes.is_empty() {
                return Err(Error::Invalid(mistakes));
            }
            able(connection, &CapabilityName::OrderSubmit)?;
            self.check_quote(connection, &order).await
        };
        let request = |intent: &IntentId| {
            serde_json::to_value(SubmitOrderRequest { draft: order.clone().into_draft(&intent.0, key) })
        };
        self.intend(connection, key, asked, check, request).await
    }

    /// Brings what was begun as far as it can be brought while the caller waits.
    pub(super) async fn answer(&self, begun: Begun) -> Result<Intent, Error> {
        match begun {
            Begun::OtherRequest => Err(Error::KeyReused),
            Begun::ReferenceUsed(other) => Err(Error::ReferenceUsed(other)),
            Begun::ReferenceInStore(order) => Err(Error::ReferenceInStore(order)),
            Begun::There(intent) => replayed(*intent),
            Begun::Claimed(claimed) => self.wait_for(*claimed).await,
        }
    }

    /// Writes an intent, or finds the earlier one of its key.
    pub(super) async fn intend(
        &self,
        connection: &Connection,
        key: &str,
        asked: Asked,
        check: impl Future<Output = Result<(), Error>> + Send,
        request: impl FnOnce(&IntentId) -> serde_json::Result<Value> + Send,
    ) -> Result<Begun, Error> {
        if !is_key(key) {
            return Err(Error::Key("an idempotency key has 1 to 255 visible ASCII characters".to_owned()));
        }
        let store = &self.connections.store;
        let earlier = store.intent_of_key(&connection.id, key).await?;
        // What was asked before is answered, whatever the connection can do today.
        if earlier.as_ref().is_none_or(|earlier| earlier.repeatable) {
            check.await?;
        }
        let now = self.connections.clock.now();
        let seal = self.connections.vault.personal(&connection.id).await?;
        let intent = earlier.map_or_else(|| IntentId::new(now), |earlier| earlier.id);
        let fingerprint =
            |given: &Value| seal.fingerprint(json!([asked.op.as_str(), asked.order_id, given]).to_string().as_bytes());
        let (own, as_given) = (fingerprint(&asked.given), fingerprint(&asked.as_given));
        let body = Zeroizing::new(serde_json::to_vec(&request(&intent)?)?);
        let new = NewIntent {
            connection: connection.id.clone(),
            key: key.to_owned(),
            op: asked.op.to_string(),
            order_id: asked.order_id,
            channel_reference: asked.channel_reference,
            fingerprint: own,
            fingerprint_as_given: as_given,
            request: seal.seal("intent", &intent.0, &body)?.blob,
            actor: self.connections.actor.to_string(),
            id: intent,
        };
        Ok(store.begin_intent(&new, now, claim::until(now)).await?)
    }

    /// The work goes on when the caller goes away or has waited long enough.
    async fn wait_for(&self, claimed: Claimed) -> Result<Intent, Error> {
        let (connection, id) = (claimed.intent.connection_id.clone(), claimed.intent.id.clone());
        let service = self.clone();
        let work = self.at_work.spawn(async move { service.carry_on(claimed).await });
        let patience = Duration::from_secs(self.settings.answer_within_s.into());
        match tokio::time::timeout(patience, work).await {
            Ok(Ok(ended)) => refused(ended?),
            // It panicked or is late: the intent says what is known.
            Ok(Err(_)) | Err(_) => self.intent(&Viewer::Operator, &connection, &id).await,
        }
    }

    /// Brings a claimed intent as far as it can be brought now.
    pub async fn carry_on(&self, claimed: Claimed) -> Result<Intent, Error> {
        let claim = claimed.claim.clone();
        let work = async {
            let work = Work::open(self, claimed).await?;
            match work.claimed.intent.state {
                IntentState::Unknown => work.find_out().await,
                _ => work.send().await,
            }
        };
        claim::kept(self, &claim, work).await
    }
}

/// The answer to a key that was used before.
fn replayed(intent: Intent) -> Result<Intent, Error> {
    match intent.state {
        IntentState::Intended | IntentState::Sent => Err(Error::InFlight),
        _ => refused(intent),
    }
}

/// A rejected intent as the error it is; anything else as it is.
fn refused(intent: Intent) -> Result<Intent, Error> {
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
