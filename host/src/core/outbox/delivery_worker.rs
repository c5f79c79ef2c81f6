//! Sends what is due: claims an endpoint, sends to it in order, writes down what came of it.
//!
//! A claim takes a few events along and sends one after the other, so that an endpoint that accepts them gets them in
//! order. What came of all of them is written in one transaction; a host that is killed before that sends them again, with
//! the same ids. An endpoint that fails several times in a row cools down, and is then tried out with one event.

use std::time::Duration;

use connector_api::domain::Timestamp;

use super::{
    Error,
    envelope::CloudEvent,
    schedule,
    sender::{Secrets, Sender, Sent},
};
use crate::{
    metrics,
    model::{
        endpoint::{Attempt, ClaimedEndpoint, DeliveryCommit, Due, Endpoint, Sequel},
        outbox::OutboxEvent,
    },
    store::Store,
    work::{self, Kind, Lease, Shutdown, backoff::random, keep},
};

/// How often it is looked whether something has become due.
const LOOK_AGAIN: Duration = Duration::from_millis(200);
/// Events that a claim takes along, of those to be tried again and of fresh ones each.
const EVENTS_PER_CLAIM: u32 = 16;
const TAKEN_OVER: &str = "another host took over an endpoint; events may be sent twice";

/// Sends what is due. Cheap to clone; several hosts may do so over one database.
#[derive(Clone)]
pub struct Deliverer {
    /// Where it is kept.
    pub store: Store,
    /// Sends.
    pub sender: Sender,
    /// Seconds that a claim holds without being renewed: how long others wait for a host that died.
    pub lease_s: u32,
}

/// What is kept of a claim's attempts.
struct Work {
    attempts: Vec<(Attempt, Sequel)>,
    position: i64,
    failures: u32,
    cooldown_until: Option<Timestamp>,
    is_gone: bool,
}

impl Kind for Deliverer {
    const NAME: &'static str = "event";
    type Claimed = ClaimedEndpoint;
    type Error = Error;

    async fn claim(&self) -> Result<work::Due<ClaimedEndpoint>, Error> {
        let now = self.sender.clock.now();
        Ok(work::Due::of(self.store.claim_endpoint(now, self.claimed_until(now)).await?, LOOK_AGAIN))
    }

    /// An endpoint that cannot be worked on must not keep the others waiting: its claim runs out.
    async fn work(self, claimed: ClaimedEndpoint, shutdown: Shutdown) {
        if let Err(error) = self.deliver(&claimed, &shutdown).await {
            tracing::error!(endpoint = claimed.endpoint.id, %error, "cannot send events to an endpoint");
        }
    }
}

impl Deliverer {
    /// Works off one endpoint that has something due; `false` when none has.
    pub async fn deliver_once(&self) -> Result<bool, Error> {
        let work::Due::Now(claimed) = self.claim().await? else { return Ok(false) };
        self.clone().work(claimed, Shutdown::never()).await;
        Ok(true)
    }

    fn claimed_until(&self, now: Timestamp) -> Timestamp {
        now.plus_seconds(i64::from(self.lease_s))
    }

    async fn deliver(&self, claimed: &ClaimedEndpoint, shutdown: &Shutdown) -> Result<(), Error> {
        let endpoint = &claimed.endpoint;
        let limit = if schedule::is_on_probation(endpoint.failures) { 1 } else { EVENTS_PER_CLAIM };
        let due = self.store.due(claimed, self.sender.clock.now(), limit).await?;
        let secrets = self.sender.secrets(endpoint).await?;
        let attempts = self.attempt_all(endpoint, &secrets, due, limit, shutdown);
        let renew = || self.store.renew_endpoint(claimed, self.claimed_until(self.sender.clock.now()));
        let lease = Lease::of(Duration::from_secs(self.lease_s.into()));
        let Ok(work) = keep(lease, renew, attempts).await else {
            tracing::warn!(endpoint = endpoint.id, "{TAKEN_OVER}");
            return Ok(());
        };
        if work.is_gone {
            tracing::warn!(endpoint = endpoint.id, "an endpoint answered 410 Gone and is disabled");
        } else if let (Some(until), None) = (work.cooldown_until, endpoint.cooldown_until) {
            tracing::warn!(endpoint = endpoint.id, %until, "an endpoint fails and is in cooldown");
        }
        let commit = DeliveryCommit {
            claimed,
            attempts: &work.attempts,
            position: work.position,
            failures: work.failures,
            cooldown_until: work.cooldown_until,
            disabled: work.is_gone.then_some("the endpoint answered 410 Gone"),
            now: self.sender.clock.now(),
        };
        if !self.store.commit_delivery(commit).await? {
            tracing::warn!(endpoint = endpoint.id, "{TAKEN_OVER}");
        }
        Ok(())
    }

    async fn attempt_all(
        &self,
        endpoint: &Endpoint,
        secrets: &Secrets,
        due: Due,
        limit: u32,
        shutdown: &Shutdown,
    ) -> Work {
        let (again, position) = (due.again, due.position);
        let fresh_due = due.fresh.len();
        let events = again.into_iter().map(|(event, before)| (event, before, false));
        let fresh = due.fresh.into_iter().map(|event| (event, 0, true));
        let mut events: Vec<(OutboxEvent, u32, bool)> = events.chain(fresh).collect();
        if limit == 1 {
            events.truncate(1);
        }
        let mut work = Work {
            attempts: vec![],
            position: endpoint.position,
            failures: endpoint.failures,
            cooldown_until: None,
            is_gone: false,
        };
        let mut fresh_done = 0;
        for (event, before, is_fresh) in events {
            if shutdown.has_begun() || work.cooldown_until.is_some() || work.is_gone {
                break;
            }
            // Somebody may have removed, disabled or changed it since it was claimed.
            let now = self.store.endpoint(&endpoint.id).await;
            if now.is_ok_and(|now| now.is_none_or(|now| now.version != endpoint.version)) {
                break;
            }
            let seq = event.seq;
            let sent = self.sender.send(endpoint, secrets, &CloudEvent::from(event), seq, before + 1).await;
            if is_fresh {
                fresh_done += 1;
                work.position = seq;
            }
            work.note(sent, self.sender.clock.now());
        }
        if fresh_done == fresh_due {
            work.position = position;
        }
        work
    }
}

impl Work {
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
        self.attempts.push((sent.attempt, sequel));
    }
}
