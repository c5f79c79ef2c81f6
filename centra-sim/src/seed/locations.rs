//! Countries, states, currencies and languages.

use crate::shop::Shop;
use crate::value::{Kind, Record};

/// Ids of currencies.
pub mod currency {
    /// Swedish crowns.
    pub const SEK: i64 = 1;
    /// Euro.
    pub const EUR: i64 = 2;
    /// US dollars.
    pub const USD: i64 = 3;
    /// Yen: no sub-unit.
    pub const JPY: i64 = 4;
}

/// Id, code, digits after the point, units per unit of the base currency.
const CURRENCIES: &[(i64, &str, i64, f64)] = &[
    (currency::SEK, "SEK", 2, 1.0),
    (currency::EUR, "EUR", 2, 0.087),
    (currency::USD, "USD", 2, 0.094),
    (currency::JPY, "JPY", 0, 14.1),
];

/// Id, code, name, continent, whether in the EU.
const COUNTRIES: &[(i64, &str, &str, &str, bool)] = &[
    (1, "SE", "Sweden", "EUROPE", true),
    (2, "DE", "Germany", "EUROPE", true),
    (3, "FR", "France", "EUROPE", true),
    (4, "NL", "Netherlands", "EUROPE", true),
    (5, "DK", "Denmark", "EUROPE", true),
    (6, "FI", "Finland", "EUROPE", true),
    (7, "NO", "Norway", "EUROPE", false),
    (8, "GB", "United Kingdom", "EUROPE", false),
    (9, "US", "United States", "NORTH_AMERICA", false),
    (10, "JP", "Japan", "ASIA", false),
    (11, "PT", "Portugal", "EUROPE", true),
];

const STATES: &[(i64, &str, &str)] = &[(1, "CA", "California"), (2, "NY", "New York"), (3, "TX", "Texas")];

/// The id of a country.
pub fn country(code: &str) -> i64 {
    COUNTRIES.iter().find(|(_, known, ..)| *known == code).map_or(0, |(id, ..)| *id)
}

/// The ids of countries.
pub fn countries(codes: &[&str]) -> (Kind, Vec<i64>) {
    (Kind::Country, codes.iter().map(|code| country(code)).collect())
}

/// Adds the tables.
pub fn add(shop: &mut Shop) {
    for (id, code, digits, rate) in CURRENCIES {
        let row = Record::new("Currency").with("code", *code).with("digits", *digits).with("rate", *rate);
        shop.add(Kind::Currency, *id, row.with("isBase", *id == currency::SEK));
    }
    for (id, code, name, continent, is_eu) in COUNTRIES {
        let mut row = Record::new("Country").with("code", *code).with("name", *name).with("continent", *continent);
        row.set("isEU", *is_eu);
        if *code == "US" {
            row.set("states", (Kind::CountryState, STATES.iter().map(|(id, ..)| *id).collect::<Vec<_>>()));
        }
        shop.add(Kind::Country, *id, row);
    }
    for (id, code, name) in STATES {
        shop.add(Kind::CountryState, *id, Record::new("CountryState").with("code", *code).with("name", *name));
    }
    let languages =
        [(1, "English", "en", "GB", true), (2, "Swedish", "sv", "SE", true), (3, "German", "de", "DE", false)];
    for (id, name, language, country, is_active) in languages {
        let row = Record::new("Language")
            .with("name", name)
            .with("languageCode", language)
            .with("countryCode", country)
            .with("code", language)
            .with("isActive", is_active)
            .with("isAvailableForLocalization", is_active);
        shop.add(Kind::Language, id, row);
    }
}
