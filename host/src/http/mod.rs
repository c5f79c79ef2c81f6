//! The HTTP interface: for channels and operators (`/v1`), for the merchant's page (`/connect/v1`), for the dashboard
//! (`/dashboard/v1`), and the page's files.
//!
//! [`server`] lets connections in and closes those that stand still; `admission` knows who asks before it reads a body, and
//! gives out the places for work. [`routes`] has every URL with its description, [`router`] puts them together. Each handler in `api/` has five parts in the same order: take the input, authorise, call one
//! service, shape the answer, reply. Handlers know services, never the store or a plugin. `model::code`
//! has the only table of status codes; `openapi` writes down what `routes` says.

mod access;
mod admin;
mod admission;
mod api;
mod assets;
mod auth;
mod capacity;
mod client;
mod extract;
mod frames;
mod gate;
mod host;
mod middleware;
mod openapi;
mod pace;
mod paths;
mod places;
mod problem;
mod reading;
mod request_ids;
mod router;
mod routes;
pub mod server;
mod settings;
mod socket;
mod stream;
#[cfg(test)]
mod tests;

use host::Host;
pub use host::Services;
pub use server::{Listeners, serve};
pub use settings::ServerSettings;

/// The OpenAPI 3.1 description of the whole interface.
pub fn openapi_document() -> serde_json::Value {
    routes::api().into_document()
}
