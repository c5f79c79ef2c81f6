//! Events: what has happened, to be read at one's own pace.

use axum::{Json, extract::State};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    core::outbox::{CloudEvent, events::EventPage},
    http::{
        Host,
        auth::Signed,
        extract::{JsonAnswer, Named, Params, Place, page_of},
    },
};

/// Which events.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct Filter {
    /// Return only events of these types or groups, separated by commas, such as `offer.*,price.changed`.
    #[serde(default, rename = "type")]
    kind: Option<String>,
    /// Return only events of this connection.
    #[serde(default)]
    connection_id: Option<String>,
    /// Return the newest events first; `next_cursor` then leads to older ones. Leave it out to follow what happens.
    #[serde(default)]
    newest_first: bool,
    /// Maximum number of events to return (default 50).
    #[serde(default)]
    #[schemars(range(min = 1, max = 250))]
    limit: Option<u32>,
    /// `next_cursor` of the page before; without it the list begins at the oldest event, with `latest` at those to come.
    #[serde(default)]
    cursor: Option<String>,
}

/// Which events of one connection.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct OfConnection {
    /// Return only events of these types or groups, separated by commas, such as `sync.*`.
    #[serde(default, rename = "type")]
    kind: Option<String>,
    /// Return the newest events first; `next_cursor` then leads to older ones.
    #[serde(default)]
    newest_first: bool,
    /// Maximum number of events to return (default 50).
    #[serde(default)]
    #[schemars(range(min = 1, max = 250))]
    limit: Option<u32>,
    /// `next_cursor` of the previous page; without it the list begins at the oldest event, with `latest` at those to come.
    #[serde(default)]
    cursor: Option<String>,
}

pub(in crate::http) async fn list(
    State(host): State<Host>,
    caller: Signed,
    Params(filter): Params<Filter>,
) -> JsonAnswer<EventPage> {
    page(&host, &caller, filter).await
}

pub(in crate::http) async fn of_connection(
    State(host): State<Host>,
    caller: Signed,
    Named(id): Named,
    Params(wanted): Params<OfConnection>,
) -> JsonAnswer<EventPage> {
    host.services.connections.seen(&caller.ctx(&host), &id).await?;
    let OfConnection { kind, newest_first, limit, cursor } = wanted;
    page(&host, &caller, Filter { kind, connection_id: Some(id.0), newest_first, limit, cursor }).await
}

async fn page(host: &Host, caller: &Signed, filter: Filter) -> JsonAnswer<EventPage> {
    let audience = caller.audience();
    let words = filter.kind.as_deref().unwrap_or_default().split(',').map(str::trim);
    let types: Vec<_> = words.filter(|word| !word.is_empty()).map(str::to_owned).collect();
    let page = page_of(filter.limit, filter.cursor)?;
    let (service, connection) = (&host.services.events, filter.connection_id.as_deref());
    let events = if filter.newest_first {
        service.newest(audience, &types, connection, &page).await?
    } else {
        service.events(audience, &types, connection, &page).await?
    };
    Ok(Json(events))
}

pub(in crate::http) async fn get(
    State(host): State<Host>,
    caller: Signed,
    Place(event): Place<String>,
) -> JsonAnswer<CloudEvent> {
    let event = host.services.events.event(caller.audience(), &event).await?;
    Ok(Json(event))
}
