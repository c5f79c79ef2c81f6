//! The catalog of a connection.

use super::methods::GET;
use crate::{
    core::connection::{
        Listing, OfferSummary,
        reading::{Entity, OfferDetail},
    },
    http::{
        access::Access,
        api::catalog,
        extract::PageParams,
        openapi::{Api, about},
    },
};

pub(super) fn routes(api: Api) -> Api {
    use Access::Key;
    api.tag("catalog", "Offers, prices, stock and other records that were read from a store.")
        .route(
            GET,
            "/v1/connections/{connection_id}/catalog",
            catalog::counts,
            Key,
            about("getCatalogCounts", "Count the records of a catalog", "Returns the number of records by stream."),
            |o| o.gives::<catalog::Counts>(200, "The counts by stream."),
        )
        .route(
            GET,
            "/v1/connections/{connection_id}/catalog/export",
            catalog::export,
            Key,
            about(
                "exportCatalog",
                "Export a catalog",
                "Returns the whole catalog as JSON lines, one record a line. Orders and customers are never in it.",
            ),
            |o| o.lines("One JSON object a line, with `stream` and `data`."),
        )
        .route(
            GET,
            "/v1/connections/{connection_id}/catalog/offers",
            catalog::offers,
            Key,
            about("listOffers", "List offers", "Returns the offers of a store in short, in the order of their ids."),
            |o| o.query::<catalog::Filter>().gives::<Listing<OfferSummary>>(200, "A page of offers."),
        )
        .route(
            GET,
            "/v1/connections/{connection_id}/catalog/offers/{offer_id}",
            catalog::offer,
            Key,
            about("getOffer", "Get an offer", "Returns an offer with its variants, prices and stock."),
            |o| o.gives::<OfferDetail>(200, "The requested offer."),
        )
        .route(
            GET,
            "/v1/connections/{connection_id}/catalog/entities/{stream}",
            catalog::entities,
            Key,
            about(
                "listEntities",
                "List records of a small stream",
                "Returns markets, pricelists, languages, categories, locations, tax rules, shipping options or stores.",
            ),
            |o| o.query::<PageParams>().gives::<Listing<Entity>>(200, "A page of records."),
        )
}
