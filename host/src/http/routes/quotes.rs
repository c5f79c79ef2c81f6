//! Quotes of carts.

use serde_json::json;

use super::methods::POST;
use crate::{
    core::cart::{CartInput, QuoteReply},
    http::{
        access::Access,
        api::quotes,
        openapi::{Api, about},
    },
    model::Code,
};

pub(super) fn routes(api: Api) -> Api {
    api.tag("quotes", "What a cart costs, with shipping and tax.").route(
        POST,
        "/v1/connections/{connection_id}/quotes",
        quotes::create,
        Access::Key,
        about(
            "createQuote",
            "Quote a cart",
            "Prices a cart on the platform or from synced data, with shipping methods, tax and totals. `messages` of the quote contains what the shopper should know; nothing is reserved.",
        ),
        |o| {
            o.query::<quotes::How>()
                .takes::<CartInput>()
                .example(&json!({
                    "currency": "SEK",
                    "lines": [{ "sku": "JACKET-RED-M", "quantity": 1 }],
                    "ship_to": { "line1": "Storgatan 1", "postal_code": "111 51", "city": "Stockholm", "country": "SE" }
                }))
                .gives::<QuoteReply>(200, "The quote of the cart.")
                .fails(&[
                    Code::CartRefused,
                    Code::RealtimeUnavailable,
                    Code::LocalQuoteBlocked,
                    Code::NotReady,
                    Code::ConnectorUnavailable,
                ])
        },
    )
}
