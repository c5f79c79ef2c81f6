//! Tax rules and shipping rates, for pricing without the platform.

use connector_api::domain::{
    Currency, Decimal, ShippingBand, ShippingBandKind, ShippingOption, ShippingRate, TaxApplication, TaxRule,
    TaxTarget, Timestamp,
};

use super::{countries, is_active, money::money, offer::unit, time};
use crate::wire::commerce as wire;

/// The rules of a group that are in force, one record per place and target. One that holds only for some prices is left
/// out: which prices is not known, and a tax too many is worse than one that is said to be missing.
///
/// `store` decides whether goods without a group fall into this one.
pub fn tax_rules(group: &wire::TaxGroup, store: Option<i64>, now: Timestamp) -> Vec<TaxRule> {
    if !is_active(group.status.as_deref()) {
        return vec![];
    }
    let is_default = group.default_in_stores.iter().any(|own| store.is_none_or(|store| own.id == store));
    let mut records = vec![];
    for rule in group.rules.iter().filter(|rule| in_force(rule, now) && !has_price_limits(rule)) {
        let mut targets = vec![(TaxTarget::Goods, "")];
        if rule.apply_tax_to_shipping {
            targets.push((TaxTarget::Shipping, ":shipping"));
        }
        if rule.apply_tax_to_handling {
            targets.push((TaxTarget::Fee, ":fee"));
        }
        for (country, region) in places(rule) {
            for (target, suffix) in &targets {
                let place: Vec<&str> = country.iter().chain(&region).map(String::as_str).collect();
                let place = if place.is_empty() { String::new() } else { format!(":{}", place.join("-")) };
                records.push(TaxRule {
                    id: format!("{}{place}{suffix}", rule.id).into(),
                    name: rule.name.clone().unwrap_or_default(),
                    tax_class_id: Some(group.id.into()),
                    class_is_default: is_default,
                    country: country.clone(),
                    region_code: region.clone(),
                    postal_codes: rule.zip_code.clone().filter(|codes| !codes.trim().is_empty()),
                    rate_percent: rule.rate,
                    city: rule.city.clone().filter(|city| !city.trim().is_empty()),
                    customer_class_ids: rule.tax_classes.iter().map(|class| class.id.into()).collect(),
                    application: application(rule.apply_tax_type.as_deref()),
                    target: target.clone(),
                    raw_apply_type: rule.apply_tax_type.clone(),
                });
            }
        }
    }
    records
}

/// What a rule does to a price. Centra's words for it are not known; what a word itself says is believed, of any other
/// nothing is.
fn application(word: Option<&str>) -> TaxApplication {
    let word = word.unwrap_or_default().to_ascii_uppercase();
    match word.as_str() {
        word if word.contains("DEDUCT") => TaxApplication::Deducted,
        word if word.contains("INCLU") => TaxApplication::Included,
        word if word.contains("ADD") || word.contains("EXCLU") => TaxApplication::Added,
        _ => TaxApplication::Unspecified,
    }
}

fn in_force(rule: &wire::TaxRule, now: Timestamp) -> bool {
    time(rule.apply_from.as_deref()).is_none_or(|from| from <= now)
        && time(rule.apply_to.as_deref()).is_none_or(|until| now < until)
}

/// Whether a rule holds only for orders or goods of some prices.
pub fn has_price_limits(rule: &wire::TaxRule) -> bool {
    rule.order_price_restriction.is_some() || rule.item_price_restriction.is_some()
}

/// Countries and states a rule names. A state whose code begins with a country's belongs to that one; any other is tied to
/// each of the countries, of which only its own has it.
fn places(rule: &wire::TaxRule) -> Vec<(Option<String>, Option<String>)> {
    let (countries, states) = (countries(&rule.countries), countries(&rule.states));
    match (countries.as_slice(), states.is_empty()) {
        ([], true) => vec![(None, None)],
        ([], false) => states.into_iter().map(|state| (None, Some(state))).collect(),
        (_, true) => countries.into_iter().map(|country| (Some(country), None)).collect(),
        (named, false) => states.iter().flat_map(|state| of_countries(named, state)).collect(),
    }
}

fn of_countries(countries: &[String], state: &str) -> Vec<(Option<String>, Option<String>)> {
    let own =
        state.split_once('-').and_then(|(country, rest)| Some((countries.iter().find(|own| *own == country)?, rest)));
    match own {
        Some((country, state)) => vec![(Some(country.clone()), Some(state.to_owned()))],
        None => countries.iter().map(|country| (Some(country.clone()), Some(state.to_owned()))).collect(),
    }
}

/// A shipping option with its rates.
pub fn shipping_option(option: &wire::ShippingOption, store: Option<i64>) -> ShippingOption {
    let currency: Option<Currency> =
        option.currency.as_ref().and_then(|currency| currency.code.as_deref()).and_then(|code| code.parse().ok());
    let rates = option.shipping_price_groups.iter().map(|group| ShippingRate {
        countries: countries(&group.countries),
        regions: vec![],
        bands: group.ranges.iter().filter_map(|range| band(range, currency?)).collect(),
    });
    ShippingOption {
        id: option.id.into(),
        name: option.name.clone().unwrap_or_default().into(),
        handle: option.uri.clone(),
        store_id: store.map(Into::into),
        currency,
        active: is_active(option.status.as_deref()),
        market_ids: option.markets.iter().map(|market| market.id.into()).collect(),
        rates: rates.collect(),
        updated_at: time(option.updated_at.as_deref()),
    }
}

/// A band; `None` when it has no price, or begins at something this version does not know.
fn band(range: &wire::ShippingPriceRange, currency: Currency) -> Option<ShippingBand> {
    let (kind, from) = match (&range.from_price, range.from_items, &range.from_weight) {
        (Some(price), ..) => (ShippingBandKind::OrderTotal, price.value),
        (_, Some(items), _) => (ShippingBandKind::ItemCount, Decimal(items.into())),
        (.., Some(weight)) => (ShippingBandKind::TotalWeight, weight.value),
        _ => return None,
    };
    let unit = match kind {
        ShippingBandKind::TotalWeight => {
            range.from_weight.as_ref().map(|weight| unit(weight.unit.as_deref()).to_owned())
        }
        _ => None,
    };
    let price = range.shipping_price.as_ref().and_then(|price| money(price, currency));
    let price = price.filter(|own| own.amount_minor >= 0);
    let percent_of_order = range.order_value_percent;
    (price.is_some() || percent_of_order.is_some()).then_some(ShippingBand {
        kind,
        from,
        unit,
        price,
        percent_of_order,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn rules(parts: &Value) -> Vec<TaxRule> {
        let mut rule = json!({ "id": 1, "rate": 25, "countries": [], "states": [] });
        rule.as_object_mut().unwrap().extend(parts.as_object().unwrap().clone());
        let group = json!({ "id": 7, "status": "ACTIVE", "defaultInStores": [], "rules": [rule] });
        tax_rules(&serde_json::from_value(group).unwrap(), None, "2026-01-01T00:00:00Z".parse().unwrap())
    }

    #[test]
    fn a_rule_of_states_never_taxes_their_whole_countries() {
        let places = |countries: &[&str], states: &[&str]| -> Vec<String> {
            let coded = |codes: &[&str]| codes.iter().map(|code| json!({ "code": code })).collect::<Vec<_>>();
            let found = rules(&json!({ "countries": coded(countries), "states": coded(states) }));
            let place = |rule: &TaxRule| {
                format!("{}/{}", rule.country.as_deref().unwrap_or("*"), rule.region_code.as_deref().unwrap_or("*"))
            };
            found.iter().map(place).collect()
        };
        assert_eq!(places(&["US", "CA"], &["NY"]), ["US/NY", "CA/NY"]);
        assert_eq!(places(&["US", "CA"], &["US-NY", "CA-ON"]), ["US/NY", "CA/ON"]);
        assert_eq!(places(&["US"], &["NY", "TX"]), ["US/NY", "US/TX"]);
        assert_eq!(places(&["SE", "DK"], &[]), ["SE/*", "DK/*"]);
        assert_eq!(places(&[], &["NY"]), ["*/NY"]);
        assert_eq!(places(&[], &[]), ["*/*"]);
    }

    #[test]
    fn a_rule_for_some_prices_is_left_out() {
        assert_eq!(rules(&json!({ "orderPriceRestriction": null })).len(), 1);
        for field in ["orderPriceRestriction", "itemPriceRestriction"] {
            assert_eq!(rules(&json!({ field: { "__typename": "PriceRange" } })), [], "{field}");
        }
    }
}
