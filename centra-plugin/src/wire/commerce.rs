//! Money, prices, stock, taxes, shipping.

use connector_api::domain::Decimal;
use serde::{Deserialize, de::IgnoredAny};
use serde_json::value::RawValue;

use super::{Code, Id, campaign::CampaignRow, catalog::Weight, id, list, money::MonetaryValue};

/// One page of a pricelist's prices.
#[derive(Debug, Clone, Deserialize)]
pub struct PricesOfList {
    /// The pricelist.
    #[serde(deserialize_with = "id")]
    pub id: i64,
    /// Its currency.
    pub currency: Code,
    /// The page. Null elements keep their place, so that a lost one can be counted.
    #[serde(default)]
    pub prices: Option<Vec<Option<Box<RawValue>>>>,
}

/// A variant's price.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Price {
    /// The price; null means that there is none.
    #[serde(default)]
    pub price: Option<MonetaryValue>,
    /// The variant, whose sizes all cost the same.
    #[serde(default)]
    pub product_variant: Option<Id>,
}

/// One page of a warehouse's stock.
#[derive(Debug, Clone, Deserialize)]
pub struct StockOfWarehouse {
    /// The warehouse.
    #[serde(deserialize_with = "id")]
    pub id: i64,
    /// Pieces of every size it holds back.
    #[serde(default)]
    pub threshold: Option<i64>,
    /// The page.
    #[serde(default)]
    pub stock: Option<Vec<Option<Box<RawValue>>>>,
}

/// Stock of one size.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Stock {
    /// Pieces free to allocate.
    pub free_to_allocate_quantity: i64,
    /// The size.
    #[serde(default)]
    pub product_size: Option<StockedSize>,
    /// The warehouse, where it is read by size.
    #[serde(default)]
    pub warehouse: Option<StockingWarehouse>,
}

/// A size in stock.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StockedSize {
    /// Id.
    #[serde(deserialize_with = "id")]
    pub id: i64,
    /// Sold before it is in stock.
    #[serde(default)]
    pub preorder: Option<bool>,
    /// Its variant.
    #[serde(default)]
    pub product_variant: Option<HeldBack>,
}

/// What a variant holds back.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HeldBack {
    /// Pieces; more than 0 stands in for the warehouse's threshold.
    #[serde(default)]
    pub stock_offset: Option<i64>,
}

/// A warehouse that stocks a size.
#[derive(Debug, Clone, Deserialize)]
pub struct StockingWarehouse {
    /// Id.
    #[serde(deserialize_with = "id")]
    pub id: i64,
    /// Pieces of every size it holds back.
    #[serde(default)]
    pub threshold: Option<i64>,
}

/// Where one size is shown.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SizeDisplays {
    /// Id.
    #[serde(deserialize_with = "id")]
    pub id: i64,
    /// Its variant.
    #[serde(default)]
    pub product_variant: Option<ShownVariant>,
}

/// A variant with its displays.
#[derive(Debug, Clone, Deserialize)]
pub struct ShownVariant {
    /// Id.
    #[serde(deserialize_with = "id")]
    pub id: i64,
    /// Displays that show it.
    #[serde(default, deserialize_with = "list")]
    pub displays: Vec<ShowingDisplay>,
}

/// A display with what it shows.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ShowingDisplay {
    /// Id.
    #[serde(deserialize_with = "id")]
    pub id: i64,
    /// `ACTIVE` or not.
    #[serde(default)]
    pub status: Option<String>,
    /// Its store.
    #[serde(default)]
    pub store: Option<Id>,
    /// What it shows.
    #[serde(default, deserialize_with = "list")]
    pub display_items: Vec<ShownItem>,
}

/// A variant on a display.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ShownItem {
    /// Id.
    #[serde(deserialize_with = "id")]
    pub id: i64,
    /// The variant.
    #[serde(default)]
    pub product_variant: Option<Id>,
}

/// Stock of one size.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SizeDetails {
    /// Id.
    #[serde(deserialize_with = "id")]
    pub id: i64,
    /// Sold before it is in stock.
    #[serde(default)]
    pub preorder: Option<bool>,
    /// Its variant.
    #[serde(default)]
    pub product_variant: Option<HeldBack>,
    /// Its stock, by warehouse; absent when it cannot be read.
    #[serde(default)]
    pub stock: Option<Vec<Stock>>,
}

/// A variant with its prices.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PricedVariant {
    /// Id.
    #[serde(deserialize_with = "id")]
    pub id: i64,
    /// Its prices.
    #[serde(default, deserialize_with = "list")]
    pub prices: Vec<PriceInList>,
    /// Rows of campaigns it is in.
    #[serde(default, deserialize_with = "list")]
    pub campaign_variants: Vec<CampaignRow>,
    /// Displays that show it, where they are asked for.
    #[serde(default, deserialize_with = "list")]
    pub displays: Vec<ShowingDisplay>,
}

/// A variant on a display.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DisplayItem {
    /// Id.
    #[serde(deserialize_with = "id")]
    pub id: i64,
    /// The display.
    pub display: Id,
    /// The variant.
    pub product_variant: VariantDetails,
}

/// A variant with its prices, and its sizes with their stock.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct VariantDetails {
    /// Its prices.
    #[serde(flatten)]
    pub priced: PricedVariant,
    /// What it holds back.
    #[serde(flatten)]
    pub held_back: HeldBack,
    /// Its sizes.
    #[serde(default, deserialize_with = "list")]
    pub product_sizes: Vec<SizeDetails>,
}

/// A price with its pricelist.
#[derive(Debug, Clone, Deserialize)]
pub struct PriceInList {
    /// The pricelist.
    pub pricelist: super::store::Pricelist,
    /// The price; null means that there is none.
    #[serde(default)]
    pub price: Option<MonetaryValue>,
}

/// A tax group with its rules.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TaxGroup {
    /// Id.
    #[serde(deserialize_with = "id")]
    pub id: i64,
    /// `ACTIVE` or not.
    #[serde(default)]
    pub status: Option<String>,
    /// Stores in which goods without a group fall into this one.
    #[serde(default, deserialize_with = "list")]
    pub default_in_stores: Vec<Id>,
    /// Its rules.
    #[serde(default, deserialize_with = "list")]
    pub rules: Vec<TaxRule>,
}

/// A tax rule.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TaxRule {
    /// Id.
    #[serde(deserialize_with = "id")]
    pub id: i64,
    /// Name.
    #[serde(default)]
    pub name: Option<String>,
    /// Per cent.
    pub rate: Decimal,
    /// How it applies; its values are not known.
    #[serde(default)]
    pub apply_tax_type: Option<String>,
    /// Whether shipping is taxed by it.
    #[serde(default)]
    pub apply_tax_to_shipping: bool,
    /// Whether handling is taxed by it.
    #[serde(default)]
    pub apply_tax_to_handling: bool,
    /// From when on.
    #[serde(default)]
    pub apply_from: Option<String>,
    /// Until when.
    #[serde(default)]
    pub apply_to: Option<String>,
    /// Postal codes.
    #[serde(default)]
    pub zip_code: Option<String>,
    /// City.
    #[serde(default)]
    pub city: Option<String>,
    /// What orders must cost for it to apply, of which only that it is there is read.
    #[serde(default)]
    pub order_price_restriction: Option<IgnoredAny>,
    /// What goods must cost for it to apply.
    #[serde(default)]
    pub item_price_restriction: Option<IgnoredAny>,
    /// Classes of customers.
    #[serde(default, deserialize_with = "list")]
    pub tax_classes: Vec<Id>,
    /// Countries.
    #[serde(default, deserialize_with = "list")]
    pub countries: Vec<Code>,
    /// States.
    #[serde(default, deserialize_with = "list")]
    pub states: Vec<Code>,
}

/// A shipping option.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ShippingOption {
    /// Id.
    #[serde(deserialize_with = "id")]
    pub id: i64,
    /// Name.
    #[serde(default)]
    pub name: Option<String>,
    /// `ACTIVE` or not.
    #[serde(default)]
    pub status: Option<String>,
    /// What the Order API calls it by.
    #[serde(default)]
    pub uri: Option<String>,
    /// When it changed.
    #[serde(default)]
    pub updated_at: Option<String>,
    /// To whom its stores sell.
    #[serde(default)]
    pub store_type: Option<String>,
    /// Currency of its rates.
    #[serde(default)]
    pub currency: Option<Code>,
    /// Its markets.
    #[serde(default, deserialize_with = "list")]
    pub markets: Vec<Id>,
    /// Its stores.
    #[serde(default)]
    pub stores: Option<Vec<Id>>,
    /// Its rates.
    #[serde(default, deserialize_with = "list")]
    pub shipping_price_groups: Vec<ShippingPriceGroup>,
}

/// Rates for some countries.
#[derive(Debug, Clone, Deserialize)]
pub struct ShippingPriceGroup {
    /// The countries.
    #[serde(default, deserialize_with = "list")]
    pub countries: Vec<Code>,
    /// Prices by basket.
    #[serde(default, deserialize_with = "list")]
    pub ranges: Vec<ShippingPriceRange>,
}

/// A price from some basket on.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ShippingPriceRange {
    /// A fixed price.
    #[serde(default)]
    pub shipping_price: Option<MonetaryValue>,
    /// A share of the order's value.
    #[serde(default)]
    pub order_value_percent: Option<Decimal>,
    /// From this value on.
    #[serde(default)]
    pub from_price: Option<MonetaryValue>,
    /// From this number of items on.
    #[serde(default)]
    pub from_items: Option<i64>,
    /// From this weight on.
    #[serde(default)]
    pub from_weight: Option<Weight>,
}
