//! Looks after intents by itself: those whose worker died, and those nobody knows the end of.

use std::{sync::Arc, time::Duration};

use super::{Error, OrderService, claim};
use crate::{
    clock::Clock,
    core::connection::Ctx,
    model::intent::Claimed,
    store::Store,
    work::{Due, Kind, Shutdown},
};

/// How often it is looked whether something is due.
const EVERY: Duration = Duration::from_secs(1);

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
    /// Brings the intent that has been due longest as far as it can be brought; `false` when none is due.
    pub async fn step(&self) -> Result<bool, Error> {
        match self.claim().await? {
            Due::Now(claimed) => self.carry_on(claimed).await.map(|()| true),
            Due::In(_) => Ok(false),
        }
    }

    async fn carry_on(&self, claimed: Claimed) -> Result<(), Error> {
        let now = self.clock.now();
        let id = claimed.intent.id.clone();
        let intent = self.orders.carry_on(&Ctx::operator("resolver", now), claimed).await?;
        tracing::info!(intent = %id, state = intent.state.as_str(), "order intent processed");
        Ok(())
    }
}

impl Kind for Resolver {
    const NAME: &'static str = "order";
    type Claimed = Claimed;
    type Error = Error;

    async fn claim(&self) -> Result<Due<Claimed>, Error> {
        let now = self.clock.now();
        Ok(Due::of(self.store.claim_due_intent(now, claim::until(now)).await?, EVERY))
    }

    /// What has begun is brought to its end, also when the host shuts down.
    async fn work(self, claimed: Claimed, _: Shutdown) {
        if let Err(error) = self.carry_on(claimed).await {
            tracing::error!(%error, "cannot process an order intent");
        }
    }
}
