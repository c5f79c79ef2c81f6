//! How far a stream of a run is: pages that were read are added to it.

use connector_api::{
    domain::Timestamp,
    wire::pull::{Checkpoint, LeftOut, Notice, Stream},
};

use crate::{
    model::{
        doubt::Doubt,
        run::{RunId, StreamState},
        sync::{KnownPage, MAX_CHECKPOINT_BYTES, MAX_LEFT_OUT, MAX_NOTICES, PageCommit, PageOutcome},
    },
    store::{
        db::{
            self,
            failure::Outcome,
            value::{from_json, stored, to_json},
        },
        error::Error,
        sql::sync::open_stream::OpenStream,
    },
};

/// What pages add to their stream.
pub(crate) struct Added<'a> {
    open: OpenStream,
    next: Option<&'a Checkpoint>,
    total: Option<u64>,
    notices: Vec<Notice>,
    pages: u64,
    seen: u64,
    upserted: u64,
    unchanged: u64,
    skipped: u64,
    stored: u64,
    requests: u64,
    bytes: u64,
}

impl<'a> Added<'a> {
    /// Nothing yet; the stream goes on at `next`, or has been read to its end.
    pub(crate) fn new(open: OpenStream, next: Option<&'a Checkpoint>) -> Self {
        Self {
            open,
            next,
            total: None,
            notices: vec![],
            pages: 0,
            seen: 0,
            upserted: 0,
            unchanged: 0,
            skipped: 0,
            stored: 0,
            requests: 0,
            bytes: 0,
        }
    }

    /// Adds a page that was written.
    pub(crate) fn page(&mut self, page: &PageCommit<'_>, outcome: PageOutcome) {
        self.read(page.doubts, page.total, page.notices, page.left_out);
        if outcome.held_back > 0 {
            self.notices.push(variants_missing());
        }
        self.seen += page.seen;
        self.upserted += outcome.upserted;
        self.unchanged += outcome.unchanged;
        self.skipped += page.skipped + outcome.held_back;
        self.stored += page.rows.len() as u64;
        self.requests += page.requests;
        self.bytes += page.bytes;
    }

    /// Adds a page that came unchanged, with as many rows as are stored of it.
    pub(crate) fn known_page(&mut self, page: &KnownPage, rows: u64) {
        self.read(&page.doubts, page.total, &page.notices, &page.left_out);
        self.seen += page.seen;
        self.unchanged += rows;
        self.stored += rows;
        self.requests += page.requests;
        self.bytes += page.bytes;
    }

    fn read(&mut self, doubts: &[Doubt], total: Option<u64>, notices: &[Notice], left_out: &[LeftOut]) {
        self.pages += 1;
        let shrank = matches!((self.open.total, total), (Some(before), Some(now)) if now < before);
        for doubt in doubts.iter().copied().chain(shrank.then_some(Doubt::TotalShrank)) {
            if !self.open.doubts.contains(&doubt) {
                self.open.doubts.push(doubt);
            }
        }
        self.total = total.or(self.total);
        self.open.total = total.or(self.open.total);
        self.notices.extend_from_slice(notices);
        leave_out(&mut self.open.left_out, left_out);
    }

    /// Writes it.
    pub(crate) async fn write(
        self,
        tx: &mut db::Connection,
        run: &RunId,
        stream: &Stream,
        now: Timestamp,
    ) -> Outcome<()> {
        let checkpoint = self.next.map(|next| to_json("checkpoint", next)).transpose()?;
        if checkpoint.as_ref().is_some_and(|text| text.len() > MAX_CHECKPOINT_BYTES) {
            let what = format!("the checkpoint of stream `{stream}`, in bytes,");
            return Err(Error::Limit { what, limit: MAX_CHECKPOINT_BYTES as u64 }.into());
        }
        let state = if self.next.is_some() { StreamState::Running } else { StreamState::Read };
        db::query(
            "UPDATE sync_stream SET state = $1, checkpoint = $2, pages = pages + $3, seen = seen + $4, upserted = \
             upserted + $5, unchanged = unchanged + $6, skipped = skipped + $7, total = coalesce($8, total), \
             notices = $9, left_out = $10, doubts = $11, stored = stored + $12, requests = requests + $13, \
             bytes = bytes + $14, started_at = coalesce(started_at, $15) WHERE run = $16 AND stream = $17",
        )
        .bind(state.as_str())
        .bind(checkpoint)
        .bind(stored(self.pages))
        .bind(stored(self.seen))
        .bind(stored(self.upserted))
        .bind(stored(self.unchanged))
        .bind(stored(self.skipped))
        .bind(self.total.map(stored))
        .bind(with_notices(self.open.notices, &self.notices)?)
        .bind(to_json("left_out", &self.open.left_out)?)
        .bind(to_json("doubts", &self.open.doubts)?)
        .bind(stored(self.stored))
        .bind(stored(self.requests))
        .bind(stored(self.bytes))
        .bind(now.as_unix_ms())
        .bind(&run.0)
        .bind(stream.as_str())
        .execute(tx)
        .await?;
        Ok(())
    }
}

/// Adds what was left out of one more page.
fn leave_out(all: &mut Vec<LeftOut>, page: &[LeftOut]) {
    for new in page {
        let known = all.iter().position(|known| known.reason == new.reason);
        // More reasons than are kept: the counts still add up.
        let full = (all.len() >= MAX_LEFT_OUT).then(|| all.len() - 1);
        match known.or(full).and_then(|at| all.get_mut(at)) {
            Some(known) => known.count = known.count.saturating_add(new.count),
            None => all.push(new.clone()),
        }
    }
}

fn variants_missing() -> Notice {
    Notice {
        code: "variants_missing".to_owned(),
        message: "Offers came without variants they had before. They stay as they were until a later full sync says the same."
            .to_owned(),
    }
}

fn with_notices(kept: String, new: &[Notice]) -> Outcome<String> {
    if new.is_empty() {
        return Ok(kept);
    }
    let mut notices: Vec<Notice> = from_json("notices", &kept)?;
    for notice in new {
        if notices.len() < MAX_NOTICES && !notices.contains(notice) {
            notices.push(notice.clone());
        }
    }
    to_json("notices", &notices)
}
