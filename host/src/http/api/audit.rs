//! Who changed what, and when.

use axum::{Json, extract::State};
use connector_api::domain::Timestamp;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    core::connection::Listing,
    http::{
        Host,
        auth::Signed,
        extract::{JsonAnswer, Params, page_of},
        problem::Problem,
    },
    model::{
        Code,
        audit::{AuditEntry, AuditFilter, is_action},
    },
};

/// Longest text to look for in actors.
const LONGEST_ACTOR: usize = 200;

/// Which entries.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(in crate::http) struct Filter {
    /// Return only entries of this connection.
    connection_id: Option<String>,
    /// Return only entries whose actor contains this text, such as the id of a key or of a channel, or `merchant`.
    #[schemars(length(max = 200))]
    actor: Option<String>,
    /// Return only entries of this action, such as `key.issued`, or of a group, such as `connection.*`.
    action: Option<String>,
    /// Return only entries at this time or later.
    since: Option<Timestamp>,
    /// Return only entries before this time.
    until: Option<Timestamp>,
    /// Maximum number of items to return (default 50).
    #[schemars(range(min = 1, max = 250))]
    limit: Option<u32>,
    /// `next_cursor` of the previous page.
    cursor: Option<String>,
}

pub(in crate::http) async fn list(
    State(host): State<Host>,
    caller: Signed,
    Params(wanted): Params<Filter>,
) -> JsonAnswer<Listing<AuditEntry>> {
    caller.operator()?;
    if wanted.action.as_deref().is_some_and(|action| !is_action(action)) {
        let text = "`action` must be an action such as `key.issued`, or a group such as `connection.*`";
        return Err(Problem::new(Code::InvalidQuery, text));
    }
    if wanted.actor.as_deref().is_some_and(|actor| actor.len() > LONGEST_ACTOR) {
        return Err(Problem::new(Code::InvalidQuery, format!("`actor` must have at most {LONGEST_ACTOR} bytes")));
    }
    let page = page_of(wanted.limit, wanted.cursor)?;
    let Filter { connection_id: connection, actor, action, since, until, .. } = wanted;
    let filter = AuditFilter { connection, actor, action, since, until, oldest_first: false };
    Ok(Json(host.services.audit.entries(&filter, &page).await?))
}
