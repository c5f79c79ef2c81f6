//! Prices and stock of single variants, which are sizes here.

use std::collections::BTreeSet;

use connector_api::{
    ConnectorError, ErrorCode,
    domain::ExternalId,
    wire::pull::{Page, Record, Stream},
};
use serde_json::json;

use super::{
    super::{
        pull::{Serving, serving},
        source::{Source, read_rows},
    },
    Found, numbers, whole,
};
use crate::{
    client::Variables,
    map,
    operation::Operation,
    wire::commerce::{PriceInList, SizeDetails},
};

/// Reads them.
pub(super) async fn fetch(
    source: &Source,
    stream: &Stream,
    wanted: &BTreeSet<ExternalId>,
) -> Result<Found, ConnectorError> {
    Ok(Found::by_id(of_sizes(source, stream, &numbers(wanted)).await?, wanted))
}

async fn of_sizes(source: &Source, stream: &Stream, ids: &[i64]) -> Result<Vec<Record>, ConnectorError> {
    let root = "productSizes";
    let part = if *stream == Stream::Prices { "productSizes.productVariant.prices" } else { "productSizes.stock" };
    can_read(source, stream, part).await?;
    let store = source.store().await?;
    let serving = if *stream == Stream::Inventory { Some(serving(source, &mut Page::default()).await?) } else { None };
    if serving.as_ref().is_some_and(|serving| serving.may_be_cut.is_some()) {
        // Stock of a warehouse that is not in the list would be told as gone.
        return Err(unfetchable(stream));
    }
    let allowed = serving.as_ref().map(Serving::ids).unwrap_or_default();
    let rows_per_size = serving.map_or(1, |serving| serving.rows_per_size);
    let fits = source.client.fitting_rows(Operation::SizeDetails).await?.max(1) as usize;
    let mut records = vec![];
    for ids in ids.chunks(fits) {
        let variables = Variables::from([("ids", json!(ids)), ("warehouses", json!(rows_per_size))]);
        let size = u32::try_from(ids.len()).unwrap_or(1);
        let list = source.named(Operation::SizeDetails, root, &variables, size).await?;
        // Again: what the token may not read is found out by asking, and must not be told as gone.
        can_read(source, stream, part).await?;
        let mut page = Page::default();
        for row in read_rows::<SizeDetails>(list.rows, &list.lost, &[root], &mut page) {
            if *stream == Stream::Prices {
                // One that is below zero is no price, and no sign that there is none.
                page.skipped += u64::from(has_wrong_price(source, &row, store));
                records.extend(prices(source, &row, store));
            } else {
                records.extend(levels(&row, &allowed));
            }
        }
        whole(&page)?;
    }
    Ok(records)
}

/// Fails when the live schema or the token does not let this part of sizes be read.
async fn can_read(source: &Source, stream: &Stream, part: &str) -> Result<(), ConnectorError> {
    let asked = Variables::from([("ids", json!([1])), ("limit", json!(1)), ("page", json!(1))]);
    if source.client.fitted(Operation::SizeDetails, &asked).await?.has(part) {
        return Ok(());
    }
    Err(unfetchable(stream))
}

fn unfetchable(stream: &Stream) -> ConnectorError {
    ConnectorError::new(
        ErrorCode::UnsupportedOperation,
        format!(
            "the store's schema or token does not let single entities of the stream `{stream}` be fetched: pull the stream"
        ),
    )
}

/// Whether a price of a size is below zero.
pub(super) fn has_wrong_price(source: &Source, row: &SizeDetails, store: Option<i64>) -> bool {
    own_prices(source, row, store).any(|price| {
        let currency = price.pricelist.currency.code.as_deref().and_then(|code| code.parse().ok());
        currency.is_some_and(|currency| map::stock::is_below_zero(price.price.as_ref(), currency))
    })
}

fn own_prices<'a>(
    source: &'a Source,
    row: &'a SizeDetails,
    store: Option<i64>,
) -> impl Iterator<Item = &'a PriceInList> {
    row.product_variant.iter().flat_map(|variant| &variant.prices).filter(move |price| {
        let list = &price.pricelist;
        let of_store = list.store.as_ref().is_none_or(|own| store.is_none_or(|store| own.id == store));
        let chosen =
            source.chosen.pricelist.map_or_else(|| map::is_active(list.status.as_deref()), |chosen| chosen == list.id);
        of_store && chosen
    })
}

/// A size's prices in the pricelists that are read.
pub(super) fn prices(source: &Source, row: &SizeDetails, store: Option<i64>) -> Vec<Record> {
    own_prices(source, row, store)
        .filter_map(|price| {
            let currency = price.pricelist.currency.code.as_deref()?.parse().ok()?;
            Some(map::stock::prices(price.pricelist.id, currency, price.price.as_ref(), std::iter::once(row.id)))
        })
        .flatten()
        .map(Record::Price)
        .collect()
}

/// A size's stock in the warehouses that are read.
pub(super) fn levels(row: &SizeDetails, allowed: &BTreeSet<i64>) -> Vec<Record> {
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
