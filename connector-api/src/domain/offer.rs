//! Offers (what a shopper sees as one product), their variants (what is put into a cart) and categories.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Decimal, Exclusion, ExternalId, LocalizedText, Media, OfferKind, OfferPart, Timestamp};

/// A sellable product of one store. Carries its variants; prices and stock are records of their own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Offer {
    /// The platform's id of the offer.
    pub id: ExternalId,
    /// What kind of goods it is.
    #[serde(default, skip_serializing_if = "OfferKind::is_product")]
    pub kind: OfferKind,
    /// Human-readable part of its address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handle: Option<String>,
    /// URL of its page in the merchant's own shop, if the platform or the merchant provides it. Never guessed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Name shown to shoppers.
    #[serde(default, skip_serializing_if = "LocalizedText::is_empty")]
    pub title: LocalizedText,
    /// Description; may hold the platform's HTML, to be sanitised before display.
    #[serde(default, skip_serializing_if = "LocalizedText::is_empty")]
    pub description: LocalizedText,
    /// Name of the brand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub brand: Option<String>,
    /// The merchant's own number of the product.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product_number: Option<String>,
    /// Whether it can be sold.
    pub status: OfferStatus,
    /// Why channels do not sell it although the store does. It is kept, so that they see the reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub excluded: Option<Exclusion>,
    /// Categories it belongs to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub category_ids: Vec<ExternalId>,
    /// The category that names it best.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub main_category_id: Option<ExternalId>,
    /// Names of collections.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub collections: Vec<String>,
    /// Labels that the merchant chose freely.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Markets it is offered in; empty when the platform does not say.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub market_ids: Vec<ExternalId>,
    /// What its variants differ by, such as colour and size.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<OptionAxis>,
    /// Variants of the offer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub variants: Vec<Variant>,
    /// What a bundle consists of.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<OfferPart>,
    /// Whether its price is made of the prices of its parts by rules that only the platform knows: then a price counts only
    /// where its `source` is `platform`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub priced_by_parts: bool,
    /// Whether it is delivered; absent when the platform does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requires_shipping: Option<bool>,
    /// Pictures and files, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub media: Vec<Media>,
    /// The merchant's own attributes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attributes: Vec<Attribute>,
    /// Texts for search engines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seo: Option<SeoText>,
    /// ISO 3166-1 alpha-2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country_of_origin: Option<String>,
    /// Harmonised System code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customs_code: Option<String>,
    /// Class that tax rules refer to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax_class_id: Option<ExternalId>,
    /// Minimum quantity of one variant in an order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_quantity: Option<u32>,
    /// The quantity of one variant must be a multiple of this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quantity_step: Option<u32>,
    /// When the platform last changed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<Timestamp>,
}

impl Offer {
    /// An active offer of this name, with no other field set.
    ///
    /// ```
    /// use connector_api::domain::{Offer, OfferStatus, Variant};
    ///
    /// let draft = Offer {
    ///     status: OfferStatus::Draft,
    ///     variants: vec![Variant::new("apple-red"), Variant::new("apple-green")],
    ///     ..Offer::new("apple", "Apple")
    /// };
    /// # assert_eq!(draft.variants.len(), 2);
    /// ```
    pub fn new(id: impl Into<ExternalId>, title: impl Into<LocalizedText>) -> Self {
        Self {
            id: id.into(),
            kind: OfferKind::Product,
            handle: None,
            url: None,
            title: title.into(),
            description: LocalizedText::default(),
            brand: None,
            product_number: None,
            status: OfferStatus::Active,
            excluded: None,
            category_ids: vec![],
            main_category_id: None,
            collections: vec![],
            tags: vec![],
            market_ids: vec![],
            options: vec![],
            variants: vec![],
            parts: vec![],
            priced_by_parts: false,
            requires_shipping: None,
            media: vec![],
            attributes: vec![],
            seo: None,
            country_of_origin: None,
            customs_code: None,
            tax_class_id: None,
            min_quantity: None,
            quantity_step: None,
            updated_at: None,
        }
    }
}

impl Variant {
    /// An active variant, with no other field set.
    ///
    /// ```
    /// use connector_api::domain::Variant;
    ///
    /// let variant = Variant { sku: Some("A-1".to_owned()), ..Variant::new(1_041) };
    /// assert_eq!(variant.id.as_str(), "1041");
    /// ```
    pub fn new(id: impl Into<ExternalId>) -> Self {
        Self {
            id: id.into(),
            price_group_id: None,
            sku: None,
            title: None,
            barcodes: vec![],
            option_values: vec![],
            active: true,
            preorder: false,
            excluded: None,
            weight: None,
            media_ids: vec![],
            updated_at: None,
        }
    }
}

open_enum! {
    /// Whether an offer can be sold.
    pub enum OfferStatus {
        /// Sold.
        Active = "active",
        /// Not yet sold.
        Draft = "draft",
        /// No longer sold.
        Archived = "archived",
        /// Switched off.
        Disabled = "disabled",
    }
}

/// One thing that variants differ by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OptionAxis {
    /// Such as `Colour`.
    #[serde(default, skip_serializing_if = "LocalizedText::is_empty")]
    pub name: LocalizedText,
    /// Its values, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<OptionValue>,
}

/// One value of an axis.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OptionValue {
    /// Unique within the axis.
    pub id: ExternalId,
    /// Such as `Navy`.
    #[serde(default, skip_serializing_if = "LocalizedText::is_empty")]
    pub label: LocalizedText,
}

/// What is put into a cart: one colour in one size.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Variant {
    /// The platform's id; prices, stock and cart lines refer to it.
    pub id: ExternalId,
    /// What its prices are filed under, where it shares them with other variants: sizes of one colour cost the same.
    /// Absent where prices name the variant itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price_group_id: Option<ExternalId>,
    /// Stock-keeping unit. May be empty or repeat: never a key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sku: Option<String>,
    /// Name of the variant alone, such as `Navy / M`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// EAN, UPC and the like.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub barcodes: Vec<Barcode>,
    /// One value per axis of the offer, in the axes' order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub option_values: Vec<ExternalId>,
    /// Whether it can be sold.
    #[serde(default)]
    pub active: bool,
    /// Sold before it is in stock.
    #[serde(default)]
    pub preorder: bool,
    /// Why channels do not sell it although the store does, where that does not hold for the whole offer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub excluded: Option<Exclusion>,
    /// Weight of one unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight: Option<Weight>,
    /// Pictures of the offer that show this variant.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub media_ids: Vec<ExternalId>,
    /// When the platform last changed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<Timestamp>,
}

/// A machine-readable number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Barcode {
    /// System of the barcode.
    pub kind: BarcodeKind,
    /// The barcode as printed.
    pub value: String,
}

open_enum! {
    /// System of a barcode.
    pub enum BarcodeKind {
        /// EAN-13 or EAN-8.
        Ean = "ean",
        /// UPC-A.
        Upc = "upc",
        /// Any GTIN.
        Gtin = "gtin",
        /// Book number.
        Isbn = "isbn",
        /// Amazon's number.
        Asin = "asin",
    }
}

/// A weight with its unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Weight {
    /// The weight in this unit.
    pub value: Decimal,
    /// `kg`, `g`, `lb`, `oz`, or the platform's own word.
    pub unit: String,
}

/// A merchant's own attribute of an offer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Attribute {
    /// Its name on the platform.
    pub name: String,
    /// Its value, as text.
    #[serde(default, skip_serializing_if = "LocalizedText::is_empty")]
    pub value: LocalizedText,
    /// Attribute type or group, where the platform has them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
}

/// Texts for search engines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SeoText {
    /// Title for search engines.
    #[serde(default, skip_serializing_if = "LocalizedText::is_empty")]
    pub title: LocalizedText,
    /// Description for search engines.
    #[serde(default, skip_serializing_if = "LocalizedText::is_empty")]
    pub description: LocalizedText,
}

/// A node of the category tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Category {
    /// The platform's id.
    pub id: ExternalId,
    /// The category above; absent at the top.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent_id: Option<ExternalId>,
    /// Name of the category.
    #[serde(default, skip_serializing_if = "LocalizedText::is_empty")]
    pub title: LocalizedText,
    /// Human-readable part of its address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handle: Option<String>,
    /// Whether shoppers see it.
    #[serde(default)]
    pub active: bool,
    /// Store it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub store_id: Option<ExternalId>,
}
