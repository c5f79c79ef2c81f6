//! Pages that came as they are stored, before it is noted that they were seen.

use std::time::{Duration, Instant};

use connector_api::wire::pull::Checkpoint;

use super::{Error, far::Far, stream_run::StreamRun};
use crate::model::{
    run::StreamView,
    sync::{KnownPage, KnownPages},
};

/// Pages noted in one transaction: after a kill so many are fetched again, and the one that is fetched ahead.
const TOGETHER: usize = 16;
/// How long a page waits for others, if one comes after it.
const WITHIN: Duration = Duration::from_secs(2);

/// Pages in the order in which they were read.
#[derive(Default)]
pub(super) struct Unchanged {
    pages: Vec<KnownPage>,
    /// Where the first of them begins, and how far the pass was there.
    from: Option<(Option<Checkpoint>, Far)>,
    /// Where the last of them ends.
    next: Option<Checkpoint>,
    since: Option<Instant>,
}

impl Unchanged {
    /// Adds a page with where it begins, how far the pass was there, and where it ends.
    pub(super) fn push(
        &mut self,
        page: KnownPage,
        (checkpoint, far): (Option<&Checkpoint>, Far),
        next: Option<&Checkpoint>,
    ) {
        self.from.get_or_insert_with(|| (checkpoint.cloned(), far));
        self.next = next.cloned();
        self.since.get_or_insert_with(Instant::now);
        self.pages.push(page);
    }

    /// Whether they wait no longer for others.
    pub(super) fn is_due(&self) -> bool {
        self.next.is_none() || self.pages.len() >= TOGETHER || self.since.is_some_and(|since| since.elapsed() >= WITHIN)
    }

    /// Gives up on them: where they are to be fetched again from.
    pub(super) fn take_back(&mut self) -> Option<(Option<Checkpoint>, Far)> {
        std::mem::take(self).from
    }
}

impl StreamRun<'_> {
    /// Notes pages that were seen unchanged. `false` when one of them is not known any more: they are to be fetched again.
    pub(super) async fn note(&self, stream: &StreamView, unchanged: &mut Unchanged) -> Result<bool, Error> {
        if unchanged.pages.is_empty() {
            return Ok(true);
        }
        let pages = KnownPages {
            lease: self.caller.lease,
            run: &self.run.id,
            stream: &stream.stream,
            pages: &unchanged.pages,
            next: unchanged.next.as_ref(),
            now: self.engine.clock.now(),
        };
        let is_noted = self.engine.store.commit_known_pages(pages).await?;
        if is_noted {
            *unchanged = Unchanged::default();
        }
        Ok(is_noted)
    }
}
