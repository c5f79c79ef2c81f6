//! What operators watch, for Prometheus.

use axum::{
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};

use crate::{
    http::{Host, auth::Signed, extract::Answer, problem::Problem},
    metrics,
    model::Code,
};

/// On the public port, with an operator's key; nowhere there when operators have a port of their own.
pub(in crate::http) async fn show(State(host): State<Host>, caller: Signed) -> Answer<Response> {
    caller.operator()?;
    if host.settings.has_admin_port {
        return Err(Problem::new(Code::NotFound, "metrics are served at `server.admin_listen`"));
    }
    measured(&host).await
}

/// On the port of operators.
pub(in crate::http) async fn show_unguarded(State(host): State<Host>) -> Answer<Response> {
    measured(&host).await
}

async fn measured(host: &Host) -> Answer<Response> {
    let services = &host.services;
    metrics::standing_is(&services.connections.standing(services.clock.now()).await?);
    for (kind, count) in services.workers.living() {
        metrics::workers_live(kind, count);
    }
    metrics::pools_are(&services.connections.pools());
    if let Some(free) = services.disk.free() {
        metrics::disk_has_free(free);
    }
    let kind = "text/plain; version=0.0.4; charset=utf-8";
    Ok(([(header::CONTENT_TYPE, kind)], services.metrics.text()).into_response())
}
