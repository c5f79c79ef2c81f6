//! Carts of the Storefront API.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{
    Code, Id,
    amount::Amount,
    id, list,
    shown::{ShownPricelist, UserError, Value},
};

/// What mutations answer, by the names they were sent under.
pub type Mutated = BTreeMap<String, Option<Payload>>;

/// What one mutation answers.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Payload {
    /// The cart.
    pub selection: Option<Cart>,
    /// What was wrong.
    #[serde(deserialize_with = "list")]
    pub user_errors: Vec<Wrong>,
}

/// Something that was wrong.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Wrong {
    /// What it is.
    #[serde(flatten)]
    pub error: UserError,
    /// How many there are, where it is about an item of which there are too few.
    pub available_quantity: Option<u32>,
}

/// The answer to a question for the session.
#[derive(Debug, Deserialize)]
pub struct Read {
    /// Where the cart is sold.
    pub session: Place,
    /// What is in it.
    pub selection: Cart,
}

/// Where a cart is sold.
#[derive(Debug, Clone, Deserialize)]
pub struct Place {
    /// The country.
    pub country: PlaceCountry,
    /// The market.
    pub market: Id,
    /// The pricelist.
    pub pricelist: ShownPricelist,
}

/// A country.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PlaceCountry {
    /// ISO 3166-1.
    pub code: String,
    /// Whether the store sends there.
    #[serde(default)]
    pub ship_to: Option<bool>,
    /// Its states.
    #[serde(default, deserialize_with = "list")]
    pub states: Vec<Code>,
}

/// A cart.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Cart {
    /// The tax service failed, and taxes were guessed.
    pub used_fallback_tax: bool,
    /// What is in it.
    #[serde(deserialize_with = "list")]
    pub lines: Vec<CartLine>,
    /// What is taken off.
    #[serde(deserialize_with = "list")]
    pub discounts: Vec<CartDiscount>,
    /// Delivery, payment and sums.
    pub checkout: Option<CartCheckout>,
}

/// A line of a cart.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CartLine {
    /// Its id.
    pub id: String,
    /// How many.
    pub quantity: u32,
    /// The display item.
    pub display_item: CartDisplayItem,
    /// The size.
    pub item: CartItem,
    /// Price of one.
    pub unit_price: Value,
    /// Price of one before reductions.
    pub unit_original_price: Value,
    /// Price of the line.
    pub line_value: Value,
    /// The same without tax.
    #[serde(default)]
    pub unit_price_net: Value,
    /// The same without tax.
    #[serde(default)]
    pub unit_original_price_net: Value,
    /// The same without tax.
    #[serde(default)]
    pub line_value_net: Value,
}

/// A display item in a cart.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CartDisplayItem {
    /// Id.
    #[serde(deserialize_with = "id")]
    pub id: i64,
    /// The lowest price of some days.
    #[serde(default)]
    pub lowest_price: Option<CartLowest>,
}

/// The lowest price of some days.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CartLowest {
    /// Of how many days.
    #[serde(default)]
    pub period_days: u32,
    /// What was paid.
    pub price: Value,
}

/// A size in a cart.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CartItem {
    /// The size.
    #[serde(deserialize_with = "id")]
    pub product_size_id: i64,
    /// Sold before it is in stock.
    #[serde(default)]
    pub preorder: bool,
    /// Its stock.
    #[serde(default)]
    pub stock: Option<CartStock>,
}

/// Stock of a size.
#[derive(Debug, Clone, Deserialize)]
pub struct CartStock {
    /// Whether there is any.
    #[serde(default)]
    pub available: bool,
}

/// What a code or a rule takes off.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct CartDiscount {
    /// For people.
    pub name: Option<String>,
    /// `AUTO`, `CODE` or `URL`.
    pub method: Option<String>,
    /// How much.
    pub value: Value,
    /// The code.
    pub code: Option<String>,
}

/// Delivery, payment and sums of a cart.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CartCheckout {
    /// The delivery method that counts.
    pub shipping_method: Option<Id>,
    /// All of them.
    #[serde(deserialize_with = "list")]
    pub shipping_methods: Vec<CartShipping>,
    /// Ways to pay.
    #[serde(deserialize_with = "list")]
    pub payment_methods: Vec<CartPayment>,
    /// Sums.
    #[serde(deserialize_with = "list")]
    pub totals: Vec<CartTotal>,
}

/// A delivery method.
#[derive(Debug, Clone, Deserialize)]
pub struct CartShipping {
    /// Id.
    #[serde(deserialize_with = "id")]
    pub id: i64,
    /// For people.
    #[serde(default)]
    pub name: Option<String>,
    /// What it costs.
    #[serde(default)]
    pub price: Value,
}

/// A way to pay.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CartPayment {
    /// Id.
    #[serde(deserialize_with = "id")]
    pub id: i64,
    /// Its fee.
    #[serde(default)]
    pub handling_cost: Value,
}

/// A sum.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CartTotal {
    /// Of what.
    #[serde(rename = "type")]
    pub kind: String,
    /// How much.
    pub price: Value,
    /// Rate of tax in per cent.
    #[serde(default)]
    pub tax_percent: Amount,
}
