//! Display items as the Storefront API gives them without a session: every price in every market at once.

use serde::Deserialize;

use super::{Code, Id, amount::Amount, id, list};

/// The data of an answer.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ShownItems {
    /// The list.
    pub display_items: ShownList,
}

/// A page of display items.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ShownList {
    /// The page.
    #[serde(default, deserialize_with = "list")]
    pub list: Vec<ShownItem>,
    /// Where it stands.
    pub pagination: Pagination,
    /// What was wrong with the question.
    #[serde(default, deserialize_with = "list")]
    pub user_errors: Vec<UserError>,
}

/// Where a page stands.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Pagination {
    /// How many there are on all pages.
    pub total: u64,
    /// Which page it is: a page that does not exist is answered with one that does.
    pub current_page: u32,
    /// Whether there is another one.
    pub has_next_page: bool,
}

/// Something the caller can mend.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct UserError {
    /// In words.
    #[serde(default)]
    pub message: String,
    /// Where.
    #[serde(default, deserialize_with = "list")]
    pub path: Vec<String>,
}

/// A display item.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ShownItem {
    /// Its variant.
    pub product_variant: Id,
    /// Its prices.
    #[serde(default, deserialize_with = "list")]
    pub price_by_pricelist: Vec<PricelistPrices>,
    /// Its lowest prices.
    #[serde(default, deserialize_with = "list")]
    pub lowest_price_by_pricelist: Vec<PricelistLowest>,
}

/// Prices in a pricelist.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PricelistPrices {
    /// The pricelist.
    pub pricelist: ShownPricelist,
    /// By market; markets of equal price stand together.
    #[serde(default, deserialize_with = "list")]
    pub price_by_market: Vec<MarketPrice>,
}

/// A pricelist.
#[derive(Debug, Clone, Deserialize)]
pub struct ShownPricelist {
    /// Id.
    #[serde(deserialize_with = "id")]
    pub id: i64,
    /// Its currency.
    pub currency: Code,
}

/// A price in some markets.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MarketPrice {
    /// The markets.
    #[serde(default, deserialize_with = "list")]
    pub markets: Vec<i64>,
    /// What is paid.
    pub price: Value,
    /// What it was before a reduction.
    pub original_price: Value,
    /// The campaign that reduces it.
    #[serde(default)]
    pub campaign_info: Option<CampaignInfo>,
}

/// An amount in major units.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
pub struct Value {
    /// The number.
    pub value: Amount,
}

/// When a campaign holds.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CampaignInfo {
    /// From when on.
    #[serde(default)]
    pub start_date_time: Option<String>,
    /// Until when; the name is Centra's.
    #[serde(default, alias = "endDateTime")]
    pub end_date_date_time: Option<String>,
}

/// Lowest prices in a pricelist.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PricelistLowest {
    /// The pricelist.
    pub pricelist: Id,
    /// By market.
    #[serde(default, deserialize_with = "list")]
    pub lowest_price_by_market: Vec<MarketLowest>,
}

/// The lowest price of some days in some markets.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MarketLowest {
    /// The markets.
    #[serde(default, deserialize_with = "list")]
    pub markets: Vec<i64>,
    /// Of how many days.
    #[serde(default)]
    pub period_days: u32,
    /// What was paid.
    pub price: Value,
}
