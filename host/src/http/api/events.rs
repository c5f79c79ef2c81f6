//! Events: what has happened, to be read at one's own pace.

use axum::{Json, extract::State};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    http::{
        Host,
        auth::Signed,
        extract::{JsonAnswer, Params, Place, page_of},
    },
    outbox::{CloudEvent, service::EventPage},
};

/// Which events.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct Filter {
    /// Only these types or groups, separated by commas, such as `offer.*,price.changed`.
    #[serde(default, rename = "type")]
    kind: Option<String>,
    /// Only those of this connection.
    #[serde(default)]
    connection: Option<String>,
    /// From the newest back, to look at; `next_cursor` then goes on to older ones. To follow what happens, leave it.
    #[serde(default)]
    newest_first: bool,
    /// Most events; 50 when absent.
    #[serde(default)]
    #[schemars(range(min = 1, max = 250))]
    limit: Option<u32>,
    /// `next_cursor` of the page before; the oldest events when absent; `latest` for those to come.
    #[serde(default)]
    cursor: Option<String>,
}

pub(in crate::http) async fn list(
    State(host): State<Host>,
    caller: Signed,
    Params(filter): Params<Filter>,
) -> JsonAnswer<EventPage> {
    let audience = caller.audience();
    let words = filter.kind.as_deref().unwrap_or_default().split(',').map(str::trim);
    let types: Vec<_> = words.filter(|word| !word.is_empty()).map(str::to_owned).collect();
    let page = page_of(filter.limit, filter.cursor)?;
    let (service, connection) = (&host.services.events, filter.connection.as_deref());
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
