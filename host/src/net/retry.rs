//! Whether to send again, and after which pause. Decides only; `connection.rs` waits and sends.

use std::time::Duration;

use jiff::Timestamp;

use super::{
    backoff::pause, client::Answer, failure::SendFailure, policy::RetryPolicy, retry_after::parse_retry_after,
};

/// What to do after an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Decision {
    /// It stays as it is.
    Keep,
    /// Send again after this pause, unless time runs out.
    Again(Duration),
}

/// Statuses that another attempt may cure: the server was busy, overloaded, restarting or behind a broken gateway.
fn is_transient_status(status: u16) -> bool {
    matches!(status, 408 | 429 | 499 | 500 | 502..=504 | 520..=529)
}

/// Decides after `attempt` attempts (from 1). What is not idempotent is sent again only if the platform cannot have
/// seen it; any status is proof that it has.
pub(super) fn decide(
    policy: &RetryPolicy,
    idempotent: bool,
    attempt: u32,
    outcome: &Result<Answer, SendFailure>,
) -> Decision {
    let again = match outcome {
        Ok(answer) => idempotent && is_transient_status(answer.status),
        Err(failure) => failure.transient && (idempotent || !failure.sent),
    };
    if !again || attempt >= policy.max_attempts {
        return Decision::Keep;
    }
    let asked = outcome.as_ref().ok().and_then(asked_pause);
    Decision::Again(asked.unwrap_or_else(|| pause(policy, attempt)))
}

/// The pause a platform asks for. A date is compared with the platform's own clock when it tells it.
pub(super) fn asked_pause(answer: &Answer) -> Option<Duration> {
    let clock = answer.header("date").and_then(|date| httpdate::parse_http_date(date).ok());
    let now = clock.and_then(|time| Timestamp::try_from(time).ok()).unwrap_or_else(Timestamp::now);
    parse_retry_after(answer.header("retry-after")?, now)
}
