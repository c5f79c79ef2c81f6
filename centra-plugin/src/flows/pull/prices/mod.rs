//! Prices, by the surest route that the connection has: as the store's own shop charges them, through the Storefront API or the
//! Checkout API; else computed from regular prices and campaigns; else regular. Every pass is full: no price carries an `updatedAt`.

mod checkout;
mod integration;
mod items;
mod pass;
mod route;
mod seen;
mod storefront;

use connector_api::{
    ConnectorError,
    wire::pull::{Notice, Page, PullRequest},
};
use serde::Deserialize;

use super::{super::source::Source, checkpoint::resume};
pub(in crate::flows) use checkout::{first_page, listed_items, places};
pub use items::of_items;
pub use route::{Route, is_set_up_wrong, routes};
pub(in crate::flows) use storefront::shown;

/// Where a pass goes on, by the route it reads; [`pass::kept`] writes it.
#[derive(Debug, Deserialize)]
#[serde(tag = "route", rename_all = "snake_case")]
enum Cursor {
    Storefront(storefront::Cursor),
    Checkout(checkout::Cursor),
    Integration(integration::Cursor),
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
