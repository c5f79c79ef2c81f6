//! Prices that start and end by themselves: emitted at their instant, although nothing is written then.

/// What one step of announcing did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PricesEmitted {
    /// Events that were written.
    pub events: u64,
    /// Whether there is more to be emitted up to the same instant.
    pub more: bool,
}
