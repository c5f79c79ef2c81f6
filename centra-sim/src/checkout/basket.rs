//! What is to be priced.

use serde::Deserialize;

/// A cart with everything its price depends on.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Basket {
    /// ISO country it is sent to; without one there is neither shipping nor tax.
    pub country: Option<String>,
    /// State.
    pub state: Option<String>,
    /// Postal code.
    pub zip: Option<String>,
    /// Market; that of the country when none.
    pub market: Option<i64>,
    /// Pricelist; that of the country when none.
    pub pricelist: Option<i64>,
    /// What is bought.
    pub lines: Vec<BasketLine>,
    /// Codes.
    pub vouchers: Vec<String>,
    /// URI of the shipping option; the pricelist's default when none.
    pub shipping_method: Option<String>,
    /// URI of the payment method; the store's default when none.
    pub payment_method: Option<String>,
}

/// So many of an item.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BasketLine {
    /// `<display item>-<size>`.
    pub item: String,
    /// How many.
    pub quantity: i64,
}
