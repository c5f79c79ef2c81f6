//! Before a handler works: who asks is known from the head wherever a head can tell, then the body is read within its
//! pace, and only then the request takes a place among those that are worked on.
//!
//! What is not known from the head (a sign-in with a key in its body, a webhook) has places of its own, so that nobody
//! without a key, a link or a sign-in can take those of others.

use std::{net::IpAddr, sync::Arc, time::Duration};

use axum::{
    body::{Body, HttpBody},
    extract::{FromRequestParts, Request},
    http::{Method, Version, header, request::Parts},
};
use connector_api::domain::ConnectionId;
use tokio::time::timeout;

use super::{
    Host,
    auth::{Link, Signed, same_origin},
    client::{client, is_trusted},
    openapi::{Access, AccessList},
    pace::Pace,
    places::{Place, Places},
    problem::Problem,
    reading::{ReadingRoom, drain, too_large},
    router::LARGEST_BODY,
    routes::{LOGIN, WEBHOOKS},
    settings::ServerSettings,
    socket::{AtWork, Socket},
};
use crate::{model::Code, webhook::receive};

/// How long a webhook may take, its body included: the platform sends it again.
const WEBHOOK_DEADLINE: Duration = Duration::from_secs(15);
/// Of the places for webhooks, one connection has this part.
const WEBHOOK_SHARE: usize = 4;

/// Who gets in, and how much at the same time.
pub(super) struct Admission {
    access: AccessList,
    /// Work for those who are known.
    known: Places<IpAddr>,
    /// Work for everybody else.
    open: Places<IpAddr>,
    /// Webhooks at work, by connection.
    webhooks: Places<String>,
    known_bodies: ReadingRoom,
    open_bodies: ReadingRoom,
    webhook_bodies: ReadingRoom,
}

/// A request that may be worked on, and what it holds meanwhile.
pub(super) struct Admitted {
    pub(super) request: Request,
    pub(super) deadline: Duration,
    pub(super) held: Held,
}

/// What a request holds while it is worked on.
#[derive(Default)]
pub(super) struct Held {
    _address: Option<Place<IpAddr>>,
    _connection: Option<Place<String>>,
    _at_work: Option<AtWork>,
}

impl Admission {
    pub(super) fn new(settings: &ServerSettings, access: AccessList) -> Self {
        let most = usize::try_from(settings.max_requests).unwrap_or(usize::MAX >> 8);
        let share = most * usize::from(settings.client_share_percent) / 100;
        let pace = Pace::new(settings.body_timeout_s);
        let room = |by_target| ReadingRoom::new(most, share, by_target, pace);
        let part = most.div_ceil(WEBHOOK_SHARE);
        Self {
            access,
            known: Places::new(most, share),
            open: Places::new(most, share),
            webhooks: Places::new(most, part),
            known_bodies: room(most),
            open_bodies: room(most),
            webhook_bodies: room(part),
        }
    }

    fn access(&self, route: &str, method: &Method) -> Option<Access> {
        let name = match *method {
            Method::GET | Method::HEAD => "get",
            Method::POST => "post",
            Method::PUT => "put",
            Method::PATCH => "patch",
            Method::DELETE => "delete",
            _ => return None,
        };
        self.access.get(route)?.iter().find(|(of, _)| *of == name).map(|(_, access)| *access)
    }
}

/// Lets a request in, or says why not. Health has no limits; of what has no description no body is read.
pub(super) async fn admit(host: &Host, route: &str, request: Request) -> Result<Admitted, Problem> {
    let deadline = Duration::from_secs(host.settings.request_timeout_s);
    let (mut parts, body) = request.into_parts();
    let access = host.admission.access(route, &parts.method);
    let (Some(access), false) = (access, matches!(route, "/livez" | "/readyz")) else {
        let request = Request::from_parts(parts, Body::empty());
        return Ok(Admitted { request, deadline, held: Held::default() });
    };
    let socket = parts.extensions.get::<Arc<Socket>>().cloned();
    let address = address_of(host, &parts, socket.as_deref());
    let least = body.size_hint().lower();
    let known = timeout(deadline, known_by_head(host, route, access, &mut parts, least)).await;
    let (limit, is_known) = match known.unwrap_or_else(|_| Err(too_slow())) {
        Ok(known) => known,
        Err(problem) => {
            // Who waits to be asked for the body is not; the others send it already.
            if parts.version < Version::HTTP_2 && !parts.headers.contains_key(header::EXPECT) {
                drain(body).await;
            }
            return Err(problem);
        }
    };
    let admission = &host.admission;
    let webhook = (route == WEBHOOKS).then(|| connection_in(&parts));
    let (bodies, places) = match (&webhook, is_known) {
        (Some(_), _) => (&admission.webhook_bodies, None),
        (None, true) => (&admission.known_bodies, Some(&admission.known)),
        (None, false) => (&admission.open_bodies, Some(&admission.open)),
    };
    let body = bodies.read(body, limit, address, webhook.clone()).await?;
    let deadline = if webhook.is_some() { deadline.min(WEBHOOK_DEADLINE) } else { deadline };
    let held = Held {
        _address: places.map(|places| places.take(address).ok_or_else(overloaded)).transpose()?,
        _connection: webhook.map(|id| admission.webhooks.take(id).ok_or_else(overloaded)).transpose()?,
        _at_work: socket.map(|socket| socket.work()),
    };
    Ok(Admitted { request: Request::from_parts(parts, body.into()), deadline, held })
}

/// What the head tells: how large the body may be, and whether it is known who asks.
async fn known_by_head(
    host: &Host,
    route: &str,
    access: Access,
    parts: &mut Parts,
    body_bytes: u64,
) -> Result<(usize, bool), Problem> {
    let (limit, is_known) = if route == WEBHOOKS {
        host.services.expects_webhook(&ConnectionId(connection_in(parts))).await?;
        (receive::LARGEST_BODY, false)
    } else {
        (LARGEST_BODY, identify(host, route, access, parts).await?)
    };
    if body_bytes > limit as u64 { Err(too_large(limit)) } else { Ok((limit, is_known)) }
}

/// The connection that a webhook is for.
fn connection_in(parts: &Parts) -> String {
    parts.uri.path().trim_matches('/').rsplit('/').next().unwrap_or_default().to_owned()
}

/// Knows who asks, as far as the head tells, and keeps it for the handler. Whether anybody is known.
async fn identify(host: &Host, route: &str, access: Access, parts: &mut Parts) -> Result<bool, Problem> {
    match access {
        Access::Open if route == LOGIN => same_origin(&parts.headers, host).map(|()| false),
        Access::Open => Ok(false),
        Access::Key | Access::Operator => {
            let signed = Signed::from_request_parts(parts, host).await?;
            if access == Access::Operator {
                signed.operator()?;
            }
            parts.extensions.insert(signed);
            Ok(true)
        }
        Access::Link => {
            let link = Link::from_request_parts(parts, host).await?;
            host.services.sessions.holds(&link.0).await?;
            Ok(true)
        }
    }
}

/// Whose share of everything it counts against.
fn address_of(host: &Host, parts: &Parts, socket: Option<&Socket>) -> IpAddr {
    let Some(socket) = socket else { return IpAddr::from([127, 0, 0, 1]) };
    let trusted = &host.settings.trusted_proxies;
    if is_trusted(socket.peer, trusted) { client(socket.peer, &parts.headers, trusted) } else { socket.sharer }
}

/// Nobody waits any longer.
pub(super) fn too_slow() -> Problem {
    Problem::new(Code::TooSlow, "the request timed out").retry_after(5)
}

fn overloaded() -> Problem {
    Problem::new(
        Code::Overloaded,
        "the host is overloaded, or this client has too many requests in progress; retry shortly",
    )
    .retry_after(1)
}
