//! Says at the second when a price starts or ends, although no sync runs.

use std::{sync::Arc, time::Duration};

use tokio::sync::watch;

use crate::{
    clock::Clock,
    metrics,
    store::{self, Stores},
};

/// Longest pause between two looks: other processes write prices, too, and clocks are set.
const LOOK_AGAIN: Duration = Duration::from_secs(10);
/// Shortest pause, in milliseconds: a clock may be a little behind the sleep.
const LEAST_PAUSE_MS: i64 = 5;

/// Announces prices that start and end. Cheap to clone; several hosts may do so over one database.
#[derive(Clone)]
pub struct PriceTimer {
    /// Where prices are kept.
    pub stores: Arc<dyn Stores>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
}

impl PriceTimer {
    /// Announces until it is told to end.
    pub async fn work(self, mut ending: watch::Receiver<bool>) {
        while !*ending.borrow() {
            let pause = tokio::select! {
                pause = self.round() => pause.unwrap_or_else(|error| {
                    tracing::error!(%error, "prices that start or end could not be announced");
                    LOOK_AGAIN
                }),
                _ = ending.changed() => return,
            };
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = self.stores.prices_written() => {}
                _ = ending.changed() => {}
            }
        }
    }

    /// Announces what is due and says how long there is nothing to do.
    pub async fn round(&self) -> store::Result<Duration> {
        loop {
            let announced = self.stores.announce_prices(self.clock.now()).await?;
            metrics::prices_announced(announced.events);
            if !announced.more {
                break;
            }
        }
        let now = self.clock.now();
        let next = self.stores.next_price_change(now).await?;
        let pause = next.map(|next| next.as_unix_ms().saturating_sub(now.as_unix_ms()).max(LEAST_PAUSE_MS));
        Ok(pause.map_or(LOOK_AGAIN, |ms| Duration::from_millis(u64::try_from(ms).unwrap_or(0)).min(LOOK_AGAIN)))
    }
}
