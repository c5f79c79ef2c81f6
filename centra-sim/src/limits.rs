//! Rate limits: three quantities, two windows each, refilled steadily.

use std::time::{Duration, Instant};

use crate::value::Record;

/// Quotas per ten seconds and per hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    /// Requests.
    pub requests: [i64; 2],
    /// Mutations.
    pub mutations: [i64; 2],
    /// Complexity.
    pub complexity: [i64; 2],
}

impl Quota {
    /// The plan most stores are on.
    pub const GROWTH: Self = Self { requests: [60, 5_000], mutations: [20, 1_800], complexity: [250_000, 30_000_000] };
    /// So much that nothing is ever refused.
    pub const UNLIMITED: Self = Self {
        requests: [1_000_000_000; 2],
        mutations: [1_000_000_000; 2],
        complexity: [1_000_000_000_000, 1_000_000_000_000],
    };
}

impl std::str::FromStr for Quota {
    type Err = String;

    /// `growth`, `unlimited`, or `REQ10s,REQ1h,CPLX10s,CPLX1h`.
    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "growth" => return Ok(Self::GROWTH),
            "unlimited" => return Ok(Self::UNLIMITED),
            _ => {}
        }
        let numbers: Result<Vec<i64>, _> = text.split(',').map(|number| number.trim().parse()).collect();
        match numbers.as_deref() {
            Ok([requests_10s, requests_1h, complexity_10s, complexity_1h]) => Ok(Self {
                requests: [*requests_10s, *requests_1h],
                mutations: Self::GROWTH.mutations,
                complexity: [*complexity_10s, *complexity_1h],
            }),
            _ => Err(format!(
                "the quota {text:?} is not known: write growth, unlimited, or four numbers REQ10s,REQ1h,CPLX10s,CPLX1h"
            )),
        }
    }
}

const WINDOWS: [(&str, f64); 2] = [("TEN_SECONDS", 10.0), ("ONE_HOUR", 3_600.0)];

/// One bucket.
#[derive(Debug)]
struct Bucket {
    quantity: &'static str,
    interval: &'static str,
    seconds: f64,
    quota: f64,
    left: f64,
}

/// A row of `rateLimits`.
#[derive(Clone, Debug)]
pub struct LimitState {
    quantity: &'static str,
    interval: &'static str,
    quota: i64,
    remaining: i64,
}

impl LimitState {
    /// As an object of the schema.
    pub fn record(&self) -> Record {
        Record::new("RateLimit")
            .with("type", self.quantity)
            .with("intervalSeconds", self.interval)
            .with("quota", self.quota)
            .with("usedQuota", self.quota - self.remaining)
            .with("remainingQuota", self.remaining)
    }
}

/// The buckets of a store, shared by all its tokens.
#[derive(Debug)]
pub struct Limits {
    buckets: Vec<Bucket>,
    refilled: Instant,
}

impl Limits {
    /// Full buckets.
    pub fn new(quota: Quota, now: Instant) -> Self {
        let of = |quantity: &'static str, quotas: [i64; 2]| {
            WINDOWS.iter().zip(quotas).map(move |((interval, seconds), quota)| {
                #[expect(clippy::cast_precision_loss, reason = "quotas are far below 2^53")]
                let quota = quota as f64;
                Bucket { quantity, interval, seconds: *seconds, quota, left: quota }
            })
        };
        let buckets = of("REQUEST_COUNT", quota.requests)
            .chain(of("QUERY_COMPLEXITY", quota.complexity))
            .chain(of("MUTATION_COUNT", quota.mutations))
            .collect();
        Self { buckets, refilled: now }
    }

    fn refill(&mut self, now: Instant) {
        let elapsed = now.saturating_duration_since(self.refilled).as_secs_f64();
        self.refilled = now;
        for bucket in &mut self.buckets {
            bucket.left = (bucket.left + bucket.quota * elapsed / bucket.seconds).min(bucket.quota);
        }
    }

    /// Takes from the buckets of one quantity, or says how long to wait.
    pub fn take(&mut self, quantity: &str, amount: i64, now: Instant) -> Result<(), Duration> {
        self.refill(now);
        #[expect(clippy::cast_precision_loss, reason = "costs are far below 2^53")]
        let amount = amount as f64;
        let wait = self
            .buckets
            .iter()
            .filter(|bucket| bucket.quantity == quantity && bucket.left < amount)
            .map(|bucket| (amount.min(bucket.quota) - bucket.left).max(0.0) * bucket.seconds / bucket.quota.max(1.0))
            .reduce(f64::max);
        if let Some(seconds) = wait {
            return Err(Duration::from_secs_f64(seconds.clamp(0.001, 3_600.0)));
        }
        for bucket in self.buckets.iter_mut().filter(|bucket| bucket.quantity == quantity) {
            bucket.left -= amount;
        }
        Ok(())
    }

    /// The rows of `rateLimits`.
    pub fn state(&mut self, now: Instant) -> Vec<LimitState> {
        self.refill(now);
        self.buckets
            .iter()
            .map(|bucket| {
                #[expect(clippy::cast_possible_truncation, reason = "quotas are whole numbers far below 2^53")]
                let (quota, remaining) = (bucket.quota as i64, bucket.left.floor() as i64);
                LimitState { quantity: bucket.quantity, interval: bucket.interval, quota, remaining }
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_empties_and_refills_steadily() {
        let start = Instant::now();
        let quota: Quota = "2,100,1000,1000".parse().unwrap();
        let mut limits = Limits::new(quota, start);
        assert!(limits.take("REQUEST_COUNT", 1, start).is_ok());
        assert!(limits.take("REQUEST_COUNT", 1, start).is_ok());
        let wait = limits.take("REQUEST_COUNT", 1, start).unwrap_err();
        assert_eq!(wait, Duration::from_secs(5));
        assert!(limits.take("REQUEST_COUNT", 1, start + wait).is_ok());
    }

    #[test]
    fn a_query_dearer_than_the_bucket_never_passes() {
        let start = Instant::now();
        let mut limits = Limits::new("9,9,100,1000".parse().unwrap(), start);
        assert!(limits.take("QUERY_COMPLEXITY", 101, start + Duration::from_hours(1)).is_err());
    }

    #[test]
    fn an_unknown_quota_is_explained() {
        assert!("lots".parse::<Quota>().unwrap_err().contains("growth, unlimited"));
    }
}
