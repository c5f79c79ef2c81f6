//! Answers of the Checkout API, read leniently: unknown fields are ignored, and every quirk its clients have met is
//! taken for what it means.

use serde::Deserialize;

use super::{amount::Amount, listed::ListedLowest, loose};

/// The answer of every call.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Answer {
    /// The session's token, which may be another than the one sent.
    #[serde(deserialize_with = "loose::text")]
    pub token: Option<String>,
    /// The cart.
    #[serde(deserialize_with = "loose::object")]
    pub selection: Option<Selection>,
    /// Ways to deliver it; empty while the country is unknown, or when a widget offers them.
    #[serde(deserialize_with = "loose::list")]
    pub shipping_methods: Vec<Method>,
    /// Ways to pay.
    #[serde(deserialize_with = "loose::list")]
    pub payment_methods: Vec<PaymentMethod>,
    /// Countries it sends to.
    #[serde(deserialize_with = "loose::list")]
    pub countries: Vec<Country>,
    /// Where the cart goes.
    #[serde(deserialize_with = "loose::object")]
    pub location: Option<Location>,
    /// What could not be had.
    #[serde(deserialize_with = "loose::list")]
    pub unavailable: Vec<Unavailable>,
    /// Names of what was wrong.
    #[serde(deserialize_with = "loose::keys")]
    pub errors: Vec<String>,
    /// What to do next, in the answer to a payment.
    #[serde(deserialize_with = "loose::text")]
    pub action: Option<String>,
}

/// A cart.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Selection {
    /// ISO 4217.
    #[serde(deserialize_with = "loose::text")]
    pub currency: Option<String>,
    /// What is in it.
    #[serde(deserialize_with = "loose::list")]
    pub items: Vec<Item>,
    /// The way it is sent.
    #[serde(deserialize_with = "loose::text")]
    pub shipping_method: Option<String>,
    /// The way it is paid.
    #[serde(deserialize_with = "loose::text")]
    pub payment_method: Option<String>,
    /// What is taken off.
    #[serde(deserialize_with = "loose::object")]
    pub discounts: Option<Discounts>,
    /// Its sums.
    #[serde(deserialize_with = "loose::object")]
    pub totals: Option<Totals>,
    /// Whether a plugin shows something of its own, as Ingrid's widget of delivery methods.
    #[serde(rename = "pluginFields", deserialize_with = "loose::is_filled")]
    pub has_widget: bool,
}

/// One line of a cart.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Item {
    /// `<display item>-<size>`.
    #[serde(deserialize_with = "loose::text")]
    pub item: Option<String>,
    /// The line's id, a hash.
    #[serde(deserialize_with = "loose::text")]
    pub line: Option<String>,
    /// How many.
    #[serde(deserialize_with = "loose::count")]
    pub quantity: u32,
    /// Price of one.
    pub price_each_as_number: Amount,
    /// Price of one before reductions.
    pub price_each_before_discount_as_number: Amount,
    /// Price of the line.
    pub total_price_as_number: Amount,
    /// The product it is of.
    #[serde(deserialize_with = "loose::object")]
    pub product: Option<Product>,
}

/// What a line sells.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
pub struct Product {
    /// Its sizes.
    #[serde(deserialize_with = "loose::list")]
    pub items: Vec<ProductItem>,
    /// The lowest prices of some days.
    #[serde(rename = "lowestPrice", deserialize_with = "loose::list")]
    pub lowest: Vec<ListedLowest>,
}

/// One size.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
pub struct ProductItem {
    /// `<display item>-<size>`.
    #[serde(deserialize_with = "loose::text")]
    pub item: Option<String>,
    /// `yes`, `no`, `few`, `infinite`, `preorder`, or a number.
    #[serde(deserialize_with = "loose::text")]
    pub stock: Option<String>,
}

/// What is taken off.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Discounts {
    /// For codes.
    #[serde(deserialize_with = "loose::list")]
    pub vouchers: Vec<Off>,
    /// Without asking.
    #[serde(deserialize_with = "loose::list")]
    pub automatic_discounts: Vec<Off>,
}

/// One reduction.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Off {
    /// The code.
    #[serde(deserialize_with = "loose::text")]
    pub voucher: Option<String>,
    /// For people.
    #[serde(deserialize_with = "loose::text")]
    pub description: Option<String>,
    /// How much; the sign is not certain.
    pub price_off_as_number: Amount,
}

/// Sums, in major units.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Totals {
    /// Items.
    pub items_total_price_as_number: Amount,
    /// What is taken off; the sign is not certain, nor whether it is inside the items' sum.
    pub total_discount_price_as_number: Amount,
    /// The same for people, or the other way round.
    pub total_discount_price: Amount,
    /// Shipping.
    pub shipping_price_as_number: Amount,
    /// The payment method's fee.
    #[serde(alias = "handlingCostAddedToShippingPriceAsNumber")]
    pub handling_cost_price_as_number: Amount,
    /// Tax taken out.
    pub tax_deducted_as_number: Amount,
    /// The same for people, or the other way round.
    pub tax_deducted: Amount,
    /// Tax on top.
    pub tax_added_as_number: Amount,
    /// The same for people, or the other way round.
    pub tax_added: Amount,
    /// Rate of tax in per cent.
    pub tax_percent: Amount,
    /// What is paid.
    pub grand_total_price_as_number: Amount,
    /// Tax in it.
    pub grand_total_price_tax_as_number: Amount,
}

/// A delivery method.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Method {
    /// Its URI.
    #[serde(deserialize_with = "loose::text")]
    pub shipping_method: Option<String>,
    /// For people.
    #[serde(deserialize_with = "loose::text")]
    pub name: Option<String>,
    /// What it costs.
    pub price_as_number: Amount,
}

/// A way to pay.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PaymentMethod {
    /// Its URI.
    #[serde(deserialize_with = "loose::text")]
    pub payment_method: Option<String>,
    /// Its fee.
    pub handling_cost_as_number: Amount,
}

/// A country.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Country {
    /// ISO 3166-1.
    #[serde(deserialize_with = "loose::text")]
    pub country: Option<String>,
    /// Its states.
    #[serde(deserialize_with = "loose::list")]
    pub states: Vec<serde::de::IgnoredAny>,
}

/// Where a cart goes.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Location {
    /// ISO 3166-1.
    #[serde(deserialize_with = "loose::text")]
    pub country: Option<String>,
    /// State.
    #[serde(deserialize_with = "loose::text")]
    pub state: Option<String>,
    /// Whether the store sends there.
    #[serde(deserialize_with = "loose::flag")]
    pub ship_to: Option<bool>,
}

/// Something that could not be had.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Unavailable {
    /// `<display item>-<size>`.
    #[serde(deserialize_with = "loose::text")]
    pub item: Option<String>,
    /// How many there are.
    #[serde(deserialize_with = "loose::count")]
    pub available: u32,
}

impl Totals {
    /// What is taken off.
    pub fn discount(&self) -> Amount {
        self.total_discount_price_as_number.or(self.total_discount_price)
    }

    /// Tax on top.
    pub fn added(&self) -> Amount {
        self.tax_added_as_number.or(self.tax_added)
    }

    /// Tax taken out.
    pub fn deducted(&self) -> Amount {
        self.tax_deducted_as_number.or(self.tax_deducted)
    }
}
