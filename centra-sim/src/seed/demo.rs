//! A believable fashion store.

use crate::seed::catalog::{self, Sizing, Spec};
use crate::seed::{base, orders};
use crate::shop::Shop;

/// Id, name, Swedish name, parent.
const CATEGORIES: &[(i64, &str, &str, Option<i64>)] = &[
    (1, "Women", "Dam", None),
    (2, "Men", "Herr", None),
    (3, "Accessories", "Accessoarer", None),
    (4, "Clothing", "Kläder", Some(1)),
    (5, "Clothing", "Kläder", Some(2)),
    (6, "Dresses", "Klänningar", Some(4)),
    (7, "Tops", "Toppar", Some(4)),
    (8, "Trousers", "Byxor", Some(5)),
    (9, "Knitwear", "Stickat", Some(5)),
    (10, "Outerwear", "Ytterkläder", Some(5)),
    (11, "Shoes", "Skor", Some(3)),
    (12, "Bags", "Väskor", Some(3)),
    (13, "Hats", "Mössor", Some(3)),
    (14, "Shirts", "Skjortor", Some(5)),
];

type Colours = &'static [(&'static str, &'static str)];

const NEUTRAL: Colours = &[("Chalk", "#ece7dc"), ("Ink", "#23262b")];
const EARTH: Colours = &[("Moss", "#5d6b45"), ("Clay", "#b06a47"), ("Sand", "#d3bd97")];
const SEA: Colours = &[("Fjord", "#3c5d74"), ("Foam", "#bcd3d1")];
const SINGLE: Colours = &[("Black", "#1b1b1d")];

const fn item(
    name: &'static str,
    swedish: &'static str,
    shape: &'static str,
    colours: Colours,
    price: i64,
    category: i64,
    material: &'static str,
) -> Spec {
    Spec { name, swedish, shape, colours, sizing: Sizing::Clothes, price, category, material, weight: 0.4 }
}

const fn shoe(name: &'static str, swedish: &'static str, colours: Colours, price: i64, material: &'static str) -> Spec {
    Spec { name, swedish, shape: "shoe", colours, sizing: Sizing::Shoes, price, category: 11, material, weight: 0.9 }
}

const fn one_size(
    name: &'static str,
    swedish: &'static str,
    shape: &'static str,
    colours: Colours,
    price: i64,
    category: i64,
    material: &'static str,
) -> Spec {
    Spec { name, swedish, shape, colours, sizing: Sizing::OneSize, price, category, material, weight: 0.3 }
}

const PRODUCTS: &[Spec] = &[
    item("Alva linen dress", "Alva linneklänning", "dress", EARTH, 1_499, 6, "Linen"),
    item("Saga wrap dress", "Saga omlottklänning", "dress", SEA, 1_299, 6, "Viscose"),
    item("Ebba knitted dress", "Ebba stickad klänning", "dress", NEUTRAL, 1_799, 6, "Merino wool"),
    item("Tuva slip dress", "Tuva slipklänning", "dress", SINGLE, 1_199, 6, "Silk"),
    item("Märta shirt dress", "Märta skjortklänning", "dress", SEA, 1_399, 6, "Cotton poplin"),
    item("Freja ribbed top", "Freja ribbad topp", "shirt", NEUTRAL, 399, 7, "Cotton"),
    item("Liv boxy tee", "Liv boxig t-shirt", "shirt", EARTH, 349, 7, "Organic cotton"),
    item("Signe blouse", "Signe blus", "shirt", SEA, 899, 7, "Silk"),
    item("Astrid long sleeve", "Astrid långärmad", "shirt", NEUTRAL, 499, 7, "Cotton"),
    item("Ylva striped tee", "Ylva randig t-shirt", "shirt", SEA, 449, 7, "Organic cotton"),
    item("Ragnar chinos", "Ragnar chinos", "trousers", EARTH, 1_099, 8, "Cotton twill"),
    item("Sten selvedge jeans", "Sten selvedgejeans", "trousers", SINGLE, 1_599, 8, "Denim"),
    item("Olle wool trousers", "Olle ullbyxor", "trousers", NEUTRAL, 1_899, 8, "Wool"),
    item("Frans linen trousers", "Frans linnebyxor", "trousers", EARTH, 1_199, 8, "Linen"),
    item("Axel cords", "Axel manchesterbyxor", "trousers", EARTH, 1_249, 8, "Corduroy"),
    item("Torsten crew neck", "Torsten rundhalsad", "shirt", SEA, 1_299, 9, "Lambswool"),
    item("Bo cable knit", "Bo kabelstickad", "shirt", NEUTRAL, 1_699, 9, "Merino wool"),
    item("Nils cardigan", "Nils kofta", "coat", EARTH, 1_599, 9, "Lambswool"),
    item("Arvid roll neck", "Arvid polotröja", "shirt", SINGLE, 1_399, 9, "Merino wool"),
    item("Einar fisherman sweater", "Einar fiskartröja", "shirt", SEA, 1_899, 9, "Wool"),
    item("Storm parka", "Storm parka", "coat", EARTH, 3_999, 10, "Waxed cotton"),
    item("Hamn raincoat", "Hamn regnrock", "coat", SEA, 2_499, 10, "Recycled polyester"),
    item("Ås wool coat", "Ås ullkappa", "coat", NEUTRAL, 4_499, 10, "Wool"),
    item("Dal quilted jacket", "Dal vadderad jacka", "coat", EARTH, 2_299, 10, "Recycled polyamide"),
    item("Klint overshirt", "Klint skjortjacka", "coat", SINGLE, 1_599, 10, "Cotton twill"),
    item("Oskar oxford shirt", "Oskar oxfordskjorta", "shirt", NEUTRAL, 899, 14, "Cotton"),
    item("Viggo flannel shirt", "Viggo flanellskjorta", "shirt", EARTH, 949, 14, "Cotton flannel"),
    item("Henning linen shirt", "Henning linneskjorta", "shirt", SEA, 999, 14, "Linen"),
    item("Sixten denim shirt", "Sixten jeansskjorta", "shirt", SINGLE, 1_049, 14, "Denim"),
    shoe("Brygga loafer", "Brygga loafer", SINGLE, 1_999, "Leather"),
    shoe("Stig hiking boot", "Stig vandringskänga", EARTH, 2_799, "Leather"),
    shoe("Kaj sneaker", "Kaj sneaker", NEUTRAL, 1_299, "Canvas"),
    shoe("Vik deck shoe", "Vik seglarsko", SEA, 1_499, "Suede"),
    one_size("Torg tote", "Torg tygkasse", "bag", NEUTRAL, 599, 12, "Canvas"),
    one_size("Resa weekend bag", "Resa weekendväska", "bag", EARTH, 2_499, 12, "Waxed cotton"),
    one_size("Fick shoulder bag", "Fick axelväska", "bag", SINGLE, 1_899, 12, "Leather"),
    one_size("Kulle beanie", "Kulle mössa", "hat", EARTH, 399, 13, "Merino wool"),
    one_size("Skugga bucket hat", "Skugga fiskarhatt", "hat", SEA, 449, 13, "Cotton twill"),
    one_size("Skepp cap", "Skepp keps", "hat", NEUTRAL, 349, 13, "Wool"),
    one_size("Sol straw hat", "Sol stråhatt", "hat", SINGLE, 699, 13, "Straw"),
];

/// Builds the seed.
pub fn build() -> Shop {
    let mut shop = base::shop(2);
    for (id, name, swedish, parent) in CATEGORIES {
        catalog::add_category(&mut shop, *id, name, Some(swedish), *parent);
    }
    let mut sizes = Vec::new();
    for (id, spec) in (1..).zip(PRODUCTS) {
        sizes.extend(catalog::add(&mut shop, id, spec).sizes);
    }
    orders::add(&mut shop, &sizes);
    shop
}
