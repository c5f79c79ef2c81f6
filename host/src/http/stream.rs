//! Server-sent events.

use std::{convert::Infallible, time::Duration};

use axum::response::{
    IntoResponse, Response, Sse,
    sse::{Event, KeepAlive},
};
use futures_util::{Stream, StreamExt};
use serde::Serialize;

use super::{Host, problem::Problem, request_ids::RequestIds};
use crate::core::session::CheckEvent;

/// A named event with a JSON body.
fn event(name: &str, data: &impl Serialize) -> Event {
    Event::default().event(name).json_data(data).unwrap_or_else(|_| Event::default().event(name).data("{}"))
}

/// Checks of a session, one by one, then their outcome.
pub(super) fn check_event(ended: CheckEvent, ids: &RequestIds) -> Event {
    match ended {
        CheckEvent::Check(check) => event("check", &check),
        CheckEvent::Result(result) => event("result", &result),
        CheckEvent::Problem(error) => event("problem", &Problem::from(*error).body(ids)),
    }
}

/// A snapshot of a sync.
pub(super) fn progress_event(snapshot: &crate::core::job::Snapshot) -> Event {
    event("progress", snapshot)
}

/// How often it is asked whether who listens may still do so.
const ASK_AGAIN: Duration = Duration::from_secs(1);

/// Sends events as they come, until the host shuts down or what gave the right to them is over: a key is revoked, a
/// sign-in ended, a connection disconnected, a link cancelled.
pub(super) fn sent<F>(
    host: &Host,
    events: impl Stream<Item = Event> + Send + 'static,
    still: impl FnMut() -> F + Send + 'static,
) -> Response
where
    F: Future<Output = bool> + Send,
{
    let mut shutdown = host.shutdown.clone();
    let ended = async move {
        tokio::select! {
            // The sender lives as long as the server.
            _ = shutdown.wait_for(|shutdown| *shutdown) => {}
            () = over(still) => {}
        }
    };
    let events = events.map(Ok::<_, Infallible>).take_until(Box::pin(ended));
    Sse::new(events).keep_alive(KeepAlive::default()).into_response()
}

/// Ends when `still` does not hold any more.
pub(super) async fn over<F: Future<Output = bool>>(mut still: impl FnMut() -> F) {
    loop {
        tokio::time::sleep(ASK_AGAIN).await;
        if !still().await {
            return;
        }
    }
}
