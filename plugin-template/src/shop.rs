//! The platform's own format, exactly as sent, and its mapping to the domain: pure functions, no host.

use connector_api::domain::{
    Currency, Decimal, InventoryLevel, Money, Offer, Price, PriceSource, StockPolicy, Store, StoreKind, Variant,
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
    /// Pieces in stock.
    pub stock: i64,
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

/// A product's price, or why it cannot be read.
pub fn price(product: &Product, currency: &str) -> Result<Price, String> {
    let invalid = |error: String| format!("product `{}` has no readable price: {error}", product.id);
    let currency: Currency = currency.parse().map_err(|error| invalid(format!("{error}")))?;
    let amount = Decimal::deserialize(&product.price).map_err(|error| invalid(error.to_string()))?;
    let amount = Money::from_major(amount, currency).map_err(|error| invalid(format!("{error}")))?;
    Ok(Price { source: PriceSource::Platform, ..Price::new(product.id.as_str(), amount) })
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
