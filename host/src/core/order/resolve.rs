//! What nobody knows is found out: the platform is searched.

use std::time::Duration;

use connector_api::{
    ConnectorError, ErrorCode,
    domain::{Order, OrderStatus, Timestamp},
    wire::{
        Op,
        order::{CancelOrderRequest, FindOrdersRequest, FindOrdersResponse, OrderResponse, SubmitOrderRequest},
    },
};
use serde_json::{Value, json};

use super::{
    Error,
    attempt::Attempt,
    differences::{changed, placed},
    send::send,
};
use crate::{
    core::connection::Connection,
    model::{
        Code,
        horizon::ORDER_PAUSE_S,
        intent::{Intent, OpenQuestion, Settlement},
    },
    work::backoff::{Backoff, Jitter, after, of_key},
};

/// Pauses between two searches.
const BACKOFF: Backoff = Backoff::new(Duration::from_secs(5), Duration::from_mins(10), Jitter::TENTH_SOONER);
/// The longest pause while a person is waited for: what was ordered may still show up.
const PAUSE_FOR_A_PERSON: Duration = Duration::from_hours(6);
const _: () =
    assert!(PAUSE_FOR_A_PERSON.as_secs() <= ORDER_PAUSE_S.cast_unsigned(), "a pause must not lie beyond its horizon");

/// What a search says.
enum Found {
    Done(Settlement),
    /// Surely not done.
    NotDone,
    /// It cannot tell.
    Open,
}

/// Searches the platform. Sends again only what the search proved not to be there.
pub(super) async fn find_out(attempt: &Attempt<'_>) -> Result<Intent, Error> {
    let connection = match attempt.connect().await {
        Ok(connection) => connection,
        Err(error) => return look_later(attempt, &error, false).await,
    };
    let read_at = attempt.now();
    let found = match attempt.op {
        Op::SubmitOrder => find_orders(attempt, &connection, read_at).await,
        _ => look_at_order(attempt, &connection, read_at).await,
    };
    match found {
        Ok(Found::Done(settlement)) => attempt.settle(&settlement).await,
        Ok(Found::NotDone) if !has_settled(attempt) => {
            let message = "not found yet; too early to be sure";
            look_later(attempt, &Code::NotSettled.error(message), false).await
        }
        Ok(Found::NotDone) if may_be_shown_late(attempt) && !was_missed_before(attempt) => {
            let message = "not found; one more search before it counts as not done";
            let error = Code::NotFoundOnce.error(message);
            let settle = Duration::from_secs(attempt.tools.settings.settle_s.into());
            look_again(attempt, &error, settle, false).await
        }
        Ok(Found::NotDone) => not_done(attempt).await,
        Ok(Found::Open) => {
            let message = "the platform cannot tell whether it was done; check the order on the platform, then resolve the intent";
            look_later(attempt, &Code::ManualResolution.error(message), true).await
        }
        Err(error) => {
            attempt.confirm_refusal(&error);
            let manual_resolution = error.code == ErrorCode::UnsupportedOperation;
            look_later(attempt, &error, manual_resolution).await
        }
    }
}

async fn find_orders(
    attempt: &Attempt<'_>,
    connection: &Connection,
    read_at: Timestamp,
) -> Result<Found, ConnectorError> {
    let SubmitOrderRequest { draft } =
        serde_json::from_value(attempt.request.clone()).map_err(|error| unreadable(&error))?;
    let submitted_at = attempt.claimed.intent.first_sent_at.unwrap_or(attempt.claimed.intent.created_at);
    let known = attempt.tools.store.newest_placed_order(&attempt.claimed.intent.connection_id).await;
    let witness = known.map_err(|error| ConnectorError::new(ErrorCode::HostFailed, error.to_string()))?;
    let request = FindOrdersRequest { draft, submitted_at, witness };
    let draft = &request.draft;
    let request = serde_json::to_value(&request).map_err(|error| unreadable(&error))?;
    let answer = attempt.ask(connection, &Op::FindOrders, request, None).await?;
    let FindOrdersResponse { orders, conclusive } =
        serde_json::from_slice(&answer).map_err(|error| unreadable(&error))?;
    Ok(match (orders.is_empty(), conclusive) {
        // Orders that all carry another number are somebody else's: they prove neither that it was done nor that it was not.
        (false, _) if placed::are_of_others(draft, &orders) => Found::Open,
        (false, _) => {
            let differences = placed::of_draft(draft, &orders, false);
            let found = attempt.confirmed_orders(&orders, differences, read_at);
            Found::Done(found.map_err(|error| unreadable(&error))?)
        }
        (true, true) => Found::NotDone,
        (true, false) => Found::Open,
    })
}

/// Whether the order shows what was asked of it. Only some changes can be distinguished from an order alone.
async fn look_at_order(
    attempt: &Attempt<'_>,
    connection: &Connection,
    read_at: Timestamp,
) -> Result<Found, ConnectorError> {
    let request = json!({ "order_id": attempt.claimed.intent.order_id });
    let answer = attempt.ask(connection, &Op::GetOrder, request, None).await?;
    let OrderResponse { order } = serde_json::from_slice(&answer).map_err(|error| unreadable(&error))?;
    if attempt.claimed.intent.order_id.as_deref().is_some_and(|asked| asked != order.id.as_str()) {
        let message = "the connector returned a different order than requested";
        return Err(ConnectorError::new(ErrorCode::PluginContractBroken, message));
    }
    Ok(match shows(&attempt.op, &attempt.request, &order) {
        Some(true) => {
            let differences = attempt.differences_of_change(&order).await;
            let found = attempt.confirmed_orders(&[order], differences, read_at);
            Found::Done(found.map_err(|error| unreadable(&error))?)
        }
        Some(false) => Found::NotDone,
        None => Found::Open,
    })
}

/// Whether the last attempt is so long ago that the platform has ended it, one way or the other.
fn has_settled(attempt: &Attempt<'_>) -> bool {
    let sent = attempt.claimed.intent.last_sent_at.unwrap_or(attempt.claimed.intent.created_at);
    attempt.tools.settings.settled_at(sent) <= attempt.now()
}

async fn not_done(attempt: &Attempt<'_>) -> Result<Intent, Error> {
    if attempt.op != Op::SubmitOrder {
        // Whoever asked may have decided otherwise since: nothing but a placed order is sent again unasked.
        let message = "the platform did not do it; send the request again with the same key if it is still wanted";
        return attempt.reject(&Code::NotDone.error(message), true).await;
    }
    attempt.tools.store.allow_again(&attempt.claimed.claim, attempt.now()).await?;
    send(attempt).await
}

/// Whether what was done may not be shown yet, and would be done twice if it were sent again: a store may answer every question
/// with an empty list for a while, and its history of payments may lag.
fn may_be_shown_late(attempt: &Attempt<'_>) -> bool {
    matches!(attempt.op, Op::SubmitOrder | Op::Capture)
}

/// Whether the last search found nothing, long enough after the last attempt.
fn was_missed_before(attempt: &Attempt<'_>) -> bool {
    attempt.claimed.intent.error.as_ref().is_some_and(|error| error["code"] == Code::NotFoundOnce.as_str())
}

pub(super) async fn look_later(
    attempt: &Attempt<'_>,
    error: &ConnectorError,
    manual_resolution: bool,
) -> Result<Intent, Error> {
    let intent = &attempt.claimed.intent;
    let backoff = if manual_resolution { BACKOFF.up_to(PAUSE_FOR_A_PERSON) } else { BACKOFF };
    let pause = backoff.pause(intent.searches.saturating_add(1), of_key(&intent.id.0));
    look_again(attempt, error, pause, manual_resolution).await
}

async fn look_again(
    attempt: &Attempt<'_>,
    error: &ConnectorError,
    pause: Duration,
    manual_resolution: bool,
) -> Result<Intent, Error> {
    let question = OpenQuestion {
        error: serde_json::to_value(error)?,
        manual_resolution,
        due_at: after(attempt.now(), pause),
        looked: true,
    };
    attempt.leave(&question).await
}

/// Whether an order shows that an operation was done; `None` when nobody knows.
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

pub(super) fn unreadable(error: &serde_json::Error) -> ConnectorError {
    ConnectorError::new(ErrorCode::PluginContractBroken, format!("an answer cannot be read: {error}"))
}
