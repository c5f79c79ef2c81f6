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
