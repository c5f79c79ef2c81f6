//! Webhooks: where platforms send them, and what channels and operators see of them.

use axum::{
    Json,
    body::Bytes,
    extract::State,
    http::{HeaderMap, HeaderName, HeaderValue},
};
use connector_api::{
    domain::ConnectionId,
    wire::{pull::EntityRef, service::Header},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    connection::Listing,
    http::{
        Host,
        auth::Signed,
        extract::{Body, JsonAnswer, Named, PageParams, Params, Place, page_of},
    },
    webhook::{
        DeadLane, DeliveryFilter, DeliveryState, DeliveryView, Error, ReplayRange, Way,
        service::{DeliveryShown, Replayed, WebhookOverview},
    },
};

/// Which connection a platform sends to.
#[derive(Deserialize)]
pub(in crate::http) struct Address {
    connection: String,
}

/// One delivery of a connection.
#[derive(Deserialize)]
pub(in crate::http) struct OneDelivery {
    id: String,
    delivery: i64,
}

/// Which deliveries.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(in crate::http) struct Filter {
    /// Only those in this state.
    state: Option<DeliveryState>,
    /// Only those that came this way.
    way: Option<Way>,
    /// Most items; 50 when absent.
    #[schemars(range(min = 1, max = 250))]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// What may be changed.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct WebhookChange {
    /// Whether deliveries are let in although the connection has no secret to prove them with. They are marked, and are
    /// only hints to read something again.
    allow_unsigned: bool,
}

/// It is on disk.
#[derive(Serialize, JsonSchema)]
pub(in crate::http) struct Received {}

pub(in crate::http) async fn receive(
    State(host): State<Host>,
    Place(Address { connection }): Place<Address>,
    headers: HeaderMap,
    body: Bytes,
) -> JsonAnswer<Received> {
    let as_text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let named = |(name, value): (&HeaderName, &HeaderValue)| Header {
        name: name.as_str().to_owned(),
        value: as_text(value),
        secret: false,
    };
    let id = ConnectionId(connection);
    let received = host.services.receiver.receive(&id, headers.iter().map(named).collect(), body.clone().into()).await;
    match received {
        // Its merchant may still be at it: the page waits for the first event before the connection is made.
        Err(error @ (Error::Unknown | Error::Refused)) => {
            let heard = host.services.sessions.hear(&id, headers.iter().map(named).collect(), body.into()).await;
            let heard = heard.map_err(|error| {
                tracing::warn!(connection = id.as_str(), %error, "cannot verify a webhook of a store that is being connected");
                Error::NotNow
            })?;
            heard.then_some(()).ok_or(error)?;
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
    let filter = DeliveryFilter { state: filter.state, way: filter.way };
    Ok(Json(host.services.webhooks.deliveries(&ctx, &id, &filter, &page).await?))
}

pub(in crate::http) async fn delivery(
    State(host): State<Host>,
    caller: Signed,
    Place(OneDelivery { id, delivery }): Place<OneDelivery>,
) -> JsonAnswer<DeliveryShown> {
    let ctx = caller.ctx(&host);
    Ok(Json(host.services.webhooks.delivery(&ctx, &ConnectionId(id), delivery).await?))
}

pub(in crate::http) async fn dead(
    State(host): State<Host>,
    caller: Signed,
    Named(id): Named,
    Params(page): Params<PageParams>,
) -> JsonAnswer<Listing<DeadLane>> {
    let ctx = caller.ctx(&host);
    Ok(Json(host.services.webhooks.dead(&ctx, &id, &page.page()?).await?))
}

pub(in crate::http) async fn replay(
    State(host): State<Host>,
    caller: Signed,
    Named(id): Named,
    Body(range): Body<ReplayRange>,
) -> JsonAnswer<Replayed> {
    caller.operator()?;
    Ok(Json(host.services.webhooks.replay(&caller.ctx(&host), &id, &range).await?))
}

pub(in crate::http) async fn revive(
    State(host): State<Host>,
    caller: Signed,
    Named(id): Named,
    Body(entity): Body<EntityRef>,
) -> JsonAnswer<Replayed> {
    caller.operator()?;
    Ok(Json(host.services.webhooks.revive(&caller.ctx(&host), &id, &entity).await?))
}
