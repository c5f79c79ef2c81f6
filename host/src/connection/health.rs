//! What the outcome of a validation or a call means for a connection.

use connector_api::{
    ConnectorError,
    domain::Timestamp,
    wire::validate::{CheckStatus, CredentialExpiry, ValidateResponse},
};

use crate::store::connection::{ConnectionStatus, Health};

/// Days before the end of a credential from which on a connection is `expiring`.
const EXPIRING_DAYS: i64 = 14;

/// State, cause and remedy after a validation.
pub fn after_validation(answer: &ValidateResponse, expiries: &[CredentialExpiry], now: Timestamp) -> Health {
    let health = |status, cause: Option<String>, remedy: Option<String>| Health {
        status,
        cause,
        remedy,
        since: now,
        actor: None,
    };
    if let Some(check) = answer.checks.iter().find(|check| check.status == CheckStatus::Fail) {
        return health(ConnectionStatus::ReauthRequired, Some(check.message.clone()), check.fix.clone());
    }
    if let Some(expiring) = near_expiry(expiries, now) {
        return expiring;
    }
    let lost: Vec<_> = answer.capabilities.iter().filter(|capability| capability.degraded).collect();
    if !lost.is_empty() {
        let cause = lost.iter().map(|capability| format!("{}: {}", capability.name, capability.reason));
        return health(ConnectionStatus::Degraded, Some(cause.collect::<Vec<_>>().join("; ")), None);
    }
    health(ConnectionStatus::Active, None, None)
}

/// State when a credential runs out soon.
pub fn near_expiry(expiries: &[CredentialExpiry], now: Timestamp) -> Option<Health> {
    let soon = now.plus_seconds(EXPIRING_DAYS * 86_400);
    let expiry = expiries.iter().find(|expiry| expiry.expires_at < soon)?;
    let assumed = if expiry.assumed { " (assumed: the platform does not say)" } else { "" };
    Some(Health {
        status: ConnectionStatus::Expiring,
        cause: Some(format!("`{}` runs out at {}{assumed}", expiry.field, expiry.expires_at)),
        remedy: Some("Renew it on the platform and update the connection.".to_owned()),
        since: now,
        actor: None,
    })
}

/// Whether every check that failed did so because the platform could not be asked: that says nothing about the
/// connection.
pub fn is_down(answer: &ValidateResponse) -> bool {
    let mut failed = answer.checks.iter().filter(|check| check.status == CheckStatus::Fail).peekable();
    failed.peek().is_some()
        && failed.all(|check| {
            check.code.as_ref().is_some_and(|code| {
                use connector_api::ErrorCode::{
                    PlatformAnswerInvalid, PlatformUnavailable, RateLimited, Timeout, Unreachable,
                };
                matches!(code, PlatformAnswerInvalid | PlatformUnavailable | RateLimited | Timeout | Unreachable)
            })
        })
}

/// State after credentials were refused; `None` when the error says nothing about the connection.
pub fn after_error(error: &ConnectorError, now: Timestamp) -> Option<Health> {
    error.is_auth().then(|| Health {
        status: ConnectionStatus::ReauthRequired,
        cause: Some(error.message.clone()),
        remedy: Some("Make new credentials on the platform and update the connection.".to_owned()),
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
