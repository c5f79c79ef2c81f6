//! What the merchant's page calls with the token of its link.

use super::methods::{GET, POST, PUT};
use crate::{
    core::session::{CheckResult, Confirmation, Draft, PageSession, page::Redirect},
    http::{
        access::Access,
        api::connect,
        openapi::{Api, about},
    },
    model::Code,
};

pub(super) fn routes(api: Api) -> Api {
    use Access::Link;
    api.tag("connect page", "The merchant's page calls these with the token of its link.")
        .route(
            GET,
            "/connect/v1/session",
            connect::session,
            Link,
            about("getPageSession", "Get the session of a link", "Returns what the page shows: forms, guide and draft."),
            |o| o.gives::<PageSession>(200, "The connect session.").fails(&[Code::ConnectorUnavailable]),
        )
        .route(
            PUT,
            "/connect/v1/draft",
            connect::put_draft,
            Link,
            about("saveDraft", "Save a draft", "Stores what was typed so far. Secrets are refused."),
            |o| {
                o.takes::<Draft>()
                    .gives_nothing(204, "The draft is stored.")
                    .fails(&[Code::SecretInDraft, Code::ConfigInvalid, Code::ConnectorUnavailable])
            },
        )
        .route(
            POST,
            "/connect/v1/check",
            connect::check,
            Link,
            about(
                "checkCredentials",
                "Check credentials",
                "Checks the credentials against the store. Sends a server-sent event `check` for each check that ended, then \
                 `result` with a `CheckResult`, or `problem` with a `Problem`.",
            ),
            |o| {
                o.takes::<Draft>()
                    .streams::<CheckResult>("Server-sent events `check`, then `result` or `problem`.")
                    .fails(&[Code::TooManyChecks, Code::ConfigInvalid, Code::ConnectorUnavailable])
            },
        )
        .route(
            POST,
            "/connect/v1/confirm",
            connect::confirm,
            Link,
            about(
                "confirmConnection",
                "Confirm a connection",
                "Creates or renews the connection with what passed the checks, and returns where to go next.",
            ),
            |o| {
                o.takes::<Confirmation>().gives::<Redirect>(200, "Where to go next.").fails(&[
                    Code::NotChecked,
                    Code::AlreadyConnected,
                    Code::ConfigInvalid,
                    Code::OtherStore,
                    Code::NotReady,
                    Code::Keys,
                    Code::ConnectorUnavailable,
                    Code::EditConflict,
                ])
            },
        )
        .route(
            POST,
            "/connect/v1/cancel",
            connect::cancel,
            Link,
            about("cancelConnectSession", "Cancel a connect session", "Ends the session and returns where to go next."),
            |o| o.gives::<Redirect>(200, "Where to go next."),
        )
        .route(
            GET,
            "/connect/v1/webhook",
            connect::webhook,
            Link,
            about("getWebhookArrival", "Check whether a webhook arrived", "Returns whether the platform has sent a webhook."),
            |o| o.gives::<connect::Webhook>(200, "Whether one arrived."),
        )
}
