//! Shipments, returns and customers by id.

use std::collections::BTreeSet;

use connector_api::{
    ConnectorError, ErrorCode,
    domain::ExternalId,
    wire::pull::{Page, Record, Stream},
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::{
    super::{
        pull::{is_of, map_returns, map_shipments},
        source::Source,
    },
    found::{Found, numbers, whole},
};
use crate::{
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
            let rows: Vec<shipment::Shipment> = rows(source, Operation::Shipments, "shipments", &ids).await?;
            let own = map_shipments(&rows, store, &mut page).into_iter();
            own.map(|own| Record::Shipment(Box::new(own))).collect()
        }
        Stream::Returns => {
            let rows: Vec<shipment::Return> = rows(source, Operation::Returns, "returns", &ids).await?;
            let own = map_returns(&rows, store, &mut page).into_iter();
            own.map(|own| Record::Adjustment(Box::new(own))).collect()
        }
        _ => {
            let rows: Vec<person::Customer> = rows(source, Operation::Customers, "customers", &ids).await?;
            let own = rows.iter().filter(|row| is_of(store, row.store.as_ref()));
            own.map(|row| Record::Customer(Box::new(map::person::customer(row)))).collect()
        }
    };
    whole(&page)?;
    Ok(Found::by_id(records, wanted))
}

/// Rows of a list by id, all or none.
pub(in crate::flows) async fn rows<T: DeserializeOwned>(
    source: &Source,
    operation: Operation,
    root: &str,
    ids: &[i64],
) -> Result<Vec<T>, ConnectorError> {
    let refs: Vec<Value> = ids.iter().map(|id| json!(id)).collect();
    source.by_refs(operation, root, "ids", &refs).await?.ok_or_else(|| {
        ConnectorError::new(
            ErrorCode::UnsupportedOperation,
            format!("the store's schema or token does not let single {root} be fetched: pull the stream"),
        )
    })
}
