//! The lease on a connection: who may sync it.

use std::time::Duration;

use connector_api::domain::{ConnectionId, Timestamp};

use super::{Error, Event, Progress};
use crate::{
    clock::Clock,
    model::sync::{Acquired, Lease},
    store::Store,
};

/// How often a lease that another has is looked at.
const LOOK_AGAIN: Duration = Duration::from_millis(200);

/// Takes the lease of a connection for `holds_s` seconds. When another has it, waits for it to run out; gives up as soon as the
/// other renews it, because then it is alive.
pub(super) async fn acquire(
    store: &Store,
    clock: &dyn Clock,
    connection: &ConnectionId,
    owner: &str,
    holds_s: u32,
    progress: &dyn Progress,
) -> Result<Lease, Error> {
    let mut first_seen: Option<Timestamp> = None;
    loop {
        let now = clock.now();
        match store.acquire_lease(connection, owner, now, now.plus_seconds(holds_s.into())).await? {
            Acquired::Lease(lease) => return Ok(lease),
            Acquired::HeldBy { owner, until } if first_seen.is_none_or(|seen| seen == until) => {
                if first_seen.is_none() {
                    progress.event(Event::Waiting { owner: &owner, until });
                }
                first_seen = Some(until);
                tokio::time::sleep(LOOK_AGAIN).await;
            }
            Acquired::HeldBy { owner, until } => {
                return Err(Error::Held { connection: connection.to_string(), owner, until });
            }
        }
    }
}
