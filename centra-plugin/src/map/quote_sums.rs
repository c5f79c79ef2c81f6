//! The sums of a cart, and what its total holds: nobody says whether the total counts tax that is put on top, nor whether the
//! items' sum counts what was taken off. The parts tell, where they add up.

use connector_api::{
    ConnectorError,
    domain::{Currency, Decimal, Money},
};

use crate::{
    error,
    wire::{amount::Amount, checkout::Totals},
};

/// How much rounding of the parts may come to, in minor units.
const ROUNDING: i64 = 2;

/// A cart's sums in minor units.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Sums {
    pub(super) shipping: i64,
    pub(super) fee: i64,
    pub(super) deducted: i64,
    pub(super) added: i64,
    /// Tax in the total.
    pub(super) contained: i64,
    /// What is paid, tax on top included.
    pub(super) whole: i64,
    /// Whether the parts add up to the total, with tax on top or without, and what the goods cost is what the lines cost less what was
    /// taken off.
    pub(super) is_plain: bool,
}

/// Amounts of one currency.
#[derive(Debug, Clone, Copy)]
pub(super) struct Purse(pub(super) Currency);

impl Purse {
    /// An amount; zero when there is none.
    pub(super) fn read(self, amount: Amount) -> Result<Money, ConnectorError> {
        let unreadable = || error::answer_invalid("contains an amount that is not a number");
        let major: Decimal = amount.or_zero().ok_or_else(unreadable)?;
        Money::from_major_rounded(major, self.0).map_err(|_| unreadable())
    }

    pub(super) fn of(self, amount_minor: i64) -> Money {
        Money { amount_minor, currency: self.0 }
    }
}

impl Sums {
    /// Reads them; `lines` is what the lines cost together, `taken_off` what codes and campaigns are said to take off.
    pub(super) fn read(totals: &Totals, lines: i64, taken_off: i64, purse: Purse) -> Result<Self, ConnectorError> {
        let minor = |amount| purse.read(amount).map(|money| money.amount_minor);
        let shipping = minor(totals.shipping_price_as_number)?;
        let fee = minor(totals.handling_cost_price_as_number)?;
        // A deduction is one whatever its sign.
        let deducted = -minor(totals.deducted())?.abs();
        let added = minor(totals.added())?;
        let reported = minor(totals.grand_total_price_as_number)?;
        let items = match totals.items_total_price_as_number {
            Amount::Absent => lines,
            reported => minor(reported)?,
        };
        let off = minor(totals.discount())?.abs();
        // An items' sum that is what the lines cost is the one before discounts.
        let offs = if items == lines { [off, 0] } else { [0, off] };
        let is_near = |sum: i64| sum.abs_diff(reported) <= ROUNDING.unsigned_abs();
        let beside = offs.into_iter().find_map(|off| {
            let without = items - off + shipping + fee + deducted;
            if is_near(without + added) { Some(0) } else { is_near(without).then_some(added) }
        });
        let whole = reported + beside.unwrap_or(0);
        let contained = minor(totals.grand_total_price_tax_as_number)?;
        let read = Self { shipping, fee, deducted, added, contained, whole, is_plain: false };
        // What the goods cost more than the lines, or less than what was taken off explains, has no name.
        let less = lines - read.goods();
        let is_explained = (-ROUNDING..=off.max(taken_off) + ROUNDING).contains(&less);
        Ok(Self { is_plain: beside.is_some() && is_explained, ..read })
    }

    /// What the goods cost after everything that was taken off.
    pub(super) fn goods(&self) -> i64 {
        self.whole - self.shipping - self.fee - self.deducted - self.added
    }

    /// The tax there is, of whatever kind.
    pub(super) fn tax(&self) -> i64 {
        if self.deducted != 0 { self.deducted } else { self.added.max(self.contained) }
    }
}
