//! Pauses between attempts: exponential, with full jitter.

use std::time::Duration;

use super::policy::RetryPolicy;

/// The pause after the given number of failed attempts (from 1), drawn evenly between zero and a doubling bound, so
/// that clients that failed together do not come back together.
pub(super) fn pause(policy: &RetryPolicy, failed: u32) -> Duration {
    // Without randomness the whole bound is waited: later, never sooner.
    pause_at(policy, failed, getrandom::u32().unwrap_or(u32::MAX))
}

/// The shortest pause after the given number of refusals in a row (from 1), whatever the platform asks: `Retry-After: 0` must
/// not turn into a storm of requests. Drawn from the upper half of a doubling bound.
pub(super) fn floor(policy: &RetryPolicy, refusals: u32) -> Duration {
    floor_at(policy, refusals, getrandom::u32().unwrap_or(u32::MAX))
}

fn floor_at(policy: &RetryPolicy, refusals: u32, draw: u32) -> Duration {
    let bound = policy.base.saturating_mul(1 << refusals.min(31)).min(policy.cap);
    (bound + bound.mul_f64(f64::from(draw) / f64::from(u32::MAX))) / 2
}

fn pause_at(policy: &RetryPolicy, failed: u32, draw: u32) -> Duration {
    let doublings = failed.saturating_sub(1).min(31);
    let bound = policy.base.saturating_mul(1 << doublings).min(policy.cap);
    bound.mul_f64(f64::from(draw) / f64::from(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_floor_grows_and_is_never_nothing() {
        let policy = RetryPolicy::default();
        let floors = |draw| (1..=6).map(|refusals| floor_at(&policy, refusals, draw).as_millis()).collect::<Vec<_>>();
        assert_eq!(floors(0), [250, 500, 1000, 2000, 4000, 4000]);
        assert_eq!(floors(u32::MAX), [500, 1000, 2000, 4000, 8000, 8000]);
    }

    #[test]
    fn the_bound_doubles_up_to_the_cap_and_the_draw_spans_it() {
        let policy = RetryPolicy::default();
        let bounds: Vec<u128> = (1..=8).map(|failed| pause_at(&policy, failed, u32::MAX).as_millis()).collect();
        assert_eq!(bounds, [250, 500, 1000, 2000, 4000, 8000, 8000, 8000]);
        assert_eq!(pause_at(&policy, u32::MAX, u32::MAX), policy.cap);
        assert_eq!(pause_at(&policy, 3, 0), Duration::ZERO);
        assert_eq!(pause_at(&policy, 3, u32::MAX / 2).as_millis(), 500);
    }
}
