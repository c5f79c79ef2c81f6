//! Orders with their lines, discounts and payments.

use connector_api::domain::Decimal;
use serde::Deserialize;

use super::{
    Id,
    catalog::Attribute,
    id, list,
    money::{CurrencyAmount, MonetaryValue},
    person::{Address, Person},
    shipment::Shipment,
};

/// An order.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Order {
    /// A hash of 32 hexadecimal digits.
    pub id: String,
    /// The number people see.
    #[serde(deserialize_with = "id")]
    pub number: i64,
    /// `PENDING`, `CONFIRMED`, `PROCESSING`, `SHIPPED`, `ARCHIVED`, `CANCELLED`, or something new.
    pub status: String,
    /// When it changed.
    #[serde(default)]
    pub updated_at: Option<String>,
    /// When it was placed.
    #[serde(default)]
    pub created_at: Option<String>,
    /// What is paid.
    pub grand_total: CurrencyAmount,
    /// Whether it is held.
    #[serde(default)]
    pub is_on_hold: Option<bool>,
    /// Why.
    #[serde(default)]
    pub order_hold_reason: Option<String>,
    /// Whether its payment is outstanding.
    #[serde(default)]
    pub is_waiting_for_payment: Option<bool>,
    /// For the merchant's eyes.
    #[serde(default)]
    pub internal_comment: Option<String>,
    /// Of the shopper.
    #[serde(default)]
    pub other_comment: Option<String>,
    /// The merchant's attributes.
    #[serde(default, deserialize_with = "list")]
    pub attributes: Vec<Attribute>,
    /// Its store.
    #[serde(default)]
    pub store: Option<Id>,
    /// Its market.
    #[serde(default)]
    pub market: Option<Id>,
    /// Its pricelist.
    #[serde(default)]
    pub pricelist: Option<Id>,
    /// Sums.
    #[serde(default)]
    pub totals: Option<Totals>,
    /// Discounts of the whole order.
    #[serde(default, deserialize_with = "list")]
    pub discounts_applied: Vec<OrderDiscount>,
    /// Its lines, wholly cancelled ones too.
    pub lines: Vec<OrderLine>,
    /// The rates its shipping option was priced by.
    #[serde(default)]
    pub shipping_price_group: Option<ShippingPriceGroup>,
    /// The payment plugin.
    #[serde(default)]
    pub payment_method: Option<PaymentMethod>,
    /// What happened to its money; absent when it cannot be read.
    #[serde(default)]
    pub payment_history: Option<Vec<PaymentEntry>>,
    /// Where it goes.
    #[serde(default)]
    pub shipping_address: Option<Address>,
    /// Who pays.
    #[serde(default)]
    pub billing_address: Option<Address>,
    /// What was sent; absent when it cannot be read.
    #[serde(default)]
    pub shipments: Option<Vec<Shipment>>,
    /// Who bought.
    #[serde(default)]
    pub customer: Option<Person>,
}

/// What an order is known by.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MarkedOrder {
    /// Its hash.
    pub id: String,
    /// For the merchant's eyes.
    #[serde(default)]
    pub internal_comment: Option<String>,
    /// Of the shopper.
    #[serde(default)]
    pub other_comment: Option<String>,
    /// The merchant's attributes.
    #[serde(default, deserialize_with = "list")]
    pub attributes: Vec<Attribute>,
    /// Its store.
    #[serde(default)]
    pub store: Option<Id>,
    /// The payment plugin.
    #[serde(default)]
    pub payment_method: Option<PaymentMethod>,
    /// What its payments refer to.
    #[serde(default, deserialize_with = "list")]
    pub payment_history: Vec<PaymentReference>,
}

/// What a payment refers to.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PaymentReference {
    /// The provider's number.
    #[serde(default)]
    pub external_reference: Option<String>,
}

/// Sums of an order.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Totals {
    /// Lines.
    pub line_values: MonetaryValue,
    /// Shipping.
    pub shipping: MonetaryValue,
    /// Handling.
    pub handling: MonetaryValue,
    /// Discounts; the sign is not known.
    pub discounts: MonetaryValue,
    /// Tax inside the prices.
    pub tax_included: MonetaryValue,
    /// Tax on top.
    pub tax_added: MonetaryValue,
    /// Tax taken off, for those exempt.
    pub tax_deducted: MonetaryValue,
    /// Tax on shipping, by rule.
    #[serde(default, deserialize_with = "list")]
    pub shipping_tax_rules: Vec<AppliedTax>,
}

/// What a tax rule did.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AppliedTax {
    /// The rule.
    pub rule: TaxName,
    /// On top.
    pub tax_added: MonetaryValue,
    /// Inside.
    pub tax_included: MonetaryValue,
}

/// A tax rule as it was applied.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TaxName {
    /// Name.
    #[serde(default)]
    pub tax_name: Option<String>,
    /// Per cent.
    #[serde(default)]
    pub tax_percent: Option<Decimal>,
}

/// A discount of an order.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OrderDiscount {
    /// Its type.
    #[serde(rename = "__typename", default)]
    pub kind: Option<String>,
    /// How much.
    pub value: MonetaryValue,
    /// When.
    #[serde(default)]
    pub date: Option<String>,
    /// The voucher's name.
    #[serde(default)]
    pub voucher_name: Option<String>,
    /// The code entered.
    #[serde(default)]
    pub code: Option<String>,
}

/// A line of an order.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OrderLine {
    /// Id.
    #[serde(deserialize_with = "id")]
    pub id: i64,
    /// Its type: `ProductOrderLine`, `BundleOrderLine`, `BundleItemOrderLine`, `GiftCertificateOrderLine`, or something new.
    #[serde(rename = "__typename", default)]
    pub kind: Option<String>,
    /// Pieces, without those cancelled.
    pub quantity: i64,
    /// Pieces cancelled.
    pub cancelled_quantity: i64,
    /// Pieces sent back.
    pub returned_quantity: i64,
    /// As sold.
    #[serde(default)]
    pub product_name: Option<String>,
    /// As sold.
    #[serde(default)]
    pub product_variant_name: Option<String>,
    /// As sold.
    #[serde(default)]
    pub product_number: Option<String>,
    /// As sold.
    #[serde(default)]
    pub size: Option<String>,
    /// A remark.
    #[serde(default)]
    pub comment: Option<String>,
    /// Per cent.
    #[serde(default)]
    pub tax_percent: Option<Decimal>,
    /// Of one piece, with tax.
    pub unit_price: MonetaryValue,
    /// Of one piece before reductions, with tax.
    pub unit_original_price: MonetaryValue,
    /// Of all pieces, with tax.
    pub line_value: MonetaryValue,
    /// Of all pieces, without tax.
    #[serde(default)]
    pub line_value_without_tax: Option<MonetaryValue>,
    /// Where it was seen.
    #[serde(default)]
    pub display: Option<Id>,
    /// What was bought.
    #[serde(default)]
    pub product_size: Option<SoldSize>,
}

/// A size that was bought.
#[derive(Debug, Clone, Deserialize)]
pub struct SoldSize {
    /// Id.
    #[serde(deserialize_with = "id")]
    pub id: i64,
    /// The merchant's number.
    #[serde(default, rename = "SKU")]
    pub sku: Option<String>,
}

/// The rates a shipping option was priced by.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ShippingPriceGroup {
    /// The option.
    #[serde(default)]
    pub shipping_option: Option<ShippingOption>,
}

/// A shipping option of an order.
#[derive(Debug, Clone, Deserialize)]
pub struct ShippingOption {
    /// Id.
    #[serde(deserialize_with = "id")]
    pub id: i64,
    /// Name.
    #[serde(default)]
    pub name: Option<String>,
}

/// A payment plugin.
#[derive(Debug, Clone, Deserialize)]
pub struct PaymentMethod {
    /// Name.
    #[serde(default)]
    pub name: Option<String>,
    /// Its URI.
    #[serde(default)]
    pub uri: Option<String>,
}

/// Something that happened to money.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PaymentEntry {
    /// Id.
    #[serde(default, deserialize_with = "super::integer")]
    pub id: Option<i64>,
    /// `SUCCESS`, `PENDING`, `FAILED`, or something new.
    pub status: String,
    /// `AUTH`, `CAPTURE`, … 21 values.
    pub entry_type: String,
    /// The provider's number.
    #[serde(default)]
    pub external_reference: Option<String>,
    /// How.
    #[serde(default)]
    pub payment_method: Option<String>,
    /// How much.
    pub value: MonetaryValue,
    /// When.
    #[serde(default)]
    pub created_at: Option<String>,
}
