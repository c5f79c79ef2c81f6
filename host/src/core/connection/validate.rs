//! Runs a connector's `validate`, and holds its answer to its own checks.

use std::{sync::Arc, time::Duration};

use connector_api::{
    ConnectorError, ErrorCode,
    wire::{
        Op,
        validate::{Check, CheckStatus, StoreIdentity, ValidateRequest, ValidateResponse},
    },
};

use super::LiveServices;
use crate::plugin::ConnectorHandle;

/// How long a whole validation may take.
const VALIDATION_DEADLINE: Duration = Duration::from_mins(2);
/// Seconds that the clocks of host and platform may differ before a warning.
const CLOCKS_MAY_DIFFER_S: i64 = 30;
/// Id of the host's own check of the clocks.
pub const CLOCK_CHECK: &str = "host_clock";

/// Runs `validate`: every answer of it comes from here.
pub(super) async fn validate(
    connector: &ConnectorHandle,
    services: &Arc<LiveServices>,
    expected_store: Option<StoreIdentity>,
) -> Result<ValidateResponse, ConnectorError> {
    let request = ValidateRequest { expected_store };
    let mut answer: ValidateResponse = connector.call(&Op::Validate, &request, VALIDATION_DEADLINE).await?;
    if let Some(contradiction) = judge(&mut answer) {
        let plugin = &connector.plugin().manifest().id;
        tracing::warn!(
            plugin,
            connection = services.connection.as_str(),
            "`validate` contradicts itself: {contradiction}"
        );
    }
    if let Some(check) = services.network.shared().clock_offset_ms().and_then(clock_check) {
        (services.on_check)(&check);
        answer.checks.push(check);
    }
    Ok(answer)
}

/// The host's own check: whether its clock agrees with the platform's, when it does not.
fn clock_check(offset_ms: i64) -> Option<Check> {
    let seconds = offset_ms / 1_000;
    if seconds.abs() < CLOCKS_MAY_DIFFER_S {
        return None;
    }
    let (by, side) = (seconds.abs(), if seconds < 0 { "ahead of" } else { "behind" });
    Some(Check {
        status: CheckStatus::Warn,
        code: None,
        fix: Some("Synchronise the host's clock with a time service (NTP).".to_owned()),
        ..failed_check(
            CLOCK_CHECK,
            "The clocks of host and platform agree",
            ErrorCode::HostFailed,
            &format!(
                "The host's clock is {by} seconds {side} the platform's. Changes are requested by the platform's time."
            ),
        )
    })
}

/// `ok` is what the checks say. What the connector said instead, when it said something else.
fn judge(answer: &mut ValidateResponse) -> Option<&'static str> {
    let failed = answer.checks.iter().any(|check| check.status == CheckStatus::Fail);
    match (answer.ok, failed) {
        (true, true) => {
            answer.ok = false;
            Some("it is ok although a check failed")
        }
        (false, false) => {
            let message = "The connector reports that the connection cannot work, but none of its checks failed. This is a fault of \
                 the connector, not of the store.";
            answer.checks.push(Check {
                fix: Some("Send this to the connector's author.".to_owned()),
                ..failed_check(
                    "connector_answer",
                    "The connector's own answer",
                    ErrorCode::PluginContractBroken,
                    message,
                )
            });
            Some("it is not ok although no check failed")
        }
        _ => None,
    }
}

/// A refusal of the whole validation, as the answer it should have been.
pub(super) fn as_answer(refused: ConnectorError) -> ValidateResponse {
    let check =
        failed_check("credentials_accepted", "The platform accepts the credentials", refused.code, &refused.message);
    let fix = Some("Create new credentials on the platform and update the connection.".to_owned());
    ValidateResponse {
        ok: false,
        checks: vec![Check { fix, ..check }],
        permissions_missing: refused.missing_permissions,
        ..ValidateResponse::default()
    }
}

fn failed_check(id: &str, title: &str, code: ErrorCode, message: &str) -> Check {
    Check {
        id: id.to_owned(),
        title: title.to_owned(),
        status: CheckStatus::Fail,
        code: Some(code),
        pointer: None,
        message: message.to_owned(),
        fix: None,
        help_url: None,
        duration_ms: 0,
        translations: std::collections::BTreeMap::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::health::{self, Verdict},
        *,
    };

    fn answer(ok: bool, statuses: &[CheckStatus]) -> ValidateResponse {
        let check = |status: &CheckStatus| Check {
            status: status.clone(),
            ..failed_check("token_accepted", "Token", ErrorCode::AuthInvalid, "The token is refused.")
        };
        ValidateResponse { ok, checks: statuses.iter().map(check).collect(), ..ValidateResponse::default() }
    }

    #[test]
    fn a_clock_that_is_off_is_a_warning_and_refuses_nothing() {
        assert_eq!((clock_check(0), clock_check(-29_999), clock_check(29_999)), (None, None, None));
        let check = clock_check(-3_600_000).unwrap();
        assert!(check.message.contains("3600 seconds ahead of"), "{}", check.message);
        let answer = ValidateResponse { ok: true, checks: vec![check], ..ValidateResponse::default() };
        assert_eq!(health::verdict(&answer), Verdict::Works);
        assert!(clock_check(60_000).unwrap().message.contains("60 seconds behind"));
    }

    #[test]
    fn ok_is_what_the_checks_say() {
        use CheckStatus::{Fail, Pass, Skip, Warn};
        let mut said_ok = answer(true, &[Pass, Fail, Skip]);
        assert!(judge(&mut said_ok).is_some() && !said_ok.ok);
        assert_eq!(health::verdict(&said_ok), Verdict::Refused);
        let mut said_not_ok = answer(false, &[Pass, Warn]);
        assert!(judge(&mut said_not_ok).is_some() && !said_not_ok.ok);
        let added = said_not_ok.checks.last().unwrap();
        assert_eq!((&added.status, added.code.as_ref()), (&Fail, Some(&ErrorCode::PluginContractBroken)));
        assert_eq!(health::verdict(&said_not_ok), Verdict::NotAsked, "a fault of the connector ends no connection");
        for (ok, checks) in [(true, &[Pass, Warn, Skip][..]), (false, &[Fail][..]), (true, &[][..])] {
            let mut sound = answer(ok, checks);
            assert_eq!((judge(&mut sound), sound.ok), (None, ok));
        }
    }
}
