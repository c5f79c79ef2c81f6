//! A connection as it is stored: read, and changed beside others that change it.

use connector_api::domain::ConnectionId;

use super::Error;
use crate::{
    model::connection::Connection,
    store::{self, Store},
};

/// How often a change is tried that somebody else's crosses.
const MOST_TRIES: u32 = 5;

/// One connection.
pub(super) async fn get(store: &Store, id: &ConnectionId) -> Result<Connection, Error> {
    store.connection(id).await?.ok_or_else(|| Error::missing(id))
}

/// Changes a connection as it is now, again when somebody else has changed it meanwhile. `change` says whether it did.
pub(super) async fn change(
    store: &Store,
    id: &ConnectionId,
    change: impl Fn(&mut Connection) -> bool + Send + Sync,
) -> Result<Connection, Error> {
    let mut tries = 0;
    loop {
        tries += 1;
        let mut connection = get(store, id).await?;
        if !change(&mut connection) {
            return Ok(connection);
        }
        match store.update_connection(&mut connection).await {
            Ok(()) => return Ok(connection),
            Err(store::Error::Conflict { .. }) if tries < MOST_TRIES => {}
            Err(error) => return Err(error.into()),
        }
    }
}
