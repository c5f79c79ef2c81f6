//! Amounts: which of Centra's two numbers to believe.
//!
//! `MonetaryValue` gives a decimal in major units and an integer of sub-units "which are not always 1/100" of them.
//! The integer is exact, but its scale is the platform's; the decimal's scale is certain, but it passed through a
//! float. So: an integer within one minor unit of the decimal is on the currency's own scale and wins; any other
//! integer is on another scale, and the decimal decides, rounded to the currency's smallest unit.

use connector_api::domain::{Currency, Money};

use crate::wire::money::MonetaryValue;

/// An amount in this currency; `None` when it does not fit into 64 bits of minor units.
pub fn money(amount: &MonetaryValue, currency: Currency) -> Option<Money> {
    let by_decimal = Money::from_major_rounded(amount.value, currency).ok()?;
    let amount_minor = match amount.value_in_cents {
        Some(exact) if exact.abs_diff(by_decimal.amount_minor) <= 1 => exact,
        _ => by_decimal.amount_minor,
    };
    Some(Money { amount_minor, currency })
}
