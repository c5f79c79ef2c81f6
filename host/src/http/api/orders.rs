//! Orders of a connection, and what is asked of them.

use axum::{Json, extract::State, http::StatusCode};
use connector_api::domain::{ConnectionId, OrderStatus, Timestamp};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    core::order::{
        Intent, IntentState, Listing, NewOrder, OrderFilter, OrderSummary,
        follow_up::{Cancel, Confirm, FollowUp, Hold, NewCapture, NewRefund, NewReturn, NewShipment},
        reading::OrderDetail,
    },
    http::{
        Host,
        auth::Signed,
        extract::{Answer, Body, IdempotencyKey, JsonAnswer, Named, Params, Place, page_of},
    },
};

/// Which orders.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(in crate::http) struct Filter {
    /// Return only orders of this status.
    #[schemars(with = "Option<OrderStatus>")]
    status: Option<String>,
    /// Return only orders whose change was stored at or after this time.
    changed_since: Option<Timestamp>,
    /// Return only orders with this reference of the channel.
    channel_reference: Option<String>,
    /// Return the last changed orders first. By default they come last, so that changes can be followed page by page.
    newest_first: bool,
    /// Maximum number of items to return (default 50).
    #[schemars(range(min = 1, max = 250))]
    limit: Option<u32>,
    /// `next_cursor` of the previous page.
    cursor: Option<String>,
}

pub(in crate::http) async fn submit(
    State(host): State<Host>,
    caller: Signed,
    Named(id): Named,
    IdempotencyKey(key): IdempotencyKey,
    Body(order): Body<NewOrder>,
) -> Answer<(StatusCode, Json<Intent>)> {
    let ctx = caller.ctx(&host);
    let intent = host.services.orders.submit(&ctx, &id, &key, order).await?;
    Ok((status_of(&intent, StatusCode::CREATED), Json(intent)))
}

pub(in crate::http) async fn list(
    State(host): State<Host>,
    caller: Signed,
    Named(id): Named,
    Params(wanted): Params<Filter>,
) -> JsonAnswer<Listing<OrderSummary>> {
    let ctx = caller.ctx(&host);
    let page = page_of(wanted.limit, wanted.cursor)?;
    let Filter { status, changed_since, channel_reference, newest_first, .. } = wanted;
    let filter = OrderFilter { status, changed_since, channel_reference, newest_first };
    Ok(Json(host.services.orders.list(&ctx, &id, &filter, &page).await?))
}

pub(in crate::http) async fn get(
    State(host): State<Host>,
    caller: Signed,
    Place((id, order)): Place<(ConnectionId, String)>,
) -> JsonAnswer<OrderDetail> {
    let ctx = caller.ctx(&host);
    Ok(Json(host.services.orders.show(&ctx, &id, &order).await?))
}

/// A handler for one thing that is asked of an order.
macro_rules! follow_up {
    ($name:ident: $wanted:ident($body:ty)) => {
        pub(in crate::http) async fn $name(
            State(host): State<Host>,
            caller: Signed,
            Place(place): Place<(ConnectionId, String)>,
            IdempotencyKey(key): IdempotencyKey,
            Body(body): Body<$body>,
        ) -> Answer<(StatusCode, Json<Intent>)> {
            follow_up(host, caller, place, key, FollowUp::$wanted(body)).await
        }
    };
}

follow_up!(confirm: Confirm(Confirm));
follow_up!(hold: Hold(Hold));
follow_up!(cancel: Cancel(Cancel));
follow_up!(ship: Ship(NewShipment));
follow_up!(take_back: Return(NewReturn));
follow_up!(refund: Refund(NewRefund));
follow_up!(capture: Capture(NewCapture));

async fn follow_up(
    host: Host,
    caller: Signed,
    (id, order): (ConnectionId, String),
    key: String,
    wanted: FollowUp,
) -> Answer<(StatusCode, Json<Intent>)> {
    let ctx = caller.ctx(&host);
    let intent = host.services.orders.follow_up(&ctx, &id, &order, &key, &wanted).await?;
    Ok((status_of(&intent, StatusCode::OK), Json(intent)))
}

/// 202 for what is not known yet: the intent can be asked again.
fn status_of(intent: &Intent, done: StatusCode) -> StatusCode {
    if intent.state == IntentState::Confirmed { done } else { StatusCode::ACCEPTED }
}
