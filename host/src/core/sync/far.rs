//! How far a pass over a stream is.

use connector_api::domain::Timestamp;

use super::{apply::RawPage, pull::Answered};

/// How far a pass is.
#[derive(Clone)]
pub(super) struct Far {
    pub(super) pages: u64,
    pub(super) seen: u64,
    pub(super) skipped: u64,
    pub(super) requests: u64,
    pub(super) bytes: u64,
    pub(super) since: Timestamp,
}

impl Far {
    /// Adds a page.
    pub(super) fn add(&mut self, page: &RawPage<'_>, answered: &Answered) {
        self.pages += 1;
        self.seen += page.seen();
        self.skipped += page.skipped;
        self.requests += answered.asked.requests;
        self.bytes += answered.text.len() as u64;
    }
}
