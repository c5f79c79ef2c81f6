//! What a fashion store sells beside plain products: bundles of every kind, a preorder, gift certificates. Opt-in, since most
//! tests count products. `large` computes its products and gets gift certificates only.

use crate::seed::Seed;
use crate::seed::base::{EPOCH, RETAIL, RETAIL_PRICELISTS};
use crate::seed::catalog::{self, Sizing, Spec};
use crate::shop::Shop;
use crate::value::{Kind, Record, StockSums, Val};

const SET: Spec = Spec {
    name: "Weekend set",
    swedish: "Helgset",
    shape: "shirt",
    colours: &[("Set", "#8a8d91")],
    sizing: Sizing::Clothes,
    price: 1_299,
    category: 3,
    material: "Cotton",
    weight: 0.5,
};

/// A bundle: its product, type, price type, and for each section how many of which variants.
type Made = (Spec, &'static str, &'static str, &'static [(i64, &'static [i64])]);

/// The first is fixed with a price of its own; the second's price is the sum of its parts; the third and fourth are chosen
/// part by part.
const BUNDLES: [Made; 4] = [
    (SET, "FIXED", "STATIC", &[(1, &[10]), (2, &[30])]),
    (Spec { name: "Layer set", ..SET }, "FIXED", "DYNAMIC", &[(1, &[10]), (2, &[60])]),
    (Spec { name: "Build your outfit", ..SET }, "FLEXIBLE", "DYNAMIC", &[(1, &[10, 30]), (1, &[50, 60])]),
    (Spec { name: "Pick your pair", ..SET }, "FLEXIBLE", "STATIC", &[(1, &[10, 30]), (1, &[50, 60])]),
];

/// Adds them; the ids follow those of the seed.
pub fn add(shop: &mut Shop, seed: Seed) {
    for (id, name, kind, amount) in
        [(1, "Gift card 500", "PREDETERMINED_AMOUNT", Some(500)), (2, "Gift card", "ANY_AMOUNT", None)]
    {
        let row =
            Record::new("GiftCertificate").with("name", name).with("type", kind).with("amount", amount.map(Val::Int));
        shop.add(Kind::GiftCertificate, id, row);
    }
    if matches!(seed, Seed::Large(_)) {
        return;
    }
    let mut id = shop.ids(Kind::Product).last().copied().unwrap_or(0);
    for (spec, kind, price, sections) in BUNDLES {
        id += 1;
        let added = catalog::add(shop, id, &spec);
        if price == "DYNAMIC" {
            for (variant, pricelist) in
                added.variants.iter().flat_map(|variant| RETAIL_PRICELISTS.map(|own| (*variant, own)))
            {
                shop.unset_price(variant, pricelist);
            }
        }
        for size in added.sizes {
            // The physical goods are the parts.
            (1..=3).for_each(|warehouse| shop.set_stock(size, warehouse, StockSums::default()));
        }
        let ids: Vec<i64> = (id * 10 + 1..).take(sections.len()).collect();
        for (section, (quantity, variants)) in ids.iter().zip(sections) {
            let row = Record::new("BundleSection")
                .with("quantity", *quantity)
                .with("createdAt", Val::Time(EPOCH))
                .with("updatedAt", Val::Time(EPOCH))
                .with("productVariants", (Kind::ProductVariant, variants.to_vec()));
            shop.add(Kind::BundleSection, *section, row);
        }
        let row = Record::new("Bundle")
            .with("type", kind)
            .with("priceType", price)
            .with("createdAt", Val::Time(EPOCH))
            .with("updatedAt", Val::Time(EPOCH))
            .with("product", (Kind::Product, id))
            .with("store", (Kind::Store, RETAIL))
            .with("sections", (Kind::BundleSection, ids));
        shop.add(Kind::Bundle, id, row);
        if let Some(product) = shop.table(Kind::Product).row_mut(id) {
            product.set("isBundle", true);
            product.set("bundle", (Kind::Bundle, id));
        }
    }
    let coat = Spec { name: "Next season coat", shape: "coat", price: 2_999, ..SET };
    for size in catalog::add(shop, id + 1, &coat).sizes {
        (1..=3).for_each(|warehouse| shop.set_stock(size, warehouse, StockSums::default()));
        if let Some(row) = shop.table(Kind::ProductSize).row_mut(size) {
            row.set("preorder", true);
        }
    }
}
