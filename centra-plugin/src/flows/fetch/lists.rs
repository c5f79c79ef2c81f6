//! Entries of the small lists: the whole list is read, which costs one request as well.

use std::collections::BTreeSet;

use connector_api::{
    ConnectorError,
    domain::ExternalId,
    wire::pull::{PullRequest, Stream},
};

use super::{
    super::{pull::pull, source::Source},
    Found, id_of, whole,
};

/// Reads them.
pub(super) async fn fetch(
    source: &Source,
    stream: &Stream,
    wanted: &BTreeSet<ExternalId>,
) -> Result<Found, ConnectorError> {
    let mut request = PullRequest { stream: stream.clone(), since: None, checkpoint: None, limit: 200 };
    let mut records = vec![];
    loop {
        let page = pull(source, request.clone()).await?;
        whole(&page)?;
        records.extend(page.records.into_iter().filter(|record| id_of(record).is_some_and(|id| wanted.contains(id))));
        match page.next {
            Some(next) => request.checkpoint = Some(next),
            None => return Ok(Found::by_id(records, wanted)),
        }
    }
}
