//! The network as one connection sees it: guard, then budget, then attempts, then the recording.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use connector_api::{
    ConnectorError, ErrorCode,
    wire::service::{HttpRequest, HttpResponse, QuotaReport},
};
use tokio::time::{Instant, sleep};
use tracing::{Instrument, Span, debug, field::Empty};

use super::{
    client::{Answer, Network},
    exchange::Exchange,
    failure::SendFailure,
    record::Recorder,
    replay::{Replayer, host_failed},
    request::CheckedRequest,
    retry::{Decision, asked_pause, decide},
    scrub::Scrubber,
    shared::Shared,
};
use crate::metrics;

/// Names a request whose own name holds a secret.
const WITHHELD: &str = "withheld";

/// Where a connection's requests go.
#[derive(Debug, Clone)]
pub enum Tap {
    /// To the platform.
    Live,
    /// To the platform, and a scrubbed copy to a directory.
    Record(Arc<Recorder>),
    /// To a recording; nothing is sent.
    Replay(Arc<Replayer>),
}

/// What a connection has sent so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Requests sent, repeated ones included.
    pub requests: u64,
    /// Requests that repeated an earlier one.
    pub retries: u64,
    /// Requests that waited for the quota or for another request of the connection.
    pub waits: u64,
    /// Requests that the connector made, however often each was sent.
    pub asked: u64,
    /// Those of them that were answered, and not with an error or a redirect.
    pub answered: u64,
    /// Those that were answered with 404 or 410.
    pub absent: u64,
}

#[derive(Debug, Default)]
struct Counters {
    requests: AtomicU64,
    retries: AtomicU64,
    waits: AtomicU64,
    asked: AtomicU64,
    answered: AtomicU64,
    absent: AtomicU64,
}

/// The network of one connection; it may be shared by every call of the connection.
#[derive(Debug)]
pub struct ConnectionNetwork {
    network: Arc<Network>,
    shared: Arc<Shared>,
    tap: Tap,
    scrubber: Arc<Scrubber>,
    counters: Counters,
}

impl ConnectionNetwork {
    /// The network of a connection; the secrets that `scrubber` knows never reach a recording, a log or a label.
    pub fn new(network: Arc<Network>, shared: Arc<Shared>, tap: Tap, scrubber: Scrubber) -> Self {
        Self { network, shared, tap, scrubber: Arc::new(scrubber), counters: Counters::default() }
    }

    /// What takes the connection's secrets out of whatever is said about it.
    pub fn scrubber(&self) -> &Arc<Scrubber> {
        &self.scrubber
    }

    /// Sends a request and gives back the answer, whatever its status; only 429 becomes the error `rate_limited`, with
    /// the time after which it is worth trying again.
    pub async fn send(
        &self,
        request: &HttpRequest,
        body: Vec<u8>,
        deadline: Instant,
    ) -> Result<(HttpResponse, Vec<u8>), ConnectorError> {
        // A name for logs and recordings. It may resemble a secret by chance: that is no reason not to ask.
        let renamed;
        let request = if self.scrubber.holds(&request.operation) {
            renamed = HttpRequest { operation: WITHHELD.to_owned(), ..request.clone() };
            &renamed
        } else {
            request
        };
        let span = tracing::debug_span!(
            "platform request",
            otel.name = format!("platform {}", request.operation),
            otel.kind = "client",
            otel.status_code = Empty,
            operation = request.operation,
            http.request.method = request.method,
            http.response.status_code = Empty,
            outcome = Empty,
            retries = Empty,
        );
        self.answered(request, body, deadline, &span).instrument(span.clone()).await
    }

    async fn answered(
        &self,
        request: &HttpRequest,
        body: Vec<u8>,
        deadline: Instant,
        span: &Span,
    ) -> Result<(HttpResponse, Vec<u8>), ConnectorError> {
        let started = Instant::now();
        self.counters.asked.fetch_add(1, Ordering::Relaxed);
        let outcome = match &self.tap {
            Tap::Live => self.send_checked(request, &self.check(request, body)?, deadline).await,
            Tap::Record(recorder) => {
                let checked = self.check(request, body)?;
                match self.send_checked(request, &checked, deadline).await {
                    Ok((answer, retries)) => {
                        self.record(recorder, request, checked, answer).await.map(|a| (a, retries))
                    }
                    Err(error) => Err(error),
                }
            }
            Tap::Replay(replayer) => replayer.answer(&self.scrubber, request, &body).map(|answer| (answer, 0)),
        };
        let ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        let operation = request.operation.as_str();
        match &outcome {
            Ok((answer, retries)) => {
                let is_well = answer.status < 300 || answer.status == 304;
                self.counters.answered.fetch_add(u64::from(is_well), Ordering::Relaxed);
                self.counters.absent.fetch_add(u64::from(matches!(answer.status, 404 | 410)), Ordering::Relaxed);
                metrics::platform_asked(Ok(answer.status), *retries, started.elapsed());
                span.record("http.response.status_code", answer.status);
                span.record("retries", retries);
                debug!(operation, status = answer.status, retries, ms, "request answered");
            }
            Err(error) => {
                metrics::platform_asked(Err(&error.code), 0, started.elapsed());
                span.record("outcome", error.code.as_str());
                span.record("otel.status_code", "ERROR");
                debug!(operation, code = %error.code, ms, "request failed");
            }
        }
        outcome.map(|(answer, retries)| answer.into_parts(retries))
    }

    /// Takes in what the platform says of its quota.
    pub fn report_quota(&self, report: &QuotaReport) {
        self.shared.budgets.of(report.quota.as_deref()).report(report);
    }

    /// What it shares with other handles of the connection.
    pub fn shared(&self) -> &Shared {
        &self.shared
    }

    /// Whether answers come from the platform, and not from a recording.
    pub fn is_live(&self) -> bool {
        !matches!(self.tap, Tap::Replay(_))
    }

    /// What has been sent so far.
    pub fn traffic(&self) -> Traffic {
        Traffic {
            requests: self.counters.requests.load(Ordering::Relaxed),
            retries: self.counters.retries.load(Ordering::Relaxed),
            waits: self.counters.waits.load(Ordering::Relaxed),
            asked: self.counters.asked.load(Ordering::Relaxed),
            answered: self.counters.answered.load(Ordering::Relaxed),
            absent: self.counters.absent.load(Ordering::Relaxed),
        }
    }

    fn check(&self, request: &HttpRequest, body: Vec<u8>) -> Result<CheckedRequest, ConnectorError> {
        CheckedRequest::new(request, body, self.network.policy())
    }

    async fn send_checked(
        &self,
        request: &HttpRequest,
        checked: &CheckedRequest,
        deadline: Instant,
    ) -> Result<(Answer, u32), ConnectorError> {
        let policy = &self.network.policy().retry;
        let deadline = checked.timeout.map_or(deadline, |timeout| deadline.min(Instant::now() + timeout));
        let mut attempt = 1;
        loop {
            let outcome = self.attempt(request, checked, deadline).await?;
            let decision = decide(policy, request.idempotent, attempt, &outcome);
            let asked = outcome.as_ref().ok().and_then(asked_pause);
            let mut pause = match decision {
                Decision::Again(pause) => pause,
                Decision::Keep => asked.unwrap_or(policy.cap),
            };
            let budget = self.shared.budgets.of(request.quota.as_deref());
            match &outcome {
                Ok(answer) if answer.status == 429 => pause = budget.refuse(policy, Some(pause)),
                // It asks everybody to stay away, not this request alone.
                Ok(answer) if answer.status == 503 && asked.is_some() => budget.block_for(pause),
                Ok(_) => budget.accept(),
                Err(_) => {}
            }
            if decision == Decision::Keep || Instant::now() + pause >= deadline {
                return stop_retrying(request, outcome, decision, pause).map(|answer| (answer, attempt - 1));
            }
            sleep(pause).await;
            self.counters.retries.fetch_add(1, Ordering::Relaxed);
            attempt += 1;
        }
    }

    async fn attempt(
        &self,
        request: &HttpRequest,
        checked: &CheckedRequest,
        deadline: Instant,
    ) -> Result<Result<Answer, SendFailure>, ConnectorError> {
        let budget = self.shared.budgets.of(request.quota.as_deref());
        let permit = budget.acquire(request.cost, deadline).await?;
        if Instant::now() >= deadline {
            let message = "deadline exceeded; the request was not sent";
            return Err(ConnectorError::new(ErrorCode::Timeout, message).retry_with_backoff());
        }
        self.counters.waits.fetch_add(u64::from(permit.waited), Ordering::Relaxed);
        self.counters.requests.fetch_add(1, Ordering::Relaxed);
        let outcome = self.network.send_once(checked, deadline).await;
        match &outcome {
            Ok(answer) if answer.status == 429 || answer.status >= 500 => permit.went_badly(),
            Ok(_) => permit.went_well(),
            // What fails for good says nothing of how much the platform can do.
            Err(failure) if failure.transient => permit.went_badly(),
            Err(_) => {}
        }
        drop(permit);
        Ok(outcome)
    }

    async fn record(
        &self,
        recorder: &Arc<Recorder>,
        request: &HttpRequest,
        checked: CheckedRequest,
        answer: Answer,
    ) -> Result<Answer, ConnectorError> {
        let (recorder, scrubber, request) = (Arc::clone(recorder), Arc::clone(&self.scrubber), request.clone());
        let work = tokio::task::spawn_blocking(move || {
            let exchange = Exchange::scrubbed(&scrubber, &request, &checked.url, &checked.body, &answer);
            recorder.record(&exchange).map(|()| answer)
        });
        match work.await {
            Ok(written) => written.map_err(|error| host_failed(&error)),
            Err(_) => Err(ConnectorError::new(ErrorCode::HostFailed, "the recording ended unexpectedly")),
        }
    }
}

/// The last word when no further attempt is made.
fn stop_retrying(
    request: &HttpRequest,
    outcome: Result<Answer, SendFailure>,
    decision: Decision,
    pause: Duration,
) -> Result<Answer, ConnectorError> {
    let answer = outcome.map_err(SendFailure::into_error)?;
    let ms = u64::try_from(pause.as_millis()).unwrap_or(u64::MAX).max(1);
    // `rate_limited` means that nothing was done. Of a request that must not be sent twice only the connector can tell.
    if answer.status == 429 && request.idempotent {
        let message = format!("rate limited by the platform; retry in {} s", ms.div_ceil(1_000));
        return Err(ConnectorError::new(ErrorCode::RateLimited, message).retry_after_ms(ms));
    }
    if decision != Decision::Keep && asked_pause(&answer).is_some() {
        let message = format!("the platform is unavailable; retry in {} s", ms.div_ceil(1_000));
        return Err(ConnectorError::new(ErrorCode::PlatformUnavailable, message).retry_after_ms(ms));
    }
    Ok(answer)
}
