//! Prices: a table of their own, because one variant has many.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ExternalId, Money, Timestamp};

/// What is paid for one priced thing in one pricelist and market, during one span of time. Key: what is priced,
/// pricelist, market, minimum quantity and start. Of all that hold at an instant, the one for the market comes before one
/// for all markets, then one for the pricelist, then the highest minimum quantity, then the latest start. No record means:
/// not for sale there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Price {
    /// What is priced: a variant's `price_group_id` where it has one, otherwise the variant's own id.
    #[serde(alias = "variant_id")]
    pub priced_id: ExternalId,
    /// Id of the pricelist.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pricelist_id: Option<ExternalId>,
    /// The market, where prices differ by market.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub market_id: Option<ExternalId>,
    /// Minimum quantity of this price; 1 for the ordinary price.
    pub min_quantity: u32,
    /// Price of one unit.
    pub amount: Money,
    /// The price before a reduction, which a shop shows struck through. Never the lowest of the last 30 days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub list_amount: Option<Money>,
    /// The lowest amount of the 30 days before, which the law of the European Union asks for beside a reduction, as the
    /// platform gives it. Absent where it does not: the host then keeps one of what it saw.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lowest_amount: Option<Money>,
    /// Whether tax is inside the amount.
    pub tax: TaxInclusion,
    /// Who made the amount.
    #[serde(default)]
    pub source: PriceSource,
    /// From when on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_from: Option<Timestamp>,
    /// Until when; the price does not hold at this instant any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<Timestamp>,
}

impl Price {
    /// An ordinary price, with no other field set.
    ///
    /// A reduction is a price of its own, for its time:
    ///
    /// ```
    /// use connector_api::domain::{Money, Price};
    ///
    /// let euro = |minor| Ok::<_, connector_api::domain::InvalidMoney>(Money { amount_minor: minor, currency: "EUR".parse()? });
    /// let regular = Price::new("apple-red", euro(100)?);
    /// let sale = Price {
    ///     amount: euro(80)?,
    ///     list_amount: Some(regular.amount),
    ///     valid_from: Some("2026-06-01T00:00:00Z".parse()?),
    ///     valid_until: Some("2026-06-08T00:00:00Z".parse()?),
    ///     ..regular.clone()
    /// };
    /// # assert_eq!(sale.min_quantity, 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn new(priced_id: impl Into<ExternalId>, amount: Money) -> Self {
        Self {
            priced_id: priced_id.into(),
            pricelist_id: None,
            market_id: None,
            min_quantity: 1,
            amount,
            list_amount: None,
            lowest_amount: None,
            tax: TaxInclusion::Unspecified,
            source: PriceSource::default(),
            valid_from: None,
            valid_until: None,
        }
    }
}

open_enum! {
    /// Who made an amount, the surest first.
    #[derive(Default)]
    pub enum PriceSource {
        /// The platform: what its own shop charges, reductions included.
        Platform = "platform",
        /// The connector, from the platform's regular price and its campaigns.
        Computed = "computed",
        /// The platform's regular price; whether it is reduced is not known.
        #[default]
        Regular = "regular",
    }
}

open_enum! {
    /// Whether tax is inside an amount.
    pub enum TaxInclusion {
        /// Inside.
        Included = "included",
        /// On top.
        Excluded = "excluded",
        /// The platform does not say.
        Unspecified = "unspecified",
    }
}
