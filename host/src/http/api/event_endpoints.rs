//! Endpoints that events are sent to.

use axum::{Json, extract::State, http::StatusCode};
use connector_api::domain::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    core::outbox::{
        Attempt, Backlog, CloudEvent, Endpoint, EndpointProfile, Listing,
        events::{EventsReplayed, IssuedEndpoint, Replay},
    },
    http::{
        Host,
        auth::Signed,
        extract::{Answer, Body, JsonAnswer, PageParams, Params, Place, page_of},
        problem::Problem,
    },
    model::{Code, message::no_channel},
};

/// An endpoint to create.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "NewEventEndpoint")]
pub(in crate::http) struct NewEndpoint {
    /// Where events are sent: an https address that can be reached from the public internet.
    url: String,
    /// Types of events, such as `offer.updated`, or groups, such as `offer.*`; all when empty.
    #[serde(default)]
    types: Vec<String>,
    /// Description of the endpoint, for people.
    #[serde(default)]
    description: String,
    /// For operators: the channel whose events it receives. By default it receives every event of the host.
    #[serde(default)]
    channel_id: Option<String>,
}

/// What to change: an absent field stays.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "EventEndpointChange")]
pub(in crate::http) struct EndpointChange {
    /// Where events are sent.
    url: Option<String>,
    /// Types or groups of events; all when empty.
    types: Option<Vec<String>>,
    /// Description of the endpoint, for people.
    description: Option<String>,
    /// Whether events are sent. Events of a disabled time are sent when it is enabled again, as long as they are kept.
    enabled: Option<bool>,
}

/// An endpoint, without its secret.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "EventEndpoint")]
pub(in crate::http) struct EndpointView {
    /// Id of the endpoint.
    id: String,
    /// The channel whose events it receives; absent for one that receives every event of the host.
    #[serde(skip_serializing_if = "Option::is_none")]
    channel_id: Option<String>,
    /// Whether it receives events of test connections only, because a test key made it.
    tests_only: bool,
    /// Where events are sent.
    url: String,
    /// Types or groups of events; all when empty.
    types: Vec<String>,
    /// Description of the endpoint, for people.
    description: String,
    /// Whether events are sent.
    enabled: bool,
    /// Since when not.
    disabled_at: Option<Timestamp>,
    /// Reason why no events are sent.
    disabled_reason: Option<String>,
    /// Failures in a row.
    failures: u32,
    /// Until when nothing is sent, after failures in a row.
    cooldown_until: Option<Timestamp>,
    /// Until when the former secret signs, too.
    former_secret_until: Option<Timestamp>,
    /// When it last accepted an event.
    last_success_at: Option<Timestamp>,
    /// When it last did not.
    last_failure_at: Option<Timestamp>,
    /// When it was made.
    created_at: Timestamp,
    /// When it was last changed.
    updated_at: Timestamp,
}

/// An endpoint with its backlog.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "EventEndpointDetail")]
pub(in crate::http) struct EndpointDetail {
    #[serde(flatten)]
    endpoint: EndpointView,
    /// Events that are retried or dead-lettered.
    backlog: Backlog,
}

/// An endpoint with its new secret.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "EventEndpointWithSecret")]
pub(in crate::http) struct EndpointWithSecret {
    /// The secret that signs, as Standard Webhooks writes it. It is never shown again.
    secret: String,
    #[serde(flatten)]
    endpoint: EndpointView,
}

/// How to rotate a secret.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "SecretRotation")]
pub(in crate::http) struct Rotation {
    /// Stop signing with the former secret at once, because someone may have read it. By default both sign for a day.
    at_once: bool,
}

/// Which events to send again: one of the three.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "EventReplayRequest")]
pub(in crate::http) struct ReplayRequest {
    /// Send the event of this id.
    event_id: Option<String>,
    /// Send every event after this time, in order.
    since: Option<Timestamp>,
    /// Send all dead-lettered events.
    dead_lettered: bool,
}

/// A dead-lettered event.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "DeadLetter")]
pub(in crate::http) struct DeadLetteredEvent {
    /// The event that was not delivered.
    event: CloudEvent,
    /// How often it was tried.
    attempts: u32,
    /// When it was dead-lettered.
    dead_lettered_at: Timestamp,
}

/// Which endpoints.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct Filter {
    /// Return only endpoints of this channel. For operators.
    #[serde(default)]
    channel_id: Option<String>,
    /// Maximum number of items to return (default 50).
    #[serde(default)]
    #[schemars(range(min = 1, max = 250))]
    limit: Option<u32>,
    /// `next_cursor` of the previous page.
    #[serde(default)]
    cursor: Option<String>,
}

impl From<Endpoint> for EndpointView {
    fn from(endpoint: Endpoint) -> Self {
        Self {
            id: endpoint.id,
            channel_id: endpoint.channel,
            tests_only: endpoint.tests_only,
            url: endpoint.url,
            types: endpoint.types,
            description: endpoint.description,
            enabled: endpoint.disabled_at.is_none(),
            disabled_at: endpoint.disabled_at,
            disabled_reason: endpoint.disabled_reason,
            failures: endpoint.failures,
            cooldown_until: endpoint.cooldown_until,
            former_secret_until: endpoint.former_until,
            last_success_at: endpoint.last_success_at,
            last_failure_at: endpoint.last_failure_at,
            created_at: endpoint.created_at,
            updated_at: endpoint.updated_at,
        }
    }
}

impl From<IssuedEndpoint> for EndpointWithSecret {
    fn from(issued: IssuedEndpoint) -> Self {
        Self { secret: issued.secret.to_string(), endpoint: issued.endpoint.into() }
    }
}

async fn own(host: &Host, caller: &Signed, id: &str) -> Answer<Endpoint> {
    Ok(host.services.events.get(caller.audience(), id).await?)
}

async fn detail(host: &Host, endpoint: Endpoint) -> JsonAnswer<EndpointDetail> {
    let backlog = host.services.events.backlog(&endpoint).await?;
    Ok(Json(EndpointDetail { endpoint: endpoint.into(), backlog }))
}

pub(in crate::http) async fn create(
    State(host): State<Host>,
    caller: Signed,
    Body(new): Body<NewEndpoint>,
) -> Answer<(StatusCode, Json<EndpointWithSecret>)> {
    let mut audience = caller.audience();
    if let (Some(own), Some(other)) = (&audience.channel, &new.channel_id)
        && own != other
    {
        return Err(Problem::new(Code::NotFound, no_channel(other)));
    }
    audience.channel = audience.channel.or(new.channel_id);
    let profile = EndpointProfile { url: new.url, types: new.types, description: new.description };
    let issued = host.services.events.add(&caller.ctx(&host), audience, profile).await?;
    Ok((StatusCode::CREATED, Json(issued.into())))
}

pub(in crate::http) async fn list(
    State(host): State<Host>,
    caller: Signed,
    Params(filter): Params<Filter>,
) -> JsonAnswer<Listing<EndpointView>> {
    let mut audience = caller.audience();
    audience.channel = audience.channel.or(filter.channel_id);
    let endpoints = host.services.events.list(audience, &page_of(filter.limit, filter.cursor)?).await?;
    let data = endpoints.data.into_iter().map(EndpointView::from).collect();
    Ok(Json(Listing { data, next_cursor: endpoints.next_cursor }))
}

pub(in crate::http) async fn get(
    State(host): State<Host>,
    caller: Signed,
    Place(id): Place<String>,
) -> JsonAnswer<EndpointDetail> {
    let endpoint = own(&host, &caller, &id).await?;
    detail(&host, endpoint).await
}

pub(in crate::http) async fn change(
    State(host): State<Host>,
    caller: Signed,
    Place(id): Place<String>,
    Body(change): Body<EndpointChange>,
) -> JsonAnswer<EndpointDetail> {
    let endpoint = own(&host, &caller, &id).await?;
    let profile = EndpointProfile {
        url: change.url.unwrap_or_else(|| endpoint.url.clone()),
        types: change.types.unwrap_or_else(|| endpoint.types.clone()),
        description: change.description.unwrap_or_else(|| endpoint.description.clone()),
    };
    let enabled = change.enabled.unwrap_or(endpoint.disabled_at.is_none());
    let changed = host.services.events.change(&caller.ctx(&host), endpoint, profile, enabled).await?;
    detail(&host, changed).await
}

pub(in crate::http) async fn remove(
    State(host): State<Host>,
    caller: Signed,
    Place(id): Place<String>,
) -> Answer<StatusCode> {
    let endpoint = own(&host, &caller, &id).await?;
    host.services.events.remove(&caller.ctx(&host), &endpoint).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(in crate::http) async fn rotate(
    State(host): State<Host>,
    caller: Signed,
    Place(id): Place<String>,
    Body(rotation): Body<Rotation>,
) -> JsonAnswer<EndpointWithSecret> {
    let endpoint = own(&host, &caller, &id).await?;
    let issued = host.services.events.rotate(&caller.ctx(&host), endpoint, rotation.at_once).await?;
    Ok(Json(issued.into()))
}

pub(in crate::http) async fn test(
    State(host): State<Host>,
    caller: Signed,
    Place(id): Place<String>,
) -> JsonAnswer<Attempt> {
    let endpoint = own(&host, &caller, &id).await?;
    let attempt = host.services.events.test(&endpoint).await?;
    Ok(Json(attempt))
}

pub(in crate::http) async fn attempts(
    State(host): State<Host>,
    caller: Signed,
    Place(id): Place<String>,
    Params(page): Params<PageParams>,
) -> JsonAnswer<Listing<Attempt>> {
    let endpoint = own(&host, &caller, &id).await?;
    let attempts = host.services.events.attempts(&endpoint, &page.page()?).await?;
    Ok(Json(attempts))
}

pub(in crate::http) async fn dead_lettered(
    State(host): State<Host>,
    caller: Signed,
    Place(id): Place<String>,
    Params(page): Params<PageParams>,
) -> JsonAnswer<Listing<DeadLetteredEvent>> {
    let endpoint = own(&host, &caller, &id).await?;
    let letters = host.services.events.dead_letters(&endpoint, &page.page()?).await?;
    let dead_lettered = letters.data.into_iter().map(|letter| DeadLetteredEvent {
        event: letter.event.into(),
        attempts: letter.attempts,
        dead_lettered_at: letter.dead_lettered_at,
    });
    Ok(Json(Listing { data: dead_lettered.collect(), next_cursor: letters.next_cursor }))
}

pub(in crate::http) async fn replay(
    State(host): State<Host>,
    caller: Signed,
    Place(id): Place<String>,
    Body(wanted): Body<ReplayRequest>,
) -> Answer<(StatusCode, Json<EventsReplayed>)> {
    let endpoint = own(&host, &caller, &id).await?;
    let what = match (wanted.event_id, wanted.since, wanted.dead_lettered) {
        (Some(event), None, false) => Replay::Event(event),
        (None, Some(at), false) => Replay::Since(at),
        (None, None, true) => Replay::DeadLettered,
        _ => {
            let text = "send exactly one of `event_id`, `since`, or `dead_lettered`: true";
            return Err(Problem::new(Code::InvalidRequest, text));
        }
    };
    let replayed = host.services.events.replay(&caller.ctx(&host), &endpoint, &what).await?;
    Ok((StatusCode::ACCEPTED, Json(replayed)))
}
