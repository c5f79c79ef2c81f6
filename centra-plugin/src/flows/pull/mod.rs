//! `pull`: one page of a stream, in the normal case by one request.

mod abandoned;
mod checkpoint;
mod customers;
mod inventory;
mod lists;
mod moment;
mod offers;
mod orders;
mod prices;
mod returns;
mod shipments;

use connector_api::{
    ConnectorError, ErrorCode,
    wire::pull::{Page, PullRequest, Stream},
};

pub use abandoned::Abandoned;
pub use inventory::{Serving, serving};
pub(super) use lists::is_of;
pub use moment::moment;
pub use offers::{DisplayFilter, DisplaysAt, read_displays};
pub(super) use orders::map_orders;
pub use prices::{Route, is_set_up_wrong, of_items, routes};
pub(super) use prices::{first_page, listed_items, places, shown};
pub(super) use returns::map_returns;
pub(super) use shipments::map_shipments;

use super::source::Source;

/// Reads one page. Whether the platform's clock is behind the host's shows in its first answer: changes are asked for anew then, from
/// earlier on.
pub async fn pull(source: &Source, request: PullRequest) -> Result<Page, ConnectorError> {
    if let Some(failure) = source.abandoned.answer(&request) {
        return Err(failure);
    }
    let before = source.since(request.since);
    let page = match one(source, &request).await {
        Err(failure) if source.client.is_abandoned(&failure) => {
            source.abandoned.remember(&request, failure.clone());
            return Err(failure);
        }
        page => page?,
    };
    if request.checkpoint.is_none() && source.since(request.since) < before {
        return one(source, &request).await;
    }
    Ok(page)
}

async fn one(source: &Source, request: &PullRequest) -> Result<Page, ConnectorError> {
    match &request.stream {
        Stream::Stores => lists::stores(source, request).await,
        Stream::Markets => lists::markets(source, request).await,
        Stream::Pricelists => lists::pricelists(source, request).await,
        Stream::Languages => lists::languages(source, request).await,
        Stream::Categories => lists::categories(source, request).await,
        Stream::Locations => lists::locations(source, request).await,
        Stream::TaxRules => lists::tax_rules(source, request).await,
        Stream::ShippingOptions => lists::shipping_options(source, request).await,
        Stream::Offers => offers::pull(source, request).await,
        Stream::Prices => prices::pull(source, request).await,
        Stream::Inventory => inventory::pull(source, request).await,
        Stream::Orders => orders::pull(source, request).await,
        Stream::Shipments => shipments::pull(source, request).await,
        Stream::Returns => returns::pull(source, request).await,
        Stream::Customers => customers::pull(source, request).await,
        other => Err(ConnectorError::new(
            ErrorCode::UnsupportedOperation,
            format!("this connector does not read the stream `{other}`"),
        )),
    }
}
