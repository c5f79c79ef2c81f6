//! The ways to read prices that a connection has.

use connector_api::{ConnectorError, ErrorCode};
use serde::Serialize;

use crate::flows::source::Source;

/// How prices are read, the surest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Route {
    /// The Storefront API without a session.
    Storefront,
    /// The Checkout API with its shared secret.
    Checkout,
    /// The Integration API.
    Integration,
}

/// The routes a connection has, the surest first.
pub fn routes(source: &Source) -> Vec<Route> {
    let mut routes = vec![];
    if source.storefront.has_catalog() {
        routes.push(Route::Storefront);
    }
    if source.checkout.must_have_secret().is_ok() {
        routes.push(Route::Checkout);
    }
    routes.push(Route::Integration);
    routes
}

/// Whether a route cannot be used as the connection is set up, so that the next one is taken. An outage is no reason: what was read
/// before stays, and is refetched.
pub fn is_set_up_wrong(failure: &ConnectorError) -> bool {
    matches!(failure.code, ErrorCode::ConfigInvalid | ErrorCode::PermissionMissing | ErrorCode::SchemaIncompatible)
}
