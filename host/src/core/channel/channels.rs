//! Makes and changes channels, issues keys, and recognises who calls.

use std::sync::Arc;

use connector_api::domain::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::{
    Error,
    key::{self, FreshKey},
    profile::ChannelProfile,
};
use crate::{
    clock::Clock,
    model::{
        audit::{self, AuditAction, AuditEntry},
        channel::{ApiKey, Channel},
        connection::Environment,
        ctx::{Ctx, Viewer},
        message::{no_channel, no_key},
        paging::{Listing, PageQuery},
        run::uuid7,
    },
    store::{self, Store},
};

/// Letters of a sign-in: more chance than anybody can guess.
const LOGIN_LETTERS: usize = 43;
/// How old `last_used_at` may be before it is written again.
const TOUCH_AFTER_S: i64 = 60;

/// A key, shown once.
#[derive(Serialize, JsonSchema)]
pub struct IssuedKey {
    /// The whole key. It is never shown again.
    pub key: String,
    /// What is kept of it.
    #[serde(flatten)]
    pub kept: ApiKey,
}

/// Who calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The key's id.
    pub key_id: String,
    /// The channel; absent for an operator.
    pub channel_id: Option<String>,
    /// Whether the key may only be used for tests.
    pub environment: Environment,
}

impl Caller {
    /// The context of a call that begins now.
    pub fn ctx(&self, now: Timestamp) -> Ctx {
        let actor = match &self.channel_id {
            None => format!("operator (key {})", self.key_id),
            Some(channel) => format!("channel {channel} (key {})", self.key_id),
        };
        Ctx { actor: actor.into(), viewer: self.viewer(), now }
    }

    /// Whose eyes look.
    pub fn viewer(&self) -> Viewer {
        match (self.environment, self.channel_id.clone()) {
            (Environment::Live, None) => Viewer::Operator,
            (Environment::Live, Some(channel)) => Viewer::Channel(channel),
            (Environment::Test, channel) => Viewer::Tests(channel),
        }
    }
}

/// Makes and changes channels, issues keys, and recognises who calls. Cheap to clone.
#[derive(Clone)]
pub struct ChannelService {
    /// Where they are kept.
    pub store: Store,
    /// The clock.
    pub clock: Arc<dyn Clock>,
}

impl ChannelService {
    /// Makes a channel.
    pub async fn add(&self, ctx: &Ctx, profile: ChannelProfile) -> Result<Channel, Error> {
        let now = ctx.now;
        let mut channel = channel_of(format!("ch_{}", uuid7(now).simple()), now, now, profile)?;
        let audit = ctx.audit(AuditAction::ChannelCreated).of(&channel.id);
        self.store.insert_channel(&mut channel, &audit).await?;
        Ok(channel)
    }

    /// One channel.
    pub async fn get(&self, id: &str) -> Result<Channel, Error> {
        self.store.channel(id).await?.ok_or_else(|| Error::NotFound(no_channel(id)))
    }

    /// Channels, oldest first.
    pub async fn list(&self, page: &PageQuery) -> Result<Listing<Channel>, Error> {
        Ok(self.store.channels(page).await?)
    }

    /// Puts a changed profile in place.
    pub async fn change(&self, ctx: &Ctx, channel: &Channel, profile: ChannelProfile) -> Result<Channel, Error> {
        let mut changed = channel_of(channel.id.clone(), channel.created_at, ctx.now, profile)?;
        changed.version = channel.version;
        let audit = ctx.audit(AuditAction::ChannelUpdated).of(&channel.id);
        let audit = audit.detailed(changed_fields(channel, &changed));
        self.store.update_channel(&mut changed, &audit).await?;
        Ok(changed)
    }

    /// Issues a key of a channel, or of an operator when there is none. The key itself is shown this once.
    pub async fn issue_key(
        &self,
        ctx: &Ctx,
        channel: Option<&str>,
        environment: Environment,
        label: &str,
    ) -> Result<IssuedKey, Error> {
        if let Some(channel) = channel {
            self.get(channel).await?;
        }
        let issued = fresh_key(channel, environment, label, ctx.now)?;
        match self.store.insert_key(&issued.kept, &issued_audit(ctx, &issued.kept)).await {
            Err(store::Error::Limit { .. }) => Err(Error::TooManyKeys),
            Err(error) => Err(error.into()),
            Ok(()) => Ok(issued),
        }
    }

    /// Keys of a channel, or of operators.
    pub async fn keys(&self, channel: Option<&str>) -> Result<Vec<ApiKey>, Error> {
        if let Some(channel) = channel {
            self.get(channel).await?;
        }
        Ok(self.store.keys(channel).await?)
    }

    /// Ends a key at once.
    pub async fn revoke_key(&self, ctx: &Ctx, channel: Option<&str>, id: &str) -> Result<(), Error> {
        let revoked = self.store.revoke_key(channel, id, &ctx.audit(AuditAction::KeyRevoked).of(id)).await?;
        if revoked { Ok(()) } else { Err(Error::NotFound(no_key(id))) }
    }

    /// Issues the first operator key; nothing when operators have one, or another replica issues it.
    pub async fn bootstrap(&self, ctx: &Ctx) -> Result<Option<IssuedKey>, Error> {
        let issued = fresh_key(None, Environment::Live, "first operator key", ctx.now)?;
        let audit = issued_audit(ctx, &issued.kept);
        Ok(self.store.insert_first_key(&issued.kept, &audit).await?.then_some(issued))
    }

    /// Recognises who presents a key.
    pub async fn recognise(&self, presented: &str) -> Result<Caller, Error> {
        let presented = key::parse(presented).ok_or(Error::KeyRefused)?;
        let kept = self.store.key(&presented.id).await?.ok_or(Error::KeyRefused)?;
        let is_same: bool = kept.hash.as_slice().ct_eq(&presented.hash).into();
        if !is_same || kept.revoked_at.is_some() {
            return Err(Error::KeyRefused);
        }
        let now = self.clock.now();
        if kept.last_used_at.is_none_or(|last| last.plus_seconds(TOUCH_AFTER_S) <= now) {
            self.store.touch_key(&kept.id, now).await?;
        }
        Ok(caller(kept))
    }

    /// Whether the key of somebody who was recognised works still. What cannot be asked now, is believed a little longer.
    pub async fn still_holds(&self, caller: &Caller) -> bool {
        match self.store.key(&caller.key_id).await {
            Ok(key) => key.is_some_and(|key| key.revoked_at.is_none()),
            Err(error) => {
                tracing::warn!(%error, "cannot read whether a key was revoked");
                true
            }
        }
    }

    /// Signs a browser in with an operator's key; gives the text for its cookie.
    pub async fn sign_in(&self, presented: &str, hours: u32) -> Result<Zeroizing<String>, Error> {
        let caller = self.recognise(presented.trim()).await?;
        if caller.channel_id.is_some() || caller.environment == Environment::Test {
            return Err(Error::KeyRefused);
        }
        let token = Zeroizing::new(key::random_base62(LOGIN_LETTERS)?);
        let now = self.clock.now();
        let until = now.plus_seconds(i64::from(hours) * 3_600);
        self.store.insert_login(&key::sha256(&token), &caller.key_id, now, until).await?;
        Ok(token)
    }

    /// Recognises a browser that is signed in.
    pub async fn recognise_login(&self, token: &str) -> Result<Caller, Error> {
        let key = self.store.key_of_login(&key::sha256(token), self.clock.now()).await?;
        key.map(caller).ok_or(Error::KeyRefused)
    }

    /// Signs a browser out.
    pub async fn sign_out(&self, token: &str) -> Result<(), Error> {
        Ok(self.store.delete_login(&key::sha256(token)).await?)
    }
}

/// A key that is not stored yet.
fn fresh_key(channel: Option<&str>, environment: Environment, label: &str, now: Timestamp) -> Result<IssuedKey, Error> {
    let FreshKey { id, text, hash } = FreshKey::random(environment)?;
    let kept = ApiKey {
        id,
        channel_id: channel.map(str::to_owned),
        environment,
        label: label.trim().chars().take(80).collect(),
        hash,
        created_at: now,
        last_used_at: None,
        revoked_at: None,
    };
    Ok(IssuedKey { key: text.to_string(), kept })
}

/// What the audit log keeps of an issued key: whose it is and its environment, never its label.
fn issued_audit(ctx: &Ctx, key: &ApiKey) -> AuditEntry {
    let owner = key.channel_id.as_ref().map_or_else(|| "operator".to_owned(), |channel| format!("channel {channel}"));
    ctx.audit(AuditAction::KeyIssued).of(&key.id).detailed(format!("{owner}, {}", key.environment.as_str()))
}

fn caller(key: ApiKey) -> Caller {
    Caller { key_id: key.id, channel_id: key.channel_id, environment: key.environment }
}

fn channel_of(id: String, created_at: Timestamp, now: Timestamp, profile: ChannelProfile) -> Result<Channel, Error> {
    let mistakes = profile.mistakes();
    if !mistakes.is_empty() {
        return Err(Error::Invalid(mistakes));
    }
    Ok(Channel {
        id,
        version: 0,
        name: profile.name.trim().to_owned(),
        logo_url: profile.logo_url,
        accent_color: profile.accent_color,
        redirect_urls: profile.redirect_urls,
        allowed_connectors: profile.allowed_connectors,
        frame_ancestors: profile.frame_ancestors,
        local_quotes: profile.local_quotes,
        created_at,
        updated_at: now,
    })
}

/// Names of the fields that were changed.
fn changed_fields(before: &Channel, after: &Channel) -> String {
    let differs = [
        ("name", before.name != after.name),
        ("logo_url", before.logo_url != after.logo_url),
        ("accent_color", before.accent_color != after.accent_color),
        ("redirect_urls", before.redirect_urls != after.redirect_urls),
        ("allowed_connectors", before.allowed_connectors != after.allowed_connectors),
        ("frame_ancestors", before.frame_ancestors != after.frame_ancestors),
        ("local_quotes", before.local_quotes != after.local_quotes),
    ];
    audit::named(&differs)
}
