//! A connection is checked: the one way, whoever asks: a person, a schedule, the merchant's page, or a call that was refused.
//!
//! One rule: what the platform could not be asked leaves the connection as it is, and says so; what it refuses counts once it
//! has refused a second question as well.

use std::{sync::Arc, time::Duration};

use connector_api::{
    ConnectorError,
    domain::ConnectionId,
    wire::validate::{Check, ValidateResponse},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Connectors, Error,
    findings::{expect_store, note_answer},
    health::{self, Verdict},
    stored,
    validate::{as_answer, validate},
};
use crate::{
    clock::Clock,
    model::{
        connection::{Connection, ConnectionStatus},
        ctx::Ctx,
    },
    net::Tap,
    store::Store,
};

/// Before the second question: what stood in the way for a moment is gone then.
const SECOND_QUESTION_AFTER: Duration = Duration::from_millis(500);

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

/// Checks connections. Cheap to clone.
#[derive(Clone)]
pub struct Checker {
    store: Store,
    connectors: Connectors,
    clock: Arc<dyn Clock>,
}

impl Checker {
    /// Checks connections of a store by these connectors.
    pub fn new(store: Store, connectors: Connectors, clock: Arc<dyn Clock>) -> Self {
        Self { store, connectors, clock }
    }

    /// Checks a connection and keeps what was found, as far as it says anything about the connection.
    pub async fn check(
        &self,
        ctx: &Ctx,
        id: &ConnectionId,
        on_check: impl Fn(&Check) + Send + Sync + 'static,
    ) -> Result<Checked, Error> {
        let before = stored::get(&self.store, id).await?;
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
            CheckOutcome::Works | CheckOutcome::Refused => self.keep_findings(ctx, id, &answer).await?,
            CheckOutcome::NotConfirmed | CheckOutcome::NotAsked => stored::get(&self.store, id).await?,
        };
        Ok(Checked { connection, answer, outcome })
    }

    /// Some call was refused: the second question. Whether the connection needs new credentials; it stays as it was when the
    /// second question is answered, when it cannot be asked, and when it was asked a moment ago.
    pub async fn confirm_refusal(&self, ctx: &Ctx, id: &ConnectionId, refused: &ConnectorError) -> Result<bool, Error> {
        if !refused.is_auth() {
            return Ok(false);
        }
        let is_closed = |status| matches!(status, ConnectionStatus::ReauthRequired | ConnectionStatus::Disconnected);
        if is_closed(stored::get(&self.store, id).await?.health.status) {
            return Ok(true);
        }
        let shared = self.connectors.shared(id);
        let Some(asking) = shared.begin_confirming() else { return Ok(false) };
        let answer = self.ask(id, |_| {}).await;
        drop(asking);
        match answer {
            Ok(answer) if health::verdict(&answer) == Verdict::Refused => {
                let connection = self.keep_findings(ctx, id, &answer).await?;
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
    pub fn confirm_refusal_later(&self, ctx: &Ctx, id: &ConnectionId, refused: &ConnectorError) {
        if !refused.is_auth() {
            return;
        }
        let (checker, ctx, id, refused) = (self.clone(), ctx.clone(), id.clone(), refused.clone());
        tokio::spawn(async move {
            if let Err(error) = checker.confirm_refusal(&ctx, &id, &refused).await {
                tracing::error!(connection = id.as_str(), %error, "cannot confirm a refusal");
            }
        });
    }

    /// Asks the platform by a connector opened for it alone, and nothing else.
    async fn ask(
        &self,
        id: &ConnectionId,
        on_check: impl Fn(&Check) + Send + Sync + 'static,
    ) -> Result<ValidateResponse, Error> {
        let opened = self.connectors.open_with(id, Tap::Live, on_check).await?;
        let asked = validate(&opened.connector, &opened.services, opened.connection.store.clone()).await;
        let answer = match asked {
            Err(refused) if refused.is_auth() => as_answer(refused),
            answer => answer?,
        };
        expect_store(&opened.connection, &answer)?;
        Ok(answer)
    }

    async fn keep_findings(
        &self,
        ctx: &Ctx,
        id: &ConnectionId,
        answer: &ValidateResponse,
    ) -> Result<Connection, Error> {
        stored::change(&self.store, id, |connection| {
            let manifest = self.connectors.manifest(&connection.connector_id);
            let version = manifest.map(|manifest| manifest.plugin_version.clone());
            let version = version.unwrap_or_else(|_| connection.plugin_version.clone());
            note_answer(connection, answer, &version, &ctx.actor, self.clock.now());
            true
        })
        .await
    }
}
