//! How orders are placed.

use std::time::Duration;

use connector_api::domain::Timestamp;

/// How orders are placed.
#[derive(Debug, Clone, Copy)]
pub struct OrderSettings {
    /// Most seconds one call of the connector may take.
    pub timeout_s: u32,
    /// Seconds after the end of the last attempt before a search that finds nothing is believed.
    pub settle_s: u32,
    /// Seconds after which an order is not sent any more.
    pub submit_within_s: u32,
    /// Most seconds a caller waits; the work goes on.
    pub answer_within_s: u32,
}

impl Default for OrderSettings {
    fn default() -> Self {
        Self { timeout_s: 30, settle_s: 60, submit_within_s: 900, answer_within_s: 25 }
    }
}

impl OrderSettings {
    /// How long one call may take.
    pub(super) fn deadline(&self) -> Duration {
        Duration::from_secs(self.timeout_s.into())
    }

    /// When an attempt that began at `sent` has surely come to its end on the platform, one way or the other.
    pub(super) fn settled_at(&self, sent: Timestamp) -> Timestamp {
        sent.plus_seconds(i64::from(self.timeout_s) + i64::from(self.settle_s))
    }
}
