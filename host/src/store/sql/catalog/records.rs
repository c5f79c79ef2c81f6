//! Prices and stock as rows: from the contract's records, and back.

use connector_api::domain::{ExternalId, InventoryLevel, Money, Price, PriceSource, StockPolicy, TaxInclusion};

use crate::{
    model::{
        price::LowestSource,
        rows::{InventoryRow, PriceRow},
    },
    store::error::{Error, Result},
};

impl From<Price> for PriceRow {
    fn from(price: Price) -> Self {
        Self {
            priced_id: price.priced_id.0,
            pricelist_id: price.pricelist_id.map(|id| id.0).unwrap_or_default(),
            market_id: price.market_id.map(|id| id.0).unwrap_or_default(),
            min_quantity: price.min_quantity,
            currency: price.amount.currency.as_str().to_owned(),
            amount_minor: price.amount.amount_minor,
            list_amount_minor: price.list_amount.map(|amount| amount.amount_minor),
            lowest_amount_minor: price.lowest_amount.map(|amount| amount.amount_minor),
            lowest_source: price.lowest_amount.map(|_| LowestSource::Platform),
            observed_since: None,
            tax: price.tax.as_str().to_owned(),
            source: price.source.as_str().to_owned(),
            valid_from: price.valid_from,
            valid_until: price.valid_until,
        }
    }
}

impl TryFrom<PriceRow> for Price {
    type Error = Error;

    fn try_from(row: PriceRow) -> Result<Self> {
        let currency = row.currency.parse().map_err(|error| Error::Unreadable {
            what: format!("currency of a price of {}", row.priced_id),
            detail: format!("{error}"),
        })?;
        let money = |amount_minor| Money { amount_minor, currency };
        // What this host observed is no word of the platform's.
        let lowest = row.lowest_amount_minor.filter(|_| row.lowest_source == Some(LowestSource::Platform));
        Ok(Self {
            priced_id: ExternalId(row.priced_id),
            pricelist_id: present(row.pricelist_id),
            market_id: present(row.market_id),
            min_quantity: row.min_quantity,
            amount: money(row.amount_minor),
            list_amount: row.list_amount_minor.map(money),
            lowest_amount: lowest.map(money),
            tax: TaxInclusion::from(row.tax.as_str()),
            source: PriceSource::from(row.source.as_str()),
            valid_from: row.valid_from,
            valid_until: row.valid_until,
        })
    }
}

impl From<InventoryLevel> for InventoryRow {
    fn from(level: InventoryLevel) -> Self {
        Self {
            variant_id: level.variant_id.0,
            location_id: level.location_id.map(|id| id.0).unwrap_or_default(),
            available: level.available,
            policy: level.policy.as_str().to_owned(),
            as_of: level.as_of,
        }
    }
}

impl From<InventoryRow> for InventoryLevel {
    fn from(row: InventoryRow) -> Self {
        Self {
            variant_id: ExternalId(row.variant_id),
            location_id: present(row.location_id),
            available: row.available,
            policy: StockPolicy::from(row.policy.as_str()),
            as_of: row.as_of,
        }
    }
}

fn present(id: String) -> Option<ExternalId> {
    (!id.is_empty()).then_some(ExternalId(id))
}
