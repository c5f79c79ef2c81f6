//! Spans on their way to a collector, by OTLP over HTTP.
//!
//! A thread of its own sends them in batches. At most [`MOST_WAITING`] wait; more are dropped. A collector that is slow, gone or
//! refuses costs spans, and never work. Only the host's own spans are sent, and of log lines nothing.

use std::{
    sync::{
        OnceLock,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use bytes::Bytes;
use opentelemetry::{KeyValue, trace::TracerProvider};
use opentelemetry_http::{HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::{
    Resource,
    trace::{BatchConfigBuilder, BatchSpanProcessor, SdkTracerProvider},
};
use reqwest::redirect;
use tokio::runtime::Handle;
use tracing::{Level, Metadata, level_filters::LevelFilter};
use tracing_subscriber::{Layer, Registry, filter::FilterFn};
use url::Url;

use crate::{config::TelemetrySection, metrics};

/// Spans that may wait to be sent.
const MOST_WAITING: usize = 4_096;
/// How long a collector may take to answer.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);
/// How long spans are gathered before they are sent.
const GATHERED: Duration = Duration::from_secs(1);
/// How long the program waits at its end for spans that are still to be sent.
const LAST_SPANS: Duration = Duration::from_secs(3);
const SERVICE: &str = env!("CARGO_PKG_NAME");
/// Where spans of this program come from.
const OWN: &str = "connector_host";

/// A part of what is done with spans and log lines.
pub(super) type Part = Box<dyn Layer<Registry> + Send + Sync>;

static SENDING: OnceLock<SdkTracerProvider> = OnceLock::new();

/// Starts to send spans, if there is a collector.
pub(super) fn start(telemetry: &TelemetrySection) -> Result<Option<Part>, String> {
    let Some(base) = &telemetry.otlp_endpoint else { return Ok(None) };
    let failed = |error: &dyn std::fmt::Display| format!("`telemetry.otlp_endpoint`: traces cannot be sent: {error}");
    let exporter = SpanExporter::builder()
        .with_http()
        .with_http_client(Client::new().map_err(|error| failed(&error))?)
        .with_protocol(Protocol::HttpBinary)
        .with_endpoint(traces_at(base))
        .with_timeout(ANSWER_WITHIN)
        .build()
        .map_err(|error| failed(&error))?;
    let batches =
        BatchConfigBuilder::default().with_max_queue_size(MOST_WAITING).with_scheduled_delay(GATHERED).build();
    let resource = Resource::builder()
        .with_service_name(SERVICE)
        .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
        .build();
    let provider = SdkTracerProvider::builder()
        .with_span_processor(BatchSpanProcessor::builder(exporter).with_batch_config(batches).build())
        .with_resource(resource)
        .build();
    let layer = tracing_opentelemetry::layer()
        .with_tracer(provider.tracer(SERVICE))
        .with_location(false)
        .with_threads(false)
        .with_target(false)
        .with_tracked_inactivity(false)
        .with_filter(FilterFn::new(is_own_span as fn(&Metadata<'_>) -> bool).with_max_level_hint(LevelFilter::DEBUG));
    SENDING.set(provider).ok();
    Ok(Some(layer.boxed()))
}

/// Sends what waits.
pub(super) fn finish() {
    if let Some(provider) = SENDING.get()
        && let Err(error) = provider.shutdown_with_timeout(LAST_SPANS)
    {
        tracing::debug!(%error, "some spans were not sent");
    }
}

fn is_own_span(metadata: &Metadata<'_>) -> bool {
    metadata.is_span() && *metadata.level() <= Level::DEBUG && metadata.target().starts_with(OWN)
}

/// The address of a collector is a base, as in `OTEL_EXPORTER_OTLP_ENDPOINT`.
fn traces_at(base: &Url) -> String {
    format!("{}/v1/traces", base.as_str().trim_end_matches('/'))
}

/// Sends on the host's runtime what the sending thread waits for. It is not the guarded client: the operator names the collector,
/// no merchant does, and it is mostly a neighbour in a private network.
#[derive(Debug)]
struct Client {
    http: reqwest::Client,
    runtime: Handle,
    is_failing: AtomicBool,
}

impl Client {
    fn new() -> Result<Self, String> {
        let http = reqwest::Client::builder()
            .redirect(redirect::Policy::none())
            .retry(reqwest::retry::never())
            .timeout(ANSWER_WITHIN)
            .user_agent(concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| error.to_string())?;
        let runtime = Handle::try_current().map_err(|error| error.to_string())?;
        Ok(Self { http, runtime, is_failing: AtomicBool::new(false) })
    }

    async fn status(&self, request: Request<Bytes>) -> Result<u16, HttpError> {
        let request = reqwest::Request::try_from(request)?;
        let http = self.http.clone();
        // What a collector says beside its status is of no use here.
        let sent =
            self.runtime.spawn(async move { http.execute(request).await.map(|answer| answer.status().as_u16()) });
        Ok(sent.await??)
    }
}

#[async_trait]
impl HttpClient for Client {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let status = self.status(request).await;
        let is_well = status.as_ref().is_ok_and(|status| (200..300).contains(status));
        metrics::spans_sent(is_well);
        // Said once, not with every batch.
        if self.is_failing.swap(!is_well, Ordering::Relaxed) == is_well {
            match &status {
                Ok(_) if is_well => tracing::info!("the collector accepts traces again"),
                Ok(status) => tracing::warn!(status, "the collector refuses traces; work goes on without them"),
                Err(error) => tracing::warn!(error, "the collector cannot be reached; work goes on without traces"),
            }
        }
        Ok(Response::builder().status(status?).body(Bytes::new())?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_a_base() {
        for base in ["http://collector:4318", "http://collector:4318/"] {
            assert_eq!(traces_at(&base.parse().unwrap()), "http://collector:4318/v1/traces");
        }
        assert_eq!(traces_at(&"https://a.example/otlp".parse().unwrap()), "https://a.example/otlp/v1/traces");
    }
}
