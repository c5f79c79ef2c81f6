//! Connections, as channels and operators see them.

use axum::{Json, extract::State};
use connector_api::{
    domain::{ConnectionId, Timestamp},
    wire::validate::{CredentialExpiry, StoreIdentity},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    core::{
        connection::{
            Connection, ConnectionFilter, ConnectionStatus, Ctx, Environment, Health, HeldDeletions, Listing,
            SyncStanding,
        },
        job::queue::NextSync,
    },
    http::{
        Host,
        auth::Signed,
        extract::{Body, JsonAnswer, Named, Params, page_of},
        problem::Problem,
    },
    model::Code,
};

/// Most characters of a reason.
const MAX_REASON: usize = 500;

/// Which connections to list.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(in crate::http) struct Filter {
    /// Return only connections of this connector.
    connector: Option<String>,
    /// Return only connections with this status.
    status: Option<ConnectionStatus>,
    /// Return only connections of this channel. For operators.
    channel_id: Option<String>,
    /// Maximum number of items to return (default 50).
    #[schemars(range(min = 1, max = 250))]
    limit: Option<u32>,
    /// `next_cursor` of the previous page.
    cursor: Option<String>,
}

/// Why a connection is disconnected.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "DisconnectRequest")]
pub(in crate::http) struct Reason {
    /// The reason in one sentence, for the record; 1 to 500 characters.
    #[schemars(length(min = 1, max = 500))]
    reason: String,
}

/// A connection in a list.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ConnectionSummary")]
pub(in crate::http) struct ConnectionLine {
    id: ConnectionId,
    connector_id: String,
    label: String,
    environment: Environment,
    #[serde(skip_serializing_if = "Option::is_none")]
    channel_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    merchant_id: Option<String>,
    health: Health,
    store: Option<StoreIdentity>,
    /// How its syncs go.
    sync: SyncStanding,
    expiries: Vec<CredentialExpiry>,
    #[serde(skip_serializing_if = "Option::is_none")]
    paused_at: Option<Timestamp>,
    created_at: Timestamp,
    validated_at: Option<Timestamp>,
}

/// A page of connections.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ConnectionPage")]
pub(in crate::http) struct ConnectionList {
    data: Vec<ConnectionLine>,
    next_cursor: Option<String>,
}

/// A connection in full; never a secret.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ConnectionDetail")]
pub(in crate::http) struct ConnectionView {
    #[serde(flatten)]
    connection: Connection,
    /// When it is synced next.
    next_sync: Option<NextSync>,
    /// Deletions that are held because they are doubted, by stream. An operator can accept them.
    held_deletions: Vec<HeldDeletions>,
}

impl From<Connection> for ConnectionLine {
    fn from(connection: Connection) -> Self {
        Self {
            id: connection.id,
            connector_id: connection.connector_id,
            label: connection.label,
            environment: connection.environment,
            channel_id: connection.channel_id,
            merchant_id: connection.merchant_id,
            health: connection.health,
            store: connection.store,
            sync: connection.sync,
            expiries: connection.findings.expiries,
            paused_at: connection.paused_at,
            created_at: connection.created_at,
            validated_at: connection.validated_at,
        }
    }
}

/// Shapes a connection, with its next sync and what is held.
pub(super) async fn view(host: &Host, ctx: &Ctx, connection: Connection) -> JsonAnswer<ConnectionView> {
    let next_sync = host.services.queue.next(&connection.id).await?;
    let held_deletions = host.services.connections.held_deletions(ctx, &connection.id).await?;
    Ok(Json(ConnectionView { connection, next_sync, held_deletions }))
}

pub(in crate::http) async fn list(
    State(host): State<Host>,
    caller: Signed,
    Params(filter): Params<Filter>,
) -> JsonAnswer<ConnectionList> {
    let ctx = caller.ctx(&host);
    let page = page_of(filter.limit, filter.cursor)?;
    let filter = ConnectionFilter {
        connector_id: filter.connector,
        status: filter.status,
        channel_id: filter.channel_id,
        environment: None,
    };
    let Listing { data, next_cursor } = host.services.connections.list(&ctx, filter, &page).await?;
    Ok(Json(ConnectionList { data: data.into_iter().map(Into::into).collect(), next_cursor }))
}

pub(in crate::http) async fn get(
    State(host): State<Host>,
    caller: Signed,
    Named(id): Named,
) -> JsonAnswer<ConnectionView> {
    let ctx = caller.ctx(&host);
    let connection = host.services.connections.seen(&ctx, &id).await?;
    view(&host, &ctx, connection).await
}

pub(in crate::http) async fn disconnect(
    State(host): State<Host>,
    caller: Signed,
    Named(id): Named,
    Body(Reason { reason }): Body<Reason>,
) -> JsonAnswer<ConnectionView> {
    let ctx = caller.ctx(&host);
    let length = reason.trim().chars().count();
    if length == 0 || length > MAX_REASON {
        let detail = "must have 1 to 500 characters";
        return Err(Problem::new(Code::InvalidRequest, "a reason is needed").at(
            "/reason".to_owned(),
            "length",
            detail,
        ));
    }
    host.services.connections.seen(&ctx, &id).await?;
    let connection = host.services.connections.disconnect(&ctx, &id, reason.trim()).await?;
    view(&host, &ctx, connection).await
}
