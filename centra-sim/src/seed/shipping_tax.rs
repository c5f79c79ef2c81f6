//! Shipping options with their price ranges, and tax groups with their rules.

use crate::seed::ids::{EPOCH, RETAIL};
use crate::seed::locations::{countries, currency};
use crate::shop::Shop;
use crate::value::{Kind, Money, Record, Val};

/// Adds the tables.
pub fn add(shop: &mut Shop) {
    shipping(shop);
    taxes(shop);
}

struct Delivery {
    id: i64,
    name: &'static str,
    uri: &'static str,
    currency: i64,
    market: i64,
    countries: &'static [&'static str],
    is_pickup_point: bool,
}

/// What decides the price of a range.
enum From {
    Total(i64),
    Items(i64),
    Kilograms(f64),
}

const OPTIONS: &[Delivery] = &[
    Delivery {
        id: 1,
        name: "Home delivery Sweden",
        uri: "home-se",
        currency: currency::SEK,
        market: 1,
        countries: &["SE"],
        is_pickup_point: false,
    },
    Delivery {
        id: 2,
        name: "Standard Europe",
        uri: "standard-eu",
        currency: currency::EUR,
        market: 2,
        countries: &["DE", "FR", "NL", "DK", "FI", "PT"],
        is_pickup_point: false,
    },
    Delivery {
        id: 3,
        name: "International",
        uri: "international",
        currency: currency::USD,
        market: 3,
        countries: &["NO", "GB", "US"],
        is_pickup_point: false,
    },
    Delivery {
        id: 4,
        name: "Japan",
        uri: "japan",
        currency: currency::JPY,
        market: 3,
        countries: &["JP"],
        is_pickup_point: false,
    },
    Delivery {
        id: 5,
        name: "Pick-up point",
        uri: "pickup-se",
        currency: currency::SEK,
        market: 1,
        countries: &["SE"],
        is_pickup_point: true,
    },
    Delivery {
        id: 6,
        name: "Express Europe",
        uri: "express-eu",
        currency: currency::EUR,
        market: 2,
        countries: &["DE", "FR", "NL"],
        is_pickup_point: false,
    },
    Delivery {
        id: 7,
        name: "Ground United States",
        uri: "ground-us",
        currency: currency::USD,
        market: 3,
        countries: &["US"],
        is_pickup_point: false,
    },
];

/// Lower bound, price in sub-units.
fn ranges(option: i64) -> Vec<(From, i64)> {
    match option {
        1 => vec![(From::Total(0), 4_900), (From::Total(50_000), 0)],
        2 => vec![(From::Total(0), 790), (From::Total(10_000), 390), (From::Total(20_000), 0)],
        3 => vec![(From::Kilograms(0.0), 1_500), (From::Kilograms(1.5), 2_500), (From::Kilograms(5.0), 4_900)],
        4 => vec![(From::Total(0), 1_200)],
        6 => vec![(From::Items(1), 1_490), (From::Items(3), 990)],
        7 => vec![(From::Total(0), 995), (From::Total(7_500), 495), (From::Total(15_000), 0)],
        _ => vec![(From::Items(1), 2_900), (From::Items(4), 0)],
    }
}

fn shipping(shop: &mut Shop) {
    for option in OPTIONS {
        let row = Record::new("ShippingOption")
            .with("name", option.name)
            .with("uri", option.uri)
            .with("status", "ACTIVE")
            .with("type", "VALUES_NOT_READ")
            .with("storeType", "DIRECT_TO_CONSUMER")
            .with("updatedAt", Val::Time(EPOCH))
            .with("isPickupPoint", option.is_pickup_point)
            .with("currency", (Kind::Currency, option.currency))
            .with("markets", (Kind::Market, vec![option.market]))
            .with("stores", (Kind::Store, vec![RETAIL]))
            .with("shippingPriceGroups", (Kind::ShippingPriceGroup, vec![option.id]));
        shop.add(Kind::ShippingOption, option.id, row);
        let ranges: Vec<Record> = ranges(option.id)
            .into_iter()
            .zip(1_i64..)
            .map(|((from, minor), index)| {
                let money = |minor| Money { minor, currency: option.currency };
                let range = match from {
                    From::Total(from) => Record::new("OrderTotalPriceRange").with("fromPrice", money(from)),
                    From::Items(from) => Record::new("TotalItemsPriceRange").with("fromItems", from),
                    From::Kilograms(from) => Record::new("TotalWeightPriceRange").with("fromWeight", weight(from)),
                };
                range.with("id", option.id * 10 + index).with("shippingPrice", money(minor))
            })
            .collect();
        let group = Record::new("ShippingPriceGroup")
            .with("countries", countries(option.countries))
            .with("ranges", ranges)
            .with("shippingOption", (Kind::ShippingOption, option.id));
        shop.add(Kind::ShippingPriceGroup, option.id, group);
    }
}

/// A weight in kilograms.
pub fn weight(kilograms: f64) -> Record {
    Record::new("Weight")
        .with("value", kilograms)
        .with("unit", "KILOGRAMS")
        .with("formattedValue", format!("{kilograms} kg"))
}

/// States and postal codes that rules are bound to, by rule.
const PLACES: &[(i64, &[i64], Option<&str>)] =
    &[(8, &[1], None), (11, &[2], None), (12, &[2], Some("10001-10282,11201")), (13, &[3], None)];

/// Rule id, name, countries, percent, group.
const RULES: &[(i64, &str, &[&str], f64, i64)] = &[
    (1, "Moms 25 %", &["SE"], 25.0, 1),
    (2, "MwSt 19 %", &["DE"], 19.0, 1),
    (3, "TVA 20 %", &["FR"], 20.0, 1),
    (4, "BTW 21 %", &["NL"], 21.0, 1),
    (5, "Moms 25 % DK", &["DK"], 25.0, 1),
    (6, "ALV 25.5 %", &["FI"], 25.5, 1),
    (7, "Consumption tax 10 %", &["JP"], 10.0, 1),
    (8, "California sales tax", &["US"], 7.25, 1),
    (9, "Moms 6 %", &["SE"], 6.0, 2),
    (10, "MwSt 7 %", &["DE"], 7.0, 2),
    (11, "New York sales tax", &["US"], 4.0, 1),
    (12, "New York City sales tax", &["US"], 8.875, 1),
    (13, "Texas sales tax", &["US"], 6.25, 1),
];

fn taxes(shop: &mut Shop) {
    shop.add(
        Kind::TaxClass,
        1,
        Record::new("TaxClass").with("name", "Consumers").with("code", "consumer").with("isEnabled", true),
    );
    for (id, name) in [(1, "Standard"), (2, "Printed matter")] {
        let rules: Vec<i64> = RULES.iter().filter(|rule| rule.4 == id).map(|rule| rule.0).collect();
        let stores = if id == 1 { vec![RETAIL] } else { vec![] };
        let row = Record::new("TaxGroup")
            .with("name", name)
            .with("status", "ACTIVE")
            .with("rules", (Kind::TaxRule, rules))
            .with("defaultInStores", (Kind::Store, stores));
        shop.add(Kind::TaxGroup, id, row);
    }
    for (id, name, codes, rate, group) in RULES {
        let place = PLACES.iter().find(|(rule, ..)| rule == id);
        let (states, zip_code) = place.map_or((vec![], None), |(_, states, zip)| (states.to_vec(), *zip));
        let row = Record::new("TaxRule")
            .with("name", *name)
            .with("displayName", *name)
            .with("code", format!("TAX{id}"))
            .with("rate", *rate)
            .with("applyTaxType", "VALUES_NOT_READ")
            .with("applyTaxToShipping", true)
            .with("applyTaxToHandling", true)
            .with("applyFrom", Val::Time(EPOCH))
            .with("countries", countries(codes))
            .with("zipCode", zip_code)
            .with("states", (Kind::CountryState, states))
            .with("taxClasses", (Kind::TaxClass, vec![1]))
            .with("taxGroup", (Kind::TaxGroup, *group));
        shop.add(Kind::TaxRule, *id, row);
    }
}
