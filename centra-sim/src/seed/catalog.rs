//! Builds stored products: product → variants → sizes, one display per product, media, prices, stock and translations.

use crate::seed::base::{CLOTHES_SIZES, EPOCH, RETAIL, RETAIL_MARKETS, RETAIL_PRICELISTS, SHOE_SIZES};
use crate::seed::locations;
use crate::seed::shipping_tax::weight;
use crate::shop::Shop;
use crate::value::{Kind, Record, StockSums, Val};

/// What a product is measured in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sizing {
    /// XS to XXL.
    Clothes,
    /// 38 to 43.
    Shoes,
    /// No size name at all.
    OneSize,
}

impl Sizing {
    fn chart(self) -> i64 {
        match self {
            Self::Clothes => 1,
            Self::Shoes => 2,
            Self::OneSize => 3,
        }
    }

    /// Row ids and labels of the sizes.
    fn sizes(self) -> Vec<(i64, &'static str)> {
        match self {
            Self::Clothes => (1..).zip(CLOTHES_SIZES).skip(1).take(4).collect(),
            Self::Shoes => (11..).zip(SHOE_SIZES).collect(),
            Self::OneSize => vec![(21, "One size")],
        }
    }
}

/// A product to be added.
#[derive(Clone, Copy, Debug)]
pub struct Spec {
    /// The English name.
    pub name: &'static str,
    /// The Swedish name.
    pub swedish: &'static str,
    /// What the drawing shows.
    pub shape: &'static str,
    /// Names and colours of the variants.
    pub colours: &'static [(&'static str, &'static str)],
    /// Its sizes.
    pub sizing: Sizing,
    /// The price in whole Swedish crowns; the other pricelists follow from it.
    pub price: i64,
    /// The leaf category.
    pub category: i64,
    /// What it is made of.
    pub material: &'static str,
    /// Kilograms.
    pub weight: f64,
}

/// The ids a product got.
#[derive(Clone, Debug)]
pub struct Added {
    /// Its variants.
    pub variants: Vec<i64>,
    /// The sizes of all variants.
    pub sizes: Vec<i64>,
}

/// Prices in sub-units for the retail pricelists: SEK, EUR, USD, JPY.
pub fn prices(crowns: i64) -> [i64; 4] {
    [crowns * 100, (crowns * 9 / 100) * 100 + 90, (crowns * 10 / 100) * 100 + 95, crowns * 14 / 100 * 100]
}

/// Adds a product with everything that belongs to it. Products are added in ascending order of ids.
pub fn add(shop: &mut Shop, id: i64, spec: &Spec) -> Added {
    let at = EPOCH + id * 3_600;
    let number = format!("P{:04}", 1000 + id);
    let variants: Vec<i64> = (0_i64..).zip(spec.colours).map(|(index, _)| id * 10 + index).collect();
    let media: Vec<i64> = variants.iter().flat_map(|variant| [variant * 10, variant * 10 + 1]).collect();
    let mut sizes = Vec::new();
    for (variant, (colour, hex)) in variants.iter().zip(spec.colours) {
        sizes.extend(add_variant(shop, *variant, id, spec, colour, hex, &number));
    }
    let product = Record::new("Product")
        .with("name", spec.name)
        .with("status", "ACTIVE")
        .with("productNumber", number)
        .with("createdAt", Val::Time(EPOCH))
        .with("updatedAt", Val::Time(at))
        .with("harmonizedCommodityCode", "61091000")
        .with("harmonizedCommodityCodeDescription", "Garments")
        .with("isBundle", false)
        .with("isSerializableProduct", false)
        .with("weight", weight(spec.weight))
        .with("attributes", vec![material(spec.material)])
        .with("brand", (Kind::Brand, 1 + id % 3))
        .with("collection", (Kind::Collection, 1 + id % 2))
        .with("countryOfOrigin", (Kind::Country, locations::country("PT")))
        .with("displays", (Kind::Display, vec![id]))
        .with("folder", (Kind::Folder, 1))
        .with("translations", vec![translation(2, &[("name", Some(spec.swedish))])])
        .with("media", (Kind::ProductMedia, media.clone()))
        .with("variants", (Kind::ProductVariant, variants.clone()));
    shop.add(Kind::Product, id, product);
    add_display(shop, id, spec, &variants, media, at);
    Added { variants, sizes }
}

fn add_variant(
    shop: &mut Shop,
    variant: i64,
    product: i64,
    spec: &Spec,
    colour: &'static str,
    hex: &'static str,
    number: &str,
) -> Vec<i64> {
    let at = EPOCH + product * 3_600;
    let code: String = colour.chars().filter(char::is_ascii_alphabetic).take(3).collect::<String>().to_uppercase();
    let mut ids = Vec::new();
    for (index, (size, label)) in (0_i64..).zip(spec.sizing.sizes()) {
        let id = variant * 10 + index;
        let row = Record::new("ProductSize")
            .with("description", if spec.sizing == Sizing::OneSize { Val::Null } else { label.into() })
            .with("SKU", format!("{number}{code}{label}").replace(' ', ""))
            .with("EAN", format!("7350000{id:06}"))
            .with("sizeNumber", label)
            .with("quantity", 0_i64)
            .with("preorder", false)
            .with("weight", weight(spec.weight))
            .with("updatedAt", Val::Time(at))
            .with("isActive", true)
            .with("size", (Kind::Size, size))
            .with("productVariant", (Kind::ProductVariant, variant));
        shop.add(Kind::ProductSize, id, row);
        for warehouse in 1..=3 {
            shop.set_stock(id, warehouse, stock(id, warehouse));
        }
        ids.push(id);
    }
    let media: Vec<i64> = vec![variant * 10, variant * 10 + 1];
    for picture in &media {
        let row = Record::new("ProductMedia").with("shape", spec.shape).with("colour", hex).with(
            "metaDataJSON",
            format!("{{\"originalWidth\":600,\"originalHeight\":800,\"altText\":\"{} {colour}\"}}", spec.name),
        );
        shop.add(Kind::ProductMedia, *picture, row);
    }
    for (pricelist, minor) in RETAIL_PRICELISTS.into_iter().zip(prices(spec.price)) {
        shop.set_price(variant, pricelist, minor);
    }
    shop.set_price(variant, 5, prices(spec.price)[1] / 2);
    let row = Record::new("ProductVariant")
        .with("name", colour)
        .with("status", "ACTIVE")
        .with("variantNumber", code)
        .with("updatedAt", Val::Time(at))
        .with("stockOffset", 0_i64)
        .with("attributes", vec![swatch(hex)])
        .with("displays", (Kind::Display, vec![product]))
        .with("media", (Kind::ProductMedia, media))
        .with("product", (Kind::Product, product))
        .with("productSizes", (Kind::ProductSize, ids.clone()))
        .with("sizeChart", (Kind::SizeChart, spec.sizing.chart()));
    shop.add(Kind::ProductVariant, variant, row);
    ids
}

fn add_display(shop: &mut Shop, id: i64, spec: &Spec, variants: &[i64], media: Vec<i64>, at: i64) {
    let slug: String = spec
        .name
        .to_lowercase()
        .chars()
        .map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '-' })
        .collect();
    let english = format!("{} in {}. Made in Portugal.", spec.name, spec.material.to_lowercase());
    let swedish = format!("{} i {}. Tillverkad i Portugal.", spec.swedish, spec.material.to_lowercase());
    for variant in variants {
        let row = Record::new("DisplayItem")
            .with("display", (Kind::Display, id))
            .with("productVariant", (Kind::ProductVariant, *variant));
        shop.add(Kind::DisplayItem, *variant, row);
    }
    let texts = [("name", Some(spec.swedish)), ("description", Some(swedish.as_str())), ("metaTitle", None)];
    let row = Record::new("Display")
        .with("name", spec.name)
        .with("status", "ACTIVE")
        .with("uri", slug)
        .with("description", english)
        .with("shortDescription", spec.material)
        .with("metaTitle", spec.name)
        .with("tags", vec![spec.shape])
        .with("updatedAt", Val::Time(at))
        .with("categories", (Kind::Category, vec![spec.category]))
        .with("canonicalCategory", (Kind::Category, spec.category))
        .with("displayItems", (Kind::DisplayItem, variants.to_vec()))
        .with("markets", (Kind::Market, RETAIL_MARKETS.to_vec()))
        .with("media", (Kind::ProductMedia, media))
        .with("product", (Kind::Product, id))
        .with("productVariants", (Kind::ProductVariant, variants.to_vec()))
        .with("store", (Kind::Store, RETAIL))
        .with("taxGroup", (Kind::TaxGroup, 1))
        .with("translations", vec![translation(2, &texts)]);
    shop.add(Kind::Display, id, row);
}

/// Stock that varies, with some sizes sold out.
fn stock(size: i64, warehouse: i64) -> StockSums {
    let physical = (size * 7 + warehouse * 3) % 23;
    StockSums { physical, allocated: (physical / 6).min(2), demand: 0, incoming: size % 4 * 5 }
}

/// Adds a category.
pub fn add_category(shop: &mut Shop, id: i64, name: &'static str, swedish: Option<&'static str>, parent: Option<i64>) {
    let slug = name.to_lowercase().replace(' ', "-").replace('&', "and");
    let row = Record::new("Category")
        .with("name", name)
        .with("status", "ACTIVE")
        .with("isTopCategory", parent.is_none())
        .with("uri", slug)
        .with("parentCategory", parent.map(|parent| (Kind::Category, parent)))
        .with("store", (Kind::Store, RETAIL))
        .with("translations", vec![translation(2, &[("name", swedish)])]);
    shop.add(Kind::Category, id, row);
}

/// The texts of an object in one language; a text that is missing falls back to the default.
pub fn translation(language: i64, texts: &[(&'static str, Option<&str>)]) -> Record {
    let fields: Vec<Record> = texts
        .iter()
        .map(|(field, value)| {
            Record::new("TranslatedField").with("field", *field).with("value", value.map(str::to_owned))
        })
        .collect();
    Record::new("LanguageTranslation").with("language", (Kind::Language, language)).with("fields", fields)
}

fn attribute(id: i64, name: &'static str, description: &'static str, object: &'static str, element: Record) -> Record {
    let kind = element.get("kind").as_str().unwrap_or("INPUT").to_owned();
    let declared = Record::new("AttributeTypeElement")
        .with("key", "value")
        .with("description", description)
        .with("kind", kind)
        .with("isMulti", false)
        .with("paramsJSON", "{}");
    let of = Record::new("AttributeType")
        .with("name", name)
        .with("description", description)
        .with("isMapped", true)
        .with("isMulti", false)
        .with("objectType", object)
        .with("elements", vec![declared]);
    Record::new("MappedAttribute")
        .with("id", id)
        .with("name", description)
        .with("description", description)
        .with("objectType", object)
        .with("elements", vec![element])
        .with("type", of)
}

fn material(text: &'static str) -> Record {
    let element = Record::new("AttributeStringElement")
        .with("key", "value")
        .with("description", "Material")
        .with("kind", "TEXTAREA")
        .with("value", text);
    attribute(1, "pr_materials", "Materials", "Product", element)
}

fn swatch(hex: &'static str) -> Record {
    let element = Record::new("AttributeChoiceElement")
        .with("key", "value")
        .with("description", "Swatch")
        .with("kind", "SELECT")
        .with("isMulti", false)
        .with("selectedValue", hex)
        .with("selectedValueName", hex);
    attribute(2, "var_swatch", "Swatch", "ProductVariant", element)
}
