//! What the calculator reads: a connection's small tables, and the facts of the variants in a cart.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use connector_api::domain::{
    Exclusion, ExternalId, Market, OfferKind, Pricelist, ShippingOption, TaxRule, Timestamp, Weight,
};
use serde_json::{Map, Value};

use crate::model::rows::{InventoryRow, PriceRow};

/// The small tables of one connection.
#[derive(Debug, Clone, Default)]
pub struct Tables {
    /// What the connection's settings decide.
    pub settings: LocalSettings,
    /// Markets.
    pub markets: Vec<Market>,
    /// Pricelists.
    pub pricelists: Vec<Pricelist>,
    /// Shipping options with their rates.
    pub shipping_options: Vec<ShippingOption>,
    /// Tax rules by country; `None` holds those that name none.
    pub tax_rules: BTreeMap<Option<String>, Vec<TaxRule>>,
    /// The class that goods without one fall into.
    pub default_tax_class: Option<ExternalId>,
    /// How old the data are.
    pub ages: Ages,
}

/// When the data behind each part were last read as a whole; absent when they never were.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ages {
    /// Prices.
    pub prices: Option<Timestamp>,
    /// Shipping options.
    pub shipping: Option<Timestamp>,
    /// Tax rules.
    pub tax: Option<Timestamp>,
    /// Stock.
    pub stock: Option<Timestamp>,
}

/// Settings of a connection that the host understands whatever the platform is; see "well-known settings" of the
/// connector specification.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LocalSettings {
    /// `store_id`.
    pub store_id: Option<ExternalId>,
    /// `market_id`.
    pub market_id: Option<ExternalId>,
    /// `pricelist_id`.
    pub pricelist_id: Option<ExternalId>,
    /// `prices_include_tax`: `yes`, `no`, or absent when nobody said.
    pub prices_include_tax: Option<bool>,
}

/// The facts of each variant in a cart, by its id.
pub type Variants = HashMap<String, Arc<VariantFacts>>;

/// What is known of one variant.
#[derive(Debug, Clone, Default)]
pub struct VariantFacts {
    /// The offers it stands in, by id.
    pub offers: Vec<OfferFacts>,
    /// Its prices.
    pub prices: Vec<PriceRow>,
    /// Its stock.
    pub stock: Vec<InventoryRow>,
}

/// A variant as it stands in one offer.
#[derive(Debug, Clone, Default)]
pub struct OfferFacts {
    /// The offer.
    pub offer_id: ExternalId,
    /// Whether both offer and variant can be sold.
    pub active: bool,
    /// Sold before it is in stock.
    pub preorder: bool,
    /// Why channels do not sell it.
    pub excluded: Option<Exclusion>,
    /// What kind of goods it is.
    pub kind: OfferKind,
    /// Whether only the platform knows its price.
    pub priced_by_parts: bool,
    /// Whether it is delivered; absent when the platform does not say.
    pub requires_shipping: Option<bool>,
    /// Markets it is offered in; empty when the platform does not say.
    pub market_ids: Vec<ExternalId>,
    /// Class that tax rules refer to.
    pub tax_class_id: Option<ExternalId>,
    /// Weight of one unit.
    pub weight: Option<Weight>,
    /// Minimum quantity in an order.
    pub min_quantity: Option<u32>,
    /// Units are ordered in multiples of this.
    pub quantity_step: Option<u32>,
}

impl VariantFacts {
    /// Why channels do not sell the variant in a market, in this offer or in any: none where one of them is sold.
    pub fn excluded(&self, offer: Option<&ExternalId>, market: Option<&ExternalId>) -> Option<&Exclusion> {
        let named = |own: &&OfferFacts| own.active && own.is_in(market) && offer.is_none_or(|id| own.offer_id == *id);
        let mut reasons = self.offers.iter().filter(named).map(|own| own.excluded.as_ref());
        let first = reasons.next()??;
        reasons.all(|own| own.is_some()).then_some(first)
    }
}

impl OfferFacts {
    /// Whether it is offered in a market, where that counts.
    pub fn is_in(&self, market: Option<&ExternalId>) -> bool {
        market.is_none_or(|market| self.market_ids.is_empty() || self.market_ids.contains(market))
    }
}

impl Tables {
    /// Files tax rules by country and notes the default class.
    #[must_use]
    pub fn with_tax_rules(mut self, rules: Vec<TaxRule>) -> Self {
        let default = rules.iter().filter(|rule| rule.class_is_default).filter_map(|rule| rule.tax_class_id.clone());
        self.default_tax_class = default.min();
        for rule in rules {
            let country = rule.country.as_deref().map(str::to_ascii_uppercase);
            self.tax_rules.entry(country).or_default().push(rule);
        }
        self
    }
}

impl LocalSettings {
    /// Reads the settings of a connection.
    pub fn read(settings: &Map<String, Value>) -> Self {
        let text = |name: &str| match settings.get(name)? {
            Value::String(text) if !text.trim().is_empty() => Some(text.trim().to_owned()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        };
        let id = |name: &str| text(name).map(ExternalId);
        let yes_or_no = match settings.get("prices_include_tax") {
            Some(Value::Bool(answer)) => Some(*answer),
            _ => match text("prices_include_tax").as_deref() {
                Some("yes") => Some(true),
                Some("no") => Some(false),
                _ => None,
            },
        };
        Self {
            store_id: id("store_id"),
            market_id: id("market_id"),
            pricelist_id: id("pricelist_id"),
            prices_include_tax: yes_or_no,
        }
    }
}
