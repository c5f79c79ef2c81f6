//! Listens to what other processes notify each other of, where the database has that.

use std::time::Duration;

use sqlx::postgres::PgListener;
use tokio::time::timeout;

use crate::store::db::connection::Pool;

/// A connection on which nothing was received for so long may be cut without anybody having noticed.
const SILENT_FOR: Duration = Duration::from_mins(5);

/// A connection that listens.
pub(crate) struct Listener(Option<PgListener>);

impl Listener {
    /// Listens under a name. A file's process is the only one.
    pub(crate) async fn connect(pool: &Pool, channel: &str) -> sqlx::Result<Self> {
        let Pool::Postgres(server) = pool else { return Ok(Self(None)) };
        let mut listener = server.listener().await?;
        listener.listen(channel).await?;
        Ok(Self(Some(listener)))
    }

    /// The next notification; nothing when the connection was lost, or may have been.
    pub(crate) async fn next(&mut self) -> sqlx::Result<Option<String>> {
        match &mut self.0 {
            Some(listener) => match timeout(SILENT_FOR, listener.try_recv()).await {
                Ok(received) => Ok(received?.map(|notification| notification.payload().to_owned())),
                Err(_) => Ok(None),
            },
            None => std::future::pending().await,
        }
    }
}
