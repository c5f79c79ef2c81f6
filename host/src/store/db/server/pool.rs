//! Sessions on the server, kept for the next who needs one.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use deadpool::{
    Runtime, Status,
    managed::{Metrics, Object, Pool, PoolConfig, PoolError, QueueMode, RecycleError, RecycleResult, Timeouts},
};
use sqlx::{
    PgConnection,
    postgres::{PgListener, PgPoolOptions},
};
use tokio::time::{Instant, sleep, timeout_at};
use uuid::Uuid;

use crate::{
    model::standing::PoolUse,
    store::db::{
        dialect::Purpose,
        server::hosts::{Hosts, check_writes},
    },
};

/// How long a request waits for a free session before it fails as busy.
const ACQUIRE_WITHIN: Duration = Duration::from_secs(30);
/// How long a session that was kept may take to show that it lives.
const CHECK_WITHIN: Duration = Duration::from_secs(2);
/// A session that was used as short a time ago is not checked: should it be gone, the work is done again.
const TRUSTED_FOR: Duration = Duration::from_secs(1);
const IDLE_FOR: Duration = Duration::from_mins(10);
/// Sessions are replaced now and then, so that the server's memory for them does not grow for ever.
const LIFETIME: Duration = Duration::from_mins(30);
/// How long those who still work may take when the pool is closed.
const CLOSE_WITHIN: Duration = Duration::from_secs(30);
const CLOSE_POLL: Duration = Duration::from_millis(5);

/// Sessions for one purpose. Cheap to clone.
#[derive(Clone)]
pub(crate) struct ServerPool {
    sessions: Pool<Maker>,
    purpose: Purpose,
}

impl fmt::Debug for ServerPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerPool").field("purpose", &self.purpose).finish_non_exhaustive()
    }
}

impl ServerPool {
    /// At most so many sessions; none is made before it is needed.
    pub(crate) fn new(hosts: Arc<Hosts>, purpose: Purpose, sessions: u32) -> sqlx::Result<Self> {
        let maker = Maker { hosts, swept: AtomicU64::new(0), began: Instant::now() };
        let config = PoolConfig {
            max_size: usize::try_from(sessions).unwrap_or(usize::MAX),
            timeouts: Timeouts { wait: Some(ACQUIRE_WITHIN), create: None, recycle: Some(CHECK_WITHIN) },
            // The others get idle, and are closed.
            queue_mode: QueueMode::Lifo,
        };
        let pool = Pool::builder(maker).config(config).runtime(Runtime::Tokio1).build();
        let sessions = pool.map_err(|error| sqlx::Error::Configuration(Box::new(error)))?;
        Ok(Self { sessions, purpose })
    }

    /// What its sessions are for.
    pub(crate) fn purpose(&self) -> Purpose {
        self.purpose
    }

    /// How its sessions are used.
    pub(crate) fn in_use(&self) -> PoolUse {
        let Status { max_size, size, available, .. } = self.sessions.status();
        let idle = available.min(size);
        PoolUse { used: (size - idle) as u64, idle: idle as u64, most: max_size as u64 }
    }

    /// A session of its own that listens.
    pub(crate) async fn listener(&self) -> sqlx::Result<PgListener> {
        let options = self.sessions.manager().hosts.writing().await?;
        // The driver listens on a pool of its own kind.
        PgListener::connect_with(&PgPoolOptions::new().max_connections(1).connect_lazy_with(options)).await
    }

    /// A session that nobody else uses.
    pub(crate) async fn acquire(&self) -> sqlx::Result<Object<Maker>> {
        self.close_idle();
        acquire(&self.sessions).await
    }

    /// Waits for those who use sessions, and closes all.
    pub(crate) async fn close(&self) {
        self.sessions.close();
        let closed = async {
            while self.sessions.status().size > 0 {
                sleep(CLOSE_POLL).await;
            }
        };
        if timeout_at(Instant::now() + CLOSE_WITHIN, closed).await.is_err() {
            tracing::warn!("sessions of the database were still in use when it was closed");
        }
    }

    /// Once a minute, on the way: closes what nobody has used for long.
    fn close_idle(&self) {
        let maker = self.sessions.manager();
        let minute = maker.began.elapsed().as_secs() / 60;
        if maker.swept.swap(minute, Ordering::Relaxed) != minute {
            drop(self.sessions.retain(|_, used| used.last_used() < IDLE_FOR));
        }
    }
}

/// A session of the server, and how its commits are told apart.
#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) connection: PgConnection,
    /// The row of its commits.
    pub(crate) marker: Uuid,
    /// How many transactions it has committed or tried to.
    pub(crate) commits: i64,
}

/// Makes sessions, and says which can be used again.
#[derive(Debug)]
pub(crate) struct Maker {
    hosts: Arc<Hosts>,
    /// The minute in which idle sessions were last closed.
    swept: AtomicU64,
    began: Instant,
}

impl deadpool::managed::Manager for Maker {
    type Type = Link;
    type Error = sqlx::Error;

    async fn create(&self) -> sqlx::Result<Link> {
        Ok(Link { connection: self.hosts.connect().await?, marker: Uuid::now_v7(), commits: 0 })
    }

    async fn recycle(&self, link: &mut Link, used: &Metrics) -> RecycleResult<sqlx::Error> {
        if used.age() > LIFETIME {
            return Err(RecycleError::message("it has served its time"));
        }
        if used.last_used() > TRUSTED_FOR {
            check_writes(&mut link.connection).await?;
        }
        Ok(())
    }
}

/// Closes what is kept: what has ended one session has most often ended all of them.
pub(crate) fn close_kept(session: &Object<Maker>) {
    if let Some(pool) = Object::pool(session) {
        drop(pool.retain(|_, _| false));
    }
}

/// A session of a pool.
pub(crate) async fn acquire(pool: &Pool<Maker>) -> sqlx::Result<Object<Maker>> {
    pool.get().await.map_err(|error| match error {
        PoolError::Backend(error) => error,
        PoolError::Timeout(_) => sqlx::Error::PoolTimedOut,
        _ => sqlx::Error::PoolClosed,
    })
}
