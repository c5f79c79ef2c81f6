//! What was asked of orders, and what became of it.

use axum::{Json, extract::State};
use connector_api::domain::ConnectionId;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    core::order::{Intent, IntentFilter, IntentId, IntentState, Listing, decide::Decision, reading::IntentDetail},
    http::{
        Host,
        auth::Signed,
        extract::{Body, JsonAnswer, Named, Params, Place, page_of},
    },
};

/// Which intents.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(in crate::http) struct Filter {
    /// Return only intents in this state.
    state: Option<IntentState>,
    /// Return only intents that wait for manual resolution.
    manual_resolution: bool,
    /// Maximum number of items to return (default 50).
    #[schemars(range(min = 1, max = 250))]
    limit: Option<u32>,
    /// `next_cursor` of the previous page.
    cursor: Option<String>,
}

pub(in crate::http) async fn list(
    State(host): State<Host>,
    caller: Signed,
    Named(id): Named,
    Params(wanted): Params<Filter>,
) -> JsonAnswer<Listing<Intent>> {
    let ctx = caller.ctx(&host);
    let page = page_of(wanted.limit, wanted.cursor)?;
    let filter = IntentFilter { state: wanted.state, manual_resolution: wanted.manual_resolution };
    Ok(Json(host.services.orders.intents(&ctx, &id, &filter, &page).await?))
}

pub(in crate::http) async fn get(
    State(host): State<Host>,
    caller: Signed,
    Place((id, intent)): Place<(ConnectionId, IntentId)>,
) -> JsonAnswer<IntentDetail> {
    let ctx = caller.ctx(&host);
    Ok(Json(host.services.orders.show_intent(&ctx, &id, &intent).await?))
}

pub(in crate::http) async fn resolve(
    State(host): State<Host>,
    caller: Signed,
    Place((id, intent)): Place<(ConnectionId, IntentId)>,
    Body(decision): Body<Decision>,
) -> JsonAnswer<Intent> {
    caller.operator()?;
    Ok(Json(host.services.orders.resolve(&caller.ctx(&host), &id, &intent, &decision).await?))
}
