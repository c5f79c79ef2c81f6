//! Bundles: what a product consists of that is made of others.

use serde::Deserialize;

use super::{Id, id, list};

/// A product that is a bundle.
#[derive(Debug, Clone, Deserialize)]
pub struct BundledProduct {
    /// Id of the product.
    #[serde(deserialize_with = "id")]
    pub id: i64,
    /// What it consists of; absent where it cannot be read.
    #[serde(default)]
    pub bundle: Option<Bundle>,
}

/// What a product consists of.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Bundle {
    /// `FIXED` or `FLEXIBLE` \[I\].
    #[serde(rename = "type")]
    pub kind: String,
    /// `STATIC` or `DYNAMIC` \[I\]; absent where it cannot be read.
    #[serde(default)]
    pub price_type: Option<String>,
    /// Its parts.
    #[serde(default, deserialize_with = "list")]
    pub sections: Vec<Section>,
}

/// A part of a bundle.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Section {
    /// Pieces in one bundle.
    pub quantity: i64,
    /// One variant in a fixed bundle; those to choose from in a flexible one.
    #[serde(default, deserialize_with = "list")]
    pub product_variants: Vec<Id>,
}
