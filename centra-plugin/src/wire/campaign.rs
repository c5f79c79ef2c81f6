//! Campaigns: which variants they reduce, by how much, where and when.

use connector_api::domain::Decimal;
use serde::Deserialize;

use super::{Code, Id, id, list};

/// A campaign.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Campaign {
    /// Id.
    #[serde(deserialize_with = "id")]
    pub id: i64,
    /// `ACTIVE` or not.
    #[serde(default)]
    pub status: Option<String>,
    /// Markets it holds in.
    #[serde(default, deserialize_with = "list")]
    pub markets: Vec<Id>,
    /// Pricelists it reduces.
    #[serde(default, deserialize_with = "list")]
    pub pricelists: Vec<CampaignPricelist>,
    /// Its first rows.
    #[serde(default, deserialize_with = "list")]
    pub campaign_variants: Vec<CampaignRow>,
}

/// A pricelist of a campaign.
#[derive(Debug, Clone, Deserialize)]
pub struct CampaignPricelist {
    /// Id.
    #[serde(deserialize_with = "id")]
    pub id: i64,
    /// Its currency.
    pub currency: Code,
}

/// One variant in a campaign.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CampaignRow {
    /// Id.
    #[serde(deserialize_with = "id")]
    pub id: i64,
    /// `ACTIVE` or not.
    #[serde(default)]
    pub status: Option<String>,
    /// From when on.
    #[serde(default)]
    pub start_at: Option<String>,
    /// Until when.
    #[serde(default)]
    pub stop_at: Option<String>,
    /// What is taken off, in per cent.
    #[serde(default)]
    pub discount_percent: Option<Decimal>,
    /// The new price.
    #[serde(default)]
    pub fixed_price: Option<FixedPrice>,
    /// The variant, where it is not known from around.
    #[serde(default)]
    pub product_variant: Option<Id>,
    /// The campaign, where it is not known from around.
    #[serde(default)]
    pub campaign: Option<Campaign>,
}

/// A new price, in one currency.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FixedPrice {
    /// How much.
    #[serde(flatten)]
    pub amount: super::money::MonetaryValue,
    /// Its currency.
    #[serde(default)]
    pub currency: Option<Code>,
}
