//! What the outcome of a validation or a call means for a connection.

use connector_api::{
    ErrorCode,
    domain::Timestamp,
    wire::validate::{Check, CheckStatus, CredentialExpiry, ValidateResponse},
};

use crate::model::connection::{ConnectionStatus, Findings, Health, SyncStanding};

/// Days before the end of a credential from which on a connection is `expiring`.
const EXPIRING_DAYS: i64 = 14;

/// Syncs in a row that failed or were deferred after which a connection is `degraded` …
pub const DEGRADED_AFTER: u32 = 3;
/// … and after which it is `failing`: with the pauses between them, after about half an hour.
pub const FAILING_AFTER: u32 = 6;

/// What a validation says about a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It works.
    Works,
    /// The platform refuses it.
    Refused,
    /// Nothing: the platform could not be asked.
    NotAsked,
}

/// What a validation says about the connection. Only a check that failed for another reason than that the platform could not
/// be asked is a refusal.
pub fn verdict(answer: &ValidateResponse) -> Verdict {
    let failed: Vec<_> = answer.checks.iter().filter(|check| check.status == CheckStatus::Fail).collect();
    match failed.as_slice() {
        [] if answer.ok => Verdict::Works,
        failed if failed.iter().any(|check| !could_not_be_asked(check)) => Verdict::Refused,
        _ => Verdict::NotAsked,
    }
}

/// Whether a check failed for a reason that lies elsewhere than with the connection: on the way, in the plugin, in the host.
fn could_not_be_asked(check: &Check) -> bool {
    use ErrorCode::{
        AddressForbidden, Blocked, HostFailed, PlatformAnswerInvalid, PlatformUnavailable, PluginContractBroken,
        PluginPanicked, PluginQuarantined, PluginTimeout, RateLimited, ReplayMissing, Timeout, TooLarge, Unreachable,
    };
    check.code.as_ref().is_some_and(|code| {
        matches!(
            code,
            AddressForbidden
                | Blocked
                | HostFailed
                | PlatformAnswerInvalid
                | PlatformUnavailable
                | PluginContractBroken
                | PluginPanicked
                | PluginQuarantined
                | PluginTimeout
                | RateLimited
                | ReplayMissing
                | Timeout
                | TooLarge
                | Unreachable
        )
    })
}

/// State, cause and remedy after a validation that said something.
pub fn after_validation(answer: &ValidateResponse, findings: &Findings, sync: &SyncStanding, now: Timestamp) -> Health {
    let failed = answer.checks.iter().filter(|check| check.status == CheckStatus::Fail);
    match failed.clone().find(|check| !could_not_be_asked(check)).or_else(|| failed.clone().next()) {
        Some(check) => health(ConnectionStatus::ReauthRequired, Some(check.message.clone()), check.fix.clone(), now),
        None => standing(findings, sync, now),
    }
}

/// State, cause and remedy of a connection whose credentials are accepted, from what was found and how its syncs go.
pub fn standing(findings: &Findings, sync: &SyncStanding, now: Timestamp) -> Health {
    if sync.failed_in_a_row >= FAILING_AFTER {
        return failing(ConnectionStatus::Failing, sync, now);
    }
    if let Some(expiring) = near_expiry(&findings.expiries, now) {
        return expiring;
    }
    if sync.failed_in_a_row >= DEGRADED_AFTER {
        return failing(ConnectionStatus::Degraded, sync, now);
    }
    let lost: Vec<_> = findings.capabilities.iter().filter(|capability| capability.degraded).collect();
    if !lost.is_empty() {
        let cause = lost.iter().map(|capability| format!("{}: {}", capability.name, capability.reason));
        return health(ConnectionStatus::Degraded, Some(cause.collect::<Vec<_>>().join("; ")), None, now);
    }
    health(ConnectionStatus::Active, None, None, now)
}

fn failing(status: ConnectionStatus, sync: &SyncStanding, now: Timestamp) -> Health {
    let since = sync.failing_since.map_or_else(String::new, |since| format!(" since {since}"));
    let error = sync.last_error.as_deref().unwrap_or("no reason is known");
    let cause = format!("Syncs have failed{since}: {error}");
    let remedy = "They are retried automatically; the next successful sync clears this.".to_owned();
    health(status, Some(cause), Some(remedy), now)
}

fn health(status: ConnectionStatus, cause: Option<String>, remedy: Option<String>, now: Timestamp) -> Health {
    Health { status, cause, remedy, since: now, actor: None }
}

/// State when a credential runs out soon.
pub fn near_expiry(expiries: &[CredentialExpiry], now: Timestamp) -> Option<Health> {
    let soon = now.plus_seconds(EXPIRING_DAYS * 86_400);
    let expiry = expiries.iter().find(|expiry| expiry.expires_at < soon)?;
    let assumed = if expiry.assumed { " (assumed: the platform does not report it)" } else { "" };
    Some(Health {
        status: ConnectionStatus::Expiring,
        cause: Some(format!("`{}` expires at {}{assumed}", expiry.field, expiry.expires_at)),
        remedy: Some("Renew it on the platform and update the connection.".to_owned()),
        since: now,
        actor: None,
    })
}

/// Puts a new state in place, brought about by `actor`; since when it holds and through whom stays when it is the same.
pub fn replace(old: &mut Health, new: Health, actor: &str) {
    let is_same = old.status == new.status;
    let since = if is_same { old.since } else { new.since };
    let actor = if is_same { old.actor.take() } else { Some(actor.to_owned()) };
    *old = Health { since, actor, ..new };
}
