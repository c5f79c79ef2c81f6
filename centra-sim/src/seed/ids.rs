//! What every seed has: its first second and its store.

/// 2025-03-01 00:00 UTC: the day the simulated data begins.
pub const EPOCH: i64 = 1_740_787_200;

/// The direct-to-consumer store.
pub const RETAIL: i64 = 1;
