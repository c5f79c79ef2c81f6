//! Server-sent events.

use std::convert::Infallible;

use axum::response::{
    IntoResponse, Response, Sse,
    sse::{Event, KeepAlive},
};
use futures_util::{Stream, StreamExt};
use serde::Serialize;

use super::{Host, problem::Problem};
use crate::session::CheckEvent;

/// A named event with a JSON body.
fn event(name: &str, data: &impl Serialize) -> Event {
    Event::default().event(name).json_data(data).unwrap_or_else(|_| Event::default().event(name).data("{}"))
}

/// Checks of a session, one by one, then their outcome.
pub(super) fn check_event(ended: CheckEvent, request_id: &str) -> Event {
    match ended {
        CheckEvent::Check(check) => event("check", &check),
        CheckEvent::Result(result) => event("result", &result),
        CheckEvent::Problem(error) => event("problem", &Problem::from(*error).body(request_id)),
    }
}

/// A snapshot of a sync.
pub(super) fn progress_event(snapshot: &crate::job::Snapshot) -> Event {
    event("progress", snapshot)
}

/// Sends events as they come, until the host is told to end.
pub(super) fn sent(host: &Host, events: impl Stream<Item = Event> + Send + 'static) -> Response {
    let mut ending = host.ending.clone();
    let ended = async move {
        // The sender lives as long as the server.
        ending.wait_for(|ending| *ending).await.ok();
    };
    let events = events.map(Ok::<_, Infallible>).take_until(Box::pin(ended));
    Sse::new(events).keep_alive(KeepAlive::default()).into_response()
}
