//! Before a handler works: who asks is known from the head wherever a head can tell, then the body is read within its
//! pace, and only then the request takes a place among those that are worked on.
//!
//! What is not known from the head (a sign-in with a key in its body, a webhook) has places of its own, so that nobody
//! without a key, a link or a sign-in can take those of others.

use std::{net::IpAddr, sync::Arc, time::Duration};

use axum::{
    body::{Body, HttpBody},
    extract::{FromRequestParts, Request},
    http::{Version, header, request::Parts},
};
use connector_api::domain::ConnectionId;
use tokio::time::timeout;

use super::{
    access::Access,
    auth::{Link, Signed, same_origin},
    client::{client, is_trusted},
    host::Host,
    paths::{LARGEST_BODY, LOGIN, WEBHOOKS},
    places::Place,
    problem::Problem,
    reading::{drain, too_large},
    socket::{AtWork, Socket},
};
use crate::{core::webhook::receive, model::Code};

/// How long a webhook may take, its body included: the platform sends it again.
const WEBHOOK_DEADLINE: Duration = Duration::from_secs(15);

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

/// Lets a request in, or says why not. Health has no limits; of what has no description no body is read.
pub(super) async fn admit(host: &Host, route: &str, request: Request) -> Result<Admitted, Problem> {
    let deadline = Duration::from_secs(host.settings.request_timeout_s);
    let (mut parts, body) = request.into_parts();
    let access = host.capacity.access(route, &parts.method);
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
    let capacity = &host.capacity;
    let webhook = (route == WEBHOOKS).then(|| connection_in(&parts));
    let (bodies, places) = match (&webhook, is_known) {
        (Some(_), _) => (&capacity.webhook_bodies, None),
        (None, true) => (&capacity.known_bodies, Some(&capacity.known)),
        (None, false) => (&capacity.open_bodies, Some(&capacity.open)),
    };
    let body = bodies.read(body, limit, address, webhook.clone()).await?;
    let deadline = if webhook.is_some() { deadline.min(WEBHOOK_DEADLINE) } else { deadline };
    let held = Held {
        _address: places.map(|places| places.take(address).ok_or_else(overloaded)).transpose()?,
        _connection: webhook.map(|id| capacity.webhooks.take(id).ok_or_else(overloaded)).transpose()?,
        _at_work: socket.map(|socket| socket.work()),
    };
    Ok(Admitted { request: Request::from_parts(parts, body.into()), deadline, held })
}

/// What the head says: how large the body may be, and whether it is known who asks.
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

/// Knows who asks, as far as the head says, and keeps it for the handler. Whether anybody is known.
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
    let text = "the request took longer than `server.request_timeout_s`; try again, or ask for less at once";
    Problem::new(Code::TooSlow, text).retry_after(5)
}

fn overloaded() -> Problem {
    Problem::new(
        Code::Overloaded,
        "the host is overloaded, or this client has too many requests in progress; retry shortly",
    )
    .retry_after(1)
}
