//! What may be reached, how long it may take and how much may come back.

use std::time::Duration;

use ipnet::IpNet;

use crate::work::backoff::{Backoff, Jitter, random};

/// Limits of the guarded client. The default is the production setting: public addresses over https only.
#[derive(Debug, Clone)]
pub struct NetworkPolicy {
    /// Networks that are reachable although they are not public, also over plain http and on any port. For
    /// demonstrations, tests and stores inside a company network; empty in production.
    pub allow_private: Vec<IpNet>,
    /// Longest time to open a connection: name, TCP and TLS together.
    pub connect_timeout: Duration,
    /// Longest time for one attempt, from resolving the name to the last byte of the answer.
    pub total_timeout: Duration,
    /// Most bytes of an answer, counted after decompression.
    pub max_body: usize,
    /// Most bytes of a request.
    pub max_request_body: usize,
    /// `User-Agent` of every request.
    pub user_agent: String,
    /// When and how often an attempt is repeated.
    pub retry: RetryPolicy,
}

impl Default for NetworkPolicy {
    fn default() -> Self {
        Self {
            allow_private: Vec::new(),
            connect_timeout: Duration::from_secs(5),
            total_timeout: Duration::from_secs(30),
            max_body: 10 * 1024 * 1024,
            max_request_body: 10 * 1024 * 1024,
            user_agent: concat!("connector-host/", env!("CARGO_PKG_VERSION")).to_owned(),
            retry: RetryPolicy::default(),
        }
    }
}

/// How often a request is tried and how the pauses between the attempts grow.
#[derive(Debug, Clone, Copy)]
pub struct RetryPolicy {
    /// Upper bound of the first pause; each further bound doubles.
    pub base: Duration,
    /// Upper bound of every pause that the platform does not dictate.
    pub cap: Duration,
    /// Most attempts, the first included.
    pub max_attempts: u32,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self { base: Duration::from_millis(250), cap: Duration::from_secs(8), max_attempts: 5 }
    }
}

impl RetryPolicy {
    /// The pause after the given number of failed attempts (from 1), drawn evenly between zero and a doubling bound, so
    /// that clients that failed together do not come back together.
    pub(super) fn pause(&self, failed: u32) -> Duration {
        self.backoff(Jitter::FULL).pause(failed, random())
    }

    /// The shortest pause after the given number of refusals in a row (from 1), whatever the platform asks: `Retry-After: 0`
    /// must not turn into a storm of requests. Drawn from the upper half of a doubling bound.
    pub(super) fn floor(&self, refusals: u32) -> Duration {
        self.backoff(Jitter::HALF).pause(refusals.saturating_add(1), random())
    }

    fn backoff(&self, jitter: Jitter) -> Backoff {
        Backoff::new(self.base, self.cap, jitter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_floor_grows_and_is_never_nothing() {
        let policy = RetryPolicy::default();
        for (refusals, (least, most)) in
            [(250, 500), (500, 1000), (1000, 2000), (2000, 4000), (4000, 8000), (4000, 8000)].into_iter().enumerate()
        {
            let floor = policy.floor(u32::try_from(refusals).unwrap() + 1).as_millis();
            assert!((least..=most).contains(&floor), "{refusals}: {floor}");
        }
    }

    #[test]
    fn the_bound_doubles_up_to_the_cap() {
        let policy = RetryPolicy::default();
        for (failed, most) in [(1, 250), (2, 500), (3, 1000), (6, 8000), (8, 8000), (u32::MAX, 8000)] {
            assert!(policy.pause(failed).as_millis() <= most, "{failed}");
        }
        let bound = policy.backoff(Jitter::FULL).pause(6, 1.0);
        assert_eq!(bound, policy.cap);
    }
}
