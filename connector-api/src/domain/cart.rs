//! A cart to be priced.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Address, Currency, ExternalId, Money};

/// What a shopper wants to buy from one store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Cart {
    /// The caller's id of the cart.
    pub id: String,
    /// Market it is priced in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub market_id: Option<ExternalId>,
    /// Pricelist it is priced with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pricelist_id: Option<ExternalId>,
    /// BCP 47 tag of the language of the answer's texts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
    /// Currency; fixed once the cart exists.
    pub currency: Currency,
    /// What is in it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<CartLine>,
    /// Codes the shopper entered.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub discounts: Vec<Discount>,
    /// Where it goes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ship_to: Option<Address>,
    /// Id of the chosen shipping method.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shipping_method_id: Option<ExternalId>,
}

/// One variant in a cart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CartLine {
    /// The caller's id of the line.
    pub id: String,
    /// Id of the variant.
    pub variant_id: ExternalId,
    /// The offer it is bought from, if a variant is part of several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offer_id: Option<ExternalId>,
    /// How many, at least 1.
    pub quantity: u32,
    /// The price the caller showed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit_price: Option<Money>,
}

/// A code the shopper entered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Discount {
    /// The discount code.
    pub code: String,
    /// What it took off, once priced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Money>,
}
