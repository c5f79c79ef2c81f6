//! One attempt to send an event to an endpoint.

use std::{sync::Arc, time::Duration};

use connector_api::wire::service::{Cost, Header, HttpRequest};
use tokio::time::Instant;
use tracing::{Instrument, Span, field::Empty};
use zeroize::Zeroizing;

use super::{
    Error,
    envelope::{CONTENT_TYPE, CloudEvent},
    signature,
};
use crate::{
    clock::Clock,
    model::endpoint::{Attempt, Endpoint},
    net::{CheckedRequest, Network, parse_retry_after},
    secret::{Vault, envelope::EVENT_ENDPOINT},
    trace,
};

/// Sends events. Cheap to clone.
#[derive(Clone)]
pub struct Sender {
    /// The guarded client.
    pub network: Arc<Network>,
    /// Opens secrets.
    pub vault: Vault,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Longest wait for an endpoint's answer.
    pub deadline: Duration,
}

/// The secrets that sign what is sent to an endpoint.
pub struct Secrets(Vec<Zeroizing<String>>);

/// How an attempt went, and what the endpoint asked for.
#[derive(Debug)]
pub struct Sent {
    /// How it went.
    pub attempt: Attempt,
    /// How long the endpoint asks to wait.
    pub retry_after: Option<Duration>,
}

impl Sent {
    /// Whether the event arrived.
    pub fn is_delivered(&self) -> bool {
        self.attempt.outcome == "delivered"
    }

    /// Whether the endpoint says that it is no more.
    pub fn is_gone(&self) -> bool {
        self.attempt.outcome == "gone"
    }
}

impl Sender {
    /// Opens the secrets of an endpoint that sign now.
    pub async fn secrets(&self, endpoint: &Endpoint) -> Result<Secrets, Error> {
        let now = self.clock.now();
        let former = endpoint.former_secret.as_ref().filter(|_| endpoint.former_until.is_some_and(|until| now < until));
        let mut opened = vec![];
        for sealed in [Some(&endpoint.secret), former].into_iter().flatten() {
            let bytes = self.vault.open_apart(EVENT_ENDPOINT, &endpoint.id, sealed).await?;
            opened.push(Zeroizing::new(String::from_utf8_lossy(&bytes).into_owned()));
        }
        Ok(Secrets(opened))
    }

    /// Sends an event once; `event` is its place in the outbox, 0 for a test.
    pub async fn send(
        &self,
        endpoint: &Endpoint,
        secrets: &Secrets,
        cloud_event: &CloudEvent,
        event: i64,
        number: u32,
    ) -> Sent {
        let (at, started) = (self.clock.now(), Instant::now());
        let body = cloud_event.to_body();
        let unix_seconds = at.as_unix_ms().div_euclid(1_000);
        let secrets: Vec<&str> = secrets.0.iter().map(|secret| secret.as_str()).collect();
        let signature = signature::sign(&secrets, &cloud_event.id, unix_seconds, &body);
        let request = request(endpoint, &cloud_event.id, unix_seconds, signature);
        let span = span_of(endpoint, cloud_event, number);
        let answer = match CheckedRequest::new(&request, body, self.network.policy()) {
            Ok(request) => {
                let sending = self.network.send_for_status(&request, started + self.deadline).instrument(span.clone());
                sending.await.map_err(|failure| (failure.code, failure.message))
            }
            Err(error) => Err((error.code, error.message)),
        };
        let mut retry_after = None;
        let (outcome, status, error) = match answer {
            Ok(answer) => {
                let now = jiff::Timestamp::from_millisecond(at.as_unix_ms()).unwrap_or_default();
                retry_after = answer.header("retry-after").and_then(|text| parse_retry_after(text, now));
                let (outcome, error) = of_status(answer.status);
                (outcome.to_owned(), Some(answer.status), error)
            }
            Err((code, message)) => (code.as_str().to_owned(), None, Some(message)),
        };
        span.record("outcome", outcome.as_str());
        let attempt = Attempt {
            seq: 0,
            event,
            event_id: cloud_event.id.clone(),
            kind: cloud_event.kind.clone(),
            number,
            outcome,
            status,
            error,
            duration_ms: u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
            at,
        };
        Sent { attempt, retry_after }
    }
}

/// The delivery is part of the trace that made the event true, however much later it is.
fn span_of(endpoint: &Endpoint, event: &CloudEvent, number: u32) -> Span {
    let span = tracing::info_span!(
        "event delivery",
        otel.kind = "producer",
        trace_id = Empty,
        event = event.id,
        r#type = event.kind,
        endpoint = endpoint.id,
        connection = event.connectionid.as_str(),
        attempt = number,
        outcome = Empty,
    );
    trace::continue_from(&span, event.traceparent.as_deref());
    trace::note_id(&span);
    span
}

fn request(endpoint: &Endpoint, id: &str, unix_seconds: i64, signature: String) -> HttpRequest {
    let header = |name: &str, value: String, secret| Header { name: name.to_owned(), value, secret };
    HttpRequest {
        method: "POST".to_owned(),
        url: endpoint.url.clone(),
        headers: vec![
            header("content-type", CONTENT_TYPE.to_owned(), false),
            header("webhook-id", id.to_owned(), false),
            header("webhook-timestamp", unix_seconds.to_string(), false),
            header("webhook-signature", signature, true),
        ],
        operation: "event.send".to_owned(),
        idempotent: true,
        cost: Cost::default(),
        quota: None,
        timeout_ms: None,
    }
}

fn of_status(status: u16) -> (&'static str, Option<String>) {
    match status {
        200..=299 => ("delivered", None),
        410 => ("gone", Some("the endpoint answers 410: it is gone".to_owned())),
        300..=399 => ("refused", Some(format!("the endpoint answers {status}: redirects are not followed"))),
        status => ("refused", Some(format!("the endpoint answers {status} instead of 2xx"))),
    }
}
