//! Whether to send again, and after which pause. Decides only; `connection.rs` waits and sends.

use std::time::Duration;

use jiff::Timestamp;

use super::{client::Answer, failure::SendFailure, policy::RetryPolicy, retry_after::parse_retry_after};

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
    Decision::Again(asked.map_or_else(|| policy.pause(attempt), |asked| asked.max(policy.floor(attempt))))
}

/// The pause a platform asks for. A date is compared with the platform's own clock when it says it.
pub(super) fn asked_pause(answer: &Answer) -> Option<Duration> {
    let clock = answer.header("date").and_then(|date| httpdate::parse_http_date(date).ok());
    let now = clock.and_then(|time| Timestamp::try_from(time).ok()).unwrap_or_else(Timestamp::now);
    parse_retry_after(answer.header("retry-after")?, now)
}

#[cfg(test)]
mod tests {
    use connector_api::{ErrorCode, wire::service::Header};

    use super::*;

    fn answer(status: u16, headers: &[(&str, &str)]) -> Answer {
        let header = |(name, value): &(&str, &str)| Header {
            name: (*name).to_owned(),
            value: (*value).to_owned(),
            secret: false,
        };
        Answer { status, headers: headers.iter().map(header).collect(), body: vec![] }
    }

    fn retried(idempotent: bool, outcome: &Result<Answer, SendFailure>) -> bool {
        decide(&RetryPolicy::default(), idempotent, 1, outcome) != Decision::Keep
    }

    #[test]
    fn only_transient_statuses_of_idempotent_requests_are_retried() {
        let statuses: Vec<u16> = (100..600).filter(|status| retried(true, &Ok(answer(*status, &[])))).collect();
        let mut expected = vec![408, 429, 499, 500, 502, 503, 504];
        expected.extend(520..=529);
        assert_eq!(statuses, expected);
        assert!((100..600).all(|status| !retried(false, &Ok(answer(status, &[])))));
    }

    #[test]
    fn what_may_have_been_seen_is_sent_again_only_if_idempotent() {
        let failed = |sent| Err(SendFailure::transient(ErrorCode::Unreachable, String::new(), sent));
        assert!(retried(true, &failed(true)) && retried(true, &failed(false)) && retried(false, &failed(false)));
        assert!(!retried(false, &failed(true)));
        assert!(!retried(true, &Err(SendFailure::too_large("store.example", 1))));
    }

    #[test]
    fn the_last_attempt_is_the_last() {
        let policy = RetryPolicy { max_attempts: 3, ..RetryPolicy::default() };
        assert_ne!(decide(&policy, true, 2, &Ok(answer(500, &[]))), Decision::Keep);
        assert_eq!(decide(&policy, true, 3, &Ok(answer(500, &[]))), Decision::Keep);
    }

    #[test]
    fn a_date_is_compared_with_the_clock_of_the_platform() {
        let date = ("date", "Sun, 01 Mar 2009 12:00:00 GMT");
        let asked = answer(503, &[date, ("Retry-After", "Sun, 01 Mar 2009 12:00:09 GMT")]);
        assert_eq!(decide(&RetryPolicy::default(), true, 1, &Ok(asked)), Decision::Again(Duration::from_secs(9)));
    }

    #[test]
    fn a_pause_of_nothing_is_a_pause() {
        let past = ("Retry-After", "Sun, 01 Mar 2009 12:00:00 GMT");
        for header in [("Retry-After", "0"), past, ("Retry-After", "0.001")] {
            let decision = decide(&RetryPolicy::default(), true, 3, &Ok(answer(503, &[header])));
            assert!(matches!(decision, Decision::Again(pause) if pause >= Duration::from_secs(1)), "{decision:?}");
        }
    }
}
