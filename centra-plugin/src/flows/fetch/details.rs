//! Stock of single variants, which are sizes here.

use std::collections::BTreeSet;

use connector_api::{
    ConnectorError, ErrorCode,
    domain::ExternalId,
    wire::pull::{Page, Record, Stream},
};
use serde_json::json;

use super::{
    super::{
        pull::serving,
        source::{Source, read_rows},
    },
    found::{Found, numbers, whole},
};
use crate::{
    client::Variables,
    map,
    operation::Operation,
    wire::commerce::{HeldBack, SizeDetails},
};

/// Reads it.
pub(super) async fn fetch(source: &Source, wanted: &BTreeSet<ExternalId>) -> Result<Found, ConnectorError> {
    Ok(Found::by_id(of_sizes(source, &numbers(wanted)).await?, wanted))
}

async fn of_sizes(source: &Source, ids: &[i64]) -> Result<Vec<Record>, ConnectorError> {
    let root = "productSizes";
    can_read(source).await?;
    let serving = serving(source, &mut Page::default()).await?;
    if serving.may_be_cut.is_some() {
        // Stock of a warehouse that is not in the list would be reported as gone.
        return Err(unfetchable(&Stream::Inventory));
    }
    let allowed = serving.ids();
    let fits = source.client.fitting_rows(Operation::SizeDetails).await?.max(1) as usize;
    let mut records = vec![];
    for ids in ids.chunks(fits) {
        let variables = Variables::from([("ids", json!(ids)), ("warehouses", json!(serving.rows_per_size))]);
        let size = u32::try_from(ids.len()).unwrap_or(1);
        let list = source.named(Operation::SizeDetails, root, &variables, size).await?;
        // Again: what the token may not read is found out by asking, and must not be reported as gone.
        can_read(source).await?;
        let mut page = Page::default();
        for row in read_rows::<SizeDetails>(list.rows, &list.lost, &[root], &mut page) {
            records.extend(levels(&row, row.product_variant.as_ref(), &allowed));
        }
        whole(&page)?;
    }
    Ok(records)
}

/// Fails when the live schema or the token does not let stock of sizes be read.
async fn can_read(source: &Source) -> Result<(), ConnectorError> {
    let asked = Variables::from([("ids", json!([1])), ("limit", json!(1)), ("page", json!(1))]);
    if source.client.fitted(Operation::SizeDetails, &asked).await?.has("productSizes.stock") {
        return Ok(());
    }
    Err(unfetchable(&Stream::Inventory))
}

pub(super) fn unfetchable(stream: &Stream) -> ConnectorError {
    ConnectorError::new(
        ErrorCode::UnsupportedOperation,
        format!(
            "the store's schema or token does not let these entities of the stream `{stream}` be fetched alone: pull the stream"
        ),
    )
}

/// A size's stock in the warehouses that are read.
pub(super) fn levels(row: &SizeDetails, variant: Option<&HeldBack>, allowed: &BTreeSet<i64>) -> Vec<Record> {
    let offset = variant.and_then(|variant| variant.stock_offset);
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
