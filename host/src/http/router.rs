//! Every URL of the host.

use axum::{
    Router,
    extract::DefaultBodyLimit,
    middleware::from_fn_with_state,
    routing::{MethodFilter, get, post},
};
use tokio::sync::watch;
use tower_http::{catch_panic::CatchPanicLayer, compression::CompressionLayer};
use url::Url;

use super::{
    access::Access,
    api::{
        catalog, channels, connect, connections, customers, dashboard, event_endpoints, events, health, held_deletions,
        intents, keys, metrics, operations, orders, plugins, quotes, runs, sessions, webhooks,
    },
    assets,
    extract::PageParams,
    host::{Host, Services},
    middleware::{nothing_here, observe, panicked, wrong_method},
    openapi::{Api, Operation},
    paths::{LOGIN, WEBHOOKS, WEBHOOKS_SLASH},
    settings::ServerSettings,
};
use crate::{
    cart::{CartInput, QuoteReply},
    channel::{Channel, ChannelProfile, IssuedKey},
    connection::{
        ConnectionEvent, Listing, OfferSummary, RunView,
        connector_list::ConnectorList,
        reading::{Entity, OfferDetail},
    },
    job::Snapshot,
    order::{
        Intent, NewOrder, OrderSummary,
        decide::Decision,
        person::{Erased, Person, PersonExport},
        reading::{IntentDetail, OrderDetail},
    },
    outbox::{
        Attempt, CloudEvent,
        service::{EventPage, EventsReplayed},
    },
    session::{
        CheckResult, Confirmation, CreatedSession, Draft, NewSession, PageSession, Redeemed, SessionView,
        page::Redirect,
    },
    webhook::{
        DeadLane, DeliveryView, ReplayRange,
        service::{DeliveryShown, Replayed, WebhookOverview},
    },
};

const GET: MethodFilter = MethodFilter::GET;
const POST: MethodFilter = MethodFilter::POST;
const PUT: MethodFilter = MethodFilter::PUT;
const PATCH: MethodFilter = MethodFilter::PATCH;
const DELETE: MethodFilter = MethodFilter::DELETE;

/// Everything, ready to serve.
pub(super) fn router(
    services: Services,
    settings: ServerSettings,
    public_url: Url,
    ending: watch::Receiver<bool>,
) -> Router {
    let host = Host::new(services, settings, public_url, ending, api().access(), &api().into_document());
    let files = Router::new()
        .route("/connect", get(assets::connect_redirect))
        .route("/connect/", get(assets::connect_page))
        .route("/dashboard", get(assets::dashboard_redirect))
        .route("/dashboard/", get(assets::dashboard_page))
        .route("/assets/{*path}", get(assets::asset))
        .layer(CompressionLayer::new());
    api()
        .into_router()
        .merge(files)
        .route(WEBHOOKS_SLASH, post(webhooks::receive))
        .method_not_allowed_fallback(wrong_method)
        .fallback(nothing_here)
        // Bodies were read before, to the limit of their address.
        .layer(DefaultBodyLimit::disable())
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn_with_state(host.clone(), observe))
        .with_state(host)
}

/// Every URL that programs use, with its description.
pub(super) fn api() -> Api {
    let api = order_api(catalog_api(connection_api(channel_api(health_api(Api::new())))));
    dashboard_api(connect_api(webhook_api(event_api(api))))
}

fn health_api(api: Api) -> Api {
    use Access::Open;
    api.route(GET, "/livez", health::livez, Open, "Whether the process lives", |o| o.gives::<health::Liveness>(200))
        .route(GET, "/readyz", health::readyz, Open, "Whether requests should be sent here", |o| {
            o.gives::<health::Readiness>(200)
        })
        .route(GET, "/version", health::version, Open, "Which program this is", |o| o.gives::<health::Version>(200))
        .route(GET, "/metrics", metrics::show, Access::Operator, "What is counted, for Prometheus", |o| {
            o.text("Prometheus' text format")
        })
        .route(GET, "/openapi.json", health::openapi, Open, "This document", |o| o.gives::<serde_json::Value>(200))
}

fn channel_api(api: Api) -> Api {
    use Access::{Key, Operator};
    api.route(GET, "/v1/plugins", plugins::list, Key, "Connectors in use", |o| o.gives::<ConnectorList>(200))
        .route(GET, "/v1/plugins/{connector}", plugins::get, Key, "What a connector says of itself", |o| {
            o.gives::<plugins::PluginView>(200)
        })
        .route(POST, "/v1/channels", channels::create, Operator, "Make a channel", |o| {
            o.takes::<ChannelProfile>().gives::<Channel>(201)
        })
        .route(GET, "/v1/channels", channels::list, Operator, "Channels, oldest first", |o| {
            o.query::<PageParams>().gives::<Listing<Channel>>(200)
        })
        .route(GET, "/v1/channels/{id}", channels::get, Key, "One channel", |o| o.gives::<Channel>(200))
        .route(PATCH, "/v1/channels/{id}", channels::change, Operator, "Change a channel", |o| {
            o.takes::<channels::ChannelChange>().gives::<Channel>(200)
        })
        .route(POST, "/v1/channels/{id}/keys", keys::issue, Operator, "Issue a key, shown this once", |o| {
            o.takes::<keys::NewKey>().gives::<IssuedKey>(201)
        })
        .route(GET, "/v1/channels/{id}/keys", keys::list, Operator, "Keys of a channel, newest first", |o| {
            o.gives::<keys::KeyList>(200)
        })
        .route(DELETE, "/v1/channels/{id}/keys/{key_id}", keys::revoke, Operator, "Revoke a key", |o| {
            o.gives_nothing(204)
        })
        .route(POST, "/v1/connect-sessions", sessions::create, Key, "Make a link for a merchant", |o| {
            o.takes::<NewSession>().gives::<CreatedSession>(201)
        })
        .route(POST, "/v1/connect-sessions/redeem", sessions::redeem, Key, "Redeem a result, once", |o| {
            o.takes::<sessions::Redemption>().gives::<Redeemed>(200)
        })
        .route(GET, "/v1/connect-sessions/{id}", sessions::get, Key, "Where a link stands", |o| {
            o.gives::<SessionView>(200)
        })
}

fn connection_api(api: Api) -> Api {
    use Access::{Key, Operator};
    use connections::{ConnectionList, ConnectionView};
    api.route(GET, "/v1/connections", connections::list, Key, "Connections, oldest first", |o| {
        o.query::<connections::Filter>().gives::<ConnectionList>(200)
    })
    .route(GET, "/v1/connections/{id}", connections::get, Key, "One connection", |o| o.gives::<ConnectionView>(200))
    .route(DELETE, "/v1/connections/{id}", connections::disconnect, Key, "Disconnect and destroy the secrets", |o| {
        o.takes::<connections::Reason>().gives::<ConnectionView>(200)
    })
    .route(GET, "/v1/connections/{id}/events", connections::events, Key, "What happened, newest first", |o| {
        o.query::<PageParams>().gives::<Listing<ConnectionEvent>>(200)
    })
    .route(POST, "/v1/connections/{id}/quotes", quotes::create, Key, "Quote a cart", |o| {
        o.query::<quotes::How>().takes::<CartInput>().gives::<QuoteReply>(200)
    })
    .route(POST, "/v1/connections/{id}/check", operations::check, Operator, "Validate it now", |o| {
        o.gives::<operations::Checked>(200)
    })
    .route(POST, "/v1/connections/{id}/sync", operations::sync, Operator, "Sync it now", |o| {
        o.takes::<operations::Wanted>().gives::<operations::Queued>(202)
    })
    .route(POST, "/v1/connections/{id}/pause", operations::pause, Operator, "Sync it no more until resumed", |o| {
        o.gives::<ConnectionView>(200)
    })
    .route(POST, "/v1/connections/{id}/resume", operations::resume, Operator, "Sync it again", |o| {
        o.gives::<ConnectionView>(200)
    })
    .route(
        POST,
        "/v1/connections/{id}/reauth-link",
        operations::reauth_link,
        Operator,
        "Make a link to renew it",
        |o| o.gives::<CreatedSession>(201),
    )
}

fn catalog_api(api: Api) -> Api {
    use Access::Key;
    api.route(GET, "/v1/connections/{id}/runs", runs::list, Key, "Sync runs, newest first", |o| {
        o.query::<PageParams>().gives::<Listing<RunView>>(200)
    })
    .route(GET, "/v1/connections/{id}/runs/{run}", runs::get, Key, "One sync run", |o| o.gives::<RunView>(200))
    .route(GET, "/v1/connections/{id}/held-deletions", held_deletions::list, Key, "List held deletions", |o| {
        o.gives::<held_deletions::HeldList>(200)
    })
    .route(
        POST,
        "/v1/connections/{id}/held-deletions/accept",
        held_deletions::accept,
        Access::Operator,
        "Delete rows whose deletion is held",
        |o| o.takes::<held_deletions::Acceptance>().gives::<held_deletions::AcceptedList>(200),
    )
    .route(GET, "/v1/connections/{id}/progress", runs::progress, Key, "How far the sync is", |o| {
        o.streams::<Snapshot>("`event: progress`, data a Snapshot, at once and at every change")
    })
    .route(GET, "/v1/connections/{id}/catalog", catalog::counts, Key, "How many records there are", |o| {
        o.gives::<catalog::Counts>(200)
    })
    .route(GET, "/v1/connections/{id}/catalog/export", catalog::export, Key, "The whole catalog, to take along", |o| {
        o.lines("One `{\"stream\", \"data\"}` a line")
    })
    .route(GET, "/v1/connections/{id}/catalog/offers", catalog::offers, Key, "Offers", |o| {
        o.query::<catalog::Filter>().gives::<Listing<OfferSummary>>(200)
    })
    .route(GET, "/v1/connections/{id}/catalog/offers/{offer}", catalog::offer, Key, "One offer", |o| {
        o.gives::<OfferDetail>(200)
    })
    .route(GET, "/v1/connections/{id}/catalog/entities/{stream}", catalog::entities, Key, "A small stream", |o| {
        o.query::<PageParams>().gives::<Listing<Entity>>(200)
    })
}

fn order_api(api: Api) -> Api {
    use crate::order::follow_up::{Cancel, Confirm, Hold, NewCapture, NewRefund, NewReturn, NewShipment};
    use Access::{Key, Operator};
    const ORDER: &str = "/v1/connections/{id}/orders/{order}";
    let api = api
        .route(POST, "/v1/connections/{id}/orders", orders::submit, Key, "Place an order, once per key", |o| {
            o.idempotent().takes::<NewOrder>().gives::<Intent>(201).gives::<Intent>(202)
        })
        .route(GET, "/v1/connections/{id}/orders", orders::list, Key, "Orders, by their last change", |o| {
            o.query::<orders::Filter>().gives::<Listing<OrderSummary>>(200)
        })
        .route(GET, ORDER, orders::get, Key, "One order with its timeline; holds personal data", |o| {
            o.gives::<OrderDetail>(200)
        })
        .route(GET, "/v1/connections/{id}/order-intents", intents::list, Key, "What was asked, newest first", |o| {
            o.query::<intents::Filter>().gives::<Listing<Intent>>(200)
        })
        .route(
            GET,
            "/v1/connections/{id}/order-intents/{intent}",
            intents::get,
            Key,
            "What was asked, and what became of it",
            |o| o.gives::<IntentDetail>(200),
        )
        .route(
            POST,
            "/v1/connections/{id}/order-intents/{intent}/resolve",
            intents::resolve,
            Operator,
            "Say what became of what nobody knows",
            |o| o.takes::<Decision>().gives::<Intent>(200),
        )
        .route(
            POST,
            "/v1/connections/{id}/customers/export",
            customers::export,
            Key,
            "Everything held of one person",
            |o| o.takes::<Person>().gives::<PersonExport>(200),
        )
        .route(POST, "/v1/connections/{id}/customers/erase", customers::erase, Key, "Erase one person for good", |o| {
            o.takes::<Person>().gives::<Erased>(200)
        });
    api.route(POST, "/v1/connections/{id}/orders/{order}/confirm", orders::confirm, Key, "Accept it", |o| {
        done(o.takes::<Confirm>())
    })
    .route(POST, "/v1/connections/{id}/orders/{order}/hold", orders::hold, Key, "Stop it, or let it go on", |o| {
        done(o.takes::<Hold>())
    })
    .route(POST, "/v1/connections/{id}/orders/{order}/cancel", orders::cancel, Key, "Cancel it, or lines", |o| {
        done(o.takes::<Cancel>())
    })
    .route(POST, "/v1/connections/{id}/orders/{order}/shipments", orders::ship, Key, "Send goods", |o| {
        done(o.takes::<NewShipment>())
    })
    .route(POST, "/v1/connections/{id}/orders/{order}/returns", orders::take_back, Key, "Take goods back", |o| {
        done(o.takes::<NewReturn>())
    })
    .route(POST, "/v1/connections/{id}/orders/{order}/refunds", orders::refund, Key, "Give money back", |o| {
        done(o.takes::<NewRefund>())
    })
    .route(
        POST,
        "/v1/connections/{id}/orders/{order}/captures",
        orders::capture,
        Key,
        "Capture the payment",
        |o| done(o.takes::<NewCapture>()),
    )
}

/// What is asked of an order is done once per key, and may not be known at once.
fn done(operation: Operation<'_>) -> Operation<'_> {
    operation.idempotent().gives::<Intent>(200).gives::<Intent>(202)
}

fn webhook_api(api: Api) -> Api {
    use Access::{Key, Open, Operator};
    let own = "/v1/connections/{id}/webhooks";
    api.route(POST, WEBHOOKS, webhooks::receive, Open, "Where a platform sends its webhooks", |o| {
        o.gives::<webhooks::Received>(200)
    })
    .route(GET, own, webhooks::overview, Key, "Counters, refusals, changes by their way", |o| {
        o.gives::<WebhookOverview>(200)
    })
    .route(PATCH, own, webhooks::change, Operator, "Let deliveries in without proof, or not", |o| {
        o.takes::<webhooks::WebhookChange>().gives::<WebhookOverview>(200)
    })
    .route(
        GET,
        "/v1/connections/{id}/webhooks/deliveries",
        webhooks::deliveries,
        Key,
        "Deliveries, newest first",
        |o| o.query::<webhooks::Filter>().gives::<Listing<DeliveryView>>(200),
    )
    .route(
        GET,
        "/v1/connections/{id}/webhooks/deliveries/{delivery}",
        webhooks::delivery,
        Key,
        "One delivery with its events; its body, masked, for operators",
        |o| o.gives::<DeliveryShown>(200),
    )
    .route(GET, "/v1/connections/{id}/webhooks/dead", webhooks::dead, Key, "Entities that were given up", |o| {
        o.query::<PageParams>().gives::<Listing<DeadLane>>(200)
    })
    .route(POST, "/v1/connections/{id}/webhooks/replay", webhooks::replay, Operator, "Read deliveries again", |o| {
        o.takes::<ReplayRange>().gives::<Replayed>(200)
    })
    .route(
        POST,
        "/v1/connections/{id}/webhooks/revive",
        webhooks::revive,
        Operator,
        "Read an entity again that was given up",
        |o| o.takes::<connector_api::wire::pull::EntityRef>().gives::<Replayed>(200),
    )
}

fn event_api(api: Api) -> Api {
    use Access::Key;
    use event_endpoints::{DeadEvent, EndpointDetail, EndpointView, EndpointWithSecret};
    const ONE: &str = "/v1/event-endpoints/{endpoint_id}";
    api.route(GET, "/v1/events", events::list, Key, "What has happened, oldest first", |o| {
        o.query::<events::Filter>().gives::<EventPage>(200)
    })
    .route(GET, "/v1/events/{event_id}", events::get, Key, "One event", |o| o.gives::<CloudEvent>(200))
    .route(
        POST,
        "/v1/event-endpoints",
        event_endpoints::create,
        Key,
        "Have events sent; the secret is shown once",
        |o| o.takes::<event_endpoints::NewEndpoint>().gives::<EndpointWithSecret>(201),
    )
    .route(GET, "/v1/event-endpoints", event_endpoints::list, Key, "Endpoints, oldest first", |o| {
        o.query::<event_endpoints::Filter>().gives::<Listing<EndpointView>>(200)
    })
    .route(GET, ONE, event_endpoints::get, Key, "One endpoint", |o| o.gives::<EndpointDetail>(200))
    .route(PATCH, ONE, event_endpoints::change, Key, "Change, enable or disable an endpoint", |o| {
        o.takes::<event_endpoints::EndpointChange>().gives::<EndpointDetail>(200)
    })
    .route(DELETE, ONE, event_endpoints::remove, Key, "Remove an endpoint", |o| o.gives_nothing(204))
    .route(
        POST,
        "/v1/event-endpoints/{endpoint_id}/secret",
        event_endpoints::rotate,
        Key,
        "Make a new secret, shown this once",
        |o| o.takes::<event_endpoints::Rotation>().gives::<EndpointWithSecret>(200),
    )
    .route(POST, "/v1/event-endpoints/{endpoint_id}/test", event_endpoints::test, Key, "Send a test now", |o| {
        o.gives::<Attempt>(200)
    })
    .route(
        GET,
        "/v1/event-endpoints/{endpoint_id}/attempts",
        event_endpoints::attempts,
        Key,
        "How sending went, newest first",
        |o| o.query::<PageParams>().gives::<Listing<Attempt>>(200),
    )
    .route(
        GET,
        "/v1/event-endpoints/{endpoint_id}/dead-letters",
        event_endpoints::dead,
        Key,
        "Events that were given up, oldest first",
        |o| o.query::<PageParams>().gives::<Listing<DeadEvent>>(200),
    )
    .route(
        POST,
        "/v1/event-endpoints/{endpoint_id}/replay",
        event_endpoints::replay,
        Key,
        "Send events again",
        |o| o.takes::<event_endpoints::ReplayWish>().gives::<EventsReplayed>(202),
    )
}

fn connect_api(api: Api) -> Api {
    use Access::Link;
    api.route(GET, "/connect/v1/session", connect::session, Link, "What the page shows", |o| {
        o.gives::<PageSession>(200)
    })
    .route(PUT, "/connect/v1/draft", connect::put_draft, Link, "Keep what was typed, without secrets", |o| {
        o.takes::<Draft>().gives_nothing(204)
    })
    .route(POST, "/connect/v1/check", connect::check, Link, "Run the checks", |o| {
        o.takes::<Draft>().streams::<CheckResult>(
            "`event: check` for each check that ended, then `event: result` (a CheckResult) or `event: problem`",
        )
    })
    .route(POST, "/connect/v1/confirm", connect::confirm, Link, "The merchant's yes", |o| {
        o.takes::<Confirmation>().gives::<Redirect>(200)
    })
    .route(POST, "/connect/v1/cancel", connect::cancel, Link, "The merchant's no", |o| o.gives::<Redirect>(200))
    .route(GET, "/connect/v1/webhook", connect::webhook, Link, "Whether the platform has sent an event", |o| {
        o.gives::<connect::Webhook>(200)
    })
}

fn dashboard_api(api: Api) -> Api {
    use Access::{Open, Operator};
    api.route(POST, LOGIN, dashboard::login, Open, "Sign in with an operator's key", |o| {
        o.takes::<dashboard::Login>().gives_nothing(204)
    })
    .route(GET, LOGIN, dashboard::who, Operator, "Who is signed in", |o| o.gives::<dashboard::Who>(200))
    .route(POST, "/dashboard/v1/logout", dashboard::logout, Open, "Sign out", |o| o.gives_nothing(204))
}
