//! The pages of one stream: the next is fetched while the last is stored. Of pages that come as they are stored it is only noted
//! that they were seen, some at a time.

use std::{
    pin::pin,
    time::{Duration, Instant},
};

use connector_api::{
    ConnectorError,
    domain::Timestamp,
    wire::{
        Op,
        manifest::Paging,
        pull::{Checkpoint, PullRequest, Stream},
    },
};

use super::{
    Error, Event,
    apply::{RawPage, may_be_known},
    far::Far,
    paging::{PageSize, Progressed, SeenRows},
    pull::{Answered, Called, Caller},
    stream_run::StreamRun,
    timings::add_since,
    unchanged::Unchanged,
};
use crate::{
    clock::Clock,
    metrics,
    model::{
        doubt::Doubt,
        rows::Rows,
        run::{Mode, StreamView},
        sync::{KnownPage, PageCommit},
    },
    plugin::Asked,
};

/// The reading of a stream's pages.
struct Reading {
    /// Where the page begins that is neither stored nor among the unchanged.
    checkpoint: Option<Checkpoint>,
    far: Far,
    size: PageSize,
    seen: SeenRows,
    unchanged: Unchanged,
    /// Whether pages can be known.
    may_be_known: bool,
    /// From which page on those that are known are only noted.
    skips_from: u64,
}

/// A page that was fetched.
struct Fetched {
    answered: Answered,
    read_at: Timestamp,
}

/// Fetches pages of a stream.
#[derive(Clone, Copy)]
struct Fetcher<'a> {
    caller: Caller<'a>,
    clock: &'a dyn Clock,
    stream: &'a StreamView,
}

impl Fetcher<'_> {
    /// Fetches the page at a checkpoint; with it, how long that took.
    async fn fetch(self, checkpoint: Option<Checkpoint>, size: &mut PageSize) -> (Called<Fetched>, Duration) {
        let (start, read_at) = (Instant::now(), self.clock.now());
        let StreamView { stream, since, .. } = self.stream;
        let request = PullRequest { since: *since, checkpoint, ..PullRequest::new(stream.clone(), size.wanted()) };
        let answered = self.caller.page(&request, size).await;
        (answered.map(|answered| answered.map(|answered| Fetched { answered, read_at })), start.elapsed())
    }
}

/// What a page is to the store.
enum Content {
    /// It is stored as it came.
    Known(Vec<u8>),
    /// Its rows are to be written, and its digest is kept.
    Rows(Rows, Option<Vec<u8>>),
}

/// Does some work while something is fetched; what is fetched is waited for only when the work went well.
async fn beside<F, W>(
    fetching: impl Future<Output = F>,
    working: impl Future<Output = W>,
    went_well: impl Fn(&W) -> bool,
) -> (Option<F>, W) {
    let (mut fetching, mut working) = (pin!(fetching), pin!(working));
    let mut fetched = None;
    let done = loop {
        // In this order: the connector begins before a page is read, which takes a while without a pause.
        tokio::select! {
            biased;
            ahead = &mut fetching, if fetched.is_none() => fetched = Some(ahead),
            done = &mut working => break done,
        }
    };
    if fetched.is_none() && went_well(&done) {
        fetched = Some(fetching.await);
    }
    (fetched, done)
}

impl StreamRun<'_> {
    /// Fetches and stores page after page; gives the number of records that could not be read.
    pub(super) async fn pages(&mut self, stream: &StreamView) -> Called<u64> {
        let mut reading = Reading {
            checkpoint: stream.checkpoint.clone(),
            far: Far {
                pages: stream.pages,
                seen: stream.seen,
                skipped: stream.skipped,
                requests: stream.requests,
                bytes: stream.bytes,
                since: stream.started_at.unwrap_or_else(|| self.engine.clock.now()),
            },
            size: PageSize::new(self.engine.settings.page_limit),
            seen: SeenRows::new(stream.mode),
            unchanged: Unchanged::default(),
            may_be_known: stream.mode == Mode::Full && may_be_known(&stream.stream),
            skips_from: 0,
        };
        let outcome = self.each_page(stream, &mut reading).await;
        let noted = self.note(stream, &mut reading.unchanged).await;
        // What ended the pages says more than what kept the last of them from being noted: those are fetched again.
        let skipped = outcome?;
        noted?;
        Ok(skipped)
    }

    async fn each_page(&mut self, stream: &StreamView, reading: &mut Reading) -> Called<u64> {
        let reader = Fetcher { caller: self.caller, clock: &*self.engine.clock, stream };
        let mut ahead = None;
        loop {
            if let Err(error) = self.may_go_on(&stream.stream, &reading.far).await? {
                return Ok(Err(error));
            }
            let (outcome, took) = match ahead.take() {
                Some(ahead) => ahead,
                None => reader.fetch(reading.checkpoint.clone(), &mut reading.size).await,
            };
            self.timings.pull += took;
            let fetched = match outcome? {
                Ok(fetched) => fetched,
                Err(error) => return Ok(Err(error)),
            };
            let broken = |problem: String| self.caller.connector.broken(&Op::Pull, &problem);
            let start = Instant::now();
            let page = match RawPage::read(&fetched.answered.text) {
                Ok(page) => page,
                Err(problem) => return Ok(Err(broken(problem))),
            };
            if page.next.is_some() && page.next == reading.checkpoint {
                return Ok(Err(broken("a page that links to itself".to_owned())));
            }
            add_since(&mut self.timings.decode, start);
            let doubts = self.doubts(&stream.stream, &reading.far, fetched.answered.asked);
            let before = reading.far.clone();
            reading.far.add(&page, &fetched.answered);
            let may_fetch = self.within_ceilings(&stream.stream, &reading.far).is_ok();
            let mut size = reading.size;
            let next = page.next.clone().filter(|_| may_fetch);
            let fetching = async {
                match next {
                    Some(next) => Some(reader.fetch(Some(next), &mut size).await),
                    None => None,
                }
            };
            let (fetched_ahead, kept) = {
                let keeping = self.keep(stream, reading, &page, (doubts, before, &fetched));
                beside(fetching, keeping, |kept| matches!(kept, Ok(Ok(true)))).await
            };
            reading.size = size;
            match kept? {
                Ok(true) => {}
                Ok(false) => continue,
                Err(error) => return Ok(Err(error)),
            }
            let (pages, seen, total) = (reading.far.pages, reading.far.seen, page.total);
            self.caller.progress.event(Event::Page { stream: &stream.stream, pages, seen, total });
            metrics::records_read(stream.stream.as_str(), page.seen());
            reading.checkpoint = page.next;
            if reading.checkpoint.is_none() {
                return Ok(Ok(reading.far.skipped));
            }
            ahead = fetched_ahead.flatten();
        }
    }

    /// Reads the rows of a page and stores them; `false` when pages are to be fetched again that were taken for unchanged.
    async fn keep(
        &mut self,
        stream: &StreamView,
        reading: &mut Reading,
        page: &RawPage<'_>,
        (doubts, before, fetched): (Vec<Doubt>, Far, &Fetched),
    ) -> Called<bool> {
        let start = Instant::now();
        let content = match self.content(stream, reading, page).await? {
            Ok(content) => content,
            Err(problem) => return Ok(Err(self.caller.connector.broken(&Op::Pull, &problem))),
        };
        add_since(&mut self.timings.decode, start);
        let seen = match &content {
            Content::Known(digest) => reading.seen.known_page(&stream.stream, digest, page.next.as_ref()),
            Content::Rows(rows, _) => reading.seen.page(&stream.stream, rows, page.next.as_ref()),
        };
        if let Err(error) = seen {
            return Ok(Err(error));
        }
        let start = Instant::now();
        let is_stored = self.store(stream, reading, page, (content, doubts, before, fetched)).await?;
        add_since(&mut self.timings.store, start);
        Ok(Ok(is_stored))
    }

    /// Whether a page is known, or the rows of it. The inner error says what breaks the contract.
    async fn content(
        &self,
        stream: &StreamView,
        reading: &Reading,
        page: &RawPage<'_>,
    ) -> Result<Result<Content, String>, Error> {
        let may_be_known = reading.may_be_known && page.skipped == 0 && page.seen() > 0;
        let digest = may_be_known.then(|| page.digest(&stream.stream));
        if let Some(digest) = &digest
            && reading.far.pages >= reading.skips_from
            && self.engine.store.knows_page(&self.run.connection, &stream.stream, digest).await?
        {
            return Ok(Ok(Content::Known(digest.clone())));
        }
        Ok(page.rows(&stream.stream, self.personal).map(|rows| Content::Rows(rows, digest)))
    }

    /// Stores a page, or keeps it with other unchanged ones. `false` when one of those is not known any more: all of them are
    /// fetched again.
    async fn store(
        &mut self,
        stream: &StreamView,
        reading: &mut Reading,
        page: &RawPage<'_>,
        (content, doubts, before, fetched): (Content, Vec<Doubt>, Far, &Fetched),
    ) -> Result<bool, Error> {
        let (requests, bytes) = (fetched.answered.asked.requests, fetched.answered.text.len() as u64);
        let is_noted = match content {
            Content::Known(digest) => {
                let known = KnownPage {
                    digest,
                    seen: page.seen(),
                    total: page.total,
                    notices: page.notices.clone(),
                    left_out: page.left_out.clone(),
                    doubts,
                    requests,
                    bytes,
                    read_at: fetched.read_at,
                };
                reading.unchanged.push(known, (reading.checkpoint.as_ref(), before), page.next.as_ref());
                !reading.unchanged.is_due() || self.note(stream, &mut reading.unchanged).await?
            }
            Content::Rows(rows, digest) => {
                let is_noted = self.note(stream, &mut reading.unchanged).await?;
                if is_noted {
                    let commit = PageCommit {
                        lease: self.caller.lease,
                        run: &self.run.id,
                        stream: &stream.stream,
                        rows: &rows,
                        digest: digest.as_deref(),
                        next: page.next.as_ref(),
                        seen: page.seen(),
                        skipped: page.skipped,
                        total: page.total,
                        notices: &page.notices,
                        left_out: &page.left_out,
                        doubts: &doubts,
                        rule: self.engine.settings.deletions,
                        requests,
                        bytes,
                        read_at: fetched.read_at,
                        now: self.engine.clock.now(),
                    };
                    reading.far.skipped += self.commit(commit).await?;
                }
                is_noted
            }
        };
        if !is_noted {
            // They are written as they come now.
            reading.skips_from = reading.far.pages + 1;
            if let Some((checkpoint, far)) = reading.unchanged.take_back() {
                (reading.checkpoint, reading.far) = (checkpoint, far);
            }
            reading.seen = SeenRows::new(stream.mode);
        }
        Ok(is_noted)
    }

    async fn commit(&mut self, commit: PageCommit<'_>) -> Result<u64, Error> {
        let bytes = commit.bytes;
        let outcome = self.engine.store.commit_page(commit).await?;
        self.kept.rows = self.kept.rows.saturating_add(outcome.upserted);
        if outcome.upserted > 0 {
            self.kept.bytes = self.kept.bytes.saturating_add(bytes);
        }
        Ok(outcome.held_back)
    }

    /// Whether one more page may be kept.
    async fn may_go_on(&mut self, stream: &Stream, far: &Far) -> Called<()> {
        self.engine.disk.check().map_err(Error::DiskLow)?;
        if let Err(error) = self.within_ceilings(stream, far) {
            return Ok(Err(error));
        }
        let ceilings = &self.engine.settings.ceilings;
        if ceilings.of_connection(*self.kept).is_err() {
            // The bound counts changed rows twice: only a count says whether there are so many.
            *self.kept = self.engine.store.count_kept(&self.run.connection).await?;
        }
        Ok(ceilings.of_connection(*self.kept))
    }

    fn within_ceilings(&self, stream: &Stream, far: &Far) -> Result<(), ConnectorError> {
        let progressed = Progressed { pages: far.pages, seen: far.seen, bytes: far.bytes, since: far.since };
        self.engine.settings.ceilings.check(stream, progressed, self.engine.clock.now())
    }

    /// What the host saw while a page was made that makes deletions doubtful.
    fn doubts(&self, stream: &Stream, far: &Far, asked: Asked) -> Vec<Doubt> {
        let mut doubts = vec![];
        if asked.requests == 0 {
            doubts.push(Doubt::NoRequest);
        } else if asked.answered == 0 {
            doubts.push(Doubt::PageFailed);
        } else if asked.failed() > 0 {
            doubts.push(Doubt::RequestFailed);
        }
        let declared = self.caller.declared.iter().find(|declared| declared.stream == *stream);
        let (pages, requests) = (far.pages + 1, far.requests + asked.requests);
        let may_shift = match declared.and_then(|declared| declared.paging.as_ref()) {
            Some(Paging::Cursor) => false,
            Some(Paging::Whole) => pages > 1,
            _ => pages > 1 || requests > 1,
        };
        if may_shift {
            doubts.push(Doubt::MayHaveShifted);
        }
        doubts
    }
}
