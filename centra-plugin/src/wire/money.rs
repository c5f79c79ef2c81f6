//! Amounts, with and without their currency.

use connector_api::domain::Decimal;
use serde::Deserialize;

use super::{Code, integer};

/// An amount.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MonetaryValue {
    /// In major units.
    pub value: Decimal,
    /// In sub-units, "which are not always 1/100".
    #[serde(default, deserialize_with = "integer")]
    pub value_in_cents: Option<i64>,
}

/// An amount that names its currency.
#[derive(Debug, Clone, Deserialize)]
pub struct CurrencyAmount {
    /// The amount.
    #[serde(flatten)]
    pub amount: MonetaryValue,
    /// Its currency.
    pub currency: Code,
}
