//! Prices that start and end by themselves: announced at their instant, although nothing is written then.

use async_trait::async_trait;
use connector_api::domain::Timestamp;

use super::error::Result;

/// What one step of announcing did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PricesAnnounced {
    /// Events that were written.
    pub events: u64,
    /// Whether there is more to be announced up to the same instant.
    pub more: bool,
}

/// Announces prices that start and end, and forgets amounts that nobody needs any more.
#[async_trait]
pub trait PriceTimerStore: Send + Sync {
    /// Announces prices that started or ended up to `now`, those of a limited number of priced things at once: where another
    /// price holds now than at the instant up to which everything was announced, an event says so. Events and position are
    /// written together, so that each change is announced once, whoever is killed when. What a sync wrote at or after the
    /// instant was announced by that sync. After a clock that was ahead, prices are announced as they hold now.
    async fn announce_prices(&self, now: Timestamp) -> Result<PricesAnnounced>;

    /// The first instant after this one at which a price starts or ends.
    async fn next_price_change(&self, after: Timestamp) -> Result<Option<Timestamp>>;

    /// Waits until this process writes prices. What was written since the last wait ends the next at once.
    async fn prices_written(&self);

    /// Removes observed amounts that no reduction needs any more for its lowest of 30 days; returns how many.
    async fn prune_seen_prices(&self, now: Timestamp) -> Result<u64>;
}
