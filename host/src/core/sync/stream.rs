//! One stream of a run: page by page to its end, then what it did not see is deleted, confirmed or held.

use std::time::Instant;

use connector_api::{
    ConnectorError,
    domain::Timestamp,
    wire::{
        Op,
        manifest::Paging,
        pull::{PullRequest, Stream},
    },
};

use super::{
    Error, Event,
    apply::RawPage,
    paging::{PageSize, Progressed, SeenRows},
    pull::{Answered, Called},
    stream_run::StreamRun,
    timings::add_since,
};
use crate::{
    metrics,
    model::{
        Code,
        doubt::Doubt,
        rows::Rows,
        run::{Mode, StreamState, StreamView},
        sync::{PageCommit, StreamEnd},
    },
    plugin::Asked,
};

/// How far a pass is.
struct Far {
    pages: u64,
    seen: u64,
    skipped: u64,
    requests: u64,
    bytes: u64,
    since: Timestamp,
}

impl StreamRun<'_> {
    /// Reads it to its end, and says how it ended. An error when the run cannot go on.
    pub(super) async fn read(&mut self, stream: &StreamView) -> Result<StreamView, Error> {
        let mut skipped = stream.skipped;
        if stream.state != StreamState::Read {
            match self.pages(stream).await? {
                Ok(skipped_now) => skipped = skipped_now,
                Err(error) => {
                    let error = serde_json::to_value(&error).unwrap_or_default();
                    return self.finish(stream, StreamEnd::Failed { error }).await;
                }
            }
        }
        if skipped > 0 {
            return self.finish(stream, StreamEnd::Partial).await;
        }
        let delete = stream.mode == Mode::Full;
        if delete {
            self.confirm(stream).await?;
        }
        let rule = self.engine.settings.deletions;
        self.finish(stream, StreamEnd::Complete { delete, rule }).await
    }

    /// Pulls and commits page after page; gives the number of records that could not be read.
    async fn pages(&mut self, stream: &StreamView) -> Called<u64> {
        let mut far = Far {
            pages: stream.pages,
            seen: stream.seen,
            skipped: stream.skipped,
            requests: stream.requests,
            bytes: stream.bytes,
            since: stream.started_at.unwrap_or_else(|| self.engine.clock.now()),
        };
        let mut checkpoint = stream.checkpoint.clone();
        let mut size = PageSize::new(self.engine.settings.page_limit);
        let mut seen = SeenRows::new(stream.mode);
        loop {
            if let Err(error) = self.may_go_on(&stream.stream, &far).await? {
                return Ok(Err(error));
            }
            let request = PullRequest {
                since: stream.since,
                checkpoint: checkpoint.take(),
                ..PullRequest::new(stream.stream.clone(), size.wanted())
            };
            let (start, read_at) = (Instant::now(), self.engine.clock.now());
            let Answered { text, asked } = match self.caller.page(&request, &mut size).await? {
                Ok(answered) => answered,
                Err(error) => return Ok(Err(error)),
            };
            add_since(&mut self.timings.pull, start);
            let start = Instant::now();
            let read = RawPage::read(&text).and_then(|page| Ok((page.rows(&stream.stream, self.personal)?, page)));
            let (rows, page) = match read {
                Ok(page) => page,
                Err(problem) => return Ok(Err(self.caller.connector.broken(&Op::Pull, &problem))),
            };
            add_since(&mut self.timings.decode, start);
            if page.next.is_some() && page.next == request.checkpoint {
                return Ok(Err(self.caller.connector.broken(&Op::Pull, &"a page that links to itself")));
            }
            if let Err(error) = seen.page(&stream.stream, &rows, page.next.as_ref()) {
                return Ok(Err(error));
            }
            let start = Instant::now();
            let bytes = text.len() as u64;
            let doubts = self.doubts(&stream.stream, &far, asked);
            let held_back = self.commit(stream, &page, &rows, read_at, (&doubts, asked.requests, bytes)).await?;
            add_since(&mut self.timings.store, start);
            far.pages += 1;
            far.seen += page.seen();
            far.skipped += page.skipped + held_back;
            far.requests += asked.requests;
            far.bytes += bytes;
            let (pages, seen, total) = (far.pages, far.seen, page.total);
            self.caller.progress.event(Event::Page { stream: &stream.stream, pages, seen, total });
            checkpoint = page.next;
            if checkpoint.is_none() {
                return Ok(Ok(far.skipped));
            }
        }
    }

    /// Whether one more page may be read and kept.
    async fn may_go_on(&mut self, stream: &Stream, far: &Far) -> Called<()> {
        self.engine.disk.check().map_err(Error::DiskLow)?;
        let ceilings = &self.engine.settings.ceilings;
        let progressed = Progressed { pages: far.pages, seen: far.seen, bytes: far.bytes, since: far.since };
        if let Err(error) = ceilings.check(stream, progressed, self.engine.clock.now()) {
            return Ok(Err(error));
        }
        if ceilings.of_connection(*self.kept).is_err() {
            // The bound counts changed rows twice: only a count says whether there are so many.
            *self.kept = self.engine.store.count_kept(&self.run.connection).await?;
        }
        Ok(ceilings.of_connection(*self.kept))
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

    async fn commit(
        &mut self,
        stream: &StreamView,
        page: &RawPage<'_>,
        rows: &Rows,
        read_at: Timestamp,
        (doubts, requests, bytes): (&[Doubt], u64, u64),
    ) -> Result<u64, Error> {
        let commit = PageCommit {
            lease: self.caller.lease,
            run: &self.run.id,
            stream: &stream.stream,
            rows,
            next: page.next.as_ref(),
            seen: page.seen(),
            skipped: page.skipped,
            total: page.total,
            notices: &page.notices,
            left_out: &page.left_out,
            doubts,
            rule: self.engine.settings.deletions,
            requests,
            bytes,
            read_at,
            now: self.engine.clock.now(),
        };
        let outcome = self.engine.store.commit_page(commit).await?;
        self.kept.rows = self.kept.rows.saturating_add(outcome.upserted);
        if outcome.upserted > 0 {
            self.kept.bytes = self.kept.bytes.saturating_add(bytes);
        }
        metrics::records_read(stream.stream.as_str(), page.seen());
        Ok(outcome.held_back)
    }

    async fn finish(&self, stream: &StreamView, end: StreamEnd) -> Result<StreamView, Error> {
        let (store, lease) = (&self.engine.store, self.caller.lease);
        store.finish_stream(lease, &self.run.id, &stream.stream, &end, self.engine.clock.now()).await?;
        let run = store.run(&self.run.connection, &self.run.id).await?;
        let ended = run.into_iter().flat_map(|run| run.streams).find(|other| other.stream == stream.stream);
        let ended = ended.ok_or_else(|| Error::NotFound(format!("run {} has vanished", self.run.id)))?;
        self.caller.progress.event(Event::StreamEnded(&ended));
        Ok(ended)
    }
}

/// Why a stream makes its run partial, for the run.
pub(super) fn error_of(stream: &StreamView) -> Option<serde_json::Value> {
    let name = &stream.stream;
    let why =
        |code: Code, message: String| Some(serde_json::json!({ "code": code, "stream": name, "message": message }));
    if let Some(error) = &stream.error {
        let error: ConnectorError = serde_json::from_value(error.clone()).ok()?;
        return why(Code::from(&error.code), format!("stream `{name}`: {}", error.message));
    }
    if stream.held > 0 {
        let rows = stream.held;
        return why(
            Code::DeletionsHeld,
            format!("stream `{name}`: {rows} rows were not seen and are kept: {}", reasons(stream)),
        );
    }
    if stream.doubts.iter().any(|doubt| doubt.is_incomplete()) {
        return why(Code::Incomplete, format!("stream `{name}` was not read completely: {}", reasons(stream)));
    }
    None
}

/// The doubts of a pass, in words.
fn reasons(stream: &StreamView) -> String {
    stream.doubts.iter().map(|doubt| doubt.message()).collect::<Vec<_>>().join(" ")
}
