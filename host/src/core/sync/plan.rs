//! Which streams a run reads, in which order, and how much of each.

use connector_api::{
    domain::Timestamp,
    wire::{capability::Degree, manifest::StreamDeclaration, pull::Stream},
};

use crate::model::{
    horizon::CLOCKS_DIFFER_S,
    run::{Mode, RunPlan, StreamPlan, StreamPosition, Trigger},
};

/// What the caller wants of a run.
#[derive(Debug, Clone, Default)]
pub struct SyncOptions {
    /// Read everything, even where changes could be read.
    pub full: bool,
    /// Only these streams; all when empty.
    pub streams: Vec<Stream>,
    /// What made it begin; a person when absent.
    pub trigger: Option<Trigger>,
}

/// How old things may be.
#[derive(Debug, Clone, Copy)]
pub struct Freshness {
    /// Seconds an increment goes back before the last one.
    pub overlap_s: u32,
    /// Hours after which a stream is read as a whole again.
    pub full_every_h: u32,
}

/// The plan of a new run. The watermark is `now`, taken before anything is read.
pub fn plan(
    declared: &[StreamDeclaration],
    positions: &[StreamPosition],
    options: &SyncOptions,
    freshness: Freshness,
    now: Timestamp,
) -> RunPlan {
    let streams = in_order(declared)
        .into_iter()
        .filter(|declaration| options.streams.is_empty() || options.streams.contains(&declaration.stream))
        .map(|declaration| {
            let position = positions.iter().find(|position| position.stream == declaration.stream);
            let since = if options.full { None } else { changes_since(declaration, position, freshness, now) };
            let mode = if since.is_some() { Mode::Increment } else { Mode::Full };
            StreamPlan { stream: declaration.stream.clone(), mode, since, watermark: now }
        })
        .collect();
    RunPlan { trigger: options.trigger.unwrap_or(Trigger::Manual), streams }
}

/// From when on changes suffice; `None` when everything must be read, such as when held deletions wait for a second pass.
fn changes_since(
    declaration: &StreamDeclaration,
    position: Option<&StreamPosition>,
    freshness: Freshness,
    now: Timestamp,
) -> Option<Timestamp> {
    if declaration.degree != Degree::ModifiedSince {
        return None;
    }
    let position = position.filter(|position| position.held_since.is_none())?;
    // What lies ahead comes from a clock that was: nobody knows what has changed since.
    let ahead = now.plus_seconds(CLOCKS_DIFFER_S);
    if position.last_full_at? > ahead || position.last_ok_watermark? > ahead {
        return None;
    }
    let full_due = position.last_full_at?.plus_seconds(i64::from(freshness.full_every_h) * 3_600);
    (now < full_due).then_some(position.last_ok_watermark?.plus_seconds(-i64::from(freshness.overlap_s)))
}

/// Streams after those they wait for, otherwise as declared. Admission has made sure that there is such an order.
fn in_order(declared: &[StreamDeclaration]) -> Vec<&StreamDeclaration> {
    let mut ordered: Vec<&StreamDeclaration> = Vec::with_capacity(declared.len());
    while ordered.len() < declared.len() {
        let is_done = |stream: &Stream| ordered.iter().any(|done| done.stream == *stream);
        let next =
            declared.iter().find(|declaration| !is_done(&declaration.stream) && declaration.after.iter().all(is_done));
        match next {
            Some(declaration) => ordered.push(declaration),
            None => break,
        }
    }
    ordered
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRESHNESS: Freshness = Freshness { overlap_s: 300, full_every_h: 24 };

    fn declared(stream: Stream, after: Vec<Stream>, degree: Degree) -> StreamDeclaration {
        StreamDeclaration::new(stream, degree).after(after)
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn position(watermark: &str, full: &str) -> StreamPosition {
        StreamPosition {
            stream: Stream::Offers,
            last_ok_watermark: Some(at(watermark)),
            last_full_at: Some(at(full)),
            generation: 3,
            held_since: None,
        }
    }

    #[test]
    fn streams_come_after_those_they_wait_for() {
        let declared = [
            declared(Stream::Prices, vec![Stream::Offers, Stream::Pricelists], Degree::Enumerate),
            declared(Stream::Offers, vec![Stream::Markets], Degree::ModifiedSince),
            declared(Stream::Pricelists, vec![], Degree::Enumerate),
            declared(Stream::Markets, vec![], Degree::Enumerate),
        ];
        let plan = plan(&declared, &[], &SyncOptions::default(), FRESHNESS, at("2026-01-02T00:00:00Z"));
        let order: Vec<_> = plan.streams.iter().map(|stream| stream.stream.as_str()).collect();
        assert_eq!(order, ["pricelists", "markets", "offers", "prices"]);
    }

    #[test]
    fn an_increment_goes_back_a_little_before_the_last_watermark() {
        let offers = [declared(Stream::Offers, vec![], Degree::ModifiedSince)];
        let position = [position("2026-01-01T12:00:00Z", "2026-01-01T06:00:00Z")];
        let plan = plan(&offers, &position, &SyncOptions::default(), FRESHNESS, at("2026-01-01T13:00:00Z"));
        assert_eq!(plan.streams[0].since, Some(at("2026-01-01T11:55:00Z")));
        assert_eq!(plan.streams[0].watermark, at("2026-01-01T13:00:00Z"));
    }

    #[test]
    fn a_watermark_that_lies_ahead_is_not_believed() {
        let offers = [declared(Stream::Offers, vec![], Degree::ModifiedSince)];
        for position in [
            position("2027-02-05T12:00:00Z", "2026-01-01T06:00:00Z"),
            position("2026-01-01T12:00:00Z", "2027-02-05T06:00:00Z"),
        ] {
            let plan = plan(&offers, &[position], &SyncOptions::default(), FRESHNESS, at("2026-01-01T13:00:00Z"));
            assert_eq!((plan.streams[0].mode, plan.streams[0].since), (Mode::Full, None));
        }
    }

    #[test]
    fn everything_is_read_when_asked_for_when_due_and_where_changes_cannot_be_read() {
        let now = at("2026-01-02T06:00:00Z");
        let old = [position("2026-01-02T05:00:00Z", "2026-01-01T06:00:00Z")];
        let young = [position("2026-01-02T05:00:00Z", "2026-01-02T05:00:00Z")];
        let changes = [declared(Stream::Offers, vec![], Degree::ModifiedSince)];
        let no_changes = [declared(Stream::Offers, vec![], Degree::Enumerate)];
        let full = SyncOptions { full: true, ..SyncOptions::default() };
        let held = [StreamPosition { held_since: Some(now), ..young[0].clone() }];
        for (declared, positions, options) in [
            (&changes, &old, SyncOptions::default()),
            (&changes, &young, full),
            (&no_changes, &young, SyncOptions::default()),
            (&changes, &held, SyncOptions::default()),
        ] {
            let plan = plan(declared, positions, &options, FRESHNESS, now);
            assert_eq!((plan.streams[0].mode, plan.streams[0].since), (Mode::Full, None));
        }
    }
}
