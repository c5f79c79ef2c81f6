//! What else is sold beside plain products: bundles and gift certificates, and why something is not for sale on channels.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ExternalId;

open_enum! {
    /// What kind of goods an offer is.
    #[derive(Default)]
    pub enum OfferKind {
        /// Goods by themselves.
        #[default]
        Product = "product",
        /// Several goods sold as one, always the same: it goes into a cart as one variant. Its stock is that of its parts, so
        /// stock records of its variants count for nothing.
        Bundle = "bundle",
        /// Several goods sold as one, of which the shopper chooses the parts.
        FlexibleBundle = "flexible_bundle",
        /// A sum of money to be spent later.
        GiftCertificate = "gift_certificate",
    }
}

impl OfferKind {
    /// Whether it is goods by themselves; for leaving it out of JSON.
    pub(super) fn is_product(&self) -> bool {
        *self == Self::Product
    }

    /// Whether its stock is that of its parts.
    pub fn is_bundle(&self) -> bool {
        matches!(self, Self::Bundle | Self::FlexibleBundle)
    }
}

/// A part of a bundle: so many of one thing, or of one of several.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OfferPart {
    /// The platform's id of the part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<ExternalId>,
    /// Its quantity in one bundle.
    pub quantity: u32,
    /// What it is, as `price_group_id` of variants: one in a bundle that is always the same, several where the shopper chooses.
    /// Which of its sizes goes with a size of the bundle, the platform decides.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub price_group_ids: Vec<ExternalId>,
    /// The same as ids of variants, where the platform names those.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub variant_ids: Vec<ExternalId>,
}

/// Why something is kept, but not sold through channels.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Exclusion {
    /// Reason for the exclusion, for programs.
    pub code: ExclusionCode,
    /// For people: why, and what would change it.
    pub reason: String,
}

impl Exclusion {
    /// An exclusion for this reason.
    ///
    /// ```
    /// use connector_api::domain::{Exclusion, ExclusionCode, Offer};
    ///
    /// let reason = Exclusion::new(ExclusionCode::GiftCertificate, "Gift certificates are not sold through channels.");
    /// let offer = Offer { excluded: Some(reason), ..Offer::new("gift", "Gift certificate") };
    /// # assert!(offer.excluded.is_some());
    /// ```
    pub fn new(code: ExclusionCode, reason: impl Into<String>) -> Self {
        Self { code, reason: reason.into() }
    }
}

open_enum! {
    /// Why something is not sold through channels.
    pub enum ExclusionCode {
        /// It is sold before it is in stock, and the merchant has not allowed channels to sell it.
        Preorder = "preorder",
        /// The shopper must choose its parts, which a channel's cart cannot say.
        FlexibleBundle = "flexible_bundle",
        /// It is money, not goods.
        GiftCertificate = "gift_certificate",
        /// What it consists of cannot be read.
        PartsUnknown = "parts_unknown",
    }
}
