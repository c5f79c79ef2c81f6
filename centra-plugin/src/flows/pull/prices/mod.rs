//! Prices, by the surest route that the connection has: as the store's own shop charges them, through the Storefront API or the
//! Checkout API; else computed from regular prices and campaigns; else regular. Every pass is full: no price carries an `updatedAt`.

mod checkout;
mod integration;
mod seen;
mod storefront;

use connector_api::{
    ConnectorError, ErrorCode,
    domain::Timestamp,
    wire::pull::{Checkpoint, Notice, Page, PullRequest},
};
use serde::{Deserialize, Serialize};

use super::{
    super::{
        campaigns::{self, Read},
        source::Source,
    },
    checkpoint, resume,
};
pub(in crate::flows) use checkout::{first_page, listed_items, places};
pub use seen::of_items;
pub(in crate::flows) use storefront::shown;

/// How prices are read, the surest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
/// before stays, and is read again.
pub fn is_set_up_wrong(failure: &ConnectorError) -> bool {
    matches!(failure.code, ErrorCode::ConfigInvalid | ErrorCode::PermissionMissing | ErrorCode::SchemaIncompatible)
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "route", rename_all = "snake_case")]
enum Cursor {
    Storefront(storefront::Cursor),
    Checkout(checkout::Cursor),
    Integration(integration::Cursor),
}

/// A pass over prices.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Pass {
    /// When it began.
    began: Timestamp,
    /// Whether campaigns can be read.
    campaigns: bool,
    /// Calls that read campaigns and no price: no two checkpoints of a pass may be the same.
    #[serde(default)]
    campaign_calls: u32,
}

impl Pass {
    async fn begin(source: &Source) -> Result<Self, ConnectorError> {
        Ok(Self { began: source.client.host().now().await?, campaigns: true, campaign_calls: 0 })
    }

    /// Reads on with the campaigns of the pass.
    async fn campaigns(&mut self, source: &Source, page: &mut Page) -> Result<Read, ConnectorError> {
        let read = if self.campaigns { campaigns::read(source, self.began, page).await? } else { Read::Hidden };
        self.campaigns = !matches!(read, Read::Hidden);
        self.campaign_calls = self.campaign_calls.saturating_add(matches!(read, Read::Partly).into());
        Ok(read)
    }
}

pub(super) async fn pull(source: &Source, request: &PullRequest) -> Result<Page, ConnectorError> {
    match resume::<Cursor>(request)? {
        Some(Cursor::Storefront(cursor)) => return storefront::read(source, cursor, Page::default()).await,
        Some(Cursor::Checkout(cursor)) => return checkout::read(source, cursor, Page::default()).await,
        Some(Cursor::Integration(cursor)) => {
            return integration::read(source, request, cursor, Page::default()).await;
        }
        None => {}
    }
    let mut notices = vec![];
    for route in routes(source) {
        let page = Page { notices: notices.clone(), ..Page::default() };
        let read = match route {
            Route::Storefront => storefront::begin(source, page).await,
            Route::Checkout => checkout::begin(source, page).await,
            Route::Integration => return integration::begin(source, request, page).await,
        };
        match read {
            Err(failure) if is_set_up_wrong(&failure) => {
                let message = format!("Prices are not read from the preferred source: {}", failure.message);
                notices.push(Notice { code: "price_route_failed".to_owned(), message });
            }
            read => return read,
        }
    }
    Ok(Page::default())
}

/// The checkpoint of a cursor.
fn kept(cursor: &Cursor) -> Result<Option<Checkpoint>, ConnectorError> {
    checkpoint(cursor)
}
