//! Webhooks: where platforms send them, and what channels and operators see of them.

use axum::{
    Json,
    body::Bytes,
    extract::State,
    http::{HeaderMap, HeaderName, HeaderValue},
};
use connector_api::{
    domain::{ConnectionId, Timestamp},
    wire::{pull::EntityRef, service::Header},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    core::{
        connection::Listing,
        webhook::{
            ChangeSource, DeadLetteredEntity, DeliveryFilter, DeliveryState, DeliveryView, Error, ReplayRange,
            webhooks::{DeliveryShown, Replayed, WebhookOverview},
        },
    },
    http::{
        Host,
        auth::Signed,
        extract::{Body, JsonAnswer, Named, PageParams, Params, Place, page_of},
        problem::Problem,
    },
    model::Code,
};

/// Which connection a platform sends to.
#[derive(Deserialize)]
pub(in crate::http) struct Address {
    connection_id: ConnectionId,
}

/// One delivery of a connection.
#[derive(Deserialize)]
pub(in crate::http) struct OneDelivery {
    connection_id: ConnectionId,
    delivery_id: i64,
}

/// Which deliveries.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(in crate::http) struct Filter {
    /// Return only deliveries in this state.
    state: Option<DeliveryState>,
    /// Return only deliveries received from this source.
    source: Option<ChangeSource>,
    /// Maximum number of items to return (default 50).
    #[schemars(range(min = 1, max = 250))]
    limit: Option<u32>,
    /// `next_cursor` of the previous page.
    cursor: Option<String>,
}

/// Settings of a connection's webhooks.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "WebhookSettings")]
pub(in crate::http) struct WebhookChange {
    /// Whether unsigned deliveries are accepted although the connection has no secret to verify them with. They only
    /// cause a refetch of what they name.
    allow_unsigned: bool,
}

/// What to replay: deliveries, or one dead-lettered entity.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "WebhookReplayRequest")]
pub(in crate::http) struct ReplayRequest {
    /// Refetch this dead-lettered entity, and nothing else.
    entity: Option<EntityRef>,
    /// Replay deliveries from this number on.
    from: Option<i64>,
    /// Replay deliveries up to this number.
    to: Option<i64>,
    /// Replay only deliveries received at this time or later.
    since: Option<Timestamp>,
    /// Replay only deliveries received before this time.
    until: Option<Timestamp>,
    /// Replay only dead-lettered deliveries, and refetch all dead-lettered entities.
    dead_lettered: bool,
}

/// The delivery is stored.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "WebhookReceipt")]
pub(in crate::http) struct Received {}

pub(in crate::http) async fn receive(
    State(host): State<Host>,
    Place(Address { connection_id: id }): Place<Address>,
    headers: HeaderMap,
    body: Bytes,
) -> JsonAnswer<Received> {
    let as_text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let named = |(name, value): (&HeaderName, &HeaderValue)| Header {
        name: name.as_str().to_owned(),
        value: as_text(value),
        secret: false,
    };
    let received = host.services.receiver.receive(&id, headers.iter().map(named).collect(), body.clone().into()).await;
    match received {
        // Its merchant may still be at it: the page waits for the first event before the connection is made.
        Err(error @ (Error::Unknown | Error::Refused)) => {
            let received = host
                .services
                .sessions
                .receive_test_webhook(&id, headers.iter().map(named).collect(), body.into())
                .await;
            let received = received.map_err(|error| {
                tracing::warn!(connection = id.as_str(), %error, "cannot verify a webhook of a store that is being connected");
                Error::NotNow
            })?;
            received.then_some(()).ok_or(error)?;
        }
        received => received?,
    }
    Ok(Json(Received {}))
}

pub(in crate::http) async fn overview(
    State(host): State<Host>,
    caller: Signed,
    Named(id): Named,
) -> JsonAnswer<WebhookOverview> {
    let ctx = caller.ctx(&host);
    Ok(Json(host.services.webhooks.overview(&ctx, &id).await?))
}

pub(in crate::http) async fn change(
    State(host): State<Host>,
    caller: Signed,
    Named(id): Named,
    Body(WebhookChange { allow_unsigned }): Body<WebhookChange>,
) -> JsonAnswer<WebhookOverview> {
    caller.operator()?;
    let ctx = caller.ctx(&host);
    host.services.webhooks.allow_unsigned(&ctx, &id, allow_unsigned).await?;
    Ok(Json(host.services.webhooks.overview(&ctx, &id).await?))
}

pub(in crate::http) async fn deliveries(
    State(host): State<Host>,
    caller: Signed,
    Named(id): Named,
    Params(filter): Params<Filter>,
) -> JsonAnswer<Listing<DeliveryView>> {
    let ctx = caller.ctx(&host);
    let page = page_of(filter.limit, filter.cursor)?;
    let filter = DeliveryFilter { state: filter.state, source: filter.source };
    Ok(Json(host.services.webhooks.deliveries(&ctx, &id, &filter, &page).await?))
}

pub(in crate::http) async fn delivery(
    State(host): State<Host>,
    caller: Signed,
    Place(OneDelivery { connection_id, delivery_id }): Place<OneDelivery>,
) -> JsonAnswer<DeliveryShown> {
    let ctx = caller.ctx(&host);
    Ok(Json(host.services.webhooks.delivery(&ctx, &connection_id, delivery_id).await?))
}

pub(in crate::http) async fn dead_lettered(
    State(host): State<Host>,
    caller: Signed,
    Named(id): Named,
    Params(page): Params<PageParams>,
) -> JsonAnswer<Listing<DeadLetteredEntity>> {
    let ctx = caller.ctx(&host);
    Ok(Json(host.services.webhooks.dead_lettered(&ctx, &id, &page.page()?).await?))
}

pub(in crate::http) async fn replay(
    State(host): State<Host>,
    caller: Signed,
    Named(id): Named,
    Body(wanted): Body<ReplayRequest>,
) -> JsonAnswer<Replayed> {
    caller.operator()?;
    let ReplayRequest { entity, from, to, since, until, dead_lettered } = wanted;
    let range = ReplayRange { from, to, since, until, dead_lettered };
    let (webhooks, ctx) = (&host.services.webhooks, caller.ctx(&host));
    match entity {
        None => Ok(Json(webhooks.replay(&ctx, &id, &range).await?)),
        Some(entity) if range == ReplayRange::default() => Ok(Json(webhooks.revive(&ctx, &id, &entity).await?)),
        Some(_) => {
            let text = "send either one dead-lettered `entity` or the deliveries to replay, not both";
            Err(Problem::new(Code::InvalidRequest, text).at("/entity".to_owned(), "exactly_one", text))
        }
    }
}
