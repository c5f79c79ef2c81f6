//! One attempt at a claimed intent: it is marked as sent, the platform is asked, and what came of it is written down.

use connector_api::{
    ConnectorError, ErrorCode,
    domain::{ExternalId, Message, Order, Timestamp},
    wire::{
        Op,
        order::{AdjustmentResponse, OrderResponse, ShipmentResponse, SubmitOrderRequest, SubmitOrderResponse},
    },
};
use serde_json::{Value, json};

use super::{
    Error, OrderService, Platform,
    differences::{changed, placed},
    verdict::{self, Verdict},
};
use crate::{
    metrics,
    model::{
        Code,
        intent::{Claimed, Difference, Intent, OpenQuestion, Settlement},
        rows::OrderRow,
    },
    spelling,
    sync::PersonalRows,
};

/// Seconds until the platform is searched for the first time.
const FIRST_LOOK_S: i64 = 2;
/// How often one order is sent at most.
const MOST_ATTEMPTS: u32 = 5;
/// Seconds within which the platform is asked after the note that it is: a host that stood still in between must not send
/// what another may have searched for meanwhile.
const SENT_WITHIN_S: i64 = 5;

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
        let rows = PersonalRows::open(&connections.vault, &connections.store, &intent.connection_id).await?;
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
            let message = "it was not done, and no caller is waiting; send the request again with the same key";
            return self.reject(&Code::OrderExpired.error(message), true).await;
        }
        let platform = match self.service.platforms.open(&intent.connection_id).await {
            Ok(platform) => platform,
            Err(error) => return self.reject(&of_opening(error), true).await,
        };
        // Read first: a webhook may store what comes of it before the answer is here.
        let before = self.known_order().await;
        let now = self.now();
        self.service.connections.store.mark_sent(&self.claimed.claim, now).await?;
        if now.plus_seconds(SENT_WITHIN_S) < self.now() {
            let message = "the host stalled just before sending";
            return self.doubt(&ConnectorError::new(ErrorCode::HostFailed, message)).await;
        }
        let key = Some(intent.id.0.as_str());
        match platform.ask(&self.op, self.request.clone(), key, settings.deadline()).await {
            Ok(answer) => match self.read(&*platform, &answer, before.as_ref(), now).await {
                Ok(confirmed) => self.settle(&confirmed).await,
                Err(problem) => {
                    let message = format!("the connector's answer breaks the contract: {problem}");
                    self.doubt(&ConnectorError::new(ErrorCode::PluginContractBroken, message)).await
                }
            },
            Err(error) => {
                self.confirm_refusal(&error);
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
        before: Option<&Order>,
        read_at: Timestamp,
    ) -> Result<Settlement, serde_json::Error> {
        match &self.op {
            Op::SubmitOrder => {
                let SubmitOrderResponse { mut orders } = serde_json::from_slice(answer)?;
                if orders.is_empty() {
                    return Err(serde::de::Error::custom("no order in the answer to a submission"));
                }
                orders.iter().try_for_each(|order| named(&order.id))?;
                // A platform may answer with little more than an id: what the order became is read then.
                for order in orders.iter_mut().filter(|order| placed::is_bare(order)) {
                    if let Some(whole) = self.order_as_it_is(platform, &order.id).await {
                        let warnings = std::mem::take(&mut order.warnings);
                        *order = Order { warnings, ..whole };
                    }
                }
                let SubmitOrderRequest { draft } = serde_json::from_value(self.request.clone())?;
                let differences = placed::of_draft(&draft, &orders, true);
                self.confirmed_orders(&orders, differences, read_at)
            }
            Op::CreateShipment => {
                let ShipmentResponse { shipment } = serde_json::from_slice(answer)?;
                named(&shipment.id)?;
                let outcome = json!({ "shipment": { "id": shipment.id, "order_id": shipment.order_id },
                    "warnings": shipment.warnings.iter().map(without_text).collect::<Vec<_>>() });
                let differences = changed::of_shipment(&self.request, &shipment);
                let (orders, shipments) = (self.order_now(platform).await, vec![self.rows.shipment_row(&shipment)?]);
                Ok(Settlement::Confirmed { outcome, read_at, orders, shipments, returns: vec![], differences })
            }
            Op::CreateReturn | Op::Refund => {
                let AdjustmentResponse { adjustment } = serde_json::from_slice(answer)?;
                named(&adjustment.id)?;
                let outcome = json!({ "adjustment": { "id": adjustment.id, "order_id": adjustment.order_id,
                    "kind": adjustment.kind, "amount": adjustment.amount },
                    "warnings": adjustment.warnings.iter().map(without_text).collect::<Vec<_>>() });
                let currency = before.map(|order| order.currency);
                let differences = changed::of_adjustment(&self.op, &self.request, currency, &adjustment);
                let (orders, returns) = (self.order_now(platform).await, vec![self.rows.return_row(&adjustment)?]);
                Ok(Settlement::Confirmed { outcome, read_at, orders, shipments: vec![], returns, differences })
            }
            _ => {
                let OrderResponse { order } = serde_json::from_slice(answer)?;
                named(&order.id)?;
                let differences = changed::of_order(&self.op, &self.request, before, &order);
                self.confirmed_orders(&[order], differences, read_at)
            }
        }
    }

    pub(super) fn confirmed_orders(
        &self,
        orders: &[Order],
        differences: Vec<Difference>,
        read_at: Timestamp,
    ) -> Result<Settlement, serde_json::Error> {
        let rows = orders.iter().map(|order| self.rows.order_row(order)).collect::<Result<Vec<_>, _>>()?;
        let warnings = orders.iter().flat_map(|order| &order.warnings).map(without_text);
        let warnings: Vec<_> = warnings.collect();
        let outcome = json!({ "orders": rows.iter().map(in_short).collect::<Vec<_>>(), "warnings": warnings });
        Ok(Settlement::Confirmed { outcome, read_at, orders: rows, shipments: vec![], returns: vec![], differences })
    }

    /// The order after a part of it changed; nothing when it cannot be read now: a sync will bring it.
    async fn order_now(&self, platform: &dyn Platform) -> Vec<OrderRow> {
        let Some(order) = &self.claimed.intent.order_id else { return vec![] };
        let order = self.order_as_it_is(platform, &ExternalId::from(order.as_str())).await;
        order.and_then(|order| self.rows.order_row(&order).ok()).into_iter().collect()
    }

    /// An order as the platform shows it; nothing when it cannot be read, or another one is shown.
    async fn order_as_it_is(&self, platform: &dyn Platform, id: &ExternalId) -> Option<Order> {
        let request = json!({ "order_id": id });
        let answer = platform.ask(&Op::GetOrder, request, None, self.service.settings.deadline()).await.ok()?;
        let OrderResponse { order } = serde_json::from_slice(&answer).ok()?;
        (order.id == *id).then_some(order)
    }

    /// The order as it is known here.
    async fn known_order(&self) -> Option<Order> {
        let intent = &self.claimed.intent;
        let order = intent.order_id.as_deref()?;
        let connections = &self.service.connections;
        let stored = connections.store.order(&intent.connection_id, order).await.ok()??;
        let seal = connections.vault.personal(&intent.connection_id).await.ok()?;
        serde_json::from_slice(&seal.open("order", order, &stored.blob).ok()?).ok()
    }

    /// Where an order that was looked at afterwards is not what was asked of it.
    pub(super) async fn differences_of_change(&self, order: &Order) -> Vec<Difference> {
        changed::of_order(&self.op, &self.request, self.known_order().await.as_ref(), order)
    }

    pub(super) async fn settle(&self, settlement: &Settlement) -> Result<Intent, Error> {
        let store = &self.service.connections.store;
        let intent = store.settle_intent(&self.claimed.claim, settlement, None, self.now()).await?;
        metrics::intent_settled(intent.op.as_str(), intent.state.as_str());
        note_differences(&intent);
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
        connections.store.leave_unknown(&self.claimed.claim, question, self.now()).await?;
        let left = connections.store.intent(&intent.connection_id, &intent.id).await?;
        left.ok_or_else(|| Error::NotFound(format!("there is no {}", intent.id)))
    }

    pub(super) fn confirm_refusal(&self, error: &ConnectorError) {
        self.service.connections.confirm_refusal_later(&self.claimed.intent.connection_id, error);
    }
}

/// What has no id cannot be followed: nobody knows what was done.
fn named(id: &ExternalId) -> Result<(), serde_json::Error> {
    if spelling::is_visible(id.as_str()) { Ok(()) } else { Err(serde::de::Error::custom("what was made has no id")) }
}

/// Counts and logs where what was done differs from what was agreed.
pub(super) fn note_differences(intent: &Intent) {
    if intent.differs_from_agreed.is_empty() {
        return;
    }
    let fields: Vec<&str> = intent.differs_from_agreed.iter().map(|own| own.field.as_str()).collect();
    for field in &fields {
        metrics::order_differs(intent.op.as_str(), field.rsplit('/').next().unwrap_or_default());
    }
    tracing::warn!(
        intent = %intent.id,
        connection = intent.connection_id.as_str(),
        op = intent.op.as_str(),
        fields = fields.join(", "),
        "the platform's result differs from what was agreed; check it on the platform, then resolve the intent"
    );
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
    use crate::{connection, secret};
    match error {
        connection::Error::Connector(error) => error,
        missing @ connection::Error::NoConnector(_) => Code::ConnectorUnavailable.error(missing.to_string()),
        // It was disconnected meanwhile.
        error @ (connection::Error::Ended(_) | connection::Error::Secret(secret::Error::DataKeyDestroyed { .. })) => {
            Code::NotReady.error(error.to_string())
        }
        other => ConnectorError::new(ErrorCode::HostFailed, other.to_string()),
    }
}
