//! Regular prices: one for each variant and pricelist, whatever the size.

use connector_api::domain::{Currency, Money, Price, PriceSource};

use super::money::money;
use crate::wire::money::MonetaryValue;

/// Whether a price is below zero, which nothing can cost.
pub fn is_below_zero(amount: Option<&MonetaryValue>, currency: Currency) -> bool {
    amount.and_then(|amount| money(amount, currency)).is_some_and(|amount| amount.amount_minor < 0)
}

/// What a variant costs in a pricelist. No price means: not for sale there; one below zero is none.
pub fn amount(amount: Option<&MonetaryValue>, currency: Currency) -> Option<Money> {
    amount.and_then(|amount| money(amount, currency)).filter(|own| own.amount_minor >= 0)
}

/// A variant's price in a pricelist, in all markets and at all times. Whether tax is inside is decided by the tax rule of the
/// country, not by the price.
pub fn regular(variant: i64, pricelist: i64, amount: Money, source: PriceSource) -> Price {
    Price { pricelist_id: Some(pricelist.into()), source, ..Price::new(variant, amount) }
}
