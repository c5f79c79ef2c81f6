//! The hosts that an address names, and which of them accepts writes: it changes when a standby takes over.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use futures_util::{StreamExt, stream::FuturesUnordered};
use sqlx::{Connection, PgConnection, Row, postgres::PgConnectOptions};
use tokio::time::{sleep, timeout};

use crate::store::db::server::{
    address::Address,
    failure::{self, Trouble},
};

/// How long the first host is tried before the next one is as well, and so on.
const STAGGER: Duration = Duration::from_millis(200);

/// Where sessions are made.
#[derive(Debug)]
pub(crate) struct Hosts {
    options: Vec<PgConnectOptions>,
    /// The one that accepted writes when it was last looked at.
    writes: AtomicUsize,
    within: Duration,
}

impl Hosts {
    /// Those of an address; `settings` hold for every session.
    pub(crate) fn new(address: &Address, settings: &[(&str, &str)]) -> Self {
        let options = address.hosts.iter().map(|host| host.clone().options(settings.iter().copied())).collect();
        Self { options, writes: AtomicUsize::new(0), within: address.connect_within }
    }

    /// A session on the host that accepts writes. It is looked for first where it was last; a host that does not answer holds
    /// the others up for a moment only.
    pub(crate) async fn connect(&self) -> sqlx::Result<PgConnection> {
        let (number, first) = (self.options.len(), self.writes.load(Ordering::Relaxed));
        let mut tries: FuturesUnordered<_> = (0..number)
            .map(|turn| async move {
                sleep(STAGGER.saturating_mul(u32::try_from(turn).unwrap_or(u32::MAX))).await;
                let host = (first + turn) % number;
                (host, self.connect_to(host).await)
            })
            .collect();
        let mut worst: Option<sqlx::Error> = None;
        while let Some((host, tried)) = tries.next().await {
            match tried {
                Ok(connection) => {
                    if self.writes.swap(host, Ordering::Relaxed) != host {
                        tracing::warn!(host = self.name(host), "another host of the database accepts writes now");
                    }
                    return Ok(connection);
                }
                Err(error) => {
                    tracing::debug!(host = self.name(host), %error, "this host of the database cannot be used");
                    let is_worse = worst.as_ref().is_none_or(|worst| failure::weight(&error) > failure::weight(worst));
                    worst = if is_worse { Some(error) } else { worst };
                }
            }
        }
        Err(worst.unwrap_or(sqlx::Error::PoolClosed))
    }

    /// What to connect with to the host that accepts writes now.
    pub(crate) async fn writing(&self) -> sqlx::Result<PgConnectOptions> {
        self.connect().await?.close().await?;
        self.options.get(self.writes.load(Ordering::Relaxed)).cloned().ok_or(sqlx::Error::PoolClosed)
    }

    async fn connect_to(&self, host: usize) -> sqlx::Result<PgConnection> {
        let Some(options) = self.options.get(host) else { return Err(sqlx::Error::PoolClosed) };
        let connected = timeout(self.within, async {
            let mut connection = PgConnection::connect_with(options).await?;
            check_writes(&mut connection).await?;
            Ok(connection)
        });
        connected.await.unwrap_or_else(|_| Err(Trouble::Silent(self.within).into()))
    }

    fn name(&self, host: usize) -> String {
        self.options.get(host).map(|host| format!("{}:{}", host.get_host(), host.get_port())).unwrap_or_default()
    }
}

/// Refuses a standby, and a server that is set to read only. One round trip, so that it also shows that the session lives.
pub(crate) async fn check_writes(connection: &mut PgConnection) -> sqlx::Result<()> {
    let row = sqlx::raw_sql("SHOW transaction_read_only").fetch_one(connection).await?;
    let read_only: String = row.try_get(0)?;
    if read_only == "on" { Err(Trouble::ReadOnly.into()) } else { Ok(()) }
}
