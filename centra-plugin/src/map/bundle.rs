//! Bundles: offers that consist of others.

use connector_api::domain::{Exclusion, ExclusionCode, Offer, OfferKind, OfferPart};

use super::shipment::quantity;
use crate::wire::bundle::Bundle;

const FLEXIBLE: &str = "The shopper chooses the parts of this bundle, which a channel's cart cannot express.";
const UNREADABLE: &str = "What this bundle consists of cannot be read, so it is unknown whether it can be sold and what it costs. The Integration API token needs Bundle:read.";

/// Makes the offer of a product that is a bundle one. `bundle` is absent where it cannot be read.
///
/// A fixed bundle goes into carts like any other size \[D\]. The price of a dynamic one is the sum of its parts', and its own if it
/// has one \[D\], by campaigns and rounding that only the store knows: never computed here.
pub fn apply(offer: &mut Offer, bundle: Option<&Bundle>) {
    offer.kind = OfferKind::Bundle;
    let Some(bundle) = bundle else {
        offer.priced_by_parts = true;
        offer.excluded = Some(Exclusion::new(ExclusionCode::PartsUnknown, UNREADABLE));
        return;
    };
    offer.priced_by_parts = bundle.price_type.as_deref() != Some("STATIC");
    offer.parts = bundle
        .sections
        .iter()
        .map(|section| OfferPart {
            id: None,
            quantity: quantity(section.quantity),
            price_group_ids: section.product_variants.iter().map(|variant| variant.id.into()).collect(),
            variant_ids: vec![],
        })
        .collect();
    match bundle.kind.as_str() {
        "FIXED" => {}
        "FLEXIBLE" => {
            offer.kind = OfferKind::FlexibleBundle;
            offer.excluded = Some(Exclusion::new(ExclusionCode::FlexibleBundle, FLEXIBLE));
        }
        other => {
            let reason = format!("Whether the shopper chooses the parts of a bundle of type `{other}` is not known.");
            offer.excluded = Some(Exclusion::new(ExclusionCode::PartsUnknown, reason));
        }
    }
}
