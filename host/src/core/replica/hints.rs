//! Hints of other replicas that work may have become due: taken and sent for as long as the host lives. A connection that is lost is
//! made again; meanwhile whoever works looks by itself.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::{
    store::{Result, Store},
    work::backoff::{Backoff, Jitter, random},
};

/// Pauses after the way to the database was lost.
const BACKOFF: Backoff = Backoff::new(Duration::from_millis(200), Duration::from_secs(10), Jitter::FULL);
/// After this long the next loss counts as the first again.
const SOUND_AFTER: Duration = Duration::from_mins(1);

/// Exchanges hints with other replicas until it is dropped.
pub async fn exchange(store: Store) {
    if store.has_replicas() {
        tokio::join!(again_and_again("take", || store.take_hints()), again_and_again("send", || store.send_hints()));
    }
}

async fn again_and_again<F: Future<Output = Result<()>>>(what: &str, exchange: impl Fn() -> F) {
    let mut losses = 0_u32;
    loop {
        let begun = Instant::now();
        if let Err(error) = exchange().await {
            tracing::warn!(%error, what, "hints of other replicas are late: cannot reach the database");
        }
        losses = if begun.elapsed() > SOUND_AFTER { 1 } else { losses.saturating_add(1) };
        sleep(BACKOFF.pause(losses, random())).await;
    }
}
