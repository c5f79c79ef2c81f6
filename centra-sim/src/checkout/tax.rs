//! Which tax holds where. The rule that names the place most closely holds: postal code before state before country.

use rust_decimal::Decimal;

use super::context::country_row;
use crate::shop::View;
use crate::value::{Kind, Val};

/// Countries where prices come without tax. Everywhere else tax is inside.
const ON_TOP: [&str; 2] = ["CA", "US"];

/// The country whose tax is inside the prices of the store, taken out for those who buy without.
pub(crate) const HOME: &str = "SE";

/// A place that taxes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place<'a> {
    pub(crate) country: &'a str,
    pub(crate) state: Option<&'a str>,
    pub(crate) zip: Option<&'a str>,
}

/// What a rule takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Rate {
    /// Per cent.
    pub(crate) percent: Decimal,
    pub(crate) on_shipping: bool,
    pub(crate) on_handling: bool,
}

/// Whether prices come without tax there.
pub(crate) fn is_on_top(country: &str) -> bool {
    ON_TOP.contains(&country)
}

/// The rate on what a display sells; nothing when no rule holds.
pub(crate) fn rate(view: View<'_>, display: i64, place: Place<'_>) -> Rate {
    let Some(country) = country_row(view, place.country) else { return Rate::default() };
    let group = view.references(Kind::Display, display, "taxGroup").first().copied().unwrap_or(1);
    let rules = view.references(Kind::TaxGroup, group, "rules");
    let closest = rules.into_iter().filter_map(|rule| Some((closeness(view, rule, country, place)?, rule))).max();
    closest.map_or_else(Rate::default, |(_, rule)| {
        let is = |field| matches!(view.get(Kind::TaxRule, rule, field), Val::Bool(true));
        let percent = match view.get(Kind::TaxRule, rule, "rate") {
            Val::Float(rate) => Decimal::try_from(rate).unwrap_or_default(),
            _ => Decimal::ZERO,
        };
        Rate { percent, on_shipping: is("applyTaxToShipping"), on_handling: is("applyTaxToHandling") }
    })
}

fn closeness(view: View<'_>, rule: i64, country: i64, place: Place<'_>) -> Option<(bool, bool)> {
    if !view.references(Kind::TaxRule, rule, "countries").contains(&country) {
        return None;
    }
    let states = view.references(Kind::TaxRule, rule, "states");
    let is_here = |id: &i64| {
        let code = view.get(Kind::CountryState, *id, "code");
        place.state.is_some_and(|state| code.as_str() == Some(state))
    };
    if !states.is_empty() && !states.iter().any(is_here) {
        return None;
    }
    let zips = view.get(Kind::TaxRule, rule, "zipCode");
    let zips = zips.as_str();
    if zips.is_some_and(|zips| !place.zip.is_some_and(|zip| covers(zips, zip))) {
        return None;
    }
    Some((zips.is_some(), !states.is_empty()))
}

/// Codes and ranges between commas: `10001-10282,11201`.
fn covers(zips: &str, zip: &str) -> bool {
    let zip = zip.trim().split('-').next().unwrap_or_default();
    let zip = zip.get(..5).unwrap_or(zip);
    zips.split(',').map(str::trim).any(|entry| match entry.split_once('-') {
        Some((from, to)) => zip.len() == from.len() && from <= zip && zip <= to,
        None => entry == zip,
    })
}

/// Whether a postal code is well formed where that is checked: `NNNNN`, `NNNNN-NNNN` or `NNNNNNNNN` in the US.
pub(crate) fn is_zip(country: &str, zip: &str) -> bool {
    if country != "US" {
        return true;
    }
    let digits = |text: &str, count: usize| text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
    match zip.trim().split_once('-') {
        Some((five, four)) => digits(five, 5) && digits(four, 4),
        None => digits(zip.trim(), 5) || digits(zip.trim(), 9),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_found_in_ranges() {
        assert!(covers("10001-10282,11201", "10007-1234") && covers("10001-10282, 11201", "11201"));
        assert!(covers("10001-10282", "100071234"));
        assert!(!covers("10001-10282,11201", "90210") && !covers("10001-10282", "1"));
    }

    #[test]
    fn american_codes_have_five_or_nine_digits() {
        assert!(["94103", "94103-1234", "941031234", " 94103 "].iter().all(|zip| is_zip("US", zip)));
        assert!(!["9410", "94103-12345", "1234-56789", "SW1A 1AA", ""].iter().any(|zip| is_zip("US", zip)));
        assert!(is_zip("SE", "111 20"));
    }
}
