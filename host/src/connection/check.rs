//! A connection is checked: the one way, whoever asks: a person, a schedule, the merchant's page, or a call that was refused.
//!
//! One rule: what the platform could not be asked leaves the connection as it is, and says so; what it refuses counts once it
//! has refused a second question as well.

use std::{sync::Arc, time::Duration};

use connector_api::{
    ConnectorError, ErrorCode,
    domain::ConnectionId,
    wire::{
        Op,
        validate::{Check, CheckStatus, StoreIdentity, ValidateRequest, ValidateResponse},
    },
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    ConnectionService, Error, LiveServices,
    health::{self, Verdict},
    service::{expect_store, note_answer},
};
use crate::{
    model::connection::{Connection, ConnectionStatus, SyncFailure},
    net::Tap,
    plugin::ConnectorHandle,
    store,
};

/// How long a whole validation may take.
const VALIDATION_DEADLINE: Duration = Duration::from_mins(2);
/// Before the second question: what stood in the way for a moment is gone then.
const SECOND_QUESTION_AFTER: Duration = Duration::from_millis(500);
/// Seconds that the clocks of host and platform may differ before people are told.
const CLOCKS_MAY_DIFFER_S: i64 = 30;
/// Id of the host's own check of the clocks.
pub const CLOCK_CHECK: &str = "host_clock";
/// How often a change is tried that somebody else's crosses.
const MOST_TRIES: u32 = 5;

/// What a check found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CheckOutcome {
    /// The platform was asked, and the connection works.
    Works,
    /// The platform refused it twice.
    Refused,
    /// The platform refused once, and a second request did not confirm it. The connection is unchanged.
    NotConfirmed,
    /// The platform did not answer. The connection is unchanged.
    NotAsked,
}

/// A check that was run.
#[derive(Debug)]
pub struct Checked {
    /// The connection afterwards.
    pub connection: Connection,
    /// What validation said.
    pub answer: ValidateResponse,
    /// What that came to.
    pub outcome: CheckOutcome,
}

impl CheckOutcome {
    /// What people should know about it; nothing when the checks say it all.
    pub fn note(self) -> Option<&'static str> {
        match self {
            Self::Works | Self::Refused => None,
            Self::NotConfirmed => {
                Some("a second request was not refused: the connection is unchanged; check again later")
            }
            Self::NotAsked => Some("the platform could not be reached: the connection is unchanged; check again later"),
        }
    }
}

impl ConnectionService {
    /// Checks a connection and keeps what was found, as far as it says anything about the connection.
    pub async fn check(
        &self,
        id: &ConnectionId,
        on_check: impl Fn(&Check) + Send + Sync + 'static,
    ) -> Result<Checked, Error> {
        let before = self.get(id).await?;
        if before.health.status == ConnectionStatus::Disconnected {
            return Err(Error::Ended(id.clone()));
        }
        let answer = self.ask(id, on_check).await?;
        let (answer, outcome) = match health::verdict(&answer) {
            Verdict::Works => (answer, CheckOutcome::Works),
            Verdict::NotAsked => (answer, CheckOutcome::NotAsked),
            Verdict::Refused if before.health.status == ConnectionStatus::ReauthRequired => {
                (answer, CheckOutcome::Refused)
            }
            Verdict::Refused => {
                tokio::time::sleep(SECOND_QUESTION_AFTER).await;
                match self.ask(id, |_| {}).await {
                    Ok(second) => match health::verdict(&second) {
                        Verdict::Works => (second, CheckOutcome::Works),
                        Verdict::Refused => (second, CheckOutcome::Refused),
                        Verdict::NotAsked => (answer, CheckOutcome::NotConfirmed),
                    },
                    Err(Error::Connector(_)) => (answer, CheckOutcome::NotConfirmed),
                    Err(error) => return Err(error),
                }
            }
        };
        let connection = match outcome {
            CheckOutcome::Works | CheckOutcome::Refused => self.keep_findings(id, &answer).await?,
            CheckOutcome::NotConfirmed | CheckOutcome::NotAsked => self.get(id).await?,
        };
        Ok(Checked { connection, answer, outcome })
    }

    /// Some call was refused: the second question. Whether the connection needs new credentials; it stays as it was when the
    /// second question is answered, when it cannot be asked, and when it was asked a moment ago.
    pub async fn confirm_refusal(&self, id: &ConnectionId, refused: &ConnectorError) -> Result<bool, Error> {
        if !refused.is_auth() {
            return Ok(false);
        }
        let is_closed = |status| matches!(status, ConnectionStatus::ReauthRequired | ConnectionStatus::Disconnected);
        if is_closed(self.get(id).await?.health.status) {
            return Ok(true);
        }
        let shared = self.shared(id);
        let Some(asking) = shared.begin_confirming() else { return Ok(false) };
        let answer = self.ask(id, |_| {}).await;
        drop(asking);
        match answer {
            Ok(answer) if health::verdict(&answer) == Verdict::Refused => {
                let connection = self.keep_findings(id, &answer).await?;
                Ok(is_closed(connection.health.status))
            }
            Ok(_) => {
                tracing::warn!(connection = id.as_str(), %refused, "refusal not confirmed; connection unchanged");
                Ok(false)
            }
            Err(error) => {
                tracing::warn!(connection = id.as_str(), %refused, %error, "cannot confirm a refusal now");
                Ok(false)
            }
        }
    }

    /// The same beside the work of whoever was refused, who need not wait for it.
    pub fn confirm_refusal_later(&self, id: &ConnectionId, refused: &ConnectorError) {
        if !refused.is_auth() {
            return;
        }
        let (connections, id, refused) = (self.clone(), id.clone(), refused.clone());
        tokio::spawn(async move {
            if let Err(error) = connections.confirm_refusal(&id, &refused).await {
                tracing::error!(connection = id.as_str(), %error, "cannot confirm a refusal");
            }
        });
    }

    /// Notes how a sync went; repeated failures change the connection's state, and the next good sync changes it back.
    pub async fn note_sync(&self, id: &ConnectionId, failure: Option<&SyncFailure>) -> Result<(), Error> {
        if self.store.note_sync(id, failure, self.clock.now()).await?.is_none() {
            return Ok(());
        }
        self.change(id, |connection| {
            if !connection.health.status.works() {
                return false;
            }
            let now = self.clock.now();
            let health = health::standing(&connection.findings, &connection.sync, now);
            let is_same = health.status == connection.health.status && health.cause == connection.health.cause;
            if !is_same {
                health::replace(&mut connection.health, health, &self.actor);
                connection.updated_at = now;
            }
            !is_same
        })
        .await
        .map(drop)
    }

    /// Asks the platform by a connector opened for it alone, and nothing else.
    async fn ask(
        &self,
        id: &ConnectionId,
        on_check: impl Fn(&Check) + Send + Sync + 'static,
    ) -> Result<ValidateResponse, Error> {
        let opened = self.open_with(id, Tap::Live, on_check).await?;
        let asked = validate(&opened.connector, &opened.services, opened.connection.store.clone()).await;
        let answer = match asked {
            Err(refused) if refused.is_auth() => as_answer(refused),
            answer => answer?,
        };
        expect_store(&opened.connection, &answer)?;
        Ok(answer)
    }

    async fn keep_findings(&self, id: &ConnectionId, answer: &ValidateResponse) -> Result<Connection, Error> {
        self.change(id, |connection| {
            let version = self.plugin(&connection.connector_id).map(|plugin| plugin.manifest().plugin_version.clone());
            let version = version.unwrap_or_else(|_| connection.plugin_version.clone());
            note_answer(connection, answer, &version, &self.actor, self.clock.now());
            true
        })
        .await
    }

    /// Changes a connection as it is now, again when somebody else has changed it meanwhile. `change` says whether it did.
    async fn change(
        &self,
        id: &ConnectionId,
        change: impl Fn(&mut Connection) -> bool + Send + Sync,
    ) -> Result<Connection, Error> {
        let mut tries = 0;
        loop {
            tries += 1;
            let mut connection = self.get(id).await?;
            if !change(&mut connection) {
                return Ok(connection);
            }
            match self.store.update_connection(&mut connection).await {
                Ok(()) => return Ok(connection),
                Err(store::Error::Conflict { .. }) if tries < MOST_TRIES => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
}

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
fn as_answer(refused: ConnectorError) -> ValidateResponse {
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
    use super::*;

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
