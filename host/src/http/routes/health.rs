//! The host itself.

use super::methods::GET;
use crate::{
    http::{
        access::Access,
        api::{health, metrics},
        openapi::{Api, about},
    },
    model::Code,
};

/// How a body can fail that the operation does not read. `/livez` and `/readyz` do not even receive it.
const UNWANTED_BODY: [Code; 3] = [Code::BodyIncomplete, Code::BodyTooSlow, Code::BodyTooLarge];

pub(super) fn routes(api: Api) -> Api {
    use Access::{Open, Operator};
    api.tag("host", "The host itself: liveness, readiness, metrics and this document.")
        .route(
            GET,
            "/livez",
            health::livez,
            Open,
            about("getLiveness", "Check that the process is alive", "Answers as long as the process runs."),
            |o| o.gives::<health::Liveness>(200, "The process is alive."),
        )
        .route(
            GET,
            "/readyz",
            health::readyz,
            Open,
            about(
                "getReadiness",
                "Check that the host accepts requests",
                "Answers 200 when requests should be sent to this host, and lists what does not work although they should. \
                 Answers 503 while the host is shutting down, or when the database, the keys or a worker do not work.",
            ),
            |o| {
                o.gives::<health::Readiness>(200, "The host accepts requests.").fails(&[Code::WorkStopped, Code::Keys])
            },
        )
        .route(
            GET,
            "/version",
            health::version,
            Open,
            about("getVersion", "Get the version of the host", "Returns the name and version of the program."),
            |o| o.gives::<health::Version>(200, "Name and version.").fails(&UNWANTED_BODY),
        )
        .route(
            GET,
            "/metrics",
            metrics::show,
            Operator,
            about("getMetrics", "Get metrics for Prometheus", "Returns counters and gauges of this host. With `server.admin_listen` they are served there instead, without a key."),
            |o| o.text("Metrics in the text format of Prometheus.").fails(&[Code::NotFound]),
        )
        .route(
            GET,
            "/openapi.json",
            health::openapi,
            Open,
            about("getOpenApiDocument", "Get this document", "Returns the OpenAPI 3.1 document of the host."),
            |o| o.object("The OpenAPI document.").fails(&UNWANTED_BODY),
        )
}
