//! Displays with their products, variants, sizes, media and attributes.

use connector_api::domain::Decimal;
use serde::Deserialize;

use super::{Code, Id, id, list, store::Translation};

/// A product as one store shows it.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Display {
    /// Id.
    #[serde(deserialize_with = "id")]
    pub id: i64,
    /// Name.
    #[serde(default)]
    pub name: Option<String>,
    /// `ACTIVE` or not.
    #[serde(default)]
    pub status: Option<String>,
    /// Part of its address.
    #[serde(default)]
    pub uri: Option<String>,
    /// Fewest pieces in an order.
    #[serde(default)]
    pub minimum_order_quantity: Option<i64>,
    /// Pieces are ordered in multiples of this.
    #[serde(default)]
    pub order_quantity_denominator: Option<i64>,
    /// When it changed.
    #[serde(default)]
    pub updated_at: Option<String>,
    /// Text.
    #[serde(default)]
    pub description: Option<String>,
    /// Text.
    #[serde(default)]
    pub short_description: Option<String>,
    /// Text for search engines.
    #[serde(default)]
    pub meta_title: Option<String>,
    /// Text for search engines.
    #[serde(default)]
    pub meta_description: Option<String>,
    /// Labels.
    #[serde(default, deserialize_with = "list")]
    pub tags: Vec<String>,
    /// Its store.
    #[serde(default)]
    pub store: Option<Id>,
    /// Markets that see it.
    #[serde(default, deserialize_with = "list")]
    pub markets: Vec<Id>,
    /// Its categories.
    #[serde(default, deserialize_with = "list")]
    pub categories: Vec<Id>,
    /// The main one.
    #[serde(default)]
    pub canonical_category: Option<Id>,
    /// Its tax group.
    #[serde(default)]
    pub tax_group: Option<Id>,
    /// Pictures, in order.
    #[serde(default, deserialize_with = "list")]
    pub media: Vec<Media>,
    /// The merchant's attributes.
    #[serde(default, deserialize_with = "list")]
    pub attributes: Vec<Attribute>,
    /// Translations.
    #[serde(default, deserialize_with = "list")]
    pub translations: Vec<Translation>,
    /// The product; one without cannot be sold.
    #[serde(default)]
    pub product: Option<Product>,
    /// The variants activated on it.
    #[serde(default, deserialize_with = "list")]
    pub display_items: Vec<DisplayItem>,
}

/// The product of the PIM.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Product {
    /// Id.
    #[serde(deserialize_with = "id")]
    pub id: i64,
    /// `ACTIVE` or not.
    #[serde(default)]
    pub status: Option<String>,
    /// The merchant's number.
    #[serde(default)]
    pub product_number: Option<String>,
    /// When it changed.
    #[serde(default)]
    pub updated_at: Option<String>,
    /// Whether it is made of others.
    #[serde(default)]
    pub is_bundle: Option<bool>,
    /// How large its sizes are.
    #[serde(default)]
    pub measurement_table: Option<MeasurementTable>,
    /// Brand.
    #[serde(default)]
    pub brand: Option<Named>,
    /// Collection.
    #[serde(default)]
    pub collection: Option<Named>,
    /// Where it was made.
    #[serde(default)]
    pub country_of_origin: Option<Code>,
    /// Customs code.
    #[serde(default)]
    pub harmonized_commodity_code: Option<String>,
    /// The merchant's attributes.
    #[serde(default, deserialize_with = "list")]
    pub attributes: Vec<Attribute>,
}

/// How large the sizes of a product are.
#[derive(Debug, Clone, Deserialize)]
pub struct MeasurementTable {
    /// The chart.
    #[serde(default)]
    pub chart: Option<MeasurementChart>,
}

/// A chart of measurements.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MeasurementChart {
    /// Its name.
    #[serde(default)]
    pub name: Option<String>,
    /// The unit of its numbers.
    #[serde(default)]
    pub display_unit: Option<String>,
    /// Its numbers, in a form of Centra's that no page describes.
    #[serde(default, rename = "contentJSON")]
    pub content: Option<String>,
}

/// Something of which only the name is read.
#[derive(Debug, Clone, Deserialize)]
pub struct Named {
    /// Name.
    #[serde(default)]
    pub name: Option<String>,
}

/// A variant activated on a display.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DisplayItem {
    /// The variant.
    #[serde(default)]
    pub product_variant: Option<ProductVariant>,
}

/// A colour or material of a product.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProductVariant {
    /// Id.
    #[serde(deserialize_with = "id")]
    pub id: i64,
    /// Name.
    #[serde(default)]
    pub name: Option<String>,
    /// `ACTIVE` or not.
    #[serde(default)]
    pub status: Option<String>,
    /// The merchant's number.
    #[serde(default)]
    pub variant_number: Option<String>,
    /// Pictures that show it.
    #[serde(default, deserialize_with = "list")]
    pub media: Vec<Id>,
    /// Its sizes.
    #[serde(default, deserialize_with = "list")]
    pub product_sizes: Vec<ProductSize>,
}

/// A size of a variant: what is put into a cart.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProductSize {
    /// Id.
    #[serde(deserialize_with = "id")]
    pub id: i64,
    /// Name of the size; null for one-size.
    #[serde(default)]
    pub description: Option<String>,
    /// Whether it can be sold.
    #[serde(default)]
    pub is_active: Option<bool>,
    /// Stock-keeping unit.
    #[serde(default, rename = "SKU")]
    pub sku: Option<String>,
    /// European article number.
    #[serde(default, rename = "EAN")]
    pub ean: Option<String>,
    /// Universal product code.
    #[serde(default, rename = "UPC")]
    pub upc: Option<String>,
    /// Sold before it is in stock.
    #[serde(default)]
    pub preorder: Option<bool>,
    /// Weight of one piece.
    #[serde(default)]
    pub weight: Option<Weight>,
    /// When it changed.
    #[serde(default)]
    pub updated_at: Option<String>,
}

/// A weight.
#[derive(Debug, Clone, Deserialize)]
pub struct Weight {
    /// How much.
    pub value: Decimal,
    /// `KILOGRAMS`, `POUNDS`, …
    #[serde(default)]
    pub unit: Option<String>,
}

/// A picture.
#[derive(Debug, Clone, Deserialize)]
pub struct Media {
    /// Id.
    #[serde(deserialize_with = "id")]
    pub id: i64,
    /// Where it is.
    #[serde(default)]
    pub source: Option<MediaSource>,
}

/// Where a picture is, in the standard size.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MediaSource {
    /// Address.
    #[serde(default)]
    pub url: Option<String>,
    /// Media type.
    #[serde(default)]
    pub mime_type: Option<String>,
}

/// An attribute with its elements.
#[derive(Debug, Clone, Deserialize)]
pub struct Attribute {
    /// Its type, whose name the merchant chose.
    #[serde(rename = "type")]
    pub kind: Named,
    /// Its values.
    #[serde(default, deserialize_with = "list")]
    pub elements: Vec<AttributeElement>,
}

/// One value of an attribute, of whatever kind.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AttributeElement {
    /// Its name within the attribute.
    pub key: String,
    /// Of a text.
    #[serde(default)]
    pub value: Option<String>,
    /// Of a choice.
    #[serde(default)]
    pub selected_value: Option<String>,
    /// Of a choice, as people read it.
    #[serde(default)]
    pub selected_value_name: Option<String>,
    /// Of a file or picture.
    #[serde(default)]
    pub url: Option<String>,
}
