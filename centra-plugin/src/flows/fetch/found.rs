//! What one question found, and what of it can be relied on.

use std::collections::BTreeSet;

use connector_api::{
    ConnectorError,
    domain::ExternalId,
    wire::pull::{Page, Record},
};

/// What a kind's module found of the entities of one stream.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// What exists.
    pub(super) records: Vec<Record>,
    /// Refs that lead to nothing any more, as they were asked for.
    pub(super) gone: Vec<ExternalId>,
}

impl Found {
    /// What has none of the wanted ids among the records is gone.
    pub(super) fn by_id(records: Vec<Record>, wanted: &BTreeSet<ExternalId>) -> Self {
        let found: BTreeSet<&ExternalId> = records.iter().filter_map(id_of).collect();
        let gone = wanted.iter().filter(|id| !found.contains(id)).cloned().collect();
        Self { records, gone }
    }
}

/// Ids are numbers on this platform; anything else does not exist.
pub(super) fn numbers(wanted: &BTreeSet<ExternalId>) -> Vec<i64> {
    wanted.iter().filter_map(|id| id.as_str().parse().ok()).collect()
}

/// What could not be read must not be reported as gone.
pub(super) fn whole(page: &Page) -> Result<(), ConnectorError> {
    if page.skipped == 0 { Ok(()) } else { Err(crate::error::answer_invalid("lacks parts of what was requested")) }
}

pub(super) fn id_of(record: &Record) -> Option<&ExternalId> {
    Some(match record {
        Record::Store(store) => &store.id,
        Record::Market(market) => &market.id,
        Record::Pricelist(list) => &list.id,
        Record::Language(language) => &language.id,
        Record::Category(category) => &category.id,
        Record::Location(location) => &location.id,
        Record::TaxRule(rule) => &rule.id,
        Record::ShippingOption(option) => &option.id,
        Record::Offer(offer) => &offer.id,
        Record::Price(price) => &price.priced_id,
        Record::InventoryLevel(level) => &level.variant_id,
        Record::Shipment(shipment) => &shipment.id,
        Record::Adjustment(adjustment) => &adjustment.id,
        Record::Customer(customer) => &customer.id,
        _ => return None,
    })
}
