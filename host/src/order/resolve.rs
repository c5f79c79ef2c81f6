//! What nobody knows is found out: the platform is searched, or a person decides.

use std::time::Duration;

use connector_api::{
    ConnectorError, ErrorCode,
    domain::{ConnectionId, Order, OrderStatus, Timestamp},
    wire::{
        Op,
        order::{CancelOrderRequest, FindOrdersRequest, FindOrdersResponse, OrderResponse, SubmitOrderRequest},
    },
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    Error, OrderService, Platform,
    attempt::{Work, note_differences, of_opening},
    claim,
    differences::{changed, placed},
};
use crate::{
    cart::check::{Check, MAX_TEXT},
    connection::Viewer,
    model::{
        Code,
        horizon::ORDER_PAUSE_S,
        intent::{Acceptance, Claimed, Intent, IntentId, OpenQuestion, Settlement},
    },
    work::backoff::{Backoff, Jitter, after, of_key},
};

const NOTHING_DIFFERS: &str = "there is no difference to accept";

/// Pauses between two searches.
const BACKOFF: Backoff = Backoff::new(Duration::from_secs(5), Duration::from_mins(10), Jitter::TENTH_SOONER);
/// The longest pause while a person is waited for: what was ordered may still show up.
const PAUSE_FOR_A_PERSON: Duration = Duration::from_hours(6);
const _: () =
    assert!(PAUSE_FOR_A_PERSON.as_secs() <= ORDER_PAUSE_S.cast_unsigned(), "a pause must not lie beyond its horizon");

/// The manual resolution of an intent whose outcome is unknown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "decision", rename_all = "snake_case", deny_unknown_fields)]
pub enum Decision {
    /// The platform did it; these are the orders it made or changed, by the platform's ids.
    Done {
        /// At least one.
        order_ids: Vec<String>,
    },
    /// The platform did not do it. The same key may try again.
    NotDone,
    /// It was done otherwise than agreed, and that is accepted.
    AcceptDifference {
        /// Why, for the record; nothing about people.
        note: String,
    },
}

/// What a search says.
enum Found {
    Done(Settlement),
    /// Surely not done.
    NotDone,
    /// It cannot tell.
    Open,
}

impl Work<'_> {
    /// Searches the platform. Sends again only what the search proved not to be there.
    pub(super) async fn find_out(&self) -> Result<Intent, Error> {
        let platform = match self.service.platforms.open(&self.claimed.intent.connection_id).await {
            Ok(platform) => platform,
            Err(error) => return self.look_later(&of_opening(error), false).await,
        };
        let read_at = self.now();
        let found = match self.op {
            Op::SubmitOrder => self.find_orders(&*platform, read_at).await,
            _ => self.look_at_order(&*platform, read_at).await,
        };
        match found {
            Ok(Found::Done(settlement)) => self.settle(&settlement).await,
            Ok(Found::NotDone) if !self.has_settled() => {
                let message = "not found yet; too early to be sure";
                self.look_later(&Code::NotSettled.error(message), false).await
            }
            Ok(Found::NotDone) if self.may_be_shown_late() && !self.was_missed_before() => {
                let message = "not found; one more search before it counts as not done";
                let error = Code::NotFoundOnce.error(message);
                let settle = Duration::from_secs(self.service.settings.settle_s.into());
                self.look_again(&error, settle, false).await
            }
            Ok(Found::NotDone) => self.not_done().await,
            Ok(Found::Open) => {
                let message = "the platform cannot tell whether it was done; check the order on the platform, then resolve the intent";
                self.look_later(&Code::ManualResolution.error(message), true).await
            }
            Err(error) => {
                self.confirm_refusal(&error);
                let needs_person = error.code == ErrorCode::UnsupportedOperation;
                self.look_later(&error, needs_person).await
            }
        }
    }

    async fn find_orders(&self, platform: &dyn Platform, read_at: Timestamp) -> Result<Found, ConnectorError> {
        let SubmitOrderRequest { draft } =
            serde_json::from_value(self.request.clone()).map_err(|error| unreadable(&error))?;
        let submitted_at = self.claimed.intent.first_sent_at.unwrap_or(self.claimed.intent.created_at);
        let known = self.service.connections.store.newest_placed_order(&self.claimed.intent.connection_id).await;
        let witness = known.map_err(|error| ConnectorError::new(ErrorCode::HostFailed, error.to_string()))?;
        let request = FindOrdersRequest { draft, submitted_at, witness };
        let draft = &request.draft;
        let request = serde_json::to_value(&request).map_err(|error| unreadable(&error))?;
        let answer = platform.ask(&Op::FindOrders, request, None, self.service.settings.deadline()).await?;
        let FindOrdersResponse { orders, conclusive } =
            serde_json::from_slice(&answer).map_err(|error| unreadable(&error))?;
        Ok(match (orders.is_empty(), conclusive) {
            // Orders that all carry another number are somebody else's: they prove neither that it was done nor that it was not.
            (false, _) if placed::are_of_others(draft, &orders) => Found::Open,
            (false, _) => {
                let differences = placed::of_draft(draft, &orders, false);
                let found = self.confirmed_orders(&orders, differences, read_at);
                Found::Done(found.map_err(|error| unreadable(&error))?)
            }
            (true, true) => Found::NotDone,
            (true, false) => Found::Open,
        })
    }

    /// Whether the order shows what was asked of it. Only some changes can be told from an order alone.
    async fn look_at_order(&self, platform: &dyn Platform, read_at: Timestamp) -> Result<Found, ConnectorError> {
        let request = json!({ "order_id": self.claimed.intent.order_id });
        let answer = platform.ask(&Op::GetOrder, request, None, self.service.settings.deadline()).await?;
        let OrderResponse { order } = serde_json::from_slice(&answer).map_err(|error| unreadable(&error))?;
        if self.claimed.intent.order_id.as_deref().is_some_and(|asked| asked != order.id.as_str()) {
            let message = "the connector returned a different order than requested";
            return Err(ConnectorError::new(ErrorCode::PluginContractBroken, message));
        }
        Ok(match shows(&self.op, &self.request, &order) {
            Some(true) => {
                let differences = self.differences_of_change(&order).await;
                let found = self.confirmed_orders(&[order], differences, read_at);
                Found::Done(found.map_err(|error| unreadable(&error))?)
            }
            Some(false) => Found::NotDone,
            None => Found::Open,
        })
    }

    /// Whether the last attempt is so long ago that the platform has ended it, one way or the other.
    fn has_settled(&self) -> bool {
        let sent = self.claimed.intent.last_sent_at.unwrap_or(self.claimed.intent.created_at);
        self.service.settings.settled_at(sent) <= self.now()
    }

    async fn not_done(&self) -> Result<Intent, Error> {
        if self.op != Op::SubmitOrder {
            // Whoever asked may have decided otherwise since: nothing but a placed order is sent again unasked.
            let message = "the platform did not do it; send the request again with the same key if it is still wanted";
            return self.reject(&Code::NotDone.error(message), true).await;
        }
        self.service.connections.store.allow_again(&self.claimed.claim, self.now()).await?;
        self.send().await
    }

    /// Whether what was done may not be shown yet, and would be done twice if it were sent again: a store may answer every question
    /// with an empty list for a while, and its history of payments may lag.
    fn may_be_shown_late(&self) -> bool {
        matches!(self.op, Op::SubmitOrder | Op::Capture)
    }

    /// Whether the last search found nothing, long enough after the last attempt.
    fn was_missed_before(&self) -> bool {
        self.claimed.intent.error.as_ref().is_some_and(|error| error["code"] == Code::NotFoundOnce.as_str())
    }

    async fn look_later(&self, error: &ConnectorError, needs_person: bool) -> Result<Intent, Error> {
        let intent = &self.claimed.intent;
        let backoff = if needs_person { BACKOFF.up_to(PAUSE_FOR_A_PERSON) } else { BACKOFF };
        let pause = backoff.pause(intent.looks.saturating_add(1), of_key(&intent.id.0));
        self.look_again(error, pause, needs_person).await
    }

    async fn look_again(&self, error: &ConnectorError, pause: Duration, needs_person: bool) -> Result<Intent, Error> {
        let question = OpenQuestion {
            error: serde_json::to_value(error)?,
            needs_person,
            due_at: after(self.now(), pause),
            looked: true,
        };
        self.leave(&question).await
    }
}

/// Whether an order shows that an operation was done; `None` when it cannot be told.
fn shows(op: &Op, request: &Value, order: &Order) -> Option<bool> {
    match op {
        Op::ConfirmOrder => Some(changed::is_confirmed(order)),
        Op::HoldOrder => Some(request["hold"].as_bool()? == order.on_hold),
        Op::CancelOrder => {
            let request: CancelOrderRequest = serde_json::from_value(request.clone()).ok()?;
            request.lines.is_empty().then_some(order.status == OrderStatus::Canceled)
        }
        Op::Capture => changed::is_captured(&serde_json::from_value(request.clone()).ok()?, order),
        _ => None,
    }
}

fn unreadable(error: &serde_json::Error) -> ConnectorError {
    ConnectorError::new(ErrorCode::PluginContractBroken, format!("an answer cannot be read: {error}"))
}

impl OrderService {
    /// Ends an intent that is unknown as a person has found out. What they say was done is read from the platform.
    pub async fn resolve(
        &self,
        connection: &ConnectionId,
        intent: &IntentId,
        decision: &Decision,
    ) -> Result<Intent, Error> {
        let known = self.intent(&Viewer::Operator, connection, intent).await?;
        if let Decision::AcceptDifference { note } = decision {
            return self.accept_difference(&known, note).await;
        }
        let now = self.connections.clock.now();
        let claimed = self.connections.store.claim_intent(connection, intent, now, claim::until(now)).await?;
        let Some(claimed) = claimed else {
            let state = known.state.as_str();
            return Err(Error::Settled(format!(
                "{intent} is `{state}` or in progress: there is nothing to resolve now"
            )));
        };
        let claim = claimed.claim.clone();
        claim::kept(self, &claim, self.decided(claimed, decision)).await
    }

    /// Notes that what was done otherwise than agreed is to stay so.
    async fn accept_difference(&self, known: &Intent, note: &str) -> Result<Intent, Error> {
        let mut given = Some(note.to_owned());
        let mut check = Check::of_texts();
        check.text("/note", &mut given, MAX_TEXT);
        let note = given.unwrap_or_default();
        if note.is_empty() {
            check.add_if_new("/note", "required", "a reason is required");
        }
        if note.contains('@') {
            check.add_if_new("/note", "reference", "must not hold e-mail addresses: it stays in the record");
        }
        let mistakes = check.mistakes();
        if !mistakes.is_empty() {
            return Err(Error::Invalid(mistakes));
        }
        let (at, actor) = (self.connections.clock.now(), self.connections.actor.to_string());
        let acceptance = Acceptance { note, actor, at };
        let accepted = self.connections.store.accept_difference(&known.connection_id, &known.id, &acceptance).await?;
        accepted.ok_or_else(|| Error::Settled(format!("{}: {NOTHING_DIFFERS}", known.id)))
    }

    /// Ends a claimed intent as a person decided.
    async fn decided(&self, claimed: Claimed, decision: &Decision) -> Result<Intent, Error> {
        let work = Work::open(self, claimed).await?;
        let settlement = match decision {
            Decision::NotDone => {
                let error = Code::NotDone.error("resolved manually: it was not done");
                Ok(Settlement::Rejected { error: serde_json::to_value(error)?, repeatable: true })
            }
            Decision::Done { order_ids } => work.orders_named(order_ids).await,
            // That is decided without a claim: the intent is settled.
            Decision::AcceptDifference { .. } => Err(ConnectorError::new(ErrorCode::InvalidRequest, NOTHING_DIFFERS)),
        };
        match settlement {
            Ok(settlement) => {
                let actor = Some(&*self.connections.actor);
                let store = &self.connections.store;
                let settled = store.settle_intent(&work.claimed.claim, &settlement, actor, work.now()).await?;
                note_differences(&settled);
                Ok(settled)
            }
            Err(error) => {
                work.look_later(&error, true).await?;
                Err(Error::Refused(error))
            }
        }
    }
}

impl Work<'_> {
    async fn orders_named(&self, ids: &[String]) -> Result<Settlement, ConnectorError> {
        if ids.is_empty() {
            let error = ConnectorError::new(ErrorCode::InvalidRequest, "name the orders that were made");
            return Err(error.at_field("/order_ids", "required", "at least one id"));
        }
        let platform = self.service.platforms.open(&self.claimed.intent.connection_id).await.map_err(of_opening)?;
        let read_at = self.now();
        let mut orders = vec![];
        for id in ids {
            let request = json!({ "order_id": id });
            let answer = platform.ask(&Op::GetOrder, request, None, self.service.settings.deadline()).await?;
            let OrderResponse { order } = serde_json::from_slice(&answer).map_err(|error| unreadable(&error))?;
            orders.push(order);
        }
        let differences = match serde_json::from_value(self.request.clone()) {
            Ok(SubmitOrderRequest { draft }) => placed::of_draft(&draft, &orders, false),
            // What was asked of an order is of one order.
            Err(_) => match orders.first() {
                Some(order) => self.differences_of_change(order).await,
                None => vec![],
            },
        };
        self.confirmed_orders(&orders, differences, read_at).map_err(|error| unreadable(&error))
    }
}
