//! The page's files, embedded, with headers that let them do nothing but what they must.

use axum::{
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use rust_embed::{EmbeddedFile, RustEmbed};
use serde::Deserialize;

use crate::core::channel::profile::is_origin;
use crate::model::Code;

use super::{
    Host,
    extract::{Answer, Params, Place},
    problem::Problem,
};

/// What `host/ui` is built into.
#[derive(RustEmbed)]
#[folder = "ui/dist"]
#[allow_missing = true]
struct Files;

const PLACEHOLDER: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Connector host</title>\
     <p>This build of the host carries no page. The interface at <a href=\"/openapi.json\">/openapi.json</a> works.</p>";

/// Who may show the page in a frame: the link of a channel that may says which.
#[derive(Deserialize)]
pub(super) struct Framing {
    #[serde(default)]
    channel: Option<String>,
}

pub(super) async fn connect_redirect() -> Redirect {
    Redirect::permanent("/connect/")
}

pub(super) async fn dashboard_redirect() -> Redirect {
    Redirect::permanent("/dashboard/")
}

pub(super) async fn connect_page(State(host): State<Host>, Params(framing): Params<Framing>) -> Answer<Response> {
    let ancestors = match framing.channel {
        Some(channel) => host.services.channels.get(&channel).await.map(|channel| channel.frame_ancestors),
        None => Ok(vec![]),
    };
    // A stranger's channel frames nothing, and neither does what was taken before origins had to be whole.
    let mut ancestors = ancestors.unwrap_or_default();
    ancestors.retain(|origin| is_origin(origin));
    Ok(page("connect", &ancestors, host.services.demonstration))
}

pub(super) async fn dashboard_page(State(host): State<Host>) -> Answer<Response> {
    Ok(page("dashboard", &[], host.services.demonstration))
}

pub(super) async fn docs_redirect() -> Redirect {
    Redirect::permanent("/docs/")
}

/// The API reference. It reads `/openapi.json` of this host, and nothing else.
pub(super) async fn docs_page() -> Response {
    page("docs", &[], false)
}

pub(super) async fn asset(Place(path): Place<String>, headers: HeaderMap) -> Answer<Response> {
    let missing = || Problem::new(Code::NotFound, "there is no such file");
    let file = Files::get(&format!("assets/{path}")).ok_or_else(missing)?;
    let tag = format!("\"{}\"", hex::encode(file.metadata.sha256_hash()));
    let is_known = headers.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes());
    let mut response = if is_known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        ([(header::CONTENT_TYPE, kind_of(&path))], body(file)).into_response()
    };
    // File names do not change between builds, so that each use is asked for, and answered with three words.
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    Ok(response)
}

fn page(name: &str, ancestors: &[String], demonstration: bool) -> Response {
    let file = Files::get(&format!("{name}/index.html")).or_else(|| Files::get(&format!("{name}.html")));
    let html = file.map_or_else(|| PLACEHOLDER.as_bytes().to_vec(), body);
    let mut response = ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], html).into_response();
    if let Ok(policy) = HeaderValue::from_str(&content_security_policy(ancestors, demonstration)) {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}

/// A demonstration's store serves its pictures over plain http on this machine.
fn content_security_policy(ancestors: &[String], demonstration: bool) -> String {
    let pictures = if demonstration { " http://127.0.0.1:*" } else { "" };
    let ancestors = if ancestors.is_empty() { "'none'".to_owned() } else { ancestors.join(" ") };
    format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data: https:{pictures}; \
         base-uri 'none'; form-action 'self'; frame-ancestors {ancestors}; require-trusted-types-for 'script'"
    )
}

fn body(file: EmbeddedFile) -> Vec<u8> {
    file.data.into_owned()
}

fn kind_of(path: &str) -> &'static str {
    match path.rsplit_once('.').map(|(_, ending)| ending) {
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("webp") => "image/webp",
        Some("woff2") => "font/woff2",
        Some("json") => "application/json",
        Some("txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}
