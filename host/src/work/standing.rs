//! How many places of a kind of work live, and the pause of one at which something panicked.

use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::time::Instant;

use super::{
    backoff::{Backoff, Jitter, random},
    shutdown::Shutdown,
};
use crate::metrics;

/// The first pause of a place at which something panicked.
pub(super) const FIRST_PAUSE: Duration = Duration::from_millis(200);
/// How the pauses grow.
const RESTART: Backoff = Backoff::new(FIRST_PAUSE, Duration::from_secs(30), Jitter::TENTH_LATER);
/// After this long without a panic the next one counts as the first again.
const SOUND_AFTER: Duration = Duration::from_mins(1);

/// The places of one kind of work.
#[derive(Debug, Default)]
pub(super) struct Standing {
    living: AtomicUsize,
    panics: Mutex<Option<(u32, Instant)>>,
}

impl Standing {
    /// Counts places. One counts from here on: that nothing has run yet is no sign that it is dead.
    pub(super) fn add(&self, places: usize) {
        self.living.fetch_add(places, Ordering::SeqCst);
    }

    /// How many live.
    pub(super) fn living(&self) -> usize {
        self.living.load(Ordering::SeqCst)
    }

    /// Takes places out after a panic, for longer and longer.
    pub(super) async fn pause(&self, kind: &'static str, places: usize, shutdown: &mut Shutdown) {
        tracing::error!(kind, "a worker ended by a panic; restarting it");
        metrics::worker_ended(kind);
        let panics = {
            let mut seen = self.panics.lock().unwrap_or_else(PoisonError::into_inner);
            let now = Instant::now();
            let recent = seen.filter(|(_, at)| now.duration_since(*at) < SOUND_AFTER);
            let panics = recent.map_or(1, |(panics, _)| panics.saturating_add(1));
            *seen = Some((panics, now));
            panics
        };
        self.living.fetch_sub(places, Ordering::SeqCst);
        tokio::select! {
            () = tokio::time::sleep(RESTART.pause(panics, random())) => {}
            () = shutdown.begun() => {}
        }
        self.living.fetch_add(places, Ordering::SeqCst);
    }
}
