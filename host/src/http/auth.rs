//! Who calls: a key, a signed-in browser, or a merchant with a link.

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, Method, header, request::Parts},
};
use url::Url;
use zeroize::Zeroizing;

use super::{Host, Services, problem::Problem};
use crate::{
    channel::Caller,
    connection::{ConnectionService, Viewer},
    order::OrderService,
};

/// Longest credential that is looked at.
const LONGEST: usize = 300;

/// A caller who has shown a key that works, or is signed in.
pub(super) struct Signed(pub(super) Caller);

impl Signed {
    /// Whose eyes look.
    pub(super) fn viewer(&self) -> Viewer {
        self.0.channel_id.clone().map_or(Viewer::Operator, Viewer::Channel)
    }

    /// Refuses channels.
    pub(super) fn operator(&self) -> Result<(), Problem> {
        match self.0.channel_id {
            None => Ok(()),
            Some(_) => Err(Problem::new("operator_required", "only an operator's key may do this")),
        }
    }

    /// Connections, with the caller named in the record of what happens.
    pub(super) fn acting(&self, connections: &ConnectionService) -> ConnectionService {
        let who = match &self.0.channel_id {
            None => format!("operator (key {})", self.0.key_id),
            Some(channel) => format!("channel {channel} (key {})", self.0.key_id),
        };
        connections.acting_as(&who)
    }

    /// Orders, with the caller named in the record of what happens.
    pub(super) fn ordering(&self, services: &Services) -> OrderService {
        services.orders.acting_as(self.acting(&services.connections))
    }
}

impl FromRequestParts<Host> for Signed {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, host: &Host) -> Result<Self, Problem> {
        let channels = &host.services.channels;
        if let Some(key) = authorization(&parts.headers, "bearer") {
            return Ok(Self(channels.recognise(&key).await?));
        }
        let required = || Problem::new("key_required", "send a key as `Authorization: Bearer cck_…`");
        let token = cookie(&parts.headers, host).ok_or_else(required)?;
        if parts.method != Method::GET && parts.method != Method::HEAD {
            same_origin(&parts.headers, host)?;
        }
        Ok(Self(channels.recognise_login(&token).await.map_err(|error| match Problem::from(error) {
            // A cookie that is over is the same as none.
            problem if problem.is("key_refused") => required(),
            problem => problem,
        })?))
    }
}

/// The secret of a merchant's link.
pub(super) struct Link(pub(super) Zeroizing<String>);

impl FromRequestParts<Host> for Link {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Host) -> Result<Self, Problem> {
        let unknown = || Problem::new("session_unknown", "this link is not known; ask for a new one");
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
        Ok(())
    } else {
        Err(Problem::new("origin_mismatch", "this may only be done from the host's own pages"))
    }
}
