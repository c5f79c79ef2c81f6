//! The catalog of a connection.

use std::io;

use axum::{
    Json,
    body::Body,
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use connector_api::domain::{ConnectionId, OfferStatus};
use futures_util::{StreamExt, stream};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    core::connection::{
        ExportChunk, Listing, OfferFilter, OfferSummary, StreamCount,
        reading::{Entity, OfferDetail},
    },
    http::{
        Host,
        auth::Signed,
        extract::{Answer, JsonAnswer, Named, PageParams, Params, Place, page_of},
    },
};

/// Which offers.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(in crate::http) struct Filter {
    /// Return only offers whose id, title, handle or a SKU contains this text.
    text: Option<String>,
    /// Return only offers of this status.
    #[schemars(with = "Option<OfferStatus>")]
    status: Option<String>,
    /// Maximum number of items to return (default 50).
    #[schemars(range(min = 1, max = 250))]
    limit: Option<u32>,
    /// `next_cursor` of the previous page.
    cursor: Option<String>,
}

/// How many records each stream has.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "CatalogCounts")]
pub(in crate::http) struct Counts {
    /// One entry per stream that has any.
    streams: Vec<StreamCount>,
}

pub(in crate::http) async fn counts(State(host): State<Host>, caller: Signed, Named(id): Named) -> JsonAnswer<Counts> {
    let ctx = caller.ctx(&host);
    let streams = host.services.connections.catalog(&ctx, &id).await?;
    Ok(Json(Counts { streams }))
}

pub(in crate::http) async fn offers(
    State(host): State<Host>,
    caller: Signed,
    Named(id): Named,
    Params(wanted): Params<Filter>,
) -> JsonAnswer<Listing<OfferSummary>> {
    let ctx = caller.ctx(&host);
    let page = page_of(wanted.limit, wanted.cursor)?;
    let filter = OfferFilter { text: wanted.text, status: wanted.status, deleted: false };
    let offers = host.services.connections.offers(&ctx, &id, &filter, &page).await?;
    Ok(Json(offers))
}

pub(in crate::http) async fn offer(
    State(host): State<Host>,
    caller: Signed,
    Place((id, offer)): Place<(ConnectionId, String)>,
) -> JsonAnswer<OfferDetail> {
    let ctx = caller.ctx(&host);
    let offer = host.services.connections.offer(&ctx, &id, &offer).await?;
    Ok(Json(offer))
}

pub(in crate::http) async fn entities(
    State(host): State<Host>,
    caller: Signed,
    Place((id, stream)): Place<(ConnectionId, String)>,
    Params(page): Params<PageParams>,
) -> JsonAnswer<Listing<Entity>> {
    let ctx = caller.ctx(&host);
    let entities = host.services.connections.entities(&ctx, &id, &stream, &page.page()?).await?;
    Ok(Json(entities))
}

/// What the export is sent as: one JSON text a line.
const JSON_LINES: &str = "application/jsonl";

/// The whole catalog. Pieces are read as fast as they are taken, so that no more than one is held.
pub(in crate::http) async fn export(State(host): State<Host>, caller: Signed, Named(id): Named) -> Answer<Response> {
    let first = host.services.connections.export(&caller.ctx(&host), &id, None).await?;
    let rest = stream::try_unfold(first.next_cursor.clone(), move |cursor| {
        let (host, caller, id) = (host.clone(), caller.clone(), id.clone());
        async move {
            let Some(cursor) = cursor else { return Ok(None) };
            // An answer that is cut off is no whole catalog: the client sees that it did not end.
            if !caller.still(&host).await {
                return Err(io::Error::other("the key or session is no longer valid"));
            }
            let chunk = host.services.connections.export(&caller.ctx(&host), &id, Some(&cursor)).await;
            let chunk = chunk.map_err(io::Error::other)?;
            let next = chunk.next_cursor.clone();
            Ok::<_, io::Error>(Some((text_of(&chunk), next)))
        }
    });
    let whole = stream::once(async move { Ok(text_of(&first)) }).chain(rest);
    let attachment = "attachment; filename=\"catalog.jsonl\"";
    let headers = [(header::CONTENT_TYPE, JSON_LINES), (header::CONTENT_DISPOSITION, attachment)];
    Ok((headers, Body::from_stream(whole)).into_response())
}

fn text_of(chunk: &ExportChunk) -> String {
    chunk.lines.iter().flat_map(|line| [line.as_str(), "\n"]).collect()
}
