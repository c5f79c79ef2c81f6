//! Sync runs, and the progress of the running one.

use axum::{Json, extract::State, response::Response};
use connector_api::domain::ConnectionId;
use futures_util::StreamExt;

use crate::{
    core::connection::{Listing, RunId, RunView},
    http::{
        Host,
        auth::Signed,
        extract::{Answer, JsonAnswer, Named, PageParams, Params, Place},
        stream,
    },
};

pub(in crate::http) async fn list(
    State(host): State<Host>,
    caller: Signed,
    Named(id): Named,
    Params(page): Params<PageParams>,
) -> JsonAnswer<Listing<RunView>> {
    let ctx = caller.ctx(&host);
    let runs = host.services.connections.runs(&ctx, &id, &page.page()?).await?;
    Ok(Json(runs))
}

pub(in crate::http) async fn get(
    State(host): State<Host>,
    caller: Signed,
    Place((id, run)): Place<(ConnectionId, String)>,
) -> JsonAnswer<RunView> {
    let ctx = caller.ctx(&host);
    let run = host.services.connections.run(&ctx, &id, &RunId(run)).await?;
    Ok(Json(run))
}

pub(in crate::http) async fn progress(State(host): State<Host>, caller: Signed, Named(id): Named) -> Answer<Response> {
    let ctx = caller.ctx(&host);
    host.services.connections.seen(&ctx, &id).await?;
    let events = host.services.board.follow(&id).map(|snapshot| stream::progress_event(&snapshot));
    let asks = host.clone();
    let still = move || {
        let (host, caller, id) = (asks.clone(), caller.clone(), id.clone());
        async move { caller.still(&host).await && host.services.connections.still_seen(&caller.ctx(&host), &id).await }
    };
    Ok(stream::sent(&host, events, still))
}
