//! Looks after intents by itself: those whose worker died, and those nobody knows the end of.

use std::{sync::Arc, time::Duration};

use connector_api::domain::Timestamp;
use tokio::sync::watch;

use super::{Error, OrderService, claim};
use crate::{
    clock::{Clock, Steadiness},
    connection::Ctx,
    store::Store,
};

/// How often it is looked whether something is due.
const EVERY: Duration = Duration::from_secs(1);
/// Seconds after which the request of an attempt that nobody repeats is destroyed, and how often that is looked for.
const FORGET_AFTER_S: i64 = 86_400;
const FORGET_EVERY_S: i64 = 3_600;

/// Looks after intents. Several may work side by side, in several processes.
#[derive(Clone)]
pub struct Resolver {
    /// Orders.
    pub orders: OrderService,
    /// Where intents are kept.
    pub store: Store,
    /// The clock.
    pub clock: Arc<dyn Clock>,
}

impl Resolver {
    /// Goes on until it is told to end; what is being worked on is brought to an end first.
    pub async fn work(self, mut ending: watch::Receiver<bool>) {
        let mut forgotten: Option<Timestamp> = None;
        let mut steadiness = Steadiness::new(self.clock.now());
        while !*ending.borrow() {
            let now = self.clock.now();
            if steadiness.is_given(now) && forgotten.is_none_or(|at| at > now || at.plus_seconds(FORGET_EVERY_S) <= now)
            {
                forgotten = Some(now);
                if let Err(error) = self.forget(now).await {
                    tracing::error!(%error, "cannot delete old requests");
                }
            }
            match self.step().await {
                Ok(true) => continue,
                Ok(false) => {}
                Err(error) => tracing::error!(%error, "cannot process an order intent"),
            }
            tokio::select! {
                () = tokio::time::sleep(EVERY) => {}
                _ = ending.changed() => {}
            }
        }
    }

    async fn forget(&self, now: Timestamp) -> Result<u64, Error> {
        Ok(self.store.forget_requests(now.plus_seconds(-FORGET_AFTER_S)).await?)
    }

    /// Brings the intent that has been due longest as far as it can be brought; `false` when none is due.
    pub async fn step(&self) -> Result<bool, Error> {
        let now = self.clock.now();
        let claimed = self.store.claim_due_intent(now, claim::until(now)).await?;
        let Some(claimed) = claimed else { return Ok(false) };
        let id = claimed.intent.id.clone();
        let intent = self.orders.carry_on(&Ctx::operator("resolver", now), claimed).await?;
        tracing::info!(intent = %id, state = intent.state.as_str(), "order intent processed");
        Ok(true)
    }
}
