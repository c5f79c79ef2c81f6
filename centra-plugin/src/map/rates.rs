//! Tax rules and shipping rates, for pricing without the platform.

use connector_api::domain::{
    Currency, Decimal, ShippingBand, ShippingBandKind, ShippingOption, ShippingRate, TaxApplication, TaxRule,
    TaxTarget, Timestamp,
};

use super::{countries, is_active, money::money, offer::unit, time};
use crate::wire::commerce as wire;

/// The rules of a group that are in force, one record per place and target.
///
/// `store` decides whether goods without a group fall into this one. States are tied to a country only when the rule
/// names exactly one; Centra's states do not name theirs here.
pub fn tax_rules(group: &wire::TaxGroup, store: Option<i64>, now: Timestamp) -> Vec<TaxRule> {
    if !is_active(group.status.as_deref()) {
        return vec![];
    }
    let is_default = group.default_in_stores.iter().any(|own| store.is_none_or(|store| own.id == store));
    let mut records = vec![];
    for rule in group.rules.iter().filter(|rule| in_force(rule, now)) {
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

fn places(rule: &wire::TaxRule) -> Vec<(Option<String>, Option<String>)> {
    let (countries, states) = (countries(&rule.countries), countries(&rule.states));
    match (countries.as_slice(), states.is_empty()) {
        ([], true) => vec![(None, None)],
        ([], false) => states.into_iter().map(|state| (None, Some(state))).collect(),
        ([country], false) => states.into_iter().map(|state| (Some(country.clone()), Some(state))).collect(),
        _ => countries.into_iter().map(|country| (Some(country), None)).collect(),
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
    let percent_of_order = range.order_value_percent;
    (price.is_some() || percent_of_order.is_some()).then_some(ShippingBand {
        kind,
        from,
        unit,
        price,
        percent_of_order,
    })
}
