//! Entries of the small lists: the whole list is read, which costs one request as well.

use std::collections::BTreeSet;

use connector_api::{
    ConnectorError,
    domain::ExternalId,
    wire::pull::{PullRequest, Record, Stream},
};

use super::{
    super::{
        pull::pull,
        source::{CUT, Source},
    },
    found::{Found, id_of},
};
use crate::entity::EVERY;

/// Reads them.
pub(super) async fn fetch(
    source: &Source,
    stream: &Stream,
    wanted: &BTreeSet<ExternalId>,
) -> Result<Found, ConnectorError> {
    let mut request = PullRequest::new(stream.clone(), 200);
    let (mut records, mut is_cut, mut before) = (vec![], false, vec![]);
    let every = wanted.contains(&EVERY.into());
    loop {
        let page = pull(source, request.clone()).await?;
        if page.notices.iter().any(|notice| notice.code == CUT) {
            // What came is good; what did not is not gone.
            is_cut = true;
        }
        // Nor is what could not be read: others of the list are good all the same.
        is_cut |= page.skipped > 0;
        if !before.is_empty() && page.records == before {
            return Err(crate::error::stuck(stream.as_str()));
        }
        before.clone_from(&page.records);
        let asked = |record: &Record| every || id_of(record).is_some_and(|id| wanted.contains(id));
        records.extend(page.records.into_iter().filter(asked));
        match page.next {
            Some(next) => request.checkpoint = Some(next),
            None => break,
        }
    }
    let mut found = Found::by_id(records, wanted);
    // What is no longer in the list is found by the next sync: nobody says here what was in it before.
    found.gone.retain(|id| id.as_str() != EVERY && !is_cut);
    Ok(found)
}
