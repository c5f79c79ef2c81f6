//! `fetch`: named entities again, after a webhook. Offers, prices and stock are read by id; of the small lists the whole
//! list is read, which costs one request as well.

use std::collections::{BTreeMap, BTreeSet};

use connector_api::{
    ConnectorError, ErrorCode,
    domain::ExternalId,
    wire::pull::{EntityRef, FetchRequest, FetchResponse, Page, PullRequest, Record, Stream},
};
use serde_json::json;

use super::{
    pull::{DisplayFilter, pull, read_displays, serving},
    source::{Source, read_rows},
};
use crate::{client::Variables, map, operation::Operation, wire::commerce::SizeDetails};

/// Most entities in one request.
const MOST_REFS: usize = 100;

/// Reads them.
pub async fn fetch(source: &Source, request: FetchRequest) -> Result<FetchResponse, ConnectorError> {
    if request.refs.len() > MOST_REFS {
        return Err(ConnectorError::new(
            ErrorCode::InvalidRequest,
            format!("at most {MOST_REFS} refs can be fetched at once"),
        ));
    }
    let mut by_stream: BTreeMap<Stream, BTreeSet<ExternalId>> = BTreeMap::new();
    for entity in request.refs {
        by_stream.entry(entity.stream).or_default().insert(entity.id);
    }
    let mut response = FetchResponse::default();
    for (stream, wanted) in by_stream {
        let records = match stream {
            Stream::Offers => offers(source, &wanted).await?,
            Stream::Prices | Stream::Inventory => details(source, &stream, &wanted).await?,
            Stream::Stores
            | Stream::Markets
            | Stream::Pricelists
            | Stream::Languages
            | Stream::Categories
            | Stream::Locations
            | Stream::ShippingOptions
            | Stream::TaxRules => whole_list(source, &stream, &wanted).await?,
            other => {
                return Err(ConnectorError::new(
                    ErrorCode::UnsupportedOperation,
                    format!("single entities of the stream `{other}` cannot be fetched"),
                ));
            }
        };
        let found: BTreeSet<&ExternalId> = records.iter().filter_map(id_of).collect();
        let gone = wanted.iter().filter(|id| !found.contains(id));
        response.gone.extend(gone.map(|id| EntityRef { stream: stream.clone(), id: id.clone() }));
        response.records.extend(records);
    }
    Ok(response)
}

/// Ids are numbers on this platform; anything else does not exist.
fn numbers(wanted: &BTreeSet<ExternalId>) -> Vec<i64> {
    wanted.iter().filter_map(|id| id.as_str().parse().ok()).collect()
}

async fn offers(source: &Source, wanted: &BTreeSet<ExternalId>) -> Result<Vec<Record>, ConnectorError> {
    let ids = numbers(wanted);
    let fits = source.client.fitting_rows(Operation::Offers).await?.max(1) as usize;
    let mut records = vec![];
    for ids in ids.chunks(fits) {
        let filter = DisplayFilter { since: None, ids: Some(("ids", ids.to_vec())) };
        let mut page = Page::default();
        let size = u32::try_from(ids.len()).unwrap_or(1);
        records.extend(read_displays(source, &filter, &None, 1, size, &mut page).await?.records);
        whole(&page)?;
    }
    Ok(records)
}

async fn details(
    source: &Source,
    stream: &Stream,
    wanted: &BTreeSet<ExternalId>,
) -> Result<Vec<Record>, ConnectorError> {
    let root = "productSizes";
    let part = if *stream == Stream::Prices { "productSizes.productVariant.prices" } else { "productSizes.stock" };
    let ids = numbers(wanted);
    let asked = Variables::from([("ids", json!(ids)), ("limit", json!(1)), ("page", json!(1))]);
    if !source.client.fitted(Operation::SizeDetails, &asked).await?.has(part) {
        return Err(ConnectorError::new(
            ErrorCode::UnsupportedOperation,
            format!(
                "the store's schema or token does not let single entities of the stream `{stream}` be fetched: pull the stream"
            ),
        ));
    }
    let store = source.store().await?;
    let allowed: BTreeSet<i64> = if *stream == Stream::Inventory {
        serving(source).await?.warehouses.into_iter().map(|(id, _)| id).collect()
    } else {
        BTreeSet::new()
    };
    let fits = source.client.fitting_rows(Operation::SizeDetails).await?.max(1) as usize;
    let mut records = vec![];
    for ids in ids.chunks(fits) {
        let variables = Variables::from([("ids", json!(ids))]);
        let size = u32::try_from(ids.len()).unwrap_or(1);
        let list = source.list(Operation::SizeDetails, root, &variables, 1, size).await?;
        let mut page = Page::default();
        for row in read_rows::<SizeDetails>(list.rows, &list.lost, &[root], &mut page) {
            if *stream == Stream::Prices {
                records.extend(prices(source, &row, store));
            } else {
                records.extend(levels(&row, &allowed));
            }
        }
        whole(&page)?;
    }
    Ok(records)
}

fn prices(source: &Source, row: &SizeDetails, store: Option<i64>) -> Vec<Record> {
    let own = row.product_variant.iter().flat_map(|variant| &variant.prices).filter(|price| {
        let list = &price.pricelist;
        let of_store = list.store.as_ref().is_none_or(|own| store.is_none_or(|store| own.id == store));
        let chosen =
            source.chosen.pricelist.map_or_else(|| map::is_active(list.status.as_deref()), |chosen| chosen == list.id);
        of_store && chosen
    });
    own.filter_map(|price| {
        let currency = price.pricelist.currency.code.as_deref()?.parse().ok()?;
        Some(map::stock::prices(price.pricelist.id, currency, price.price.as_ref(), std::iter::once(row.id)))
    })
    .flatten()
    .map(Record::Price)
    .collect()
}

fn levels(row: &SizeDetails, allowed: &BTreeSet<i64>) -> Vec<Record> {
    let offset = row.product_variant.as_ref().and_then(|variant| variant.stock_offset);
    let stock = row.stock.iter().flatten().filter_map(|stock| {
        let warehouse = stock.warehouse.as_ref().filter(|warehouse| allowed.contains(&warehouse.id))?;
        let preorder = row.preorder.unwrap_or(false);
        Some(map::stock::level(
            row.id,
            warehouse.id,
            stock.free_to_allocate_quantity,
            warehouse.threshold,
            offset,
            preorder,
        ))
    });
    stock.map(Record::InventoryLevel).collect()
}

async fn whole_list(
    source: &Source,
    stream: &Stream,
    wanted: &BTreeSet<ExternalId>,
) -> Result<Vec<Record>, ConnectorError> {
    let mut request = PullRequest { stream: stream.clone(), since: None, checkpoint: None, limit: 200 };
    let mut records = vec![];
    loop {
        let page = pull(source, request.clone()).await?;
        whole(&page)?;
        records.extend(page.records.into_iter().filter(|record| id_of(record).is_some_and(|id| wanted.contains(id))));
        match page.next {
            Some(next) => request.checkpoint = Some(next),
            None => return Ok(records),
        }
    }
}

/// What could not be read must not be told as gone.
fn whole(page: &Page) -> Result<(), ConnectorError> {
    if page.skipped == 0 { Ok(()) } else { Err(crate::error::answer_invalid("lacks parts of what was asked for")) }
}

fn id_of(record: &Record) -> Option<&ExternalId> {
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
        Record::Price(price) => &price.variant_id,
        Record::InventoryLevel(level) => &level.variant_id,
        _ => return None,
    })
}
