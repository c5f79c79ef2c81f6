//! States and provinces, by the second part of their ISO 3166-2 codes.

/// States, the district, territories and the forces' post, as the United States' post writes them.
const UNITED_STATES: [&str; 62] = [
    "AA", "AE", "AK", "AL", "AP", "AR", "AS", "AZ", "CA", "CO", "CT", "DC", "DE", "FL", "FM", "GA", "GU", "HI", "IA",
    "ID", "IL", "IN", "KS", "KY", "LA", "MA", "MD", "ME", "MH", "MI", "MN", "MO", "MP", "MS", "MT", "NC", "ND", "NE",
    "NH", "NJ", "NM", "NV", "NY", "OH", "OK", "OR", "PA", "PR", "PW", "RI", "SC", "SD", "TN", "TX", "UT", "VA", "VI",
    "VT", "WA", "WI", "WV", "WY",
];

const CANADA: [&str; 13] = ["AB", "BC", "MB", "NB", "NL", "NS", "NT", "NU", "ON", "PE", "QC", "SK", "YT"];

/// Whether a country has a region of this code, in capitals and without the country; countries not named here have any.
pub(super) fn is_known(country: &str, region: &str) -> bool {
    match country {
        "CA" => CANADA.contains(&region),
        "US" => UNITED_STATES.contains(&region),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_countries_know_their_own_regions_only() {
        assert!(is_known("US", "CA") && is_known("CA", "ON") && is_known("SE", "AB"));
        assert!(!is_known("US", "ON") && !is_known("US", "ZZ") && !is_known("CA", "CA"));
        assert!(UNITED_STATES.is_sorted() && CANADA.is_sorted());
    }
}
