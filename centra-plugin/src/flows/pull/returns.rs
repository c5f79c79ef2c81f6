//! Returns: offset pages. They carry no `updatedAt`, so every pass is full.

use connector_api::{
    ConnectorError,
    domain::Adjustment,
    wire::pull::{Page, PullRequest, Record},
};

use super::{
    super::source::{Source, note},
    lists::{is_of, read},
};
use crate::{map, operation::Operation, wire::shipment as wire};

pub(super) async fn pull(source: &Source, request: &PullRequest) -> Result<Page, ConnectorError> {
    let store = source.store().await?;
    let variables = source.of_store().await?;
    let (rows, mut page) = read::<wire::Return>(source, request, Operation::Returns, "returns", &variables).await?;
    page.records =
        map_returns(&rows, store, &mut page).into_iter().map(|own| Record::Adjustment(Box::new(own))).collect();
    Ok(page)
}

/// Those of the connected store, in the words of the domain.
pub(in crate::flows) fn map_returns(rows: &[wire::Return], store: Option<i64>, page: &mut Page) -> Vec<Adjustment> {
    let mut returns = vec![];
    for row in rows.iter().filter(|row| is_of(store, row.store.as_ref())) {
        let Some(own) = map::shipment::return_of(row) else {
            page.skipped += 1;
            note(page, "return_incomplete", "A return does not name its order or currency, and was left out.");
            continue;
        };
        returns.push(own);
    }
    returns
}
