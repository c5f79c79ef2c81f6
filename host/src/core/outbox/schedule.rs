//! When an event is tried again, and how long an endpoint that fails is left alone.

use std::time::Duration;

use connector_api::domain::Timestamp;

use crate::{
    model::horizon::{ENDPOINT_COOLDOWN_S, EVENT_PAUSE_S},
    work::backoff::{Backoff, Jitter, after},
};

/// Seconds before each repetition, as Standard Webhooks proposes: over three days in all.
const PAUSES_S: [u64; 9] = [5, 5 * 60, 30 * 60, 2 * 3_600, 5 * 3_600, 10 * 3_600, 14 * 3_600, 20 * 3_600, 24 * 3_600];
/// Failures in a row after which an endpoint cools down.
pub const TRIPS_AFTER: u32 = 3;
/// Seconds of the longest cooldown.
const LONGEST_COOLDOWN_S: u64 = 900;
/// How cooldowns grow.
const COOLDOWNS: Backoff =
    Backoff::new(Duration::from_secs(5), Duration::from_secs(LONGEST_COOLDOWN_S), Jitter::TENTH_SOONER);
const _: () =
    assert!(LONGEST_COOLDOWN_S <= ENDPOINT_COOLDOWN_S.cast_unsigned(), "a cooldown must not lie beyond its horizon");
const _: () =
    assert!(PAUSES_S[8] + PAUSES_S[8] / 10 <= EVENT_PAUSE_S.cast_unsigned(), "a pause must not lie beyond its horizon");

/// When an event is tried again whose attempt of this number (from 1) has failed; nothing when it is dead-lettered.
/// `draw` is between 0 and 1 and delays it by up to a tenth, so that many do not come back together.
pub fn next_attempt(number: u32, now: Timestamp, draw: f64) -> Option<Timestamp> {
    let pause = *PAUSES_S.get(usize::try_from(number.saturating_sub(1)).ok()?)?;
    Some(after(now, Jitter::TENTH_LATER.of(Duration::from_secs(pause), draw)))
}

/// Until when an endpoint cools down that has failed so often in a row; nothing while that is not too often.
pub fn cooldown(failures: u32, now: Timestamp, draw: f64) -> Option<Timestamp> {
    let beyond = failures.checked_sub(TRIPS_AFTER)?;
    Some(after(now, COOLDOWNS.pause(beyond.saturating_add(1), draw)))
}

/// Whether an endpoint that fails is only tried out: with one event.
pub fn is_on_probation(failures: u32) -> bool {
    failures >= TRIPS_AFTER
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_tried_ten_times_over_three_days() {
        let start = Timestamp::from_unix_ms(0).unwrap();
        let mut now = start;
        let mut attempts = 1;
        while let Some(next) = next_attempt(attempts, now, 0.0) {
            (now, attempts) = (next, attempts + 1);
        }
        assert_eq!((attempts, now.as_unix_ms() / 3_600_000), (10, 75));
        let late = next_attempt(1, start, 1.0).unwrap();
        assert_eq!(late.as_unix_ms(), 5_500);
    }

    #[test]
    fn cooldowns_grow_and_end() {
        let now = Timestamp::from_unix_ms(0).unwrap();
        let seconds = |failures| cooldown(failures, now, 1.0).map(|until| until.as_unix_ms() / 1_000);
        assert_eq!(
            [0, 2, 3, 4, 5, 11, u32::MAX].map(seconds),
            [None, None, Some(5), Some(10), Some(20), Some(900), Some(900)]
        );
        assert!(!is_on_probation(2) && is_on_probation(3));
    }
}
