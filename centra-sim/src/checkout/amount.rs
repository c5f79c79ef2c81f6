//! Arithmetic of amounts: exact decimals, rounded half away from zero to the currency's smallest unit.

use rust_decimal::prelude::ToPrimitive as _;
use rust_decimal::{Decimal, RoundingStrategy};

fn rounded(amount: Decimal) -> i64 {
    amount.round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero).to_i64().unwrap_or(i64::MAX)
}

/// So many per cent of an amount.
pub(crate) fn share(minor: i64, percent: Decimal) -> i64 {
    rounded(Decimal::from(minor) * percent / Decimal::ONE_HUNDRED)
}

/// The tax of so many per cent that is inside an amount.
pub(crate) fn inside(minor: i64, percent: Decimal) -> i64 {
    rounded(Decimal::from(minor) * percent / (Decimal::ONE_HUNDRED + percent))
}

/// A part of an amount in the proportion of `part` to `whole`.
pub(crate) fn proportion(minor: i64, part: i64, whole: i64) -> i64 {
    if whole == 0 { 0 } else { rounded(Decimal::from(minor) * Decimal::from(part) / Decimal::from(whole)) }
}
