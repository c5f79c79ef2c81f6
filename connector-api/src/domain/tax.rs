//! Tax rules, for pricing without the platform.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Decimal, ExternalId};

/// How much tax a country takes on a class of goods.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TaxRule {
    /// The platform's id.
    pub id: ExternalId,
    /// Name of the rule.
    pub name: String,
    /// Class of goods it applies to; all when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax_class_id: Option<ExternalId>,
    /// Whether goods without a class fall into this class.
    #[serde(default)]
    pub class_is_default: bool,
    /// ISO 3166-1 alpha-2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// State or province.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region_code: Option<String>,
    /// Postal codes as the platform writes the range.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub postal_codes: Option<String>,
    /// Per cent: `25` is a quarter.
    pub rate_percent: Decimal,
    /// What it is taken on.
    pub target: TaxTarget,
    /// City, as the platform writes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
    /// Classes of customers it applies to; all when empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub customer_class_ids: Vec<ExternalId>,
    /// What it does to a price.
    #[serde(default)]
    pub application: TaxApplication,
    /// The platform's own word for how it applies, kept because its values are not all known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raw_apply_type: Option<String>,
}

open_enum! {
    /// What a tax is taken on.
    pub enum TaxTarget {
        /// Goods.
        Goods = "goods",
        /// Shipping.
        Shipping = "shipping",
        /// Handling and other fees.
        Fee = "fee",
    }
}

open_enum! {
    /// What a tax does to a price.
    #[derive(Default)]
    pub enum TaxApplication {
        /// It is inside the price and stays there.
        Included = "included",
        /// It comes on top of the price.
        Added = "added",
        /// It is inside the price and taken out: the goods are sold exempt.
        Deducted = "deducted",
        /// The platform does not say.
        #[default]
        Unspecified = "unspecified",
    }
}
