//! Deliveries that wait are read, and their events put into entity queues.

use std::time::Duration;

use connector_api::{
    ConnectorError, Retry,
    domain::{ConnectionId, Timestamp},
    wire::{
        Op,
        webhook::{ParseWebhookRequest, ParseWebhookResponse, PlatformEvent},
    },
};

use super::{content::Content, webhook_worker::Worker};
use crate::{
    core::connection::Opened,
    model::{
        fetched::ChangeSource,
        horizon::WEBHOOK_PAUSE_S,
        webhook::{Reading, ReadingCommit, WaitingDelivery},
    },
    work::{
        Next,
        backoff::{Backoff, Jitter, of_key},
        keep,
    },
};

/// How long a connector may take to read one delivery.
const PARSE_DEADLINE: Duration = Duration::from_secs(5);
/// Seconds of the longest pause.
const LONGEST_PAUSE_S: u64 = 3_600;
/// Pauses before something is tried again.
const BACKOFF: Backoff =
    Backoff::new(Duration::from_secs(5), Duration::from_secs(LONGEST_PAUSE_S), Jitter::TENTH_SOONER);
const _: () = assert!(LONGEST_PAUSE_S <= WEBHOOK_PAUSE_S.cast_unsigned(), "a pause must not lie beyond its horizon");

impl Worker {
    /// Reads a connection's oldest deliveries and ends the claim.
    pub(super) async fn read(&self, connection: &ConnectionId, fence: i64, deliveries: &[WaitingDelivery]) {
        let renew = || self.store.renew_reading(connection, fence, self.lease_until(self.clock.now()));
        let Ok(readings) = keep(self.lease(), renew, self.read_all(connection, deliveries)).await else {
            return tracing::warn!(connection = connection.as_str(), "another worker took over deliveries");
        };
        let now = self.clock.now();
        let attempts = deliveries.iter().map(|delivery| delivery.attempts).min().unwrap_or(0);
        let commit = ReadingCommit {
            connection,
            fence,
            readings: &readings,
            queues_due_at: self.settled(now),
            again_at: due_at(connection, now, again(attempts, Retry::Backoff)).unwrap_or(now),
            now,
        };
        match self.store.commit_reading(commit).await {
            Ok(count) => tracing::debug!(connection = connection.as_str(), ?count, "deliveries parsed"),
            Err(error) => tracing::error!(connection = connection.as_str(), %error, "cannot store events"),
        }
    }

    async fn read_all(&self, connection: &ConnectionId, deliveries: &[WaitingDelivery]) -> Vec<(i64, Reading)> {
        let mut readings = vec![];
        match self.pool.named(connection).await {
            Ok(opened) => {
                for delivery in deliveries {
                    readings.push((delivery.seq, self.read_one(&opened, delivery).await));
                }
            }
            Err(error) => tracing::warn!(connection = connection.as_str(), %error, "cannot parse deliveries yet"),
        }
        readings
    }

    async fn read_one(&self, opened: &Opened, delivery: &WaitingDelivery) -> Reading {
        let Some(content) = Content::open(&opened.seal, &delivery.content) else {
            return Reading::Failed {
                error: "it cannot be decrypted: the key has changed".to_owned(),
                dead_lettered: true,
            };
        };
        if delivery.attempts >= self.work.attempts {
            let error = "no attempt to parse it finished: the host crashed or stalled each time".to_owned();
            return Reading::Failed { error, dead_lettered: true };
        }
        let events = match delivery.source {
            ChangeSource::Poll => polled(&content),
            _ => parse(opened, content).await,
        };
        events.map_or_else(
            |error| Reading::Failed {
                dead_lettered: error.retry == Retry::Never && !error.code.concerns_connection()
                    || delivery.attempts + 1 >= self.work.attempts,
                error: error.to_string(),
            },
            Reading::Events,
        )
    }
}

async fn parse(opened: &Opened, content: Content) -> Result<Vec<PlatformEvent>, ConnectorError> {
    let request = ParseWebhookRequest { headers: content.headers };
    let answer = opened.connector.call_raw(&Op::ParseWebhook, &request, content.body, PARSE_DEADLINE).await?;
    let parsed: ParseWebhookResponse =
        serde_json::from_slice(&answer).map_err(|error| opened.connector.broken(&Op::ParseWebhook, &error))?;
    Ok(parsed.events)
}

/// What was taken from a queue is kept as its events.
fn polled(content: &Content) -> Result<Vec<PlatformEvent>, ConnectorError> {
    serde_json::from_slice(&content.body).map_err(|error| {
        ConnectorError::new(connector_api::ErrorCode::HostFailed, format!("kept events cannot be read: {error}"))
    })
}

/// What follows a failure of something that has failed this often before; not before the platform's own pause.
pub(super) fn again(attempts: u32, retry: Retry) -> Next {
    let asked = match retry {
        Retry::After { ms } => Duration::from_millis(ms),
        _ => Duration::ZERO,
    };
    Next::Backoff { failures: attempts.saturating_add(1), asked }
}

/// When it is due again. One draw for the connection: what is due together is read together.
pub(super) fn due_at(connection: &ConnectionId, now: Timestamp, next: Next) -> Option<Timestamp> {
    next.due_at(&BACKOFF, now, of_key(connection.as_str()))
}
