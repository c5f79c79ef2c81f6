//! A cart as callers send it: read, checked, completed. Every mistake is named with its pointer.

use std::collections::HashSet;

use connector_api::{
    FieldError,
    domain::{Address, Cart, CartLine, ConnectionId, Currency, Discount, ExternalId, Money},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Error;
use crate::store::{QuoteStore, quote::SkuMatch};

/// Most lines of a cart.
pub const MAX_LINES: usize = 200;
/// Most pieces of one line.
pub const MAX_QUANTITY: u32 = 1_000_000;
/// Most discount codes.
const MAX_CODES: usize = 20;
/// Most characters of an id or code.
const MAX_ID: usize = 200;

/// A cart to be quoted.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CartInput {
    /// The caller's id of the cart.
    #[serde(default)]
    pub id: String,
    /// Market it is priced in; the connection's, or the country's, when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub market_id: Option<ExternalId>,
    /// Pricelist it is priced with; the connection's, the market's or the country's when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pricelist_id: Option<ExternalId>,
    /// BCP 47 tag of the language of the answer's texts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
    /// Currency.
    pub currency: Currency,
    /// What is in it; 1 to 200 lines.
    pub lines: Vec<LineInput>,
    /// Codes the shopper entered; at most 20.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub discounts: Vec<CodeInput>,
    /// Where it goes. The country is enough for a first estimate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ship_to: Option<Address>,
    /// Shipping chosen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shipping_method_id: Option<ExternalId>,
}

/// One line of a cart: a variant by its id or by its SKU.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LineInput {
    /// The caller's id of the line; its number, counted from 1, when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The variant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variant_id: Option<ExternalId>,
    /// The variant's SKU, when exactly one variant has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sku: Option<String>,
    /// The offer it is bought from, where a variant stands in several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offer_id: Option<ExternalId>,
    /// How many; 1 to 1,000,000.
    pub quantity: u32,
    /// The price the caller showed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit_price: Option<Money>,
}

/// A code the shopper entered.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CodeInput {
    /// The code.
    pub code: String,
}

impl CartInput {
    /// Checks the cart and finds the variants that are named by SKU.
    pub async fn complete(self, stores: &dyn QuoteStore, connection: &ConnectionId) -> Result<Cart, Error> {
        let mut mistakes = self.mistakes();
        if !mistakes.is_empty() {
            return Err(Error::Invalid(mistakes));
        }
        let mut skus: Vec<&str> = self.lines.iter().filter_map(LineInput::sku_to_find).collect();
        skus.sort_unstable();
        skus.dedup();
        let matches = if skus.is_empty() { vec![] } else { stores.variants_by_sku(connection, &skus).await? };
        let mut lines = Vec::with_capacity(self.lines.len());
        for (index, line) in self.lines.into_iter().enumerate() {
            let variant_id = match line.sku_to_find() {
                None => line.variant_id.unwrap_or_default(),
                Some(sku) => match only_variant(sku, line.offer_id.as_ref(), &matches) {
                    Ok(id) => id,
                    Err((code, message)) => {
                        mistakes.push(FieldError::new(format!("/lines/{index}/sku"), code, message));
                        continue;
                    }
                },
            };
            lines.push(CartLine {
                id: line.id.unwrap_or_else(|| (index + 1).to_string()),
                variant_id,
                offer_id: line.offer_id,
                quantity: line.quantity,
                unit_price: line.unit_price,
            });
        }
        if !mistakes.is_empty() {
            return Err(Error::Invalid(mistakes));
        }
        Ok(Cart {
            id: if self.id.is_empty() { "cart".to_owned() } else { self.id },
            market_id: self.market_id,
            pricelist_id: self.pricelist_id,
            locale: self.locale,
            currency: self.currency,
            lines,
            discounts: self.discounts.into_iter().map(|code| Discount { code: code.code, amount: None }).collect(),
            ship_to: self.ship_to,
            shipping_method_id: self.shipping_method_id,
        })
    }

    fn mistakes(&self) -> Vec<FieldError> {
        let mut found = vec![];
        if self.lines.is_empty() || self.lines.len() > MAX_LINES {
            found.push(FieldError::new("/lines", "length", format!("must have 1 to {MAX_LINES} lines")));
        }
        if self.discounts.len() > MAX_CODES {
            found.push(FieldError::new("/discounts", "length", format!("may have at most {MAX_CODES} codes")));
        }
        for (index, _) in self.discounts.iter().enumerate().filter(|(_, code)| !is_short(&code.code)) {
            found.push(FieldError::new(format!("/discounts/{index}/code"), "length", "must have 1 to 200 characters"));
        }
        let country = self.ship_to.as_ref().map(|address| address.country.trim());
        if country
            .is_some_and(|country| country.len() != 2 || !country.bytes().all(|letter| letter.is_ascii_alphabetic()))
        {
            found.push(FieldError::new("/ship_to/country", "pattern", "must be two letters such as SE (ISO 3166-1)"));
        }
        let mut ids = HashSet::new();
        for (index, line) in self.lines.iter().enumerate() {
            let id = line.id.clone().unwrap_or_else(|| (index + 1).to_string());
            if !is_short(&id) {
                found.push(FieldError::new(format!("/lines/{index}/id"), "length", "must have 1 to 200 characters"));
            }
            if !ids.insert(id) {
                found.push(FieldError::new(format!("/lines/{index}/id"), "repeated", "another line has this id"));
            }
            line.mistakes(&format!("/lines/{index}"), self.currency, &mut found);
        }
        found
    }
}

impl LineInput {
    /// The SKU that names the variant, when no id does.
    fn sku_to_find(&self) -> Option<&str> {
        self.sku.as_deref().filter(|_| self.variant_id.is_none())
    }

    fn mistakes(&self, path: &str, currency: Currency, found: &mut Vec<FieldError>) {
        match (&self.variant_id, &self.sku) {
            (None, None) => {
                found.push(FieldError::new(format!("{path}/variant_id"), "required", "name the variant, or its `sku`"));
            }
            (Some(id), _) if !is_short(id.as_str()) => {
                found.push(FieldError::new(format!("{path}/variant_id"), "length", "must have 1 to 200 characters"));
            }
            (None, Some(sku)) if !is_short(sku) => {
                found.push(FieldError::new(format!("{path}/sku"), "length", "must have 1 to 200 characters"));
            }
            _ => {}
        }
        if self.quantity == 0 || self.quantity > MAX_QUANTITY {
            let message = format!("must be 1 to {MAX_QUANTITY}");
            found.push(FieldError::new(format!("{path}/quantity"), "range", message));
        }
        if self.unit_price.is_some_and(|price| price.currency != currency) {
            let message = format!("must be in the cart's currency, {currency}");
            found.push(FieldError::new(format!("{path}/unit_price/currency"), "currency", message));
        }
    }
}

/// The one variant that has a SKU. The error is a code and what is wrong.
fn only_variant(
    sku: &str,
    offer: Option<&ExternalId>,
    matches: &[SkuMatch],
) -> Result<ExternalId, (&'static str, String)> {
    let fits = |found: &&SkuMatch| found.sku == sku && offer.is_none_or(|offer| found.offer_id == offer.as_str());
    let mut variants: Vec<&str> = matches.iter().filter(fits).map(|found| found.variant_id.as_str()).collect();
    variants.dedup();
    match variants.as_slice() {
        [only] => Ok(ExternalId::from(*only)),
        [] => Err(("sku_unknown", "no synced variant has this SKU".to_owned())),
        several => {
            let message = format!("several variants have this SKU: name one by `variant_id` ({})", several.join(", "));
            Err(("sku_ambiguous", message))
        }
    }
}

fn is_short(text: &str) -> bool {
    (1..=MAX_ID).contains(&text.chars().count())
}
