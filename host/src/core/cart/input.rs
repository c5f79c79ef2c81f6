//! A cart as callers send it: read, put into its one form, checked, completed. Every mistake is named with its pointer.

use connector_api::{
    FieldError,
    domain::{Address, Cart, CartLine, ConnectionId, Currency, Discount, ExternalId, Money},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Error,
    check::{Check, MAX_CODES, MAX_ID, MAX_LINES},
};
use crate::{
    model::quote::{MAX_QUOTED, SkuMatch},
    spelling,
    store::Store,
};

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
    /// Currency of the cart.
    pub currency: Currency,
    /// What is in it; 1 to 200 lines.
    pub lines: Vec<LineInput>,
    /// Codes the shopper entered; at most 20.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub discounts: Vec<CodeInput>,
    /// Where it goes. The country is enough for a first estimate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ship_to: Option<Address>,
    /// Id of the chosen shipping method.
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
    /// Id of the variant.
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
    /// The discount code.
    pub code: String,
}

impl CartInput {
    /// Puts the cart into its one form, checks it and finds the variants that are named by SKU.
    pub async fn complete(mut self, store: &Store, connection: &ConnectionId) -> Result<Cart, Error> {
        let mut mistakes = self.settle();
        if !mistakes.is_empty() {
            return Err(Error::Invalid(mistakes));
        }
        let mut skus: Vec<String> = self.lines.iter().filter_map(LineInput::sku_to_find).flat_map(forms).collect();
        skus.sort_unstable();
        skus.dedup();
        let skus: Vec<&str> = skus.iter().map(String::as_str).collect();
        let mut matches = vec![];
        for some in skus.chunks(MAX_QUOTED) {
            matches.extend(store.variants_by_sku(connection, some).await?);
        }
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
            id: self.id,
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

    /// Puts every text into its one form; what is wrong.
    fn settle(&mut self) -> Vec<FieldError> {
        let mut check = Check::new(self.currency);
        check.cart_id("/id", &mut self.id);
        check.lines("/lines", self.lines.len());
        check.codes("/discounts", self.discounts.len());
        for (index, code) in self.discounts.iter_mut().enumerate().take(MAX_CODES) {
            check.code(&format!("/discounts/{index}/code"), &mut code.code);
        }
        check.id("/market_id", &mut self.market_id);
        check.id("/pricelist_id", &mut self.pricelist_id);
        check.locale("/locale", &mut self.locale);
        check.id("/shipping_method_id", &mut self.shipping_method_id);
        if let Some(address) = &mut self.ship_to {
            check.address("/ship_to", address);
        }
        for (index, line) in self.lines.iter_mut().enumerate().take(MAX_LINES) {
            line.settle(index, &mut check);
        }
        check.mistakes()
    }
}

impl LineInput {
    fn sku_to_find(&self) -> Option<&str> {
        self.sku.as_deref().filter(|_| self.variant_id.is_none())
    }

    fn settle(&mut self, index: usize, check: &mut Check) {
        let path = format!("/lines/{index}");
        let mut id = self.id.take().unwrap_or_else(|| (index + 1).to_string());
        check.line(&path, &mut id, &mut self.offer_id, self.quantity);
        self.id = Some(id);
        check.id(&format!("{path}/variant_id"), &mut self.variant_id);
        let mut sku = self.sku.clone();
        check.optional_name(&format!("{path}/sku"), &mut sku, MAX_ID);
        if self.variant_id.is_none() && sku.is_none() {
            check.add(&format!("{path}/variant_id"), "required", "name the variant by `variant_id` or by `sku`");
        }
        check.money(&format!("{path}/unit_price"), self.unit_price);
    }
}

/// A SKU as it was given, and as it may stand in the store.
fn forms(sku: &str) -> [String; 3] {
    [sku.to_owned(), spelling::tidy(sku), spelling::key(sku)]
}

/// The one variant that has a SKU. The error is a code and what is wrong.
fn only_variant(
    sku: &str,
    offer: Option<&ExternalId>,
    matches: &[SkuMatch],
) -> Result<ExternalId, (&'static str, String)> {
    // One that is written so, letter by letter, comes before one that only looks so.
    let is_written_so = matches.iter().any(|found| found.sku == sku);
    let fits = |found: &&SkuMatch| {
        let is_named = found.sku == sku || !is_written_so && spelling::same(&found.sku, sku);
        is_named && offer.is_none_or(|offer| found.offer_id == offer.as_str())
    };
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
