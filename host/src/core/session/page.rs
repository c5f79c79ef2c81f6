//! The merchant's side of a session. Every step begins with the link's token and ends the same way: a session that is
//! over says so.

use std::{
    collections::HashSet,
    sync::{Mutex, PoisonError},
};

use connector_api::{
    FieldError,
    wire::{
        profile,
        validate::{Check, StoreIdentity},
    },
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::mpsc;
use tracing::Instrument;

use super::{
    Error, SessionService, limit,
    redirect::back_to,
    sessions::{Ending, RESULT_HOLDS_S},
    token::{self, Claim},
    view::{ChannelFace, CheckResult, ConnectorFace, PageSession, StoreFace},
};
use crate::{
    core::{
        channel::Channel,
        connection::{Accepted, Candidate, Ctx, NewConnection, form},
    },
    model::{
        connection::{Connection, ConnectionStatus, Environment},
        run::Trigger,
        session::{ConnectSession, Draft, SessionResult, SessionStatus},
    },
};

/// Events that may wait for a slow browser; later ones are dropped.
const WAITING_EVENTS: usize = 256;

/// Something that happens while checks run.
pub enum CheckEvent {
    /// A check has ended.
    Check(Box<Check>),
    /// All have ended.
    Result(Box<CheckResult>),
    /// They could not be run to their end.
    Problem(Box<Error>),
}

/// The merchant's confirmation.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Confirmation {
    /// Settings as they were chosen; null clears one.
    #[serde(default)]
    pub settings: serde_json::Map<String, Value>,
    /// Whether the credentials of a connection to the same store are to be replaced.
    #[serde(default)]
    pub replace: bool,
}

/// Where the merchant goes next.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Redirect {
    /// The channel's address, with the outcome.
    pub redirect_url: String,
}

impl SessionService {
    /// Everything the page needs to show itself.
    pub async fn page(&self, token: &str) -> Result<PageSession, Error> {
        let session = self.live(token).await?;
        let channel: Channel = self.channels.get(&session.channel_id).await?;
        let manifest = self.connectors.manifest(&session.connector_id)?;
        let renewed = if session.reauth { Some(self.connections.get(&session.connection).await?) } else { None };
        let is_secret = |field: &str| profile::is_secret(&manifest.credential_schema["properties"][field]);
        let set = renewed.iter().flat_map(|connection| &connection.credentials);
        let secrets_set =
            set.filter(|status| status.set && is_secret(&status.field)).map(|status| status.field.clone());
        let secrets_set = secrets_set.collect();
        let mut draft = session.draft;
        if let Some(connection) = &renewed {
            let plain = self.onboarding.plain_values(connection).await?;
            draft.credentials = plain.credentials.into_iter().chain(draft.credentials).collect();
            draft.settings = plain.settings.into_iter().chain(draft.settings).collect();
        }
        let mut webhook_url = self.public_url.clone();
        webhook_url.set_path(&format!("/webhooks/{}", session.connection));
        Ok(PageSession {
            state: if session.status == SessionStatus::Open { SessionStatus::Open } else { SessionStatus::Checked },
            mode: if session.reauth { "reauth" } else { "new" },
            environment: session.environment,
            locale: session.locale,
            expires_at: session.expires_at,
            channel: ChannelFace { name: channel.name, logo_url: channel.logo_url, accent_color: channel.accent_color },
            connector: ConnectorFace::from(manifest),
            credential_schema: manifest.credential_schema.clone(),
            settings_schema: manifest.settings_schema.clone(),
            draft,
            webhook_url: webhook_url.into(),
            store: renewed.and_then(|connection| connection.store).map(store_face),
            secrets_set,
        })
    }

    /// Keeps what was typed so far. Secrets are refused, and so is what the form does not know: it may be one.
    pub async fn put_draft(&self, token: &str, draft: &Draft) -> Result<(), Error> {
        let session = self.live(token).await?;
        let manifest = self.connectors.manifest(&session.connector_id)?;
        let forms = [
            ("credentials", &manifest.credential_schema, &draft.credentials),
            ("settings", &manifest.settings_schema, &draft.settings),
        ];
        let strays = forms.into_iter().flat_map(|(form, schema, values)| {
            values.iter().filter_map(move |(name, value)| stray(form, schema, name, value))
        });
        let strays: Vec<_> = strays.collect();
        if !strays.is_empty() {
            return Err(Error::SecretInDraft(strays));
        }
        if self.store.put_draft(&session.id, draft).await? { Ok(()) } else { Err(Error::Used) }
    }

    /// Starts the checks. Mistakes in the form are reported at once; what happens then, event by event. The checks go on
    /// when nobody listens any more, so that a page that is loaded again finds them done.
    pub async fn check(&self, token: &str, given: Draft) -> Result<mpsc::Receiver<CheckEvent>, Error> {
        let session = self.live(token).await?;
        if session.status == SessionStatus::Confirming {
            return Err(Error::Used);
        }
        let manifest = self.connectors.manifest(&session.connector_id)?;
        let cleaned = form::cleaned(&manifest.credential_schema, &given.credentials);
        let candidate = self.candidate(&session, &given).await?;
        limit::count(&self.store, &session.id, self.clock.now()).await?;
        let plain = Draft {
            credentials: without_secrets(&manifest.credential_schema, given.credentials),
            settings: without_secrets(&manifest.settings_schema, given.settings),
        };
        self.store.put_draft(&session.id, &plain).await?;
        self.store.put_checked(&session.id, None).await?;
        let (events, listener) = mpsc::channel(WAITING_EVENTS);
        let service = self.clone();
        let checks = async move {
            let ended = match service.run_checks(&session, candidate, &events).await {
                Ok(mut result) => {
                    result.cleaned = cleaned;
                    CheckEvent::Result(Box::new(result))
                }
                Err(error) => CheckEvent::Problem(Box::new(error)),
            };
            events.send(ended).await.ok();
        };
        tokio::spawn(checks.in_current_span());
        Ok(listener)
    }

    /// The merchant's call.
    fn merchant(&self, session: &ConnectSession) -> Ctx {
        Ctx::operator(&format!("merchant (session {})", session.id), self.clock.now())
    }

    async fn candidate(&self, session: &ConnectSession, given: &Draft) -> Result<Candidate, Error> {
        if session.reauth {
            let renewal = self.onboarding.renewal(&session.connection, &given.credentials, &given.settings);
            return Ok(renewal.await?);
        }
        let new = NewConnection {
            connector: session.connector_id.clone(),
            label: None,
            environment: session.environment,
            credentials: given.credentials.clone(),
            settings: given.settings.clone(),
            id: Some(session.connection.clone()),
            channel_id: Some(session.channel_id.clone()),
            merchant_id: session.merchant_id.clone(),
        };
        Ok(self.onboarding.candidate(&self.merchant(session), new)?)
    }

    async fn run_checks(
        &self,
        session: &ConnectSession,
        candidate: Candidate,
        events: &mpsc::Sender<CheckEvent>,
    ) -> Result<CheckResult, Error> {
        let reported = std::sync::Arc::new(Mutex::new(HashSet::new()));
        let (already, sender) = (std::sync::Arc::clone(&reported), events.clone());
        let on_check = move |check: &Check| {
            already.lock().unwrap_or_else(PoisonError::into_inner).insert(check.id.clone());
            sender.try_send(CheckEvent::Check(Box::new(check.clone()))).ok();
        };
        let tried = self.onboarding.try_out(&self.merchant(session), candidate, on_check).await;
        let (answer, accepted) = match tried {
            Ok(accepted) => (accepted.answer.clone(), Some(accepted)),
            Err(crate::core::connection::Error::Refused(answer)) => (*answer, None),
            Err(error) => return Err(error.into()),
        };
        let reported = std::mem::take(&mut *reported.lock().unwrap_or_else(PoisonError::into_inner));
        for check in answer.checks.iter().filter(|check| !reported.contains(&check.id)) {
            events.send(CheckEvent::Check(Box::new(check.clone()))).await.ok();
        }
        let mut result = CheckResult::new(&answer, std::collections::BTreeMap::new());
        if let Some(mut accepted) = accepted {
            if let Some(duplicate) = self.duplicate(session, &accepted.connection).await? {
                accepted = self.onboarding.with_kept(&self.merchant(session), accepted, &duplicate).await?;
                result = CheckResult::new(&accepted.answer, std::collections::BTreeMap::new());
                result.duplicate = Some(duplicate.into());
            }
            let schema = &self.connectors.manifest(&session.connector_id)?.settings_schema;
            result.settings = accepted.open_settings(schema);
            let plain = zeroize::Zeroizing::new(serde_json::to_vec(&accepted).map_err(|error| unreadable(&error))?);
            let sealed = self.vault.seal_apart("connect_session", &session.id, &plain).await?;
            if !self.store.put_checked(&session.id, Some(&sealed)).await? {
                return Err(Error::Used);
            }
        }
        Ok(result)
    }

    /// The merchant's yes: what was checked becomes a connection, or renews one, and its first sync is queued. It comes to
    /// its end even if nobody waits for it any more.
    pub async fn confirm(&self, token: &str, yes: Confirmation) -> Result<Redirect, Error> {
        let (sessions, token) = (self.clone(), token.to_owned());
        let confirmed = tokio::spawn(async move { sessions.confirm_to_the_end(&token, yes).await }.in_current_span());
        confirmed.await.unwrap_or_else(|panicked| std::panic::resume_unwind(panicked.into_panic()))
    }

    async fn confirm_to_the_end(&self, token: &str, yes: Confirmation) -> Result<Redirect, Error> {
        let session = self.live(token).await?;
        let (Some(sealed), SessionStatus::Checked) = (&session.sealed, session.status) else {
            return Err(Error::NotChecked);
        };
        if !self.store.begin_confirming(&session.id, &self.owner).await? {
            return Err(Error::Used);
        }
        let kept = self.keep(&session, sealed, yes).await;
        let connection = match kept {
            Ok(connection) => connection,
            Err(error) => {
                self.store.stop_confirming(&session.id, &self.owner).await?;
                return Err(error);
            }
        };
        let is_degraded = connection.health.status == ConnectionStatus::Degraded;
        let status = if is_degraded { SessionResult::Degraded } else { SessionResult::Connected };
        let key = token::random()?;
        let sealed_key = self.vault.seal_apart("connect_result", &session.id, key.as_ref()).await?;
        let expires_at = self.clock.now().plus_seconds(RESULT_HOLDS_S);
        let signed = token::sign(&Claim { session: session.id.clone(), expires_at }, key.as_ref());
        let ending = Ending { connection_id: connection.id.clone(), status };
        let ending = serde_json::to_string(&ending).map_err(|error| unreadable(&error))?;
        if !self.store.finish_session(&session.id, &self.owner, &ending, &sealed_key).await? {
            // This replica stood still, and another has let the merchant confirm again.
            return Err(Error::Used);
        }
        let redirect_url = back_to(
            &session.redirect_url,
            &[
                ("status", Some(status.as_str())),
                ("state", session.state.as_deref()),
                ("connection_id", Some(connection.id.as_str())),
                ("result_token", signed.as_deref()),
            ],
        );
        Ok(Redirect { redirect_url })
    }

    async fn keep(&self, session: &ConnectSession, sealed: &[u8], yes: Confirmation) -> Result<Connection, Error> {
        let (onboarding, ctx) = (&self.onboarding, self.merchant(session));
        let mut accepted = self.opened(&session.id, sealed).await?;
        let differ = onboarding.choose(&mut accepted, &yes.settings)?;
        let duplicate = self.duplicate(session, &accepted.connection).await?;
        // One that is there already was begun by a confirmation that was cut off.
        let renews = session.reauth || self.store.connection(&session.connection).await?.is_some();
        let mut connection = match duplicate {
            Some(duplicate) if !yes.replace => return Err(Error::AlreadyConnected(duplicate.id)),
            Some(duplicate) => onboarding.renew(&ctx, &duplicate.id, accepted).await?,
            None if renews => onboarding.renew(&ctx, &session.connection, accepted).await?,
            None => onboarding.confirm(accepted).await?.connection,
        };
        if differ {
            // What was chosen last may turn capabilities on: the channel should hear of them at once.
            match self.checker.check(&ctx, &connection.id, |_| {}).await {
                Ok(checked) => connection = checked.connection,
                Err(error) => tracing::warn!(connection = %connection.id, %error, "the choices are not validated yet"),
            }
        }
        self.queue.request(&connection.id, false, Trigger::Connect).await?;
        Ok(connection)
    }

    /// What was checked in a session.
    pub(super) async fn opened(&self, session: &str, sealed: &[u8]) -> Result<Accepted, Error> {
        let plain = self.vault.open_apart("connect_session", session, sealed).await?;
        serde_json::from_slice(&plain).map_err(|error| unreadable(&error))
    }

    /// A connection of the same channel to the same store; a renewed connection has none. A link for tests must not change
    /// a live one.
    async fn duplicate(&self, session: &ConnectSession, connection: &Connection) -> Result<Option<Connection>, Error> {
        if session.reauth {
            return Ok(None);
        }
        let duplicate = self.onboarding.duplicate(connection).await?;
        match duplicate {
            Some(live) if session.environment == Environment::Test && live.environment == Environment::Live => {
                Err(Error::AlreadyConnected(live.id))
            }
            duplicate => Ok(duplicate),
        }
    }

    /// The merchant's no.
    pub async fn cancel(&self, token: &str) -> Result<Redirect, Error> {
        let session = self.live(token).await?;
        let may_end = matches!(session.status, SessionStatus::Open | SessionStatus::Checked);
        if !may_end || !self.store.move_session(&session.id, session.status, SessionStatus::Cancelled).await? {
            return Err(Error::Used);
        }
        let parameters = [("status", Some("cancelled")), ("state", session.state.as_deref())];
        Ok(Redirect { redirect_url: back_to(&session.redirect_url, &parameters) })
    }

    /// Whether a link holds; why not, otherwise.
    pub async fn holds(&self, token: &str) -> Result<(), Error> {
        self.live(token).await.map(drop)
    }

    /// Whether a link that held is not over, as far as that can be asked.
    pub async fn still_holds(&self, token: &str) -> bool {
        !matches!(self.live(token).await, Err(Error::Unknown | Error::Expired | Error::Used))
    }

    /// The session of a token, unless it is over.
    pub(super) async fn live(&self, token: &str) -> Result<ConnectSession, Error> {
        let session = self.store.session_of_token(&token::hash(token)).await?.ok_or(Error::Unknown)?;
        match session.status {
            SessionStatus::Done | SessionStatus::Cancelled => Err(Error::Used),
            _ if session.expires_at <= self.clock.now() => Err(Error::Expired),
            _ => Ok(session),
        }
    }
}

fn stray(form: &str, schema: &Value, name: &str, value: &Value) -> Option<FieldError> {
    let pointer = format!("/{form}/{name}");
    let field = schema["properties"].get(name);
    match field {
        // The name is the caller's own, and may be a secret in the wrong place.
        None => Some(FieldError::new(format!("/{form}"), "unknown_field", "has an unknown field")),
        Some(field) if profile::is_secret(field) && !value.is_null() && value != "" => {
            Some(FieldError::new(&pointer, "secret_in_draft", "is a secret; secrets are sent with the checks only"))
        }
        Some(_) if value.is_object() || value.is_array() => {
            Some(FieldError::new(&pointer, "type", "must be a plain value"))
        }
        Some(_) => None,
    }
}

fn without_secrets(schema: &Value, mut values: form::Values) -> form::Values {
    values.retain(|name, _| schema["properties"].get(name).is_some_and(|field| !profile::is_secret(field)));
    values
}

fn store_face(store: StoreIdentity) -> StoreFace {
    StoreFace { host: store.host, name: store.name }
}

fn unreadable(error: &serde_json::Error) -> Error {
    // Line and column only: the text may hold a secret.
    let detail = format!("line {}, column {}", error.line(), error.column());
    crate::store::Error::Unreadable { what: "a connect session".to_owned(), detail }.into()
}
