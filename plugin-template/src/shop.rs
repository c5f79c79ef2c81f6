//! The platform's own format, exactly as sent, and its mapping to the domain: pure functions, no host.

use connector_api::domain::{
    Currency, Decimal, InventoryLevel, Money, Offer, Price, PriceSource, StockPolicy, Store, StoreKind, Timestamp,
    Variant,
};
use serde::Deserialize;

/// A whole shop.
#[derive(Debug, Deserialize)]
pub struct Shop {
    /// Its name.
    pub name: String,
    /// ISO 4217 code of every price.
    pub currency: String,
    /// What it sells.
    pub products: Vec<Product>,
}

/// A product, which is its own only variant.
#[derive(Debug, Deserialize)]
pub struct Product {
    /// The shop's id of it.
    pub id: String,
    /// Its name.
    pub title: String,
    /// Free labels.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Price in major units, as text. Read when it is mapped: a bad one must not make the whole shop unreadable.
    pub price: serde_json::Value,
    /// A reduction for some time.
    #[serde(default)]
    pub sale: Option<Sale>,
    /// Pieces in stock.
    pub stock: i64,
}

/// A reduction for some time.
#[derive(Debug, Deserialize)]
pub struct Sale {
    /// Price in major units, as text.
    pub price: serde_json::Value,
    /// From when on.
    pub from: Timestamp,
    /// Until when.
    pub until: Timestamp,
}

/// The shop as a store.
pub fn store(shop: &Shop) -> Store {
    Store { id: "1".into(), name: shop.name.clone(), kind: StoreKind::Consumer }
}

/// A product as an offer.
pub fn offer(product: &Product) -> Offer {
    let id = product.id.as_str();
    Offer { tags: product.tags.clone(), variants: vec![Variant::new(id)], ..Offer::new(id, product.title.as_str()) }
}

/// A product's prices, or why one cannot be read. Of two that hold at a time, the one that started last counts: the regular
/// price needs no end where a sale begins.
pub fn prices(product: &Product, currency: &str) -> Result<Vec<Price>, String> {
    let invalid = |error: String| format!("product `{}` has no readable price: {error}", product.id);
    let currency: Currency = currency.parse().map_err(|error| invalid(format!("{error}")))?;
    let money = |text: &serde_json::Value| {
        let amount = Decimal::deserialize(text).map_err(|error| invalid(error.to_string()))?;
        Money::from_major(amount, currency).map_err(|error| invalid(format!("{error}")))
    };
    let amount = money(&product.price)?;
    let regular = Price { source: PriceSource::Platform, ..Price::new(product.id.as_str(), amount) };
    let Some(sale) = &product.sale else { return Ok(vec![regular]) };
    let reduced = Price {
        amount: money(&sale.price)?,
        list_amount: Some(amount),
        valid_from: Some(sale.from),
        valid_until: Some(sale.until),
        ..regular.clone()
    };
    Ok(vec![regular, reduced])
}

/// A product's stock.
pub fn inventory(product: &Product) -> InventoryLevel {
    InventoryLevel {
        variant_id: product.id.as_str().into(),
        location_id: None,
        available: product.stock.max(0),
        policy: StockPolicy::Deny,
        as_of: None,
    }
}
