//! What is done once in a while is a kind of work, too: its claim is a due time of this process.

use std::{
    convert::Infallible,
    fmt::Display,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{sync::Mutex as AsyncMutex, time::Instant};

use super::{
    runner::{Due, Kind},
    shutdown::Shutdown,
};

/// Something that is done once in a while.
pub trait Periodic: Send + Sync + 'static {
    /// Its name in logs, metrics and readiness.
    const NAME: &'static str;
    /// Why a round failed.
    type Error: Display + Send;

    /// The longest pause between two rounds.
    fn every(&self) -> Duration;

    /// One round; how long there is nothing to do, [`Self::every`] at most. Dropped when the host shuts down.
    fn round(&mut self) -> impl Future<Output = Result<Duration, Self::Error>> + Send;

    /// Ends when a round may be due sooner.
    fn woken(&self) -> impl Future<Output = ()> + Send {
        std::future::pending()
    }
}

/// Makes a kind of work of what is done once in a while: the claim is its time.
pub struct Every<P>(Arc<Schedule<P>>);

struct Schedule<P> {
    periodic: AsyncMutex<P>,
    next: Mutex<Instant>,
}

impl<P: Periodic> Every<P> {
    /// Due at once for the first time.
    pub fn new(periodic: P) -> Self {
        let next = Mutex::new(Instant::now());
        Self(Arc::new(Schedule { periodic: AsyncMutex::new(periodic), next }))
    }

    fn next(&self) -> MutexGuard<'_, Instant> {
        self.0.next.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set_next(&self, pause: Duration) {
        *self.next() = Instant::now() + pause;
    }
}

impl<P> Clone for Every<P> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<P: Periodic> Kind for Every<P> {
    const NAME: &'static str = P::NAME;
    type Claimed = ();
    type Error = Infallible;

    async fn claim(&self) -> Result<Due<()>, Infallible> {
        let pause = self.next().saturating_duration_since(Instant::now());
        Ok(if pause.is_zero() { Due::Now(()) } else { Due::In(pause) })
    }

    async fn work(self, (): (), mut shutdown: Shutdown) {
        let mut periodic = self.0.periodic.lock().await;
        let every = periodic.every();
        // Said first: a round that panics is not begun again at once.
        self.set_next(every);
        tokio::select! {
            outcome = periodic.round() => match outcome {
                Ok(pause) => self.set_next(pause.min(every)),
                Err(error) => {
                    tracing::error!(kind = P::NAME, %error, "a round failed");
                    self.set_next(every);
                }
            },
            () = shutdown.begun() => {}
        }
    }

    async fn woken(&self) {
        self.0.periodic.lock().await.woken().await;
        self.set_next(Duration::ZERO);
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::{Notify, mpsc};

    use super::*;

    /// Says when its rounds are; the third panics, the fourth fails.
    struct Rounds {
        begun: Instant,
        number: u32,
        said: mpsc::UnboundedSender<u64>,
        wake: Arc<Notify>,
    }

    impl Periodic for Rounds {
        const NAME: &'static str = "rounds";
        type Error = &'static str;

        fn every(&self) -> Duration {
            Duration::from_mins(1)
        }

        async fn round(&mut self) -> Result<Duration, &'static str> {
            self.number += 1;
            self.said.send(self.begun.elapsed().as_secs()).unwrap();
            match self.number {
                2 => Ok(Duration::from_secs(5)),
                3 => panic!("a round that panics"),
                4 => Err("a round that fails"),
                _ => Ok(self.every()),
            }
        }

        async fn woken(&self) {
            self.wake.notified().await;
        }
    }

    #[tokio::test(start_paused = true)]
    async fn rounds_come_in_their_time_whatever_happens_in_them_and_sooner_when_woken() {
        let (end, shutdown) = tokio::sync::watch::channel(false);
        let workers = super::super::Workers::new(shutdown);
        let (said, mut rounds) = mpsc::unbounded_channel();
        let wake = Arc::new(Notify::new());
        let periodic = Rounds { begun: Instant::now(), number: 0, said, wake: Arc::clone(&wake) };
        let task = workers.start(Every::new(periodic), 1).unwrap();
        for expected in [0, 60, 65, 125, 185] {
            assert_eq!(rounds.recv().await, Some(expected));
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
        wake.notify_one();
        assert_eq!(rounds.recv().await, Some(186));
        end.send_replace(true);
        task.await.unwrap();
    }
}
