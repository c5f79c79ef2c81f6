//! Sends what is due: claims an endpoint, sends to it in order, writes down what came of it.
//!
//! A claim takes a few events along and sends one after the other, so that an endpoint that accepts them gets them in
//! order. What came of all of them is written in one transaction; a host that is killed before that sends them again, with
//! the same ids. An endpoint that fails several times in a row cools down, and is then tried out with one event.

use std::time::Duration;

use connector_api::domain::Timestamp;

use super::{
    Error,
    delivery::{Delivery, limit},
    sender::Sender,
};
use crate::{
    model::endpoint::{ClaimedEndpoint, DeliveryCommit},
    store::Store,
    work::{self, Kind, Lease, Shutdown, keep},
};

/// How often it is looked whether something has become due.
const LOOK_AGAIN: Duration = Duration::from_millis(200);
const TAKEN_OVER: &str = "another replica claimed this endpoint; events may be sent twice";

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
        let due = self.store.due(claimed, self.sender.clock.now(), limit(endpoint)).await?;
        let (store, sender) = (&self.store, &self.sender);
        let delivery = Delivery { store, sender, endpoint, secrets: &sender.secrets(endpoint).await?, shutdown };
        let renew = || self.store.renew_endpoint(claimed, self.claimed_until(self.sender.clock.now()));
        let lease = Lease::of(Duration::from_secs(self.lease_s.into()));
        let Ok(attempts) = keep(lease, renew, delivery.attempt_all(due)).await else {
            tracing::warn!(endpoint = endpoint.id, "{TAKEN_OVER}");
            return Ok(());
        };
        if attempts.is_gone {
            tracing::warn!(endpoint = endpoint.id, "an endpoint answered 410 Gone and is disabled");
        } else if let (Some(until), None) = (attempts.cooldown_until, endpoint.cooldown_until) {
            tracing::warn!(endpoint = endpoint.id, %until, "an endpoint fails and is in cooldown");
        }
        let commit = DeliveryCommit {
            claimed,
            attempts: &attempts.made,
            position: attempts.position,
            failures: attempts.failures,
            cooldown_until: attempts.cooldown_until,
            disabled: attempts.is_gone.then_some("the endpoint answered 410 Gone"),
            now: self.sender.clock.now(),
        };
        if !self.store.commit_delivery(commit).await? {
            tracing::warn!(endpoint = endpoint.id, "{TAKEN_OVER}");
        }
        Ok(())
    }
}
