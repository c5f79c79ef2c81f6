//! Who calls: a key, a signed-in browser, or a merchant with a link.

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, Method, header, request::Parts},
};
use url::Url;
use zeroize::Zeroizing;

use super::{Host, problem::Problem};
use crate::{
    core::{
        channel::{self, Caller},
        connection::{Ctx, Environment, Viewer},
        outbox::Audience,
    },
    model::Code,
};

/// Longest credential that is looked at.
const LONGEST: usize = 300;

/// A caller who has shown a key that works, or is signed in.
#[derive(Clone)]
pub(super) struct Signed {
    pub(super) caller: Caller,
    /// The sign-in that was shown; absent for a key.
    login: Option<Zeroizing<String>>,
}

impl Signed {
    /// The context of a call that begins now.
    pub(super) fn ctx(&self, host: &Host) -> Ctx {
        self.caller.ctx(host.services.clock.now())
    }

    /// Whose eyes look.
    pub(super) fn viewer(&self) -> Viewer {
        self.caller.viewer()
    }

    /// Whose events they are.
    pub(super) fn audience(&self) -> Audience {
        let tests_only = self.caller.environment == Environment::Test;
        Audience { channel: self.caller.channel_id.clone(), tests_only }
    }

    /// Refuses channels.
    pub(super) fn operator(&self) -> Result<(), Problem> {
        match (&self.caller.channel_id, self.caller.environment) {
            (None, Environment::Live) => Ok(()),
            _ => Err(Problem::new(Code::OperatorRequired, "only an operator's live key may do this")),
        }
    }

    /// Whether what let the caller in lets it in still: a key may be revoked and a sign-in ended while an answer is sent.
    pub(super) async fn still(&self, host: &Host) -> bool {
        let channels = &host.services.channels;
        match &self.login {
            Some(token) => !matches!(channels.recognise_login(token).await, Err(channel::Error::KeyRefused)),
            None => channels.still_holds(&self.caller).await,
        }
    }
}

impl FromRequestParts<Host> for Signed {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, host: &Host) -> Result<Self, Problem> {
        if let Some(known) = parts.extensions.get::<Self>() {
            return Ok(known.clone());
        }
        let channels = &host.services.channels;
        if let Some(key) = authorization(&parts.headers, "bearer") {
            return Ok(Self { caller: channels.recognise(&key).await?, login: None });
        }
        let required = || Problem::new(Code::KeyRequired, "send a key as `Authorization: Bearer cck_…`");
        let token = cookie(&parts.headers, host).ok_or_else(required)?;
        if parts.method != Method::GET && parts.method != Method::HEAD {
            same_origin(&parts.headers, host)?;
        }
        let caller = channels.recognise_login(&token).await.map_err(|error| match Problem::from(error) {
            // A cookie that is over is the same as none.
            problem if problem.is(Code::KeyRefused) => required(),
            problem => problem,
        })?;
        Ok(Self { caller, login: Some(token) })
    }
}

/// The secret of a merchant's link.
pub(super) struct Link(pub(super) Zeroizing<String>);

impl FromRequestParts<Host> for Link {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Host) -> Result<Self, Problem> {
        let unknown = || Problem::new(Code::SessionUnknown, "this link is unknown; ask for a new one");
        authorization(&parts.headers, "connect").map(Self).ok_or_else(unknown)
    }
}

/// What follows a scheme in the header `Authorization`.
fn authorization(headers: &HeaderMap, scheme: &str) -> Option<Zeroizing<String>> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (given, credential) = value.split_once(' ')?;
    let is_usable = given.eq_ignore_ascii_case(scheme) && credential.len() <= LONGEST;
    is_usable.then(|| Zeroizing::new(credential.trim().to_owned()))
}

/// Name of the sign-in cookie. Browsers keep the prefix to https and this host alone.
pub(super) fn cookie_name(host: &Host) -> &'static str {
    if host.is_https() { "__Host-connector" } else { "connector" }
}

/// The sign-in of a browser.
pub(super) fn cookie(headers: &HeaderMap, host: &Host) -> Option<Zeroizing<String>> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let (_, token) = pairs.find(|(name, value)| *name == cookie_name(host) && value.len() <= LONGEST)?;
    Some(Zeroizing::new(token.to_owned()))
}

/// Refuses requests that another site's page has sent with this browser's cookie.
pub(super) fn same_origin(headers: &HeaderMap, host: &Host) -> Result<(), Problem> {
    let text = |name| headers.get(name).and_then(|value: &axum::http::HeaderValue| value.to_str().ok());
    let is_same = text(header::ORIGIN).and_then(|origin| Url::parse(origin).ok()).is_some_and(|origin| {
        let own = host.public_url.origin() == origin.origin();
        let asked = text(header::HOST).is_some_and(|asked| origin.authority() == asked);
        own || (asked && origin.scheme() == host.public_url.scheme())
    });
    if is_same {
        return Ok(());
    }
    let text = "the sign-in cookie works on the host's own pages only; open the dashboard under its own address, or send an API key";
    Err(Problem::new(Code::OriginMismatch, text))
}
