//! Counts what was asked, for tests that check how often a client calls.

use std::collections::BTreeMap;

use serde::Serialize;

/// Counters since the start, or since `POST /_sim/stats/reset`.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Stats {
    /// Requests to `/graphql`, whatever became of them.
    pub requests: u64,
    /// Requests to the Checkout API.
    pub checkout_requests: u64,
    /// Requests to the Storefront API.
    pub storefront_requests: u64,
    /// Requests answered with data.
    pub answered: u64,
    /// Requests refused for their own sake: token, permission, rate limit, invalid query.
    pub refused: u64,
    /// Requests answered with an injected fault.
    pub faults: u64,
    /// Faults by kind.
    pub by_fault: BTreeMap<String, u64>,
    /// Refusals by HTTP status.
    pub by_refusal: BTreeMap<u16, u64>,
    /// Requests by operation name, anonymous ones under the empty name; those of the Checkout API as
    /// `Checkout PUT items`, those of the Storefront API as `Storefront Prices`.
    pub by_operation: BTreeMap<String, u64>,
    /// Answered root fields by their name in the reference schema.
    pub pages: BTreeMap<String, u64>,
    /// Complexity charged.
    pub complexity: i64,
    /// Bytes of answers.
    pub bytes: u64,
}

impl Stats {
    /// Counts a refusal.
    pub fn refuse(&mut self, status: u16) {
        self.refused += 1;
        *self.by_refusal.entry(status).or_default() += 1;
    }

    /// Counts an injected fault.
    pub fn fault(&mut self, kind: &str) {
        self.faults += 1;
        *self.by_fault.entry(kind.to_owned()).or_default() += 1;
    }
}
