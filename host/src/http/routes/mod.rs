//! Every URL that programs use, with its description: one file per resource.

mod catalog;
mod channels;
mod connect_page;
mod connections;
mod dashboard;
mod events;
mod health;
mod orders;
mod quotes;
mod sessions;
mod webhooks;

use axum::routing::MethodFilter;

use super::openapi::Api;

const GET: MethodFilter = MethodFilter::GET;
const POST: MethodFilter = MethodFilter::POST;
const PUT: MethodFilter = MethodFilter::PUT;
const PATCH: MethodFilter = MethodFilter::PATCH;
const DELETE: MethodFilter = MethodFilter::DELETE;

/// Where platforms send their webhooks.
pub(super) const WEBHOOKS: &str = "/webhooks/{connection_id}";
/// The same address, as some forms and people write it.
pub(super) const WEBHOOKS_SLASH: &str = "/webhooks/{connection_id}/";
/// Where operators sign in.
pub(super) const LOGIN: &str = "/dashboard/v1/login";

/// Every URL that programs use, with its description.
pub(super) fn api() -> Api {
    let api = sessions::routes(Api::new());
    let api = connections::routes(api);
    let api = catalog::routes(api);
    let api = quotes::routes(api);
    let api = orders::routes(api);
    let api = events::routes(api);
    let api = webhooks::routes(api);
    let api = channels::routes(api);
    let api = connect_page::routes(api);
    let api = dashboard::routes(api);
    health::routes(api)
}
