//! Prices of some display items, by the surest route.

use connector_api::{ConnectorError, domain::Price};

use super::{
    checkout,
    route::{Route, is_set_up_wrong, routes},
    storefront,
};
use crate::{flows::source::Source, map::campaign::Campaigns};

/// Prices of the variants on these display items, as the store's shop charges them. `None` where the connection has no route to them:
/// they are computed then.
pub async fn of_items(
    source: &Source,
    items: &[i64],
    campaigns: Option<&Campaigns>,
) -> Result<Option<Vec<Price>>, ConnectorError> {
    let now = source.client.host().now().await?;
    for route in routes(source) {
        let read = match route {
            Route::Storefront => storefront::of_items(source, items, campaigns, now).await,
            Route::Checkout => checkout::of_items(source, items, campaigns, now).await,
            Route::Integration => return Ok(None),
        };
        match read {
            Err(failure) if is_set_up_wrong(&failure) => {}
            Ok(found) if found.unreadable > 0 => {
                return Err(crate::error::answer_invalid("contains a price that cannot be read"));
            }
            read => return read.map(|found| Some(found.prices)),
        }
    }
    Ok(None)
}
