//! Every URL that programs use, with its description: one file per resource.

mod audit;
mod catalog;
mod channels;
mod connect_page;
mod connections;
mod dashboard;
mod events;
mod health;
mod methods;
mod orders;
mod quotes;
mod sessions;
mod webhooks;

use super::openapi::Api;

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
    let api = audit::routes(api);
    let api = dashboard::routes(api);
    health::routes(api)
}

/// The URLs of a process that serves no requests: how it is.
pub(super) fn operational() -> Api {
    health::routes(Api::new())
}
