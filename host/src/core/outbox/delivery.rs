//! The attempts of one claim: its events one after the other, until the endpoint fails or is gone.

use connector_api::domain::Timestamp;

use super::{
    envelope::CloudEvent,
    schedule,
    sender::{Secrets, Sender, Sent},
};
use crate::{
    metrics,
    model::{
        endpoint::{Attempt, Due, Endpoint, Sequel},
        outbox::OutboxEvent,
    },
    store::Store,
    work::{Shutdown, backoff::random},
};

/// Events that a claim takes along, of those to be tried again and of fresh ones each.
const EVENTS_PER_CLAIM: u32 = 16;

/// How many events a claim takes along; one while the endpoint is on probation.
pub(super) fn limit(endpoint: &Endpoint) -> u32 {
    if schedule::is_on_probation(endpoint.failures) { 1 } else { EVENTS_PER_CLAIM }
}

/// What is needed to send to an endpoint.
pub(super) struct Delivery<'a> {
    pub(super) store: &'a Store,
    pub(super) sender: &'a Sender,
    pub(super) endpoint: &'a Endpoint,
    pub(super) secrets: &'a Secrets,
    pub(super) shutdown: &'a Shutdown,
}

/// What came of a claim's attempts.
pub(super) struct Attempts {
    pub(super) made: Vec<(Attempt, Sequel)>,
    pub(super) position: i64,
    pub(super) failures: u32,
    pub(super) cooldown_until: Option<Timestamp>,
    pub(super) is_gone: bool,
}

impl Delivery<'_> {
    /// Sends what is due, in order.
    pub(super) async fn attempt_all(&self, due: Due) -> Attempts {
        let endpoint = self.endpoint;
        let (again, position) = (due.again, due.position);
        let fresh_due = due.fresh.len();
        let events = again.into_iter().map(|(event, before)| (event, before, false));
        let fresh = due.fresh.into_iter().map(|event| (event, 0, true));
        let mut events: Vec<(OutboxEvent, u32, bool)> = events.chain(fresh).collect();
        if limit(endpoint) == 1 {
            events.truncate(1);
        }
        let mut attempts = Attempts {
            made: vec![],
            position: endpoint.position,
            failures: endpoint.failures,
            cooldown_until: None,
            is_gone: false,
        };
        let mut fresh_done = 0;
        for (event, before, is_fresh) in events {
            if self.shutdown.has_begun() || attempts.cooldown_until.is_some() || attempts.is_gone {
                break;
            }
            // Somebody may have removed, disabled or changed it since it was claimed.
            let now = self.store.endpoint(&endpoint.id).await;
            if now.is_ok_and(|now| now.is_none_or(|now| now.version != endpoint.version)) {
                break;
            }
            let seq = event.seq;
            let sent = self.sender.send(endpoint, self.secrets, &CloudEvent::from(event), seq, before + 1).await;
            if is_fresh {
                fresh_done += 1;
                attempts.position = seq;
            }
            attempts.note(sent, self.sender.clock.now());
        }
        if fresh_done == fresh_due {
            attempts.position = position;
        }
        attempts
    }
}

impl Attempts {
    fn note(&mut self, sent: Sent, now: Timestamp) {
        metrics::event_attempted(&sent.attempt.outcome);
        let sequel = if sent.is_delivered() {
            (self.failures, self.cooldown_until) = (0, None);
            Sequel::Delivered
        } else {
            self.failures = self.failures.saturating_add(1);
            let draw = random();
            let asked = sent.retry_after.map(|wait| now.plus_seconds(i64::try_from(wait.as_secs()).unwrap_or(0)));
            self.cooldown_until = schedule::cooldown(self.failures, now, draw).max(asked);
            self.is_gone |= sent.is_gone();
            match schedule::next_attempt(sent.attempt.number, now, draw) {
                Some(due_at) => Sequel::Again(asked.map_or(due_at, |asked| asked.max(due_at))),
                None => Sequel::DeadLettered,
            }
        };
        self.made.push((sent.attempt, sequel));
    }
}
