//! Shipments, returns and customers by id.

use std::collections::BTreeSet;

use connector_api::{
    ConnectorError, ErrorCode,
    domain::ExternalId,
    wire::pull::{Page, Record, Stream},
};
use serde::de::DeserializeOwned;
use serde_json::json;

use super::{
    super::{
        pull::{is_of, map_returns, map_shipments},
        source::{Source, read_rows},
    },
    Found, numbers, whole,
};
use crate::{
    client::Variables,
    map,
    operation::Operation,
    wire::{person, shipment},
};

/// Reads them.
pub(super) async fn fetch(
    source: &Source,
    stream: &Stream,
    wanted: &BTreeSet<ExternalId>,
) -> Result<Found, ConnectorError> {
    let store = source.store().await?;
    let ids = numbers(wanted);
    let mut page = Page::default();
    let records: Vec<Record> = match stream {
        Stream::Shipments => {
            let rows: Vec<shipment::Shipment> =
                rows(source, Operation::Shipments, "shipments", &ids, &mut page).await?;
            let own = map_shipments(&rows, store, &mut page).into_iter();
            own.map(|own| Record::Shipment(Box::new(own))).collect()
        }
        Stream::Returns => {
            let rows: Vec<shipment::Return> = rows(source, Operation::Returns, "returns", &ids, &mut page).await?;
            let own = map_returns(&rows, store, &mut page).into_iter();
            own.map(|own| Record::Adjustment(Box::new(own))).collect()
        }
        _ => {
            let rows: Vec<person::Customer> = rows(source, Operation::Customers, "customers", &ids, &mut page).await?;
            let own = rows.iter().filter(|row| is_of(store, row.store.as_ref()));
            own.map(|row| Record::Customer(Box::new(map::person::customer(row)))).collect()
        }
    };
    whole(&page)?;
    Ok(Found::by_id(records, wanted))
}

/// Rows of a list by id.
pub(in crate::flows) async fn rows<T: DeserializeOwned>(
    source: &Source,
    operation: Operation,
    root: &str,
    ids: &[i64],
    page: &mut Page,
) -> Result<Vec<T>, ConnectorError> {
    let fits = source.client.fitting_rows(operation).await?.max(1) as usize;
    let mut found = vec![];
    for ids in ids.chunks(fits) {
        let variables = Variables::from([("ids", json!(ids))]);
        let size = u32::try_from(ids.len()).unwrap_or(1);
        let list = source.named(operation, root, &variables, size).await?;
        if !list.readable {
            return Err(ConnectorError::new(
                ErrorCode::UnsupportedOperation,
                format!("the store's schema or token does not let single {root} be fetched: pull the stream"),
            ));
        }
        found.extend(read_rows(list.rows, &list.lost, &[root], page));
    }
    Ok(found)
}
