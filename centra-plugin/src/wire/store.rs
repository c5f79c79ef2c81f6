//! Stores, markets, pricelists, languages, categories, warehouses.

use serde::Deserialize;

use super::{Code, Id, id, list};

/// A store.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Store {
    /// Id.
    #[serde(deserialize_with = "id")]
    pub id: i64,
    /// Name.
    #[serde(default)]
    pub name: Option<String>,
    /// `DIRECT_TO_CONSUMER` or `WHOLESALE`.
    #[serde(default, rename = "type")]
    pub kind: Option<String>,
    /// Rule that says which warehouses serve it.
    #[serde(default)]
    pub allocation_rule: Option<Id>,
}

/// The store a market belongs to.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StoreOfMarket {
    /// Its id.
    #[serde(flatten)]
    pub own: Id,
    /// Rule that says which warehouses serve its markets.
    #[serde(default)]
    pub allocation_rule: Option<Id>,
}

/// A market.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Market {
    /// Id.
    #[serde(deserialize_with = "id")]
    pub id: i64,
    /// Name.
    #[serde(default)]
    pub name: Option<String>,
    /// Its store.
    #[serde(default)]
    pub store: Option<StoreOfMarket>,
    /// Its countries.
    #[serde(default, deserialize_with = "list")]
    pub assigned_to_countries: Vec<Code>,
    /// Rule that says which warehouses serve it.
    #[serde(default)]
    pub allocation_rule: Option<Id>,
}

/// A pricelist.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Pricelist {
    /// Id.
    #[serde(deserialize_with = "id")]
    pub id: i64,
    /// Name.
    #[serde(default)]
    pub name: Option<String>,
    /// `ACTIVE`, `INACTIVE` or a third value nobody has written down.
    #[serde(default)]
    pub status: Option<String>,
    /// Currency of every price in it.
    pub currency: Code,
    /// Whether it is the one of its currency where no country decides.
    #[serde(default)]
    pub is_default_for_currency: Option<bool>,
    /// Its store.
    #[serde(default)]
    pub store: Option<Id>,
    /// Countries it is the default for.
    #[serde(default, deserialize_with = "list")]
    pub assigned_to_countries: Vec<Code>,
    /// Shipping when nothing else is chosen.
    #[serde(default)]
    pub default_shipping_option: Option<Id>,
}

/// A language.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Language {
    /// Id.
    #[serde(deserialize_with = "id")]
    pub id: i64,
    /// Name.
    #[serde(default)]
    pub name: Option<String>,
    /// Its tag.
    #[serde(flatten)]
    pub tag: LanguageTag,
    /// Whether it is in use.
    #[serde(default)]
    pub is_active: Option<bool>,
}

/// A language's codes.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LanguageTag {
    /// Such as `en`.
    #[serde(default)]
    pub language_code: Option<String>,
    /// Such as `GB`.
    #[serde(default)]
    pub country_code: Option<String>,
}

/// Texts in one language.
#[derive(Debug, Clone, Deserialize)]
pub struct Translation {
    /// The language.
    pub language: LanguageTag,
    /// The texts.
    #[serde(default, deserialize_with = "list")]
    pub fields: Vec<TranslatedField>,
}

/// One translated text.
#[derive(Debug, Clone, Deserialize)]
pub struct TranslatedField {
    /// Name of the field, or `attributes.<type>.<key>`.
    pub field: String,
    /// The text; null falls back to the default.
    #[serde(default)]
    pub value: Option<String>,
}

/// A category with those below it.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Category {
    /// Id.
    #[serde(deserialize_with = "id")]
    pub id: i64,
    /// Name.
    #[serde(default)]
    pub name: Option<String>,
    /// Part of its address.
    #[serde(default)]
    pub uri: Option<String>,
    /// `ACTIVE` or not.
    #[serde(default)]
    pub status: Option<String>,
    /// Translations.
    #[serde(default, deserialize_with = "list")]
    pub translations: Vec<Translation>,
    /// Categories below.
    #[serde(default, deserialize_with = "list")]
    pub child_categories: Vec<Self>,
}

/// A warehouse.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Warehouse {
    /// Id.
    #[serde(deserialize_with = "id")]
    pub id: i64,
    /// Name.
    #[serde(default)]
    pub name: Option<String>,
    /// `ACTIVE` or not.
    #[serde(default)]
    pub status: Option<String>,
    /// Country.
    #[serde(default)]
    pub country: Option<Code>,
    /// Rules it belongs to; absent when the live schema does not tell.
    #[serde(default)]
    pub allocation_rules: Option<Vec<Id>>,
}
