//! Amounts and percentages: exact decimals, rounded half away from zero to the currency's smallest unit, checked.
//!
//! Tax is rounded per line, and once for shipping; sums add what was rounded, so that a quote's numbers always add up.

use rust_decimal::{Decimal, RoundingStrategy, prelude::ToPrimitive};

/// An amount does not fit into 64 bits of minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an amount is too large to be computed; lower the quantities")]
pub struct TooLarge;

/// The sum of two amounts.
pub(super) fn add(a: i64, b: i64) -> Result<i64, TooLarge> {
    a.checked_add(b).ok_or(TooLarge)
}

/// An amount this many times.
pub(super) fn times(amount: i64, quantity: u32) -> Result<i64, TooLarge> {
    amount.checked_mul(i64::from(quantity)).ok_or(TooLarge)
}

/// So many per cent of an amount.
pub(super) fn share(amount: i64, percent: Decimal) -> Result<i64, TooLarge> {
    let share =
        Decimal::from(amount).checked_mul(percent).and_then(|product| product.checked_div(Decimal::ONE_HUNDRED));
    rounded(share.ok_or(TooLarge)?)
}

/// The tax of so many per cent that is inside an amount.
pub(super) fn inside(amount: i64, percent: Decimal) -> Result<i64, TooLarge> {
    let whole = Decimal::ONE_HUNDRED.checked_add(percent).filter(|whole| *whole > Decimal::ZERO).ok_or(TooLarge)?;
    let tax = Decimal::from(amount).checked_mul(percent).and_then(|product| product.checked_div(whole));
    rounded(tax.ok_or(TooLarge)?)
}

fn rounded(amount: Decimal) -> Result<i64, TooLarge> {
    amount.round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero).to_i64().ok_or(TooLarge)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_are_rounded_away_from_zero() {
        assert_eq!(share(250, Decimal::TEN), Ok(25));
        assert_eq!(share(25, Decimal::TEN), Ok(3), "2.5");
        assert_eq!(share(-25, Decimal::TEN), Ok(-3), "-2.5");
        assert_eq!(share(24, Decimal::TEN), Ok(2), "2.4");
        assert_eq!(inside(36_300, Decimal::from(25)), Ok(7_260), "72.60 of 363 at 25 %");
        assert_eq!(inside(100, Decimal::from(19)), Ok(16), "15.966");
        assert_eq!(share(10_000, "7.25".parse().unwrap()), Ok(725));
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        assert_eq!(add(i64::MAX, 1), Err(TooLarge));
        assert_eq!(times(i64::MAX / 2, 3), Err(TooLarge));
        assert_eq!(share(i64::MAX, Decimal::from(200)), Err(TooLarge));
        assert_eq!(inside(1, Decimal::from(-100)), Err(TooLarge));
    }
}
