//! What callers may see of orders and intents: an operator everything, a channel its own connections'.

use connector_api::domain::{Adjustment, ConnectionId, Order, Shipment, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

use super::{Error, HistoryEntry, Intent, IntentFilter, IntentId, Listing, OrderFilter, OrderSummary};
use crate::{
    core::connection::{Connection, ConnectionStatus, Connections, Ctx},
    model::{
        history::{HistoryDetail, HistoryKind},
        order::IntentDifferences,
        paging::PageQuery,
    },
    secret::{self, Vault},
    store::Store,
};

/// Most entries of a timeline that are shown with an order.
const TIMELINE: u32 = 250;

/// An order with all that belongs to it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct OrderDetail {
    /// In short, without anything about people.
    pub summary: OrderSummary,
    /// The order as the contract has it; absent once the connection was disconnected: its key is destroyed.
    #[schemars(with = "Option<Order>")]
    pub order: Option<Value>,
    /// Shipments of the order.
    #[schemars(with = "Vec<Shipment>")]
    pub shipments: Vec<Value>,
    /// Its returns and refunds.
    #[schemars(with = "Vec<Adjustment>")]
    pub returns: Vec<Value>,
    /// What happened, oldest first; at most 250 entries of the host's own.
    pub timeline: Vec<Moment>,
    /// Where it, or what was asked of it, differs from what was agreed: each with both values, accepted ones too.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub differs_from_agreed: Vec<IntentDifferences>,
}

/// Something that happened to an order.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "TimelineEntry")]
pub struct Moment {
    /// Time at which it happened.
    pub at: Timestamp,
    /// Kind of what happened.
    pub kind: HistoryKind,
    /// The intent it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub intent_id: Option<String>,
    /// Who or what brought it about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    /// More of it, by kind.
    #[schemars(with = "HistoryDetail")]
    pub detail: Value,
}

impl From<HistoryEntry> for Moment {
    fn from(entry: HistoryEntry) -> Self {
        let HistoryEntry { kind, intent_id, actor, detail, at, .. } = entry;
        Self { at, kind, intent_id, actor, detail }
    }
}

/// An intent with what happened to it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct IntentDetail {
    /// The intent.
    #[serde(flatten)]
    pub intent: Intent,
    /// What happened, oldest first; at most 250 entries.
    pub history: Vec<HistoryEntry>,
}

/// Reads orders and intents of connections. Cheap to clone.
#[derive(Clone)]
pub(super) struct Reading {
    store: Store,
    vault: Vault,
    connections: Connections,
}

impl Reading {
    pub(super) fn new(store: Store, vault: Vault, connections: Connections) -> Self {
        Self { store, vault, connections }
    }

    /// A connection that was not disconnected: without its key nothing of its people can be sealed or opened.
    pub(super) async fn connected(&self, ctx: &Ctx, id: &ConnectionId) -> Result<Connection, Error> {
        let connection = self.connections.seen(ctx, id).await?;
        if connection.health.status == ConnectionStatus::Disconnected {
            return Err(Error::NotReady(format!("connection {id} was disconnected; its secrets are destroyed")));
        }
        Ok(connection)
    }

    /// Orders of a connection.
    pub(super) async fn list(
        &self,
        ctx: &Ctx,
        id: &ConnectionId,
        filter: &OrderFilter,
        page: &PageQuery,
    ) -> Result<Listing<OrderSummary>, Error> {
        self.connections.seen(ctx, id).await?;
        Ok(self.store.orders(id, filter, page).await?)
    }

    /// One order with all that belongs to it.
    pub(super) async fn show(&self, ctx: &Ctx, id: &ConnectionId, order: &str) -> Result<OrderDetail, Error> {
        self.connections.seen(ctx, id).await?;
        let store = &self.store;
        let found = store.order(id, order).await?.ok_or_else(|| missing(id, order))?;
        let history = store.order_history(id, order, &PageQuery::first(TIMELINE)).await?;
        let mut timeline: Vec<Moment> = history.data.into_iter().map(Into::into).collect();
        let mut reported = |kind: HistoryKind, at: Option<Timestamp>, detail: Value| {
            let moment = |at| Moment { at, kind, intent_id: None, actor: None, detail };
            timeline.extend(at.map(moment));
        };
        reported(HistoryKind::Placed, found.summary.placed_at, json!({}));
        let (mut body, mut shipments, mut returns) = (None, vec![], vec![]);
        match self.vault.personal(id).await {
            Ok(seal) => {
                body = Some(serde_json::from_slice(&seal.open("order", order, &found.blob)?)?);
                for part in &found.shipments {
                    let shipment: Value = serde_json::from_slice(&seal.open("shipment", &part.id, &part.blob)?)?;
                    reported(HistoryKind::Shipped, time(&shipment["shipped_at"]), json!({ "shipment_id": part.id }));
                    shipments.push(shipment);
                }
                for part in &found.returns {
                    let back: Value = serde_json::from_slice(&seal.open("return", &part.id, &part.blob)?)?;
                    let detail = json!({ "return_id": part.id, "kind": back["kind"], "amount": back["amount"] });
                    reported(HistoryKind::Returned, time(&back["at"]), detail);
                    returns.push(back);
                }
            }
            Err(secret::Error::DataKeyDestroyed { .. }) => {}
            Err(error) => return Err(error.into()),
        }
        timeline.sort_by_key(|moment| moment.at);
        let differs_from_agreed = found.differences;
        Ok(OrderDetail { summary: found.summary, order: body, shipments, returns, timeline, differs_from_agreed })
    }

    /// Intents of a connection, newest first.
    pub(super) async fn intents(
        &self,
        ctx: &Ctx,
        id: &ConnectionId,
        filter: &IntentFilter,
        page: &PageQuery,
    ) -> Result<Listing<Intent>, Error> {
        self.connections.seen(ctx, id).await?;
        Ok(self.store.intents(id, filter, page).await?)
    }

    /// One intent.
    pub(super) async fn intent(&self, ctx: &Ctx, id: &ConnectionId, intent: &IntentId) -> Result<Intent, Error> {
        self.connections.seen(ctx, id).await?;
        self.intent_as_it_is(id, intent).await
    }

    /// One intent, whoever asks.
    pub(super) async fn intent_as_it_is(&self, id: &ConnectionId, intent: &IntentId) -> Result<Intent, Error> {
        let missing = || Error::NotFound(format!("connection `{id}` has no intent `{intent}`"));
        self.store.intent(id, intent).await?.ok_or_else(missing)
    }

    /// One intent with what happened to it.
    pub(super) async fn show_intent(
        &self,
        ctx: &Ctx,
        id: &ConnectionId,
        intent: &IntentId,
    ) -> Result<IntentDetail, Error> {
        let found = self.intent(ctx, id, intent).await?;
        let history = self.store.intent_history(id, intent, &PageQuery::first(TIMELINE)).await?;
        Ok(IntentDetail { intent: found, history: history.data })
    }

    /// An order as the contract has it.
    pub(super) async fn opened(&self, connection: &Connection, order: &str) -> Result<Order, Error> {
        let id = &connection.id;
        let stored = self.store.order(id, order).await?.ok_or_else(|| missing(id, order))?;
        let seal = self.vault.personal(id).await?;
        Ok(serde_json::from_slice(&seal.open("order", order, &stored.blob)?)?)
    }
}

fn missing(id: &ConnectionId, order: &str) -> Error {
    Error::NotFound(format!("connection `{id}` has no order `{order}`"))
}

fn time(value: &Value) -> Option<Timestamp> {
    value.as_str()?.parse().ok()
}
