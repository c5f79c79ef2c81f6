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

/// A market, with the warehouses its allocation rule names where they are known.
pub fn market(market: &wire::Market, warehouses: &[wire::Warehouse]) -> Market {
    let rule = market.allocation_rule.as_ref().map(|rule| rule.id);
    let serves = |warehouse: &&wire::Warehouse| {
        rule.is_some_and(|rule| warehouse.allocation_rules.iter().flatten().any(|own| own.id == rule))
    };
    Market {
        id: market.id.into(),
        name: market.name.clone().unwrap_or_default(),
        store_id: market.store.as_ref().map(|store| store.id.into()),
        countries: countries(&market.assigned_to_countries),
        location_ids: warehouses.iter().filter(serves).map(|warehouse| warehouse.id.into()).collect(),
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
