//! How far ahead a stored instant may lie.
//!
//! Pauses, claims and ends are kept as instants, so that any host can judge them. A clock that was ahead leaves instants that
//! lie further ahead than any pause is long: they would stop work until then. Whatever lies beyond its horizon comes from such a
//! clock, and counts as due, as lapsed, or as having happened now.
//! When the content of a row was read is judged where rows are written: a reading more than an hour ahead does not count.

/// What clocks of two hosts may differ, in seconds; no instant of the past lies further ahead than this.
pub const CLOCKS_DIFFER_S: i64 = 300;
/// Longest pause of webhooks: deliveries, turns and entity queues that failed.
pub const WEBHOOK_PAUSE_S: i64 = 2 * 3_600;
/// Longest rest of an endpoint, and the longest it may ask for.
pub const ENDPOINT_COOLDOWN_S: i64 = 3_600;
/// Longest time for which an endpoint's former secret signs.
pub const FORMER_SECRET_S: i64 = 24 * 3_600;
/// Longest pause before an event is sent again: a day, and a tenth.
pub const EVENT_PAUSE_S: i64 = 27 * 3_600;
/// Longest pause before an order is looked for again.
pub const ORDER_PAUSE_S: i64 = 6 * 3_600;
/// Horizons that follow from the configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Horizons {
    /// Longest time between two syncs, or before a failed one is tried again, in seconds.
    pub sync_pause_s: i64,
    /// Longest claim or lease of any kind, in seconds.
    pub claim_s: i64,
    /// Longest life of a merchant's link, in seconds.
    pub session_s: i64,
    /// Longest time an operator stays signed in, in seconds.
    pub login_s: i64,
}
