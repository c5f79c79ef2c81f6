//! The one back-off: pauses that double with every failure in a row up to a longest one, with jitter, so that what failed
//! together does not come back together.

use std::time::Duration;

use connector_api::domain::Timestamp;

/// Where within its bound a pause lies, in per cent of the bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Jitter {
    least: u32,
    most: u32,
}

impl Jitter {
    /// None: for what only one process waits for.
    pub const NONE: Self = Self { least: 100, most: 100 };
    /// Anything up to the bound: for many clients of one server.
    pub const FULL: Self = Self { least: 0, most: 100 };
    /// The upper half of the bound: never nothing.
    pub const HALF: Self = Self { least: 50, most: 100 };
    /// Up to a tenth sooner: for stored due times, which must not lie beyond their horizon.
    pub const TENTH_SOONER: Self = Self { least: 90, most: 100 };
    /// Up to a tenth later: for pauses that are promised.
    pub const TENTH_LATER: Self = Self { least: 100, most: 110 };
    /// Up to a fifth later.
    pub const FIFTH_LATER: Self = Self { least: 100, most: 120 };

    /// The pause at a draw between 0 and 1.
    pub fn of(self, bound: Duration, draw: f64) -> Duration {
        let share = f64::from(self.least) + f64::from(self.most - self.least) * draw.clamp(0.0, 1.0);
        bound.mul_f64(share / 100.0)
    }
}

/// How pauses grow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    first: Duration,
    longest: Duration,
    jitter: Jitter,
}

impl Backoff {
    /// Pauses from `first` on, doubled with every further failure up to `longest`.
    pub const fn new(first: Duration, longest: Duration, jitter: Jitter) -> Self {
        Self { first, longest, jitter }
    }

    /// The same with another longest pause.
    #[must_use]
    pub const fn up_to(self, longest: Duration) -> Self {
        Self { longest, ..self }
    }

    /// The pause after so many failures in a row (from 1), at a draw between 0 and 1.
    pub fn pause(&self, failures: u32, draw: f64) -> Duration {
        let doublings = failures.saturating_sub(1).min(31);
        self.jitter.of(self.first.saturating_mul(1 << doublings).min(self.longest), draw)
    }

    /// When it is tried again after so many failures in a row (from 1); not before the pause that was asked for, as far as that
    /// is not longer than the longest: a mistake of the other side must not silence anything for years.
    pub fn due_at(&self, now: Timestamp, failures: u32, asked: Duration, draw: f64) -> Timestamp {
        after(now, self.pause(failures, draw).max(asked.min(self.longest)))
    }

    /// The pause when no failures are counted: as long as the trouble has lasted, so that pauses double all the same.
    pub fn pause_as_long_as(&self, lasted: Duration, draw: f64) -> Duration {
        self.jitter.of(lasted.min(self.longest).max(self.first), draw)
    }
}

/// The instant that lies a pause after another.
pub fn after(now: Timestamp, pause: Duration) -> Timestamp {
    let ms = i64::try_from(pause.as_millis()).unwrap_or(i64::MAX);
    Timestamp::from_unix_ms(now.as_unix_ms().saturating_add(ms)).unwrap_or(now)
}

/// A random draw between 0 and 1. Without randomness the whole bound is waited: later, never sooner.
pub fn random() -> f64 {
    f64::from(getrandom::u32().unwrap_or(u32::MAX)) / f64::from(u32::MAX)
}

/// A draw between 0 and 1 that is the same for the same key: what belongs together stays together, and a test can pin it.
pub fn of_key(key: &str) -> f64 {
    // FNV-1a: the standard library's hash may change with its version.
    let hash = key.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    f64::from(hash) / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn pauses_double_up_to_the_longest() {
        let backoff = Backoff::new(SECOND, Duration::from_secs(30), Jitter::NONE);
        let pauses = [0, 1, 2, 3, 5, 6, u32::MAX].map(|failures| backoff.pause(failures, 0.0).as_secs());
        assert_eq!(pauses, [1, 1, 2, 4, 16, 30, 30]);
    }

    #[test]
    fn the_draw_spans_the_jitter() {
        let pause = |jitter, draw| Backoff::new(SECOND, SECOND, jitter).pause(1, draw).as_millis();
        assert_eq!((pause(Jitter::FULL, 0.0), pause(Jitter::FULL, 0.5), pause(Jitter::FULL, 1.0)), (0, 500, 1000));
        assert_eq!((pause(Jitter::HALF, 0.0), pause(Jitter::HALF, 1.0)), (500, 1000));
        assert_eq!((pause(Jitter::TENTH_SOONER, 0.0), pause(Jitter::TENTH_LATER, 1.0)), (900, 1100));
        assert_eq!((pause(Jitter::NONE, 0.0), pause(Jitter::NONE, 7.0)), (1000, 1000));
    }

    #[test]
    fn a_pause_may_be_as_long_as_the_trouble() {
        let backoff = Backoff::new(SECOND, Duration::from_secs(30), Jitter::NONE);
        let pauses = [0, 7, 90].map(|lasted| backoff.pause_as_long_as(Duration::from_secs(lasted), 0.0).as_secs());
        assert_eq!(pauses, [1, 7, 30]);
    }

    #[test]
    fn draws_of_keys_differ_and_stay() {
        let draws: Vec<f64> = (0..100).map(|number| of_key(&format!("conn_{number}"))).collect();
        assert!(draws.iter().all(|draw| (0.0..=1.0).contains(draw)));
        assert!(draws.iter().any(|draw| *draw < 0.2) && draws.iter().any(|draw| *draw > 0.8));
        assert_eq!(of_key("conn_1").to_bits(), of_key("conn_1").to_bits());
        assert!((0.0..=1.0).contains(&random()));
    }
}
