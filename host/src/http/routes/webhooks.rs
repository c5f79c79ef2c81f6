//! Webhooks of platforms: where they are received, and what is known of them.

use super::methods::{GET, PATCH, POST};
use crate::{
    core::{
        connection::Listing,
        webhook::{
            DeadLetteredEntity, DeliveryView,
            webhooks::{DeliveryShown, Replayed, WebhookOverview},
        },
    },
    http::{
        access::Access,
        api::webhooks,
        extract::PageParams,
        openapi::{Api, about},
        paths::WEBHOOKS,
    },
    model::Code,
};

pub(super) fn routes(api: Api) -> Api {
    use Access::{Key, Open, Operator};
    let api = api
        .tag("webhooks", "Webhooks that platforms send for a connection.")
        .route(
            POST,
            WEBHOOKS,
            webhooks::receive,
            Open,
            about(
                "receiveWebhook",
                "Receive a webhook of a platform",
                "Verifies and stores a delivery, then answers. Duplicates get 200, too. The body has the platform's own form.",
            ),
            |o| {
                o.gives::<webhooks::Received>(200, "The delivery is stored.").fails(&[
                    Code::WebhookRefused,
                    Code::WebhookNotStored,
                    Code::ConnectorUnavailable,
                    Code::BodyIncomplete,
                    Code::BodyTooSlow,
                    Code::BodyTooLarge,
                ])
            },
        )
        .route(
            GET,
            "/v1/connections/{connection_id}/webhooks",
            webhooks::overview,
            Key,
            about(
                "getWebhookOverview",
                "Get an overview of webhooks",
                "Returns counters, the last refusals, and changes of the last 14 days by their source.",
            ),
            |o| o.gives::<WebhookOverview>(200, "Overview of the webhooks."),
        )
        .route(
            PATCH,
            "/v1/connections/{connection_id}/webhooks",
            webhooks::change,
            Operator,
            about(
                "updateWebhookSettings",
                "Allow or forbid unsigned webhooks",
                "Changes whether deliveries without a signature are accepted, as hints to refetch what they name.",
            ),
            |o| o.takes::<webhooks::WebhookChange>().gives::<WebhookOverview>(200, "The changed overview."),
        );
    of_deliveries(api)
}

fn of_deliveries(api: Api) -> Api {
    use Access::{Key, Operator};
    api.route(
        GET,
        "/v1/connections/{connection_id}/webhooks/deliveries",
        webhooks::deliveries,
        Key,
        about("listWebhookDeliveries", "List webhook deliveries", "Returns deliveries of a connection, newest first."),
        |o| o.query::<webhooks::Filter>().gives::<Listing<DeliveryView>>(200, "A page of deliveries."),
    )
    .route(
        GET,
        "/v1/connections/{connection_id}/webhooks/deliveries/{delivery_id}",
        webhooks::delivery,
        Key,
        about(
            "getWebhookDelivery",
            "Get a webhook delivery",
            "Returns a delivery with its events. Operators also see its headers and body without personal data.",
        ),
        |o| o.gives::<DeliveryShown>(200, "The webhook delivery."),
    )
    .route(
        GET,
        "/v1/connections/{connection_id}/webhooks/dead-letters",
        webhooks::dead_lettered,
        Key,
        about(
            "listDeadLetteredEntities",
            "List dead-lettered entities",
            "Returns entities that webhooks named and that could not be refetched.",
        ),
        |o| o.query::<PageParams>().gives::<Listing<DeadLetteredEntity>>(200, "A page of dead-lettered entities."),
    )
    .route(
        POST,
        "/v1/connections/{connection_id}/webhooks/replay",
        webhooks::replay,
        Operator,
        about(
            "replayWebhooks",
            "Replay webhooks",
            "Processes stored deliveries again, or refetches dead-lettered entities: `dead_lettered` replays everything \
             that is dead-lettered, `entity` one entity.",
        ),
        |o| {
            o.takes::<webhooks::ReplayRequest>()
                .example(&serde_json::json!({ "dead_lettered": true }))
                .gives::<Replayed>(200, "What is processed again.")
        },
    )
}
