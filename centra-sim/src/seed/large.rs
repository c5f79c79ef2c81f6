//! A catalog of any size, computed from ids: one variant, five sizes, one display and one picture per product.
//! Nothing is stored per product, so memory does not grow with it.

use std::borrow::Cow;

use crate::seed::base::{CLOTHES_SIZES, EPOCH, RETAIL, RETAIL_MARKETS};
use crate::seed::catalog::{self, translation};
use crate::seed::shipping_tax::weight;
use crate::seed::{base, orders};
use crate::shop::{GeneratedCatalog, Shop};
use crate::value::{Kind, StockSums, Val};

/// Times stay in the past, however many products there are.
const NEWEST: i64 = 10_000_000;

/// Sizes per product.
pub const SIZES: i64 = 5;

/// The rule by which rows are computed.
#[derive(Clone, Copy, Debug)]
pub struct Generated {
    products: i64,
}

/// Builds the seed.
pub fn build(products: u32) -> Shop {
    let mut shop = base::shop(2);
    catalog::add_category(&mut shop, 1, "Everything", Some("Allt"), None);
    for id in 2..=21 {
        catalog::add_category(&mut shop, id, "Aisle", None, Some(1));
    }
    shop.newest = shop.newest.max(EPOCH + i64::from(products).min(NEWEST));
    let sizes: Vec<i64> = (1..=(i64::from(products) * SIZES).min(10)).collect();
    shop.generate(Generated { products: i64::from(products) });
    orders::add(&mut shop, &sizes);
    shop
}

/// One product per second since the epoch.
fn updated_at(product: i64) -> i64 {
    EPOCH + product % NEWEST
}

const MATERIALS: [&str; 7] = ["Cotton", "Linen", "Wool", "Silk", "Denim", "Leather", "Canvas"];
const GARMENTS: [(&str, &str); 6] = [
    ("Shirt", "shirt"),
    ("Trousers", "trousers"),
    ("Dress", "dress"),
    ("Shoe", "shoe"),
    ("Bag", "bag"),
    ("Coat", "coat"),
];
const COLOURS: [(&str, &str); 5] =
    [("Black", "#1b1b1d"), ("Chalk", "#ece7dc"), ("Moss", "#5d6b45"), ("Clay", "#b06a47"), ("Fjord", "#3c5d74")];

fn pick<T: Copy>(choices: &[T], id: i64) -> Option<T> {
    let length = i64::try_from(choices.len()).ok().filter(|length| *length > 0)?;
    choices.get(usize::try_from(id.rem_euclid(length)).ok()?).copied()
}

fn material(id: i64) -> &'static str {
    pick(&MATERIALS, id).unwrap_or_default()
}

fn garment(id: i64) -> (&'static str, &'static str) {
    pick(&GARMENTS, id / 7).unwrap_or_default()
}

fn colour(id: i64) -> (&'static str, &'static str) {
    pick(&COLOURS, id).unwrap_or_default()
}

fn one<'a>(kind: Kind, id: i64) -> Val<'a> {
    Val::Refs(kind, Cow::Owned(vec![id]))
}

fn name<'a>(id: i64) -> Val<'a> {
    format!("{} {} {id}", material(id), garment(id).0).into()
}

impl GeneratedCatalog for Generated {
    /// Rows of a generated table; none for a stored one.
    fn count(&self, kind: Kind) -> Option<i64> {
        match kind {
            Kind::Product | Kind::ProductVariant | Kind::Display | Kind::DisplayItem | Kind::ProductMedia => {
                Some(self.products)
            }
            Kind::ProductSize => Some(self.products * SIZES),
            _ => None,
        }
    }

    /// Whether all rows have the same value here.
    fn is_uniform(&self, kind: Kind, field: &str) -> bool {
        match kind {
            Kind::Display => matches!(field, "status" | "storeId" | "marketId" | "taxGroupId"),
            Kind::Product => matches!(field, "status" | "folderId" | "isBundle"),
            Kind::ProductVariant => field == "status",
            Kind::ProductSize => matches!(field, "isActive" | "preorder"),
            _ => false,
        }
    }

    /// Every hundredth variant has no price in dollars.
    fn price(&self, variant: i64, pricelist: i64) -> Option<i64> {
        let crowns = 199 + variant % 180 * 10;
        let prices = catalog::prices(crowns);
        match pricelist {
            1..=4 if pricelist == 3 && variant % 100 == 0 => None,
            1..=4 => prices.get(usize::try_from(pricelist - 1).ok()?).copied(),
            5 => prices.get(1).map(|minor| minor / 2),
            _ => None,
        }
    }

    /// Stock that varies, with some sizes sold out.
    fn stock(&self, size: i64, warehouse: i64) -> StockSums {
        let physical = (size * 7 + warehouse * 3) % 23;
        StockSums { physical, allocated: (physical / 6).min(2), demand: 0, incoming: size % 4 * 5 }
    }

    /// The value of a field.
    fn get<'a>(&self, kind: Kind, id: i64, field: &str) -> Val<'a> {
        if field == "id" {
            return Val::Int(id);
        }
        match kind {
            Kind::Product => product(id, field),
            Kind::ProductVariant => variant(id, field),
            Kind::ProductSize => size(id, field),
            Kind::Display => display(id, field),
            Kind::DisplayItem => match field {
                "display" => Val::Ref(Kind::Display, id),
                _ => Val::Ref(Kind::ProductVariant, id),
            },
            Kind::ProductMedia => match field {
                "shape" => garment(id).1.into(),
                "colour" => colour(id).1.into(),
                "metaDataJSON" => "{\"originalWidth\":600,\"originalHeight\":800}".into(),
                _ => Val::Null,
            },
            _ => Val::Null,
        }
    }
}

fn product<'a>(id: i64, field: &str) -> Val<'a> {
    match field {
        "name" => name(id),
        "status" => "ACTIVE".into(),
        "productNumber" => format!("G{id:07}").into(),
        "createdAt" => Val::Time(EPOCH),
        "updatedAt" => Val::Time(updated_at(id)),
        "harmonizedCommodityCode" => "61091000".into(),
        "isBundle" | "isSerializableProduct" => Val::Bool(false),
        "weight" => weight(0.4).into(),
        "brand" => Val::Ref(Kind::Brand, 1 + id % 3),
        "collection" => Val::Ref(Kind::Collection, 1 + id % 2),
        "countryOfOrigin" => Val::Ref(Kind::Country, 1 + id % 11),
        "folder" => Val::Ref(Kind::Folder, 1),
        "displays" => one(Kind::Display, id),
        "variants" => one(Kind::ProductVariant, id),
        "media" => one(Kind::ProductMedia, id),
        _ => Val::Null,
    }
}

fn variant<'a>(id: i64, field: &str) -> Val<'a> {
    match field {
        "name" => colour(id).0.into(),
        "status" => "ACTIVE".into(),
        "variantNumber" => colour(id).0.to_uppercase().into(),
        "updatedAt" => Val::Time(updated_at(id)),
        "stockOffset" => Val::Int(0),
        "displays" => one(Kind::Display, id),
        "media" => one(Kind::ProductMedia, id),
        "product" => Val::Ref(Kind::Product, id),
        "productSizes" => {
            let first = (id - 1) * SIZES + 1;
            Val::Refs(Kind::ProductSize, Cow::Owned((first..first + SIZES).collect()))
        }
        "sizeChart" => Val::Ref(Kind::SizeChart, 1),
        _ => Val::Null,
    }
}

fn size<'a>(id: i64, field: &str) -> Val<'a> {
    let product = (id - 1) / SIZES + 1;
    let index = (id - 1) % SIZES;
    let label = pick(&CLOTHES_SIZES, index).unwrap_or_default();
    match field {
        "description" | "sizeNumber" => label.into(),
        "SKU" => format!("G{product:07}{label}").into(),
        "EAN" => format!("735{id:010}").into(),
        "quantity" => Val::Int(0),
        "preorder" => Val::Bool(false),
        "weight" => weight(0.4).into(),
        "updatedAt" => Val::Time(updated_at(product)),
        "isActive" => Val::Bool(true),
        "size" => Val::Ref(Kind::Size, index + 1),
        "productVariant" => Val::Ref(Kind::ProductVariant, product),
        _ => Val::Null,
    }
}

fn display<'a>(id: i64, field: &str) -> Val<'a> {
    match field {
        "name" => name(id),
        "status" => "ACTIVE".into(),
        "uri" => format!("product-{id}").into(),
        "description" => format!("{} made of {}.", garment(id).0, material(id).to_lowercase()).into(),
        "shortDescription" => material(id).into(),
        "tags" => Val::List(vec![garment(id).1.into()]),
        "updatedAt" => Val::Time(updated_at(id)),
        "categories" => one(Kind::Category, 2 + id % 20),
        "canonicalCategory" => Val::Ref(Kind::Category, 2 + id % 20),
        "displayItems" => one(Kind::DisplayItem, id),
        "markets" => Val::Refs(Kind::Market, Cow::Borrowed(&RETAIL_MARKETS)),
        "media" => one(Kind::ProductMedia, id),
        "product" => Val::Ref(Kind::Product, id),
        "productVariants" => one(Kind::ProductVariant, id),
        "store" => Val::Ref(Kind::Store, RETAIL),
        "taxGroup" => Val::Ref(Kind::TaxGroup, 1),
        "translations" => Val::List(vec![translation(2, &[("name", Some(&format!("Vara {id}")))]).into()]),
        _ => Val::Null,
    }
}
