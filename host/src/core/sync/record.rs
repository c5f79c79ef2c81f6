//! Records become rows of the store. Bodies are kept as the text they came in: only the few fields that are looked up by are
//! read.

use std::borrow::Cow;

use connector_api::domain::{Money, PriceSource, Timestamp};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::model::{
    price::LowestSource,
    rows::{EntityRow, InventoryRow, OfferRow, PriceRow, VariantRow},
};

/// Text that is borrowed where JSON allows it.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

#[derive(Deserialize)]
struct LocalizedIndex<'a> {
    #[serde(borrow)]
    default: Cow<'a, str>,
}

/// A title is plain text in some entities and localised in others.
#[derive(Deserialize)]
#[serde(untagged)]
enum TitleIndex<'a> {
    #[serde(borrow)]
    Plain(Text<'a>),
    #[serde(borrow)]
    Localized(LocalizedIndex<'a>),
}

impl TitleIndex<'_> {
    fn text(&self) -> String {
        match self {
            Self::Plain(text) => text.0.to_string(),
            Self::Localized(text) => text.default.to_string(),
        }
    }
}

#[derive(Deserialize)]
struct EntityIndex<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow, alias = "name", default)]
    title: Option<TitleIndex<'a>>,
    #[serde(borrow, default)]
    parent_id: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    store_id: Option<Cow<'a, str>>,
}

pub(super) fn entity(data: &RawValue) -> serde_json::Result<EntityRow> {
    let index: EntityIndex<'_> = serde_json::from_str(data.get())?;
    Ok(EntityRow {
        id: index.id.into_owned(),
        title: index.title.map(|title| title.text()),
        // A category names both: the category above it says more than its store.
        parent_id: index.parent_id.or(index.store_id).map(Cow::into_owned),
        body: data.get().to_owned(),
    })
}

#[derive(Deserialize)]
struct OfferIndex<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow)]
    title: LocalizedIndex<'a>,
    #[serde(borrow, default)]
    handle: Option<Cow<'a, str>>,
    #[serde(borrow)]
    status: Cow<'a, str>,
    #[serde(default)]
    updated_at: Option<Timestamp>,
    #[serde(borrow, default)]
    variants: Vec<VariantIndex<'a>>,
}

#[derive(Deserialize)]
struct VariantIndex<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow, default)]
    price_group_id: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    sku: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    title: Option<Cow<'a, str>>,
    #[serde(default)]
    active: bool,
}

pub(super) fn offer(data: &RawValue) -> serde_json::Result<OfferRow> {
    let index: OfferIndex<'_> = serde_json::from_str(data.get())?;
    Ok(OfferRow {
        id: index.id.into_owned(),
        title: Some(index.title.default.into_owned()),
        handle: index.handle.map(Cow::into_owned),
        status: index.status.into_owned(),
        updated_at: index.updated_at,
        body: data.get().to_owned(),
        variants: index
            .variants
            .into_iter()
            .map(|variant| VariantRow {
                id: variant.id.into_owned(),
                price_group_id: variant.price_group_id.map(Cow::into_owned),
                sku: variant.sku.map(Cow::into_owned),
                title: variant.title.map(Cow::into_owned),
                active: variant.active,
            })
            .collect(),
    })
}

#[derive(Deserialize)]
struct PriceIndex {
    #[serde(alias = "variant_id")]
    priced_id: String,
    #[serde(default)]
    pricelist_id: Option<String>,
    #[serde(default)]
    market_id: Option<String>,
    min_quantity: u32,
    amount: Money,
    #[serde(default)]
    list_amount: Option<Money>,
    #[serde(default)]
    lowest_amount: Option<Money>,
    tax: String,
    #[serde(default)]
    source: PriceSource,
    #[serde(default)]
    valid_from: Option<Timestamp>,
    #[serde(default)]
    valid_until: Option<Timestamp>,
}

pub(super) fn price(data: &RawValue) -> serde_json::Result<PriceRow> {
    let price: PriceIndex = serde_json::from_str(data.get())?;
    for (field, other) in [("list_amount", price.list_amount), ("lowest_amount", price.lowest_amount)] {
        if other.is_some_and(|other| other.currency != price.amount.currency) {
            return Err(serde::de::Error::custom(format!(
                "`{field}` of `{}` has another currency than `amount`; use one currency for all amounts of a price",
                price.priced_id
            )));
        }
    }
    Ok(PriceRow {
        priced_id: price.priced_id,
        pricelist_id: price.pricelist_id.unwrap_or_default(),
        market_id: price.market_id.unwrap_or_default(),
        min_quantity: price.min_quantity,
        currency: price.amount.currency.to_string(),
        amount_minor: price.amount.amount_minor,
        list_amount_minor: price.list_amount.map(|list| list.amount_minor),
        lowest_amount_minor: price.lowest_amount.map(|lowest| lowest.amount_minor),
        lowest_source: price.lowest_amount.map(|_| LowestSource::Platform),
        observed_since: None,
        tax: price.tax,
        source: price.source.as_str().to_owned(),
        valid_from: price.valid_from,
        valid_until: price.valid_until,
    })
}

#[derive(Deserialize)]
struct InventoryIndex {
    variant_id: String,
    #[serde(default)]
    location_id: Option<String>,
    available: i64,
    policy: String,
    #[serde(default)]
    as_of: Option<Timestamp>,
}

pub(super) fn inventory(data: &RawValue) -> serde_json::Result<InventoryRow> {
    let level: InventoryIndex = serde_json::from_str(data.get())?;
    Ok(InventoryRow {
        variant_id: level.variant_id,
        location_id: level.location_id.unwrap_or_default(),
        available: level.available,
        policy: level.policy,
        as_of: level.as_of,
    })
}
