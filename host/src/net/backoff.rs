//! Pauses between attempts: exponential, with full jitter.

use std::time::Duration;

use super::policy::RetryPolicy;

/// The pause after the given number of failed attempts (from 1), drawn evenly between zero and a doubling bound, so
/// that clients that failed together do not come back together.
pub(super) fn pause(policy: &RetryPolicy, failed: u32) -> Duration {
    // Without randomness the whole bound is waited: later, never sooner.
    pause_at(policy, failed, getrandom::u32().unwrap_or(u32::MAX))
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
    fn the_bound_doubles_up_to_the_cap_and_the_draw_spans_it() {
        let policy = RetryPolicy::default();
        let bounds: Vec<u128> = (1..=8).map(|failed| pause_at(&policy, failed, u32::MAX).as_millis()).collect();
        assert_eq!(bounds, [250, 500, 1000, 2000, 4000, 8000, 8000, 8000]);
        assert_eq!(pause_at(&policy, u32::MAX, u32::MAX), policy.cap);
        assert_eq!(pause_at(&policy, 3, 0), Duration::ZERO);
        assert_eq!(pause_at(&policy, 3, u32::MAX / 2).as_millis(), 500);
    }
}
