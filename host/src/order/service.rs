//! Placing orders: the intent is written and committed before the platform hears of it.
//!
//! Whatever happens afterwards (a time-out, a kill, an answer nobody understands), the intent says what is known. An
//! intent that was sent is never sent again before a search has proved that the platform has not done it.

use std::{sync::Arc, time::Duration};

use connector_api::{
    ConnectorError, ErrorCode,
    domain::{ConnectionId, Message, Order, Timestamp},
    wire::{
        Op,
        capability::CapabilityName,
        order::{AdjustmentResponse, OrderResponse, ShipmentResponse, SubmitOrderRequest, SubmitOrderResponse},
    },
};
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::{
    Error, Platform, Platforms,
    draft::{NewOrder, is_key},
    verdict::{self, Verdict},
};
use crate::{
    cart::QuoteService,
    connection::{Connection, ConnectionService, ConnectionStatus, ConnectorPool, Viewer},
    metrics,
    store::{
        intent::{Begun, Claimed, Intent, IntentId, IntentState, NewIntent, OpenQuestion, Settlement},
        rows::OrderRow,
    },
    sync::PersonalRows,
};

/// Seconds a claim outlives the two calls it may need.
const GRACE_S: i64 = 5;
/// Seconds until the platform is searched for the first time.
const FIRST_LOOK_S: i64 = 2;
/// How often one order is sent at most.
const MOST_ATTEMPTS: u32 = 5;

/// How orders are placed.
#[derive(Debug, Clone, Copy)]
pub struct OrderSettings {
    /// Most seconds one call of the connector may take.
    pub timeout_s: u32,
    /// Seconds after the last attempt before a search that finds nothing is believed.
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

    /// Until when a claim taken now holds: for a search and an attempt.
    pub(super) fn until(&self, now: Timestamp) -> Timestamp {
        now.plus_seconds(2 * i64::from(self.timeout_s) + GRACE_S)
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
}

/// A request of which the intent is to be written.
pub(super) struct Asked {
    pub(super) op: Op,
    pub(super) order_id: Option<String>,
    pub(super) channel_reference: Option<String>,
    /// What is compared with a later request of the same key.
    pub(super) given: Value,
}

impl OrderService {
    /// A service over connections that are kept open.
    pub fn new(pool: ConnectorPool, quotes: Option<QuoteService>, settings: OrderSettings) -> Self {
        let connections = pool.connections.clone();
        Self { connections, platforms: Arc::new(pool), quotes, settings }
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
        order: NewOrder,
    ) -> Result<Begun, Error> {
        let asked = Asked {
            op: Op::SubmitOrder,
            order_id: None,
            channel_reference: Some(order.channel_reference.clone().unwrap_or_else(|| key.to_owned())),
            given: serde_json::to_value(&order)?,
        };
        let check = async {
            let mistakes = order.mistakes();
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
        let stores = &self.connections.stores;
        let earlier = stores.intent_of_key(&connection.id, key).await?;
        // What was asked before is answered, whatever the connection can do today.
        if earlier.as_ref().is_none_or(|earlier| earlier.repeatable) {
            check.await?;
        }
        let now = self.connections.clock.now();
        let seal = self.connections.vault.personal(&connection.id).await?;
        let intent = earlier.map_or_else(|| IntentId::new(now), |earlier| earlier.id);
        let place = json!([asked.op.as_str(), asked.order_id, asked.given]).to_string();
        let body = Zeroizing::new(serde_json::to_vec(&request(&intent)?)?);
        let new = NewIntent {
            connection: connection.id.clone(),
            key: key.to_owned(),
            op: asked.op.to_string(),
            order_id: asked.order_id,
            channel_reference: asked.channel_reference,
            fingerprint: seal.fingerprint(place.as_bytes()),
            request: seal.seal("intent", &intent.0, &body)?.blob,
            actor: self.connections.actor.to_string(),
            id: intent,
        };
        Ok(stores.begin_intent(&new, now, self.settings.until(now)).await?)
    }

    /// The work goes on when the caller goes away or has waited long enough.
    async fn wait_for(&self, claimed: Claimed) -> Result<Intent, Error> {
        let (connection, id) = (claimed.intent.connection_id.clone(), claimed.intent.id.clone());
        let service = self.clone();
        let work = tokio::spawn(async move { service.carry_on(claimed).await });
        let patience = Duration::from_secs(self.settings.answer_within_s.into());
        match tokio::time::timeout(patience, work).await {
            Ok(Ok(ended)) => refused(ended?),
            // It panicked or is late: the intent says what is known.
            Ok(Err(_)) | Err(_) => self.intent(&Viewer::Operator, &connection, &id).await,
        }
    }

    /// Brings a claimed intent as far as it can be brought now.
    pub async fn carry_on(&self, claimed: Claimed) -> Result<Intent, Error> {
        let work = Work::open(self, claimed).await?;
        match work.claimed.intent.state {
            IntentState::Unknown => work.find_out().await,
            _ => work.send().await,
        }
    }
}

/// A claimed intent with its request opened.
pub(super) struct Work<'a> {
    pub(super) service: &'a OrderService,
    pub(super) claimed: Claimed,
    pub(super) op: Op,
    pub(super) request: Value,
    pub(super) rows: PersonalRows,
}

impl<'a> Work<'a> {
    pub(super) async fn open(service: &'a OrderService, claimed: Claimed) -> Result<Self, Error> {
        let connections = &service.connections;
        let intent = &claimed.intent;
        let seal = connections.vault.personal(&intent.connection_id).await?;
        let request = seal.open("intent", &intent.id.0, &claimed.request)?;
        let request = serde_json::from_slice(&request)?;
        let rows = PersonalRows::open(&connections.vault, &*connections.stores, &intent.connection_id).await?;
        Ok(Self { service, op: Op::from(intent.op.as_str()), claimed, request, rows })
    }

    pub(super) fn now(&self) -> Timestamp {
        self.service.connections.clock.now()
    }

    /// Sends what is intended, and writes down what came of it.
    pub(super) async fn send(&self) -> Result<Intent, Error> {
        let intent = &self.claimed.intent;
        let settings = self.service.settings;
        if intent.created_at.plus_seconds(settings.submit_within_s.into()) < self.now()
            || intent.attempts >= MOST_ATTEMPTS
        {
            let message = "it was not done, and nobody waits for it any more; send the request again with the same key";
            return self.reject(&ConnectorError::new(ErrorCode::from("order_expired"), message), true).await;
        }
        let platform = match self.service.platforms.open(&intent.connection_id).await {
            Ok(platform) => platform,
            Err(error) => return self.reject(&of_opening(error), true).await,
        };
        let now = self.now();
        let busy_until = now.plus_seconds(settings.timeout_s.into());
        self.service.connections.stores.mark_sent(&self.claimed.claim, now, busy_until).await?;
        let key = Some(intent.id.0.as_str());
        match platform.ask(&self.op, self.request.clone(), key, settings.deadline()).await {
            Ok(answer) => match self.read(&*platform, &answer, now).await {
                Ok(confirmed) => self.settle(&confirmed).await,
                Err(problem) => {
                    let message = format!("the connector's answer breaks the contract: {problem}");
                    self.doubt(&ConnectorError::new(ErrorCode::PluginContractBroken, message)).await
                }
            },
            Err(error) => {
                self.note_refusal(&error).await;
                match verdict::of(&error) {
                    Verdict::Refused => self.reject(&error, false).await,
                    Verdict::NotNow => self.reject(&error, true).await,
                    Verdict::Unknown => self.doubt(&error).await,
                }
            }
        }
    }

    /// What the platform did, from its answer.
    async fn read(
        &self,
        platform: &dyn Platform,
        answer: &[u8],
        read_at: Timestamp,
    ) -> Result<Settlement, serde_json::Error> {
        match &self.op {
            Op::SubmitOrder => {
                let SubmitOrderResponse { orders } = serde_json::from_slice(answer)?;
                if orders.is_empty() {
                    return Err(serde::de::Error::custom("no order in the answer to a submission"));
                }
                self.confirmed_orders(&orders, read_at)
            }
            Op::CreateShipment => {
                let ShipmentResponse { shipment } = serde_json::from_slice(answer)?;
                let outcome = json!({ "shipment": { "id": shipment.id, "order_id": shipment.order_id },
                    "warnings": shipment.warnings.iter().map(without_text).collect::<Vec<_>>() });
                let (orders, shipments) = (self.order_now(platform).await, vec![self.rows.shipment_row(&shipment)?]);
                Ok(Settlement::Confirmed { outcome, read_at, orders, shipments, returns: vec![] })
            }
            Op::CreateReturn | Op::Refund => {
                let AdjustmentResponse { adjustment } = serde_json::from_slice(answer)?;
                let outcome = json!({ "adjustment": { "id": adjustment.id, "order_id": adjustment.order_id,
                    "kind": adjustment.kind, "amount": adjustment.amount },
                    "warnings": adjustment.warnings.iter().map(without_text).collect::<Vec<_>>() });
                let (orders, returns) = (self.order_now(platform).await, vec![self.rows.return_row(&adjustment)?]);
                Ok(Settlement::Confirmed { outcome, read_at, orders, shipments: vec![], returns })
            }
            _ => {
                let OrderResponse { order } = serde_json::from_slice(answer)?;
                self.confirmed_orders(&[order], read_at)
            }
        }
    }

    pub(super) fn confirmed_orders(
        &self,
        orders: &[Order],
        read_at: Timestamp,
    ) -> Result<Settlement, serde_json::Error> {
        let rows = orders.iter().map(|order| self.rows.order_row(order)).collect::<Result<Vec<_>, _>>()?;
        let warnings = orders.iter().flat_map(|order| &order.warnings).map(without_text);
        let warnings: Vec<_> = warnings.collect();
        let outcome = json!({ "orders": rows.iter().map(in_short).collect::<Vec<_>>(), "warnings": warnings });
        Ok(Settlement::Confirmed { outcome, read_at, orders: rows, shipments: vec![], returns: vec![] })
    }

    /// The order after a part of it changed; nothing when it cannot be read now: a sync will bring it.
    async fn order_now(&self, platform: &dyn Platform) -> Vec<OrderRow> {
        let Some(order) = &self.claimed.intent.order_id else { return vec![] };
        let request = json!({ "order_id": order });
        let answer = platform.ask(&Op::GetOrder, request, None, self.service.settings.deadline()).await;
        let order = answer.ok().and_then(|answer| serde_json::from_slice::<OrderResponse>(&answer).ok());
        order.and_then(|answer| self.rows.order_row(&answer.order).ok()).into_iter().collect()
    }

    pub(super) async fn settle(&self, settlement: &Settlement) -> Result<Intent, Error> {
        let stores = &self.service.connections.stores;
        let intent = stores.settle_intent(&self.claimed.claim, settlement, None, self.now()).await?;
        metrics::intent_settled(intent.op.as_str(), intent.state.as_str());
        Ok(intent)
    }

    pub(super) async fn reject(&self, error: &ConnectorError, repeatable: bool) -> Result<Intent, Error> {
        self.settle(&Settlement::Rejected { error: serde_json::to_value(error)?, repeatable }).await
    }

    /// Leaves it open whether it was done; the platform will be searched.
    async fn doubt(&self, error: &ConnectorError) -> Result<Intent, Error> {
        let question = OpenQuestion {
            error: serde_json::to_value(error)?,
            needs_person: false,
            due_at: self.now().plus_seconds(FIRST_LOOK_S),
            looked: false,
        };
        self.leave(&question).await
    }

    pub(super) async fn leave(&self, question: &OpenQuestion) -> Result<Intent, Error> {
        let (connections, intent) = (&self.service.connections, &self.claimed.intent);
        connections.stores.leave_unknown(&self.claimed.claim, question, self.now()).await?;
        let left = connections.stores.intent(&intent.connection_id, &intent.id).await?;
        left.ok_or_else(|| Error::NotFound(format!("there is no {}", intent.id)))
    }

    pub(super) async fn note_refusal(&self, error: &ConnectorError) {
        let connection = &self.claimed.intent.connection_id;
        if error.is_auth()
            && let Err(error) = self.service.connections.note_refusal(connection, error).await
        {
            tracing::error!(connection = connection.as_str(), %error, "a refusal cannot be noted");
        }
    }
}

/// An order without anything about people.
fn in_short(row: &OrderRow) -> Value {
    json!({
        "id": row.id,
        "number": row.number,
        "channel_reference": row.channel_reference,
        "status": row.status,
        "fulfillment_status": row.fulfillment_status,
        "financial_status": row.financial_status,
        "currency": row.currency,
        "total_minor": row.total_minor,
    })
}

/// A remark of the platform: its words may be about people, its code is not.
fn without_text(message: &Message) -> Value {
    json!({ "code": message.code, "severity": message.severity, "path": message.path })
}

/// Why a connection could not be opened; nothing was sent.
pub(super) fn of_opening(error: crate::connection::Error) -> ConnectorError {
    match error {
        crate::connection::Error::Connector(error) => error,
        other => ConnectorError::new(ErrorCode::HostFailed, other.to_string()),
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
        let remedy = connection.health.remedy.as_deref().unwrap_or_default();
        return Err(Error::NotReady(format!("connection {} is `{}`. {remedy}", connection.id, status.as_str())));
    }
    let state = connection.findings.capabilities.iter().find(|state| state.name == *capability);
    match state {
        Some(state) if state.on => Ok(()),
        Some(state) => Err(Error::CapabilityOff(format!("`{capability}` is off: {}", state.reason))),
        None => Err(Error::CapabilityOff(format!("this connector has no capability `{capability}`"))),
    }
}
