//! Stores, markets, pricelists, languages, categories and warehouses.

use connector_api::domain::{Category, Language, Location, Market, Pricelist, Store, StoreKind};

use super::{
    countries, is_active,
    text::{Translations, tag},
};
use crate::wire::{Code, store as wire};

/// The type of stores that sell to people.
pub const CONSUMER: &str = "DIRECT_TO_CONSUMER";

/// A store.
pub fn store(store: &wire::Store) -> Store {
    let kind = match store.kind.as_deref() {
        Some(CONSUMER) => StoreKind::Consumer,
        Some("WHOLESALE") => StoreKind::Wholesale,
        other => StoreKind::Unknown(other.unwrap_or_default().to_owned()),
    };
    Store { id: store.id.into(), name: store.name.clone().unwrap_or_default(), kind }
}

/// A market, with the warehouses that its allocation rule names, or its store's where it has none \[I\]. `whole` says
/// whether the list of warehouses is.
pub fn market(market: &wire::Market, warehouses: &[wire::Warehouse], whole: bool) -> Market {
    let of_store = || market.store.as_ref().and_then(|store| store.allocation_rule.as_ref());
    let rule = market.allocation_rule.as_ref().or_else(of_store).map(|rule| rule.id);
    let serves = |warehouse: &&wire::Warehouse| {
        rule.is_some_and(|rule| warehouse.allocation_rules.iter().flatten().any(|own| own.id == rule))
    };
    let rules_are_read = warehouses.iter().any(|warehouse| warehouse.allocation_rules.is_some());
    Market {
        id: market.id.into(),
        name: market.name.clone().unwrap_or_default(),
        store_id: market.store.as_ref().map(|store| store.own.id.into()),
        countries: countries(&market.assigned_to_countries),
        location_ids: warehouses.iter().filter(serves).map(|warehouse| warehouse.id.into()).collect(),
        locations_known: whole && rule.is_some() && rules_are_read,
        default_pricelist_id: None,
    }
}

/// A pricelist; `None` when its currency is none.
pub fn pricelist(list: &wire::Pricelist) -> Option<Pricelist> {
    Some(Pricelist {
        id: list.id.into(),
        name: list.name.clone().unwrap_or_default(),
        store_id: list.store.as_ref().map(|store| store.id.into()),
        currency: list.currency.code.as_deref()?.parse().ok()?,
        active: is_active(list.status.as_deref()),
        countries: countries(&list.assigned_to_countries),
        default_for_currency: list.is_default_for_currency.unwrap_or(false),
        default_shipping_option_id: list.default_shipping_option.as_ref().map(|option| option.id.into()),
    })
}

/// A language; `None` when it has no code.
pub fn language(language: &wire::Language) -> Option<Language> {
    let tag = tag(&language.tag)?;
    Some(Language {
        id: language.id.into(),
        name: language.name.clone().unwrap_or_else(|| tag.clone()),
        tag,
        active: language.is_active.unwrap_or(true),
    })
}

/// A category and all below it, parents first.
pub fn categories(category: &wire::Category, parent: Option<i64>, store: Option<i64>, into: &mut Vec<Category>) {
    into.push(Category {
        id: category.id.into(),
        parent_id: parent.map(Into::into),
        title: Translations::new(&category.translations).text("name", category.name.as_deref()),
        handle: category.uri.clone(),
        active: is_active(category.status.as_deref()),
        store_id: store.map(Into::into),
    });
    for child in &category.child_categories {
        categories(child, Some(category.id), store, into);
    }
}

/// A warehouse.
pub fn location(warehouse: &wire::Warehouse) -> Location {
    Location {
        id: warehouse.id.into(),
        name: warehouse.name.clone().unwrap_or_default(),
        country: warehouse.country.as_ref().and_then(|Code { code }| code.as_deref()).map(str::to_ascii_uppercase),
        active: is_active(warehouse.status.as_deref()),
        updated_at: None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn of(own: &Value, warehouses: &[Value]) -> (Vec<String>, bool) {
        let own = serde_json::from_value(own.clone()).unwrap();
        let warehouses: Vec<wire::Warehouse> =
            warehouses.iter().map(|own| serde_json::from_value(own.clone()).unwrap()).collect();
        let found = market(&own, &warehouses, true);
        (found.location_ids.iter().map(ToString::to_string).collect(), found.locations_known)
    }

    #[test]
    fn a_market_is_served_by_its_rule_else_by_its_stores_else_nobody_knows() {
        let warehouse = |id: i64, rule: i64| json!({ "id": id, "allocationRules": [{ "id": rule }] });
        let warehouses = [warehouse(1, 8), warehouse(2, 9)];
        let of_store = json!({ "id": 1, "allocationRule": { "id": 9 } });
        let own = json!({ "id": 5, "allocationRule": { "id": 8 }, "store": of_store });
        assert_eq!(of(&own, &warehouses), (vec!["1".to_owned()], true));
        let by_store = json!({ "id": 5, "allocationRule": null, "store": of_store });
        assert_eq!(of(&by_store, &warehouses), (vec!["2".to_owned()], true));
        let nowhere = json!({ "id": 5, "allocationRule": { "id": 10 }, "store": of_store });
        assert_eq!(of(&nowhere, &warehouses), (vec![], true));
        let without = json!({ "id": 5, "store": { "id": 1 } });
        assert_eq!(of(&without, &warehouses), (vec![], false));
        assert_eq!(of(&own, &[json!({ "id": 1 })]), (vec![], false), "the warehouses' rules cannot be read");
    }
}
