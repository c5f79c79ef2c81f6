//! The time, as something tests can set.

use std::time::Duration;

use connector_api::domain::Timestamp;
use tokio::time::Instant;

/// Tells the time.
pub trait Clock: Send + Sync + 'static {
    /// Now.
    fn now(&self) -> Timestamp;
}

/// How long a clock has to have gone on steadily before anything is deleted for its age.
const STEADY_FOR: Duration = Duration::from_mins(15);
/// What a clock may be corrected by and still be steady, in milliseconds.
const CORRECTED_BY_MS: i64 = 60_000;

/// Watches whether a clock goes on steadily. Whatever deletes things for their age asks it first: a clock that is ahead for a
/// minute must not make everything old.
#[derive(Debug)]
pub struct Steadiness {
    seen: (Instant, Timestamp),
    since: Instant,
}

impl Steadiness {
    /// Begins to watch.
    pub fn new(now: Timestamp) -> Self {
        let begun = Instant::now();
        Self { seen: (begun, now), since: begun }
    }

    /// Whether the clock, which says `now`, has gone on steadily for long enough.
    pub fn is_given(&mut self, now: Timestamp) -> bool {
        let (instant, earlier) = self.seen;
        self.seen = (Instant::now(), now);
        let passed_ms = i64::try_from(instant.elapsed().as_millis()).unwrap_or(i64::MAX);
        let shown_ms = now.as_unix_ms().saturating_sub(earlier.as_unix_ms());
        if shown_ms.saturating_sub(passed_ms).saturating_abs() > CORRECTED_BY_MS {
            self.since = self.seen.0;
        }
        self.since.elapsed() >= STEADY_FOR
    }
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the machine's clock")]
    fn now(&self) -> Timestamp {
        let since_epoch = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        let milliseconds = i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX);
        Timestamp::from_unix_ms(milliseconds).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_clock_that_jumps_has_to_be_steady_for_a_while_again() {
        let start = Timestamp::from_unix_ms(1_760_000_000_000).unwrap();
        let mut steadiness = Steadiness::new(start);
        let mut now = start;
        let mut after = async |minutes: u64, jump_s: i64| {
            tokio::time::advance(Duration::from_secs(minutes * 60)).await;
            now = now.plus_seconds(i64::try_from(minutes * 60).unwrap() + jump_s);
            steadiness.is_given(now)
        };
        assert!(!after(1, 0).await, "a clock that is seen for the first time may be ahead");
        assert!(after(15, 0).await);
        assert!(!after(1, 400 * 86_400).await);
        assert!(!after(1, -400 * 86_400).await);
        assert!(!after(14, 0).await);
        assert!(after(2, 20).await, "a small correction is none");
    }
}
