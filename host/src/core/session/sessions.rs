//! The channel's side of a session: make one, look at it, redeem its result.

use std::sync::Arc;

use connector_api::{
    FieldError,
    domain::{ConnectionId, Timestamp},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use url::Url;

use super::{
    Error,
    token::{self, Claim},
};
use crate::{
    clock::Clock,
    core::{
        channel::{Caller, Channel, ChannelService},
        connection::{Checker, Connections, Connectors, Onboarding},
        job::SyncQueue,
    },
    model::{
        connection::{Connection, ConnectionStatus, Environment},
        horizon::CLOCKS_DIFFER_S,
        message::no_connector,
        run::uuid7,
        session::{ConnectSession, Draft, SessionResult, SessionStatus},
    },
    secret::Vault,
    store::Store,
};

/// Seconds for which a result can be redeemed.
pub(super) const RESULT_HOLDS_S: i64 = 3_600;
/// Most bytes of `state`.
const MAX_STATE: usize = 512;
/// Most bytes of a merchant's id.
const MAX_MERCHANT_ID: usize = 200;
/// Seconds after which an ended session is forgotten.
const FORGET_AFTER_S: i64 = 24 * 3_600;

/// Makes sessions and carries them through. Cheap to clone.
#[derive(Clone)]
pub struct SessionService {
    pub(super) store: Store,
    pub(super) vault: Vault,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) channels: ChannelService,
    pub(super) connections: Connections,
    pub(super) connectors: Connectors,
    pub(super) checker: Checker,
    pub(super) onboarding: Onboarding,
    pub(super) queue: SyncQueue,
    pub(super) public_url: Url,
    minutes: u32,
    /// Names this replica.
    pub(super) owner: Arc<str>,
}

/// What sessions are made of.
pub struct Parts {
    /// Where they are kept.
    pub store: Store,
    /// Seals what was checked.
    pub vault: Vault,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Channels.
    pub channels: ChannelService,
    /// Connections, to renew one.
    pub connections: Connections,
    /// Connectors and their forms.
    pub connectors: Connectors,
    /// Validates what was chosen last.
    pub checker: Checker,
    /// Makes connections.
    pub onboarding: Onboarding,
    /// Where the first sync is asked for.
    pub queue: SyncQueue,
    /// Names this replica.
    pub owner: Arc<str>,
}

/// What a channel asks for.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSession {
    /// The connector to connect.
    pub connector: String,
    /// Where the merchant is sent back to; must be registered for the channel, letter by letter.
    pub redirect_url: String,
    /// Given back with the merchant, untouched; at most 512 bytes.
    #[serde(default)]
    pub state: Option<String>,
    /// The channel's own id of the merchant.
    #[serde(default)]
    pub merchant_id: Option<String>,
    /// Language of the page, such as `sv`.
    #[serde(default)]
    pub locale: Option<String>,
    /// Whether the connection is for tests; that of the key when absent.
    #[serde(default)]
    pub environment: Option<Environment>,
    /// The connection to renew, instead of making one.
    #[serde(default)]
    pub connection_id: Option<ConnectionId>,
}

/// A new connect session with its link.
#[derive(Serialize, JsonSchema)]
pub struct CreatedSession {
    /// Id of the session.
    pub id: String,
    /// The merchant's link. Whoever has it can use it; do not log it.
    pub url: String,
    /// When it ends by itself.
    pub expires_at: Timestamp,
}

/// A session as its channel sees it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct SessionView {
    /// Id of the session.
    pub id: String,
    /// State of the session.
    pub state: SessionStatus,
    /// Id of the connector.
    pub connector: String,
    /// The connection it made or renewed; absent until then.
    pub connection_id: Option<ConnectionId>,
    /// The channel's own id of the merchant.
    pub merchant_id: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends by itself.
    pub expires_at: Timestamp,
}

/// Result of a connect session. Trust this, not the parameters of the redirect.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Redeemed {
    /// Id of the connection.
    pub connection_id: ConnectionId,
    /// How it ended.
    pub status: SessionResult,
    /// The channel's `state`, untouched.
    pub state: Option<String>,
    /// The channel's own id of the merchant.
    pub merchant_id: Option<String>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct Ending {
    pub(super) connection_id: ConnectionId,
    pub(super) status: SessionResult,
}

impl SessionService {
    /// The service; links begin with `public_url` and hold for `minutes`.
    pub fn new(parts: Parts, public_url: Url, minutes: u32) -> Self {
        let Parts { store, vault, clock, channels, connections, connectors, checker, onboarding, queue, owner } = parts;
        Self {
            store,
            vault,
            clock,
            channels,
            connections,
            connectors,
            checker,
            onboarding,
            queue,
            public_url,
            minutes,
            owner,
        }
    }

    /// Makes a session for a channel.
    pub async fn create(&self, caller: &Caller, new: NewSession) -> Result<CreatedSession, Error> {
        let channel_id = caller.channel_id.as_deref().ok_or(Error::ChannelKeyRequired)?;
        let channel = self.channels.get(channel_id).await?;
        let renewed = match &new.connection_id {
            Some(id) => Some(self.connections.seen(&caller.ctx(self.clock.now()), id).await?),
            None => None,
        };
        let mut mistakes = mistakes(&new, caller, &channel);
        if let Some(connection) = renewed.as_ref().filter(|connection| connection.connector_id != new.connector) {
            let message = format!("connection {} is served by `{}`", connection.id, connection.connector_id);
            mistakes.push(FieldError::new("/connector", "other_connector", &message));
        }
        if mistakes.is_empty()
            && let Err(error) = self.connectors.manifest(&new.connector)
        {
            // One that connections have, or that the channel is allowed by name, is only not there at the moment.
            let missing = self.connectors.missing().await?;
            if channel.allowed_connectors.contains(&new.connector)
                || missing.iter().any(|(connector, _)| *connector == new.connector)
            {
                return Err(error.into());
            }
            mistakes.push(FieldError::new("/connector", "unknown_connector", no_connector(&new.connector)));
        }
        if !mistakes.is_empty() {
            return Err(Error::Invalid(mistakes));
        }
        self.open(&channel, new, caller.environment, renewed).await
    }

    /// Makes a link by which the merchant of a connection renews its credentials.
    pub async fn reauth_link(&self, connection: Connection) -> Result<CreatedSession, Error> {
        let no_channel = || Error::NoChannel(connection.id.clone());
        let channel = self.channels.get(connection.channel_id.as_deref().ok_or_else(no_channel)?).await?;
        let new = NewSession {
            connector: connection.connector_id.clone(),
            redirect_url: channel.redirect_urls.first().cloned().ok_or_else(no_channel)?,
            state: None,
            merchant_id: connection.merchant_id.clone(),
            locale: None,
            environment: None,
            connection_id: Some(connection.id.clone()),
        };
        self.open(&channel, new, connection.environment, Some(connection)).await
    }

    async fn open(
        &self,
        channel: &Channel,
        new: NewSession,
        environment: Environment,
        renewed: Option<Connection>,
    ) -> Result<CreatedSession, Error> {
        if let Some(ended) = renewed.iter().find(|renewed| renewed.health.status == ConnectionStatus::Disconnected) {
            return Err(crate::core::connection::Error::Ended(ended.id.clone()).into());
        }
        let now = self.clock.now();
        let secret = token::random()?;
        let text = token::text(&secret);
        let session = ConnectSession {
            id: format!("cs_{}", uuid7(now).simple()),
            token_hash: token::hash(&text),
            channel_id: channel.id.clone(),
            connector_id: new.connector,
            reauth: renewed.is_some(),
            environment: renewed.as_ref().map_or(new.environment.unwrap_or(environment), |kept| kept.environment),
            merchant_id: new.merchant_id.or_else(|| renewed.as_ref()?.merchant_id.clone()),
            connection: renewed.map_or_else(|| ConnectionId(format!("conn_{}", uuid7(now))), |kept| kept.id),
            redirect_url: new.redirect_url,
            state: new.state,
            locale: new.locale,
            status: SessionStatus::Open,
            draft: Draft::default(),
            sealed: None,
            webhook_received_at: None,
            result: None,
            result_key: None,
            redeemed_at: None,
            created_at: now,
            expires_at: now.plus_seconds(i64::from(self.minutes) * 60),
        };
        self.store.insert_session(&session, now.plus_seconds(-FORGET_AFTER_S)).await?;
        let mut url = self.public_url.clone();
        url.set_path("/connect/");
        if !channel.frame_ancestors.is_empty() {
            // The browser asks for the page without the fragment: this is how the host knows who may frame it.
            url.query_pairs_mut().append_pair("channel", &channel.id);
        }
        url.set_fragment(Some(&text));
        Ok(CreatedSession { id: session.id, url: url.into(), expires_at: session.expires_at })
    }

    /// A session of the channel.
    pub async fn view(&self, caller: &Caller, id: &str) -> Result<SessionView, Error> {
        let session = self.store.session(id).await?.ok_or(Error::NotFound)?;
        let is_own = caller.channel_id.as_ref().is_none_or(|channel| *channel == session.channel_id);
        if !is_own || !is_for(caller, session.environment) {
            return Err(Error::NotFound);
        }
        let is_over = matches!(session.status, SessionStatus::Done | SessionStatus::Cancelled);
        let has_expired = !is_over && session.expires_at <= self.clock.now();
        let made = session.result.as_deref().and_then(|result| serde_json::from_str::<Ending>(result).ok());
        Ok(SessionView {
            id: session.id,
            state: if has_expired { SessionStatus::Expired } else { session.status },
            connector: session.connector_id,
            connection_id: made.map(|ending| ending.connection_id),
            merchant_id: session.merchant_id,
            created_at: session.created_at,
            expires_at: session.expires_at,
        })
    }

    /// What a result token stands for; each works once.
    pub async fn redeem(&self, caller: &Caller, result_token: &str) -> Result<Redeemed, Error> {
        let channel = caller.channel_id.as_ref().ok_or(Error::ChannelKeyRequired)?;
        let now = self.clock.now();
        // One that holds for longer than any is issued for comes from a clock that was ahead.
        let latest = now.plus_seconds(RESULT_HOLDS_S + CLOCKS_DIFFER_S);
        let holds = |claim: &Claim| claim.expires_at > now && claim.expires_at <= latest;
        let claim: Claim = token::read(result_token).filter(holds).ok_or(Error::ResultRefused)?;
        let session = self.store.session(&claim.session).await?.ok_or(Error::ResultRefused)?;
        let (Some(sealed), Some(result)) = (&session.result_key, &session.result) else {
            return Err(Error::ResultRefused);
        };
        let key = self.vault.open_apart("connect_result", &session.id, sealed).await?;
        let ending: Ending = serde_json::from_str(result).map_err(|_| Error::ResultRefused)?;
        let is_theirs = session.channel_id == *channel
            && is_for(caller, session.environment)
            && token::is_signed(result_token, &key);
        if !is_theirs || !self.store.redeem_session(&session.id, now).await? {
            return Err(Error::ResultRefused);
        }
        Ok(Redeemed {
            connection_id: ending.connection_id,
            status: ending.status,
            state: session.state,
            merchant_id: session.merchant_id,
        })
    }
}

/// A test key works on what is for tests.
fn is_for(caller: &Caller, environment: Environment) -> bool {
    caller.environment == Environment::Live || environment == Environment::Test
}

fn mistakes(new: &NewSession, caller: &Caller, channel: &Channel) -> Vec<FieldError> {
    let mut found = vec![];
    if !channel.allowed_connectors.is_empty() && !channel.allowed_connectors.contains(&new.connector) {
        found.push(FieldError::new("/connector", "not_allowed", "this channel may not use this connector"));
    }
    if !channel.redirect_urls.contains(&new.redirect_url) {
        let message = "is not registered for this channel, letter by letter";
        found.push(FieldError::new("/redirect_url", "not_registered", message));
    }
    if new.state.as_ref().is_some_and(|state| state.len() > MAX_STATE) {
        found.push(FieldError::new("/state", "too_long", "may have at most 512 bytes"));
    }
    let is_id = |id: &str| !id.is_empty() && id.len() <= MAX_MERCHANT_ID && !id.chars().any(char::is_control);
    if new.merchant_id.as_deref().is_some_and(|id| !is_id(id)) {
        found.push(FieldError::new("/merchant_id", "length", "must have 1 to 200 bytes"));
    }
    if new.locale.as_deref().is_some_and(|locale| !is_locale(locale)) {
        found.push(FieldError::new("/locale", "format", "must be a language such as `en` or `sv-SE`"));
    }
    if caller.environment == Environment::Test && new.environment == Some(Environment::Live) {
        found.push(FieldError::new("/environment", "not_allowed", "a test key can only make test sessions"));
    }
    found
}

fn is_locale(text: &str) -> bool {
    let mut parts = text.split('-');
    let language = parts.next().unwrap_or_default();
    text.len() <= 35
        && (2..=3).contains(&language.len())
        && language.bytes().all(|letter| letter.is_ascii_alphabetic())
        && parts.all(|part| (2..=8).contains(&part.len()) && part.bytes().all(|letter| letter.is_ascii_alphanumeric()))
}
