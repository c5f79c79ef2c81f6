//! One attempt of an intent: its request is opened, the platform is asked under its claim, and what came of it is written down.

use std::sync::Arc;

use connector_api::{
    ConnectorError, ErrorCode,
    domain::{ExternalId, Order, Timestamp},
    wire::{Op, order::OrderResponse},
};
use serde_json::{Value, json};

use super::{Error, differences::changed, settings::OrderSettings};
use crate::{
    clock::Clock,
    core::{
        connection::{self, Checker, Connection, Ctx, Platform, Question},
        sync::PersonalRows,
    },
    metrics,
    model::{
        Code,
        intent::{Claimed, Difference, Intent, OpenQuestion, Settlement},
        outcome::IntentOutcome,
    },
    secret::{self, Vault},
    store::Store,
};

/// Seconds until the platform is searched for the first time.
const FIRST_LOOK_S: i64 = 2;

/// What work on an intent needs. Cheap to clone.
#[derive(Clone)]
pub(super) struct Tools {
    pub(super) store: Store,
    pub(super) vault: Vault,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) platform: Arc<dyn Platform>,
    pub(super) checker: Checker,
    pub(super) settings: OrderSettings,
}

/// A claimed intent with its request opened.
pub(super) struct Attempt<'a> {
    pub(super) tools: &'a Tools,
    pub(super) ctx: Ctx,
    pub(super) claimed: Claimed,
    pub(super) op: Op,
    pub(super) request: Value,
    pub(super) rows: PersonalRows,
}

impl<'a> Attempt<'a> {
    pub(super) async fn open(tools: &'a Tools, ctx: &Ctx, claimed: Claimed) -> Result<Self, Error> {
        let intent = &claimed.intent;
        let seal = tools.vault.personal(&intent.connection_id).await?;
        let request = seal.open("intent", &intent.id.0, &claimed.request)?;
        let request = serde_json::from_slice(&request)?;
        let rows = PersonalRows::open(&tools.vault, &tools.store, &intent.connection_id).await?;
        Ok(Self { tools, ctx: ctx.clone(), op: Op::from(intent.op.as_str()), claimed, request, rows })
    }

    pub(super) fn now(&self) -> Timestamp {
        self.tools.clock.now()
    }

    /// The connection, with its connector open; nothing is sent.
    pub(super) async fn connect(&self) -> Result<Connection, ConnectorError> {
        let id = &self.claimed.intent.connection_id;
        let opened = async {
            let missing = || connection::Error::missing(id);
            let connection = self.tools.store.connection(id).await?.ok_or_else(missing)?;
            self.tools.platform.open(&connection).await?;
            Ok(connection)
        };
        opened.await.map_err(of_opening)
    }

    /// Asks the platform, and waits for no longer than the settings say.
    pub(super) async fn ask(
        &self,
        connection: &Connection,
        op: &Op,
        request: Value,
        key: Option<&str>,
    ) -> Result<Vec<u8>, ConnectorError> {
        let deadline = self.tools.settings.deadline();
        let question = Question { op: op.clone(), request, key: key.map(str::to_owned), deadline };
        let asked = self.tools.platform.ask(connection, question);
        tokio::time::timeout(deadline, asked).await.unwrap_or_else(|_| {
            let message = format!("the platform did not answer `{op}` within {} ms", deadline.as_millis());
            Err(ConnectorError::new(ErrorCode::Timeout, message).retry_with_backoff())
        })
    }

    pub(super) fn confirmed_orders(
        &self,
        orders: &[Order],
        differences: Vec<Difference>,
        read_at: Timestamp,
    ) -> Result<Settlement, serde_json::Error> {
        let rows = orders.iter().map(|order| self.rows.order_row(order)).collect::<Result<Vec<_>, _>>()?;
        let warnings = orders.iter().flat_map(|order| &order.warnings).map(Into::into).collect();
        let outcome = IntentOutcome { orders: rows.iter().map(Into::into).collect(), warnings, ..Default::default() };
        let outcome = serde_json::to_value(outcome)?;
        Ok(Settlement::Confirmed { outcome, read_at, orders: rows, shipments: vec![], returns: vec![], differences })
    }

    /// An order as the platform shows it; nothing when it cannot be read, or another one is shown.
    pub(super) async fn order_as_it_is(&self, connection: &Connection, id: &ExternalId) -> Option<Order> {
        let request = json!({ "order_id": id });
        let answer = self.ask(connection, &Op::GetOrder, request, None).await.ok()?;
        let OrderResponse { order } = serde_json::from_slice(&answer).ok()?;
        (order.id == *id).then_some(order)
    }

    /// The order as it is known here.
    pub(super) async fn known_order(&self) -> Option<Order> {
        let intent = &self.claimed.intent;
        let order = intent.order_id.as_deref()?;
        let stored = self.tools.store.order(&intent.connection_id, order).await.ok()??;
        let seal = self.tools.vault.personal(&intent.connection_id).await.ok()?;
        serde_json::from_slice(&seal.open("order", order, &stored.blob).ok()?).ok()
    }

    /// Where an order that was looked at afterwards is not what was asked of it.
    pub(super) async fn differences_of_change(&self, order: &Order) -> Vec<Difference> {
        changed::of_order(&self.op, &self.request, self.known_order().await.as_ref(), order)
    }

    pub(super) async fn settle(&self, settlement: &Settlement) -> Result<Intent, Error> {
        let store = &self.tools.store;
        let intent = store.settle_intent(&self.claimed.claim, settlement, None, self.now()).await?;
        metrics::intent_settled(intent.op.as_str(), intent.state.as_str());
        note_differences(&intent);
        Ok(intent)
    }

    pub(super) async fn reject(&self, error: &ConnectorError, repeatable: bool) -> Result<Intent, Error> {
        self.settle(&Settlement::Rejected { error: serde_json::to_value(error)?, repeatable }).await
    }

    /// Leaves it open whether it was done; the platform will be searched.
    pub(super) async fn doubt(&self, error: &ConnectorError) -> Result<Intent, Error> {
        let question = OpenQuestion {
            error: serde_json::to_value(error)?,
            manual_resolution: false,
            due_at: self.now().plus_seconds(FIRST_LOOK_S),
            looked: false,
        };
        self.leave(&question).await
    }

    pub(super) async fn leave(&self, question: &OpenQuestion) -> Result<Intent, Error> {
        let (store, intent) = (&self.tools.store, &self.claimed.intent);
        store.leave_unknown(&self.claimed.claim, question, self.now()).await?;
        let left = store.intent(&intent.connection_id, &intent.id).await?;
        left.ok_or_else(|| Error::NotFound(format!("there is no {}", intent.id)))
    }

    pub(super) fn confirm_refusal(&self, error: &ConnectorError) {
        self.tools.checker.confirm_refusal_later(&self.ctx, &self.claimed.intent.connection_id, error);
    }
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

/// Why a connection could not be opened; nothing was sent.
fn of_opening(error: connection::Error) -> ConnectorError {
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
