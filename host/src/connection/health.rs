//! What the outcome of a validation or a call means for a connection.

use connector_api::{
    ConnectorError,
    domain::Timestamp,
    wire::validate::{CheckStatus, ValidateResponse},
};

use crate::store::connection::{ConnectionStatus, Health};

/// Days before the end of a credential from which on a connection is `expiring`.
const EXPIRING_DAYS: i64 = 14;

/// State, cause and remedy after a validation.
pub fn after_validation(answer: &ValidateResponse, now: Timestamp) -> Health {
    let health = |status, cause: Option<String>, remedy: Option<String>| Health { status, cause, remedy, since: now };
    if let Some(check) = answer.checks.iter().find(|check| check.status == CheckStatus::Fail) {
        return health(ConnectionStatus::ReauthRequired, Some(check.message.clone()), check.fix.clone());
    }
    let soon = now.plus_seconds(EXPIRING_DAYS * 86_400);
    if let Some(expiry) = answer.expiries.iter().find(|expiry| expiry.expires_at < soon) {
        let assumed = if expiry.assumed { " (assumed: the platform does not say)" } else { "" };
        return health(
            ConnectionStatus::Expiring,
            Some(format!("`{}` runs out at {}{assumed}", expiry.field, expiry.expires_at)),
            Some("Renew it on the platform and update the connection.".to_owned()),
        );
    }
    let lost: Vec<_> = answer.capabilities.iter().filter(|capability| capability.degraded).collect();
    if !lost.is_empty() {
        let cause = lost.iter().map(|capability| format!("{}: {}", capability.name, capability.reason));
        return health(ConnectionStatus::Degraded, Some(cause.collect::<Vec<_>>().join("; ")), None);
    }
    health(ConnectionStatus::Active, None, None)
}

/// State after credentials were refused; `None` when the error says nothing about the connection.
pub fn after_error(error: &ConnectorError, now: Timestamp) -> Option<Health> {
    error.is_auth().then(|| Health {
        status: ConnectionStatus::ReauthRequired,
        cause: Some(error.message.clone()),
        remedy: Some("Make new credentials on the platform and update the connection.".to_owned()),
        since: now,
    })
}

/// Puts a new state in place, keeping since when it holds when it is the same.
pub fn replace(old: &mut Health, new: Health) {
    let since = if old.status == new.status { old.since } else { new.since };
    *old = Health { since, ..new };
}
