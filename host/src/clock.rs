//! The time, as something tests can set.

use std::{
    sync::atomic::{AtomicBool, AtomicI64, Ordering},
    time::Duration,
};

use connector_api::domain::Timestamp;
use tokio::time::Instant;

/// Tells the time.
pub trait Clock: Send + Sync + 'static {
    /// Now.
    fn now(&self) -> Timestamp;

    /// By how many milliseconds it is ahead of this machine's clock, where it follows another one.
    fn ahead_of_machine_ms(&self) -> i64 {
        0
    }
}

/// A measurement that took longer says too little.
const MEASURED_WITHIN_MS: i64 = 1_000;

/// The clock of a database that several machines share: this machine's, with what the database's was ahead of it when it was asked
/// last. Claims of all replicas are then judged by one clock, and a machine whose own is wrong does no harm.
#[derive(Debug, Default)]
pub struct FollowingClock {
    ahead_ms: AtomicI64,
    measured: AtomicBool,
}

impl FollowingClock {
    /// What this machine's clock says.
    pub fn machine(&self) -> Timestamp {
        SystemClock.now()
    }

    /// Takes what the other clock said to a question that was asked at `asked`, by this machine's clock.
    pub fn follow(&self, theirs: Timestamp, asked: Timestamp) {
        self.follow_at(theirs, asked, self.machine());
    }

    fn follow_at(&self, theirs: Timestamp, asked: Timestamp, answered: Timestamp) {
        let took_ms = answered.as_unix_ms().saturating_sub(asked.as_unix_ms());
        if !(0..=MEASURED_WITHIN_MS).contains(&took_ms) && self.measured.load(Ordering::Relaxed) {
            return;
        }
        let ahead_ms = theirs.as_unix_ms().saturating_sub(asked.as_unix_ms().saturating_add(took_ms / 2));
        self.ahead_ms.store(ahead_ms, Ordering::Relaxed);
        self.measured.store(true, Ordering::Relaxed);
    }
}

impl Clock for FollowingClock {
    fn now(&self) -> Timestamp {
        let ms = self.machine().as_unix_ms().saturating_add(self.ahead_of_machine_ms());
        Timestamp::from_unix_ms(ms).unwrap_or_default()
    }

    fn ahead_of_machine_ms(&self) -> i64 {
        self.ahead_ms.load(Ordering::Relaxed)
    }
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

    #[test]
    fn another_clock_is_followed_unless_its_answer_took_too_long() {
        let clock = FollowingClock::default();
        let at = |ms: i64| Timestamp::from_unix_ms(1_760_000_000_000 + ms).unwrap();
        clock.follow_at(at(-90_000), at(0), at(40));
        assert_eq!(clock.ahead_of_machine_ms(), -90_020);
        clock.follow_at(at(5_000), at(0), at(1_500));
        assert_eq!(clock.ahead_of_machine_ms(), -90_020);
        clock.follow_at(at(7_000), at(0), at(0));
        assert_eq!(clock.ahead_of_machine_ms(), 7_000);
    }

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
