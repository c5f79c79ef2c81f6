//! The one loop of everything the host does by itself: claim what is due, work on it, look again.

use std::{fmt::Display, panic::AssertUnwindSafe, sync::Arc, time::Duration};

use futures_util::FutureExt;
use tokio::{task::JoinSet, time::sleep};

use super::{
    backoff::{Backoff, Jitter, random},
    shutdown::Shutdown,
    standing::Standing,
};

/// Pauses after a claim failed.
const BACKOFF: Backoff = Backoff::new(Duration::from_millis(200), Duration::from_secs(10), Jitter::TENTH_LATER);

/// What a look at the work found.
#[derive(Debug)]
pub enum Due<C> {
    /// This, claimed.
    Now(C),
    /// Nothing before this pause is over, unless something wakes.
    In(Duration),
}

impl<C> Due<C> {
    /// What was claimed, or nothing for a while.
    pub fn of(claimed: Option<C>, idle: Duration) -> Self {
        claimed.map_or(Self::In(idle), Self::Now)
    }
}

/// A kind of work. Cheap to clone.
pub trait Kind: Clone + Send + Sync + 'static {
    /// Its name in logs, metrics and readiness.
    const NAME: &'static str;
    /// What a claim holds.
    type Claimed: Send + 'static;
    /// Why it cannot be seen what is due.
    type Error: Display + Send;

    /// Claims what has been due longest.
    fn claim(&self) -> impl Future<Output = Result<Due<Self::Claimed>, Self::Error>> + Send;

    /// Works on it and writes down what came of it and what is next, under the claim.
    fn work(self, claimed: Self::Claimed, shutdown: Shutdown) -> impl Future<Output = ()> + Send;

    /// Ends when something may have become due.
    fn woken(&self) -> impl Future<Output = ()> + Send {
        std::future::pending()
    }
}

/// Runs a kind of work at so many places until the host shuts down; what has begun comes to its end. Nothing that panics ends it:
/// its claim runs out, and its place pauses.
pub(super) async fn run<K: Kind>(kind: K, places: usize, standing: Arc<Standing>, mut shutdown: Shutdown) {
    let (mut at_work, mut failures) = (JoinSet::new(), 0_u32);
    while !shutdown.has_begun() {
        while at_work.try_join_next().is_some() {}
        let free = places.saturating_sub(at_work.len());
        let mut pause = Duration::ZERO;
        if free > 0 {
            match AssertUnwindSafe(kind.claim()).catch_unwind().await {
                Ok(Ok(Due::Now(claimed))) => {
                    failures = 0;
                    at_work.spawn(one(kind.clone(), claimed, Arc::clone(&standing), shutdown.clone()));
                    continue;
                }
                Ok(Ok(Due::In(idle))) => (failures, pause) = (0, idle),
                Ok(Err(error)) => {
                    tracing::error!(kind = K::NAME, %error, "cannot read what is due");
                    failures = failures.saturating_add(1);
                    pause = BACKOFF.pause(failures, random());
                }
                Err(_) => {
                    standing.pause(K::NAME, free, &mut shutdown).await;
                    continue;
                }
            }
        }
        tokio::select! {
            Some(_) = at_work.join_next() => {}
            () = sleep(pause), if free > 0 => {}
            () = kind.woken(), if free > 0 => {}
            () = shutdown.begun() => {}
        }
    }
    while at_work.join_next().await.is_some() {}
}

async fn one<K: Kind>(kind: K, claimed: K::Claimed, standing: Arc<Standing>, mut shutdown: Shutdown) {
    let work = AssertUnwindSafe(kind.work(claimed, shutdown.clone())).catch_unwind();
    if work.await.is_err() {
        standing.pause(K::NAME, 1, &mut shutdown).await;
    }
}
