//! Customers: offset pages, narrowed to those that changed.

use connector_api::{
    ConnectorError,
    wire::pull::{Page, PullRequest, Record},
};
use serde_json::json;

use super::{
    super::source::Source,
    lists::{is_of, read},
    moment::moment,
};
use crate::{map, operation::Operation, wire::person as wire};

pub(super) async fn pull(source: &Source, request: &PullRequest) -> Result<Page, ConnectorError> {
    let store = source.store().await?;
    let mut variables = source.of_store().await?;
    let since = source.since(request.since);
    variables.extend(since.map(|since| ("since", json!(moment(since)))));
    let (rows, mut page) =
        read::<wire::Customer>(source, request, Operation::Customers, "customers", &variables).await?;
    let own = rows.iter().filter(|row| is_of(store, row.store.as_ref()));
    page.records = own.map(|row| Record::Customer(Box::new(map::person::customer(row)))).collect();
    Ok(page)
}
