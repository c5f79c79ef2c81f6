//! Abandoned pages. The host asks for a page that failed in ever smaller parts, down to one record. Where the questions of one
//! call did that already, the same list is not gone through again for each of these parts.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use connector_api::{
    ConnectorError,
    wire::pull::{Checkpoint, PullRequest},
};

/// The last abandoned page of each stream.
#[derive(Debug, Default)]
pub struct Abandoned(Mutex<BTreeMap<String, Page>>);

#[derive(Debug)]
struct Page {
    checkpoint: Option<Checkpoint>,
    limit: u32,
    failure: ConnectorError,
}

impl Abandoned {
    /// Why this page is not asked for: it is a part of an abandoned one. A page that is no smaller is a new attempt.
    pub(super) fn answer(&self, request: &PullRequest) -> Option<ConnectorError> {
        let mut pages = self.lock();
        let page = pages.get_mut(request.stream.as_str())?;
        let is_part = page.checkpoint == request.checkpoint && (request.limit < page.limit || request.pass_over);
        if is_part {
            page.limit = request.limit;
            return Some(page.failure.clone());
        }
        pages.remove(request.stream.as_str());
        None
    }

    /// Remembers an abandoned page.
    pub(super) fn remember(&self, request: &PullRequest, failure: ConnectorError) {
        let page = Page { checkpoint: request.checkpoint.clone(), limit: request.limit, failure };
        self.lock().insert(request.stream.to_string(), page);
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Page>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
