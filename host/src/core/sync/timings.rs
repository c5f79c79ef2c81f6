//! Where the time of a run went, for operators and benchmarks.

use std::time::{Duration, Instant};

use serde::Serialize;

/// Time spent in the steps of a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Timings {
    /// Waiting for the connector's pages: its own work and its waiting for the platform.
    pub pull: Duration,
    /// Turning pages into rows.
    pub decode: Duration,
    /// Writing rows and checkpoints.
    pub store: Duration,
}

/// Time spent in the steps of a run, in milliseconds, with the connector's time taken apart.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct TimingsReport {
    /// Waiting for the platform, pauses for its quota included.
    pub platform_ms: u64,
    /// The connector's own work: mapping the platform's answers.
    pub map_ms: u64,
    /// Turning pages into rows.
    pub decode_ms: u64,
    /// Writing rows and checkpoints.
    pub store_ms: u64,
}

impl Timings {
    /// The report, given how long the connector waited for the platform.
    pub fn report(self, platform: Duration) -> TimingsReport {
        let ms = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        TimingsReport {
            platform_ms: ms(platform),
            map_ms: ms(self.pull.saturating_sub(platform)),
            decode_ms: ms(self.decode),
            store_ms: ms(self.store),
        }
    }
}

/// Adds the time since `start` to `sum`.
pub(super) fn add_since(sum: &mut Duration, start: Instant) {
    *sum += start.elapsed();
}
