//! The queue of events, where the merchant has chosen it.

use connector_api::{ConnectorError, ErrorCode};

use super::{
    super::{event_queue, source::Source},
    checklist::{Checklist, Verdict},
    help,
};

/// Reads one event. A queue that cannot be read is no reason to refuse a connection: webhooks and syncs remain.
pub(super) async fn check(source: &Source, list: &mut Checklist<'_>) -> Result<(), ConnectorError> {
    if !source.chosen.event_queue {
        return Ok(());
    }
    let began = list.begin().await?;
    let verdict = match event_queue::try_reading(source).await {
        Ok(()) => Verdict::pass("The queue of events can be read."),
        Err(error) if error.code == ErrorCode::HostFailed => return Err(error),
        Err(error) => Verdict::warn(
            error.code.clone(),
            format!("The queue of events cannot be read: {}", error.message),
            "Ask Centra to switch on events for your store, and create a token with Event:read, Event:write and an integration name that nothing else uses; or switch the queue off in the settings.",
        ),
    };
    list.end(began, "event_queue", "The queue of events can be read", verdict.or_at("/event_queue").help(help::EVENTS))
        .await
}
