//! Connect sessions: links for merchants.

use serde_json::json;

use super::methods::{GET, POST};
use crate::{
    core::session::{CreatedSession, NewSession, Redeemed, SessionView},
    http::{
        access::Access,
        api::sessions,
        openapi::{Api, about},
    },
    model::Code,
};

pub(super) fn routes(api: Api) -> Api {
    use Access::Key;
    api.tag(
        "connect sessions",
        "Links on which merchants connect their stores to a channel, or renew their credentials.",
    )
    .route(
        POST,
        "/v1/connect-sessions",
        sessions::create,
        Key,
        about(
            "createConnectSession",
            "Create a connect session",
            "Creates a session and returns the link to send the merchant to. When the merchant is done, the page goes \
                 to `redirect_url` with `state` and a `result_token` to redeem. Requires a channel's key.",
        ),
        |o| {
            o.takes::<NewSession>()
                .example(&json!({
                    "connector": "acme", "redirect_url": "https://channel.example/connected", "state": "f3a1",
                    "merchant_id": "merchant-42", "locale": "en"
                }))
                .gives::<CreatedSession>(201, "The session with its link.")
                .fails(&[Code::ChannelKeyRequired, Code::NotFound, Code::NotReady, Code::ConnectorUnavailable])
        },
    )
    .route(
        POST,
        "/v1/connect-sessions/redeem",
        sessions::redeem,
        Key,
        about(
            "redeemConnectSession",
            "Redeem a connect session",
            "Exchanges the `result_token` of a redirect for the connection, once. Requires a channel's key.",
        ),
        |o| {
            o.takes::<sessions::Redemption>()
                .gives::<Redeemed>(200, "The result of the session.")
                .fails(&[Code::ChannelKeyRequired, Code::ResultRefused])
        },
    )
    .route(
        GET,
        "/v1/connect-sessions/{session_id}",
        sessions::get,
        Key,
        about("getConnectSession", "Get a connect session", "Returns the status of a session."),
        |o| o.gives::<SessionView>(200, "The connect session.").fails(&[Code::ChannelKeyRequired]),
    )
}
