//! W3C trace context: taken from requests, and handed on to what they cause, as the header and column `traceparent`.
//!
//! It holds two ids, random or the caller's, and whether the trace is recorded. `tracestate` and baggage, which may hold anything, are
//! neither read nor sent. Where traces are off, nothing is handed on.

use std::collections::HashMap;

use opentelemetry::{
    Context,
    propagation::TextMapPropagator,
    trace::{SpanContext, TraceContextExt},
};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

/// Name of the header, and of the attribute of events.
pub const TRACEPARENT: &str = "traceparent";
/// A work has many causes: so many are linked.
const MOST_LINKS: usize = 16;

/// Makes a span that has not begun part of the trace of whoever caused it.
pub fn continue_from(span: &Span, traceparent: Option<&str>) {
    if let Some(cause) = traceparent.and_then(parsed) {
        // Refused where traces are off.
        span.set_parent(Context::new().with_remote_span_context(cause)).ok();
    }
}

/// Links a span to what caused it: work that comes later has a trace of its own.
pub fn link(span: &Span, traceparents: impl IntoIterator<Item = impl AsRef<str>>) {
    let causes = traceparents.into_iter().take(MOST_LINKS).filter_map(|one| parsed(one.as_ref()));
    causes.for_each(|cause| span.add_link(cause));
}

/// The context of the work at hand, for what it causes; nothing where traces are off.
pub fn traceparent() -> Option<String> {
    let context = current(&Span::current())?;
    let (trace, span) = (context.trace_id(), context.span_id());
    Some(format!("00-{trace}-{span}-{:02x}", u8::from(context.is_sampled())))
}

/// The id of a span's trace; nothing where traces are off.
pub fn id_of(span: &Span) -> Option<String> {
    Some(current(span)?.trace_id().to_string())
}

/// The id of the trace that somebody sent.
pub fn id_in(traceparent: &str) -> Option<String> {
    Some(parsed(traceparent)?.trace_id().to_string())
}

/// Writes the id of its trace into a span's own field, where log lines find it.
pub fn note_id(span: &Span) {
    if let Some(id) = id_of(span) {
        span.record("trace_id", id);
    }
}

fn current(span: &Span) -> Option<SpanContext> {
    let context = span.context().span().span_context().clone();
    context.is_valid().then_some(context)
}

fn parsed(traceparent: &str) -> Option<SpanContext> {
    let headers = HashMap::from([(TRACEPARENT.to_owned(), traceparent.to_owned())]);
    let context = TraceContextPropagator::new().extract_with_context(&Context::new(), &headers);
    let context = context.span().span_context().clone();
    context.is_valid().then_some(context)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_context_is_left_alone() {
        let well = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        assert_eq!(id_in(well).as_deref(), Some("0af7651916cd43dd8448eb211c80319c"));
        for wrong in [
            "",
            "x",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
            &"0".repeat(5_000),
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
            "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        ] {
            assert_eq!(id_in(wrong), None, "{wrong:.80}");
        }
    }

    #[test]
    fn nothing_is_handed_on_where_traces_are_off() {
        let span = tracing::info_span!("request", trace_id = tracing::field::Empty);
        continue_from(&span, Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"));
        note_id(&span);
        span.in_scope(|| assert_eq!((traceparent(), id_of(&Span::current())), (None, None)));
    }
}
