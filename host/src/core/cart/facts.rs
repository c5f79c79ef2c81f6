//! What the store has of a variant becomes the calculator's facts. Of an offer's body only a few fields are read.

use std::borrow::Cow;

use connector_api::domain::{Exclusion, ExternalId, OfferKind, OfferStatus, Weight};
use serde::Deserialize;

use super::local::{OfferFacts, VariantFacts};
use crate::model::quote::QuotedVariant;

#[derive(Deserialize)]
struct OfferIndex<'a> {
    #[serde(borrow)]
    status: Cow<'a, str>,
    #[serde(default)]
    kind: OfferKind,
    #[serde(default)]
    excluded: Option<Exclusion>,
    #[serde(default)]
    priced_by_parts: bool,
    #[serde(default)]
    requires_shipping: Option<bool>,
    #[serde(default)]
    market_ids: Vec<ExternalId>,
    #[serde(default)]
    tax_class_id: Option<ExternalId>,
    #[serde(default)]
    min_quantity: Option<u32>,
    #[serde(default)]
    quantity_step: Option<u32>,
    #[serde(borrow, default)]
    variants: Vec<VariantIndex<'a>>,
}

#[derive(Deserialize)]
struct VariantIndex<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(default)]
    active: bool,
    #[serde(default)]
    preorder: bool,
    #[serde(default)]
    excluded: Option<Exclusion>,
    #[serde(default)]
    weight: Option<Weight>,
}

/// The facts of a variant. The error names the offer whose body cannot be read.
pub(super) fn facts(variant: QuotedVariant) -> Result<VariantFacts, (String, serde_json::Error)> {
    let mut offers = Vec::with_capacity(variant.offers.len());
    for offer in variant.offers {
        let index: OfferIndex<'_> = match serde_json::from_str(&offer.body) {
            Ok(index) => index,
            Err(error) => return Err((offer.id, error)),
        };
        let Some(own) = index.variants.into_iter().find(|own| own.id == variant.id) else { continue };
        offers.push(OfferFacts {
            active: own.active && OfferStatus::from(index.status.as_ref()) == OfferStatus::Active,
            offer_id: ExternalId(offer.id),
            preorder: own.preorder,
            excluded: index.excluded.or(own.excluded),
            kind: index.kind,
            priced_by_parts: index.priced_by_parts,
            requires_shipping: index.requires_shipping,
            market_ids: index.market_ids,
            tax_class_id: index.tax_class_id,
            weight: own.weight,
            min_quantity: index.min_quantity,
            quantity_step: index.quantity_step,
        });
    }
    Ok(VariantFacts { offers, prices: variant.prices, stock: variant.inventory })
}
