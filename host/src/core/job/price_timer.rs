//! Says at the second when a price starts or ends, although no sync runs.

use std::{sync::Arc, time::Duration};

use crate::{
    clock::Clock,
    metrics,
    store::{self, Store, Topic},
    work::Periodic,
};

/// Longest pause between two looks: other processes write prices, too, and clocks are set.
const LOOK_AGAIN: Duration = Duration::from_secs(10);
/// The same where other replicas write most of the prices, and a hint of theirs may be lost.
const LOOK_FOR_OTHERS: Duration = Duration::from_secs(1);
/// Shortest pause, in milliseconds: a clock may be a little behind the sleep.
const LEAST_PAUSE_MS: i64 = 5;

/// Announces prices that start and end. Cheap to clone; several hosts may do so over one database.
#[derive(Clone)]
pub struct PriceTimer {
    /// Where prices are kept.
    pub store: Store,
    /// The clock.
    pub clock: Arc<dyn Clock>,
}

impl Periodic for PriceTimer {
    const NAME: &'static str = "price";
    type Error = store::Error;

    fn every(&self) -> Duration {
        if self.store.has_replicas() { LOOK_FOR_OTHERS } else { LOOK_AGAIN }
    }

    async fn round(&mut self) -> store::Result<Duration> {
        self.emit().await
    }

    async fn woken(&self) {
        self.store.hinted(Topic::Price).await;
    }
}

impl PriceTimer {
    /// Emits the events that are due and says how long there is nothing to do.
    async fn emit(&self) -> store::Result<Duration> {
        loop {
            let emitted = self.store.emit_price_changes(self.clock.now()).await?;
            metrics::prices_emitted(emitted.events);
            if !emitted.more {
                break;
            }
        }
        let now = self.clock.now();
        let next = self.store.next_price_change(now).await?;
        let pause = next.map(|next| next.as_unix_ms().saturating_sub(now.as_unix_ms()).max(LEAST_PAUSE_MS));
        Ok(pause.map_or(LOOK_AGAIN, |ms| Duration::from_millis(u64::try_from(ms).unwrap_or(0)).min(LOOK_AGAIN)))
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use connector_api::{domain::Timestamp, wire::pull::Stream};

    use super::*;
    use crate::{
        model::{
            outbox::OutboxFilter,
            rows::{PriceRow, Rows},
        },
        store::{
            Store,
            suite::fixture::{at, connect, full_sync, price},
        },
        testing::SetClock,
    };

    /// A process that begins at a second: nothing of an earlier one is left but the file.
    async fn process(path: &Path, clock: &SetClock) -> (Store, PriceTimer) {
        let store = Store::open(path).await.unwrap();
        let timer = PriceTimer { store: store.clone(), clock: Arc::new(clock.clone()) };
        (store, timer)
    }

    async fn changes(store: &Store) -> Vec<Timestamp> {
        let filter = OutboxFilter { types: vec!["price.changed".into()], ..OutboxFilter::default() };
        store.outbox(&filter, 0, 250).await.unwrap().events.into_iter().map(|event| event.at).collect()
    }

    #[tokio::test]
    async fn it_sleeps_until_a_price_starts_or_ends_and_says_so_once_over_restarts() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.db");
        let clock = SetClock::at(at(0));
        let go_to = |second: i64| clock.set(at(second));
        let (store, timer) = process(&path, &clock).await;
        assert_eq!(timer.emit().await.unwrap(), LOOK_AGAIN, "nothing is to come");

        let id = connect(&store, "Shop").await;
        let sale = PriceRow { valid_from: Some(at(7)), valid_until: Some(at(60)), ..price("a", "1", 80) };
        let rows = Rows::Prices(vec![price("a", "1", 100), sale]);
        full_sync(&store, &id, &[(Stream::Prices, rows)], at(1)).await;
        tokio::time::timeout(Duration::ZERO, store.hinted(Topic::Price)).await.expect("the timer is woken");
        go_to(2);
        assert_eq!(timer.emit().await.unwrap(), Duration::from_secs(5));
        // Killed before the start and begun again after it.
        drop((store, timer));
        go_to(8);
        let (store, timer) = process(&path, &clock).await;
        assert_eq!(timer.emit().await.unwrap(), LOOK_AGAIN, "the end is further away");
        assert_eq!(changes(&store).await, [at(8)]);
        // Killed after it, and begun again: it is not said twice.
        drop((store, timer));
        go_to(57);
        let (store, timer) = process(&path, &clock).await;
        assert_eq!(timer.emit().await.unwrap(), Duration::from_secs(3));
        go_to(60);
        timer.emit().await.unwrap();
        timer.emit().await.unwrap();
        assert_eq!(changes(&store).await, [at(8), at(60)]);
    }
}
