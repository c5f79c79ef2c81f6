//! Shipments: offset pages, narrowed to those that changed.

use connector_api::{
    ConnectorError,
    domain::Shipment,
    wire::pull::{Page, PullRequest, Record},
};
use serde_json::json;

use super::{
    super::source::{Source, note},
    lists::{is_of, read},
    moment::moment,
};
use crate::{map, operation::Operation, wire::shipment as wire};

pub(super) async fn pull(source: &Source, request: &PullRequest) -> Result<Page, ConnectorError> {
    let store = source.store().await?;
    let mut variables = source.of_store().await?;
    let since = source.since(request.since);
    variables.extend(since.map(|since| ("since", json!(moment(since)))));
    let (rows, mut page) =
        read::<wire::Shipment>(source, request, Operation::Shipments, "shipments", &variables).await?;
    page.records = map_shipments(&rows, store, &mut page)
        .into_iter()
        .map(|shipment| Record::Shipment(Box::new(shipment)))
        .collect();
    Ok(page)
}

/// Those of the connected store, in the words of the domain.
pub(in crate::flows) fn map_shipments(rows: &[wire::Shipment], store: Option<i64>, page: &mut Page) -> Vec<Shipment> {
    let mut shipments = vec![];
    for row in rows {
        match &row.order {
            Some(order) if is_of(store, order.store.as_ref()) => {
                shipments.push(map::shipment::shipment(row, &order.id));
            }
            Some(_) => {}
            None => {
                page.skipped += 1;
                note(page, "shipment_without_order", "A shipment does not name its order, and was left out.");
            }
        }
    }
    shipments
}
