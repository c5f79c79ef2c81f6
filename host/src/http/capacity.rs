//! How much is worked on at the same time, and who may call what.

use std::net::IpAddr;

use axum::http::Method;

use super::{
    access::{Access, AccessList},
    pace::Pace,
    places::Places,
    reading::BodySlots,
    settings::ServerSettings,
};

/// Of the places for webhooks, one connection has this part.
const WEBHOOK_SHARE: usize = 4;

/// What may be called by whom, and the places for work.
pub(super) struct Capacity {
    access: AccessList,
    /// Work for those who are known.
    pub(super) known: Places<IpAddr>,
    /// Work for everybody else.
    pub(super) open: Places<IpAddr>,
    /// Webhooks in progress, by connection.
    pub(super) webhooks: Places<String>,
    pub(super) known_bodies: BodySlots,
    pub(super) open_bodies: BodySlots,
    pub(super) webhook_bodies: BodySlots,
}

impl Capacity {
    pub(super) fn new(settings: &ServerSettings, access: AccessList) -> Self {
        let most = usize::try_from(settings.max_requests).unwrap_or(usize::MAX >> 8);
        let share = most * usize::from(settings.client_share_percent) / 100;
        let pace = Pace::new(settings.body_timeout_s);
        let slots = |by_target| BodySlots::new(most, share, by_target, pace);
        let part = most.div_ceil(WEBHOOK_SHARE);
        Self {
            access,
            known: Places::new(most, share),
            open: Places::new(most, share),
            webhooks: Places::new(most, part),
            known_bodies: slots(most),
            open_bodies: slots(most),
            webhook_bodies: slots(part),
        }
    }

    pub(super) fn access(&self, route: &str, method: &Method) -> Option<Access> {
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
