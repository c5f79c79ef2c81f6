//! Prices and stock, fanned out to the sizes that are put into carts.

use connector_api::domain::{Currency, InventoryLevel, Price, StockPolicy, TaxInclusion};

use super::money::money;
use crate::wire::commerce::MonetaryValue;

/// Whether a price is below zero, which nothing can cost.
pub fn is_below_zero(amount: Option<&MonetaryValue>, currency: Currency) -> bool {
    amount.and_then(|amount| money(amount, currency)).is_some_and(|amount| amount.amount_minor < 0)
}

/// One variant's price in a pricelist, for each of its sizes. No price means no record: not for sale there; nor does one below zero.
pub fn prices(
    pricelist: i64,
    currency: Currency,
    amount: Option<&MonetaryValue>,
    sizes: impl Iterator<Item = i64>,
) -> Vec<Price> {
    let Some(amount) = amount.and_then(|amount| money(amount, currency)).filter(|own| own.amount_minor >= 0) else {
        return vec![];
    };
    sizes
        .map(|size| Price {
            pricelist_id: Some(pricelist.into()),
            // Decided by the tax rule of the country, not by the price.
            tax: TaxInclusion::Unspecified,
            ..Price::new(size, amount)
        })
        .collect()
}

/// What may be sold of one size from one warehouse.
///
/// Centra subtracts neither the warehouse's threshold nor the variant's offset from the free quantity here, although
/// its storefront does; an offset above 0 stands in for the threshold. That the offset counts per warehouse is
/// inference: it never promises more than there is.
pub fn level(
    size: i64,
    warehouse: i64,
    free: i64,
    threshold: Option<i64>,
    offset: Option<i64>,
    preorder: bool,
) -> InventoryLevel {
    let held_back = offset.filter(|offset| *offset > 0).or(threshold).unwrap_or(0).max(0);
    InventoryLevel {
        variant_id: size.into(),
        location_id: Some(warehouse.into()),
        available: free.saturating_sub(held_back).max(0),
        policy: if preorder { StockPolicy::Backorder } else { StockPolicy::Deny },
        as_of: None,
    }
}
