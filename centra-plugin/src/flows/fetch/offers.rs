//! Offers by the ids of their displays.

use std::collections::BTreeSet;

use connector_api::{
    ConnectorError,
    domain::ExternalId,
    wire::pull::{Page, Record},
};

use super::{
    super::{
        pull::{DisplayFilter, DisplaysAt, read_displays},
        source::Source,
    },
    Found, numbers, whole,
};
use crate::operation::Operation;

/// Reads them.
pub(super) async fn fetch(source: &Source, wanted: &BTreeSet<ExternalId>) -> Result<Found, ConnectorError> {
    Ok(Found::by_id(by_display(source, &numbers(wanted)).await?, wanted))
}

async fn by_display(source: &Source, ids: &[i64]) -> Result<Vec<Record>, ConnectorError> {
    let fits = source.client.fitting_rows(Operation::Offers).await?.max(1) as usize;
    let mut records = vec![];
    for ids in ids.chunks(fits) {
        let filter = DisplayFilter { since: None, ids: Some(("ids", ids.to_vec())) };
        let mut page = Page::default();
        let size = u32::try_from(ids.len()).unwrap_or(1);
        let mut next = Some(DisplaysAt::default());
        let mut pages = 0;
        while let Some(at) = next {
            pages += 1;
            if pages > ids.len() + 1 {
                return Err(crate::error::stuck("displayConnection"));
            }
            let read = read_displays(source, &filter, &at, size, &mut page).await?;
            records.extend(read.records);
            whole(&page)?;
            next = read.next;
        }
    }
    Ok(records)
}
