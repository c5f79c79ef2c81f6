//! Events, and the endpoints they are sent to.

use serde_json::json;

use super::methods::{DELETE, GET, PATCH, POST};
use crate::{
    core::{
        connection::Listing,
        outbox::{
            Attempt, CloudEvent,
            events::{EventPage, EventsReplayed},
        },
    },
    http::{
        access::Access,
        api::{
            event_endpoints::{self, DeadLetteredEvent, EndpointDetail, EndpointView, EndpointWithSecret},
            events,
        },
        extract::PageParams,
        openapi::{Api, about},
    },
    model::Code,
};

const ENDPOINT: &str = "/v1/event-endpoints/{endpoint_id}";

pub(super) fn routes(api: Api) -> Api {
    of_sending(of_endpoints(of_events(api)))
}

fn of_events(api: Api) -> Api {
    use Access::Key;
    api.tag("events", "What has happened in connections, as CloudEvents: to be read, or sent to endpoints.")
        .route(
            GET,
            "/v1/events",
            events::list,
            Key,
            about(
                "listEvents",
                "List events",
                "Returns events, oldest first. Follow them by sending `next_cursor` of each page as `cursor` of the next \
                 request; at the end of the list it returns events that are published later.",
            ),
            |o| o.query::<events::Filter>().gives::<EventPage>(200, "A page of events.").fails(&[Code::CursorExpired, Code::InvalidRequest]),
        )
        .route(
            GET,
            "/v1/events/{event_id}",
            events::get,
            Key,
            about("getEvent", "Get an event", "Returns one event, as long as it is kept."),
            |o| o.gives::<CloudEvent>(200, "The requested event."),
        )
}

fn of_endpoints(api: Api) -> Api {
    use Access::Key;
    api.tag("event endpoints", "Addresses that events are sent to, signed as Standard Webhooks.")
        .route(
            POST,
            "/v1/event-endpoints",
            event_endpoints::create,
            Key,
            about(
                "createEventEndpoint",
                "Create an event endpoint",
                "Creates an endpoint that receives events from now on, and returns its secret, this once.",
            ),
            |o| {
                o.takes::<event_endpoints::NewEndpoint>()
                    .example(&json!({ "url": "https://channel.example/events", "types": ["offer.*", "price.changed"] }))
                    .gives::<EndpointWithSecret>(201, "The new endpoint with its secret.")
                    .fails(&[Code::NotFound, Code::TooManyEndpoints, Code::Keys])
            },
        )
        .route(
            GET,
            "/v1/event-endpoints",
            event_endpoints::list,
            Key,
            about("listEventEndpoints", "List event endpoints", "Returns endpoints, oldest first."),
            |o| o.query::<event_endpoints::Filter>().gives::<Listing<EndpointView>>(200, "A page of endpoints."),
        )
        .route(
            GET,
            ENDPOINT,
            event_endpoints::get,
            Key,
            about("getEventEndpoint", "Get an event endpoint", "Returns an endpoint with its backlog."),
            |o| o.gives::<EndpointDetail>(200, "The requested endpoint."),
        )
        .route(
            PATCH,
            ENDPOINT,
            event_endpoints::change,
            Key,
            about("updateEventEndpoint", "Update an event endpoint", "Changes, enables or disables an endpoint."),
            |o| {
                o.takes::<event_endpoints::EndpointChange>()
                    .gives::<EndpointDetail>(200, "The changed endpoint.")
                    .fails(&[Code::EditConflict])
            },
        )
        .route(
            DELETE,
            ENDPOINT,
            event_endpoints::remove,
            Key,
            about(
                "deleteEventEndpoint",
                "Delete an event endpoint",
                "Deletes an endpoint; nothing more is sent to it.",
            ),
            |o| o.gives_nothing(204, "The endpoint is deleted."),
        )
}

fn of_sending(api: Api) -> Api {
    use Access::Key;
    api.route(
        POST,
        "/v1/event-endpoints/{endpoint_id}/secret",
        event_endpoints::rotate,
        Key,
        about(
            "rotateEventEndpointSecret",
            "Rotate the secret of an event endpoint",
            "Makes a new secret and returns it, this once. By default the former secret signs for another day as well.",
        ),
        |o| {
            o.takes::<event_endpoints::Rotation>()
                .gives::<EndpointWithSecret>(200, "The endpoint with its new secret.")
                .fails(&[Code::RotationRunning, Code::Keys, Code::EditConflict])
        },
    )
    .route(
        POST,
        "/v1/event-endpoints/{endpoint_id}/test",
        event_endpoints::test,
        Key,
        about(
            "testEventEndpoint",
            "Send a test event",
            "Sends an event `endpoint.test` now and returns how that went.",
        ),
        |o| o.gives::<Attempt>(200, "The delivery attempt.").fails(&[Code::Keys]),
    )
    .route(
        GET,
        "/v1/event-endpoints/{endpoint_id}/attempts",
        event_endpoints::attempts,
        Key,
        about(
            "listEventAttempts",
            "List delivery attempts",
            "Returns attempts to send events to an endpoint, newest first.",
        ),
        |o| o.query::<PageParams>().gives::<Listing<Attempt>>(200, "A page of attempts."),
    )
    .route(
        GET,
        "/v1/event-endpoints/{endpoint_id}/dead-letters",
        event_endpoints::dead_lettered,
        Key,
        about(
            "listDeadLetters",
            "List dead-lettered events",
            "Returns dead-lettered events of an endpoint, oldest first.",
        ),
        |o| o.query::<PageParams>().gives::<Listing<DeadLetteredEvent>>(200, "A page of dead-lettered events."),
    )
    .route(
        POST,
        "/v1/event-endpoints/{endpoint_id}/replay",
        event_endpoints::replay,
        Key,
        about(
            "replayEvents",
            "Replay events",
            "Sends events again: one event, every event after a time, or all dead-lettered events.",
        ),
        |o| {
            o.takes::<event_endpoints::ReplayRequest>()
                .example(&json!({ "dead_lettered": true }))
                .gives::<EventsReplayed>(202, "The events are queued.")
                .fails(&[Code::EditConflict])
        },
    )
}
