//! How a sync shows its progress: bars on a terminal, plain lines otherwise.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use super::output::say;
use crate::{
    core::sync::{Event, Progress},
    text::visible,
};

/// A bar per stream.
#[derive(Default)]
pub(super) struct Bars {
    bars: MultiProgress,
    by_stream: Mutex<HashMap<String, ProgressBar>>,
}

impl Bars {
    fn bar(&self, stream: &str) -> ProgressBar {
        let mut by_stream = self.by_stream.lock().unwrap_or_else(PoisonError::into_inner);
        let make = || {
            let bar = self.bars.add(ProgressBar::no_length());
            let style =
                ProgressStyle::with_template("{prefix:18} {bar:28} {human_pos:>9}/{human_len:9} {elapsed:>4} {msg}");
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
            bar.set_prefix(visible(stream).into_owned());
            bar.enable_steady_tick(Duration::from_millis(200));
            bar
        };
        by_stream.entry(stream.to_owned()).or_insert_with(make).clone()
    }
}

impl Progress for Bars {
    fn event(&self, event: Event<'_>) {
        match event {
            Event::Started(run) if run.resumed > 0 => {
                self.bars.println("resuming the interrupted run").ok();
            }
            Event::Page { stream, seen, total, .. } => {
                let bar = self.bar(stream.as_str());
                if let Some(total) = total {
                    bar.set_length(total);
                }
                bar.set_message("");
                bar.set_position(seen);
            }
            Event::Retry { stream, reason, pause_ms } => {
                self.bar(stream.as_str())
                    .set_message(visible(&format!("retrying in {pause_ms} ms: {reason}")).into_owned());
            }
            Event::StreamEnded(stream) => {
                let bar = self.bar(stream.stream.as_str());
                bar.set_length(stream.seen);
                bar.set_position(stream.seen);
                bar.finish_with_message(stream.state.as_str());
            }
            Event::Waiting { owner, until } => {
                let text = format!("{owner} is syncing this connection (lease until {until}); waiting");
                self.bars.println(visible(&text)).ok();
            }
            Event::Started(_) | Event::Ended(_) => {}
        }
    }
}

/// A line per event, for logs and pipes.
pub(super) struct Lines;

/// Pages between two lines of one stream.
const EVERY: u64 = 50;

impl Progress for Lines {
    fn event(&self, event: Event<'_>) {
        match event {
            Event::Waiting { owner, until } => {
                say(format!("{owner} is syncing this connection (lease until {until}); waiting"));
            }
            Event::Started(run) if run.resumed > 0 => say(format!("resuming interrupted run {}", run.id)),
            Event::Started(run) => say(format!("run {} of {} streams", run.id, run.streams.len())),
            Event::Page { stream, pages, seen, total } if pages % EVERY == 0 => {
                let of = total.map(|total| format!(" of {total}")).unwrap_or_default();
                say(format!("{stream}: {seen}{of} records, {pages} pages"));
            }
            Event::Retry { stream, reason, pause_ms } => say(format!("{stream}: retrying in {pause_ms} ms: {reason}")),
            Event::StreamEnded(stream) => {
                say(format!("{}: {}, {} records", stream.stream, stream.state.as_str(), stream.seen));
            }
            Event::Page { .. } | Event::Ended(_) => {}
        }
    }
}
