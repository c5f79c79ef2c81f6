//! What operators watch, for Prometheus.

use axum::{
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};

use crate::{
    http::{Host, auth::Signed, extract::Answer},
    metrics,
};

pub(in crate::http) async fn show(State(host): State<Host>, caller: Signed) -> Answer<Response> {
    caller.operator()?;
    let standing = host.services.connections.standing(host.services.clock.now()).await?;
    for (state, count) in &standing.connections {
        metrics::connections_are(state.as_str(), *count);
    }
    metrics::work_is_overdue("sync", standing.sync_overdue);
    metrics::work_is_overdue("webhook", standing.webhooks_overdue);
    metrics::work_is_overdue("order", standing.orders_overdue);
    metrics::work_is_overdue("event", standing.events_overdue);
    for (kind, count) in host.services.workers.living() {
        metrics::workers_live(kind, count);
    }
    metrics::good_sync_is_old(standing.good_sync_age);
    metrics::intents_need_a_person(standing.intents_needing_a_person);
    if let Some(free) = host.services.disk.free() {
        metrics::disk_has_free(free);
    }
    let kind = "text/plain; version=0.0.4; charset=utf-8";
    Ok(([(header::CONTENT_TYPE, kind)], host.services.metrics.text()).into_response())
}
