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
    found::{Found, numbers, whole},
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
        let (mut pages, mut rows) = (0, 0);
        while let Some(at) = next {
            pages += 1;
            if pages > ids.len() + 1 {
                return Err(crate::error::stuck("displayConnection"));
            }
            let read = read_displays(source, &filter, &at, size, &mut page).await?;
            records.extend(read.records);
            whole(&page)?;
            rows += read.rows;
            if read.next.is_none() && lacks_rows(read.total, rows, ids.len() as u64) {
                return Err(crate::error::answer_invalid("lacks displays that it counts itself"));
            }
            next = read.next;
        }
    }
    Ok(records)
}

/// Whether an answer counts more displays than it holds. Whether Centra's total follows the filter is not known \[U\]: one above the
/// number of displays that were asked for does not, and says nothing.
fn lacks_rows(total: Option<u64>, rows: u64, asked: u64) -> bool {
    total.is_some_and(|total| total <= asked && rows < total)
}
