//! Twelve products, each with an edge case that a client must survive.

use crate::seed::catalog::{self, Sizing, Spec, translation};
use crate::seed::{base, orders};
use crate::shop::Shop;
use crate::value::{Kind, Record, Val};

const PLAIN: Spec = Spec {
    name: "Plain tee",
    swedish: "Enkel t-shirt",
    shape: "shirt",
    colours: &[("White", "#f5f5f0")],
    sizing: Sizing::Clothes,
    price: 299,
    category: 3,
    material: "Cotton",
    weight: 0.2,
};

/// Products by id; the number is also the display's.
const PRODUCTS: [Spec; 12] = [
    PLAIN,
    Spec { name: "Tee without a euro price", ..PLAIN },
    Spec { name: "Shirt without pictures", ..PLAIN },
    Spec { name: "Cap without SKU", sizing: Sizing::OneSize, shape: "hat", ..PLAIN },
    Spec { name: "Tee with an inactive size", ..PLAIN },
    Spec { name: "Tee with a stock offset", ..PLAIN },
    Spec { name: "Display without variants", ..PLAIN },
    Spec { name: "Tee in two colours", colours: &[("Black", "#1d1d1f"), ("Rust", "#b7482a")], ..PLAIN },
    Spec { name: "Tee with an unknown status", ..PLAIN },
    Spec { name: "Inactive tee", ..PLAIN },
    Spec { name: "Tee for Sweden only", ..PLAIN },
    Spec { name: "Shoe \"Öresund\" \\ 50 % \u{1F45F}", sizing: Sizing::Shoes, shape: "shoe", category: 2, ..PLAIN },
];

/// Builds the seed.
pub fn build() -> Shop {
    let mut shop = base::shop(3);
    catalog::add_category(&mut shop, 1, "Clothing", Some("Kläder"), None);
    catalog::add_category(&mut shop, 2, "Tops", None, Some(1));
    catalog::add_category(&mut shop, 3, "T-shirts", Some("T-shirts"), Some(2));
    let mut sizes = Vec::new();
    for (id, spec) in (1..).zip(&PRODUCTS) {
        sizes.extend(catalog::add(&mut shop, id, spec).sizes);
    }
    edge_cases(&mut shop);
    orders::add(&mut shop, &sizes);
    shop
}

fn set(shop: &mut Shop, kind: Kind, id: i64, field: &'static str, value: impl Into<Val<'static>>) {
    if let Some(row) = shop.table(kind).row_mut(id) {
        row.set(field, value);
    }
}

fn edge_cases(shop: &mut Shop) {
    // 2: a price row whose price is null.
    shop.unset_price(20, 2);
    // 3: no media anywhere.
    for (kind, id) in [(Kind::Display, 3), (Kind::Product, 3), (Kind::ProductVariant, 30)] {
        set(shop, kind, id, "media", (Kind::ProductMedia, Vec::new()));
    }
    // 4: a one-size product whose only size has neither SKU nor EAN.
    set(shop, Kind::ProductSize, 400, "SKU", Val::Null);
    set(shop, Kind::ProductSize, 400, "EAN", Val::Null);
    // 5: one size is not for sale.
    set(shop, Kind::ProductSize, 501, "isActive", false);
    // 6: units held back from sale.
    set(shop, Kind::ProductVariant, 60, "stockOffset", 3_i64);
    // 7: nothing is activated on the display.
    set(shop, Kind::Display, 7, "displayItems", (Kind::DisplayItem, Vec::new()));
    set(shop, Kind::Display, 7, "productVariants", (Kind::ProductVariant, Vec::new()));
    // 9: Centra's Status has a third value that its documentation does not name.
    set(shop, Kind::ProductVariant, 90, "status", "UPCOMING");
    set(shop, Kind::Display, 10, "status", "INACTIVE");
    set(shop, Kind::Product, 10, "status", "INACTIVE");
    set(shop, Kind::Display, 11, "markets", (Kind::Market, vec![1]));
    // 12: a language that is translated only in part, and one with an empty text.
    let partly: Vec<Record> = vec![
        translation(2, &[("name", Some("Sko \"Öresund\"")), ("description", None)]),
        translation(3, &[("name", Some("Schuh"))]),
    ];
    set(shop, Kind::Display, 12, "translations", partly);
    set(shop, Kind::Display, 12, "description", Val::Null);
}
