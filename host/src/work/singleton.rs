//! What is done once in a while by one replica for all of them.

use std::{fmt::Display, time::Duration};

use super::{
    periodic::{Every, Periodic},
    runner::{Due, Kind},
    shutdown::Shutdown,
};

/// How often a replica that does not do it looks whether it should.
const LOOK_AGAIN: Duration = Duration::from_secs(5);

/// Says which replica does a kind of work for all.
pub trait Election: Clone + Send + Sync + 'static {
    /// Why that cannot be seen.
    type Error: Display + Send;

    /// Whether it is this one; it becomes so when the one that was has ended.
    fn leads(&self, kind: &'static str) -> impl Future<Output = Result<bool, Self::Error>> + Send;
}

/// Something that is done once in a while, by one replica. A round that is at work when another takes over comes to its end: rounds
/// may be done twice.
pub struct Singleton<P, E> {
    every: Every<P>,
    election: E,
}

impl<P: Periodic, E> Singleton<P, E> {
    /// Due at once for the first time, where it is done.
    pub fn new(periodic: P, election: E) -> Self {
        Self { every: Every::new(periodic), election }
    }
}

impl<P, E: Clone> Clone for Singleton<P, E> {
    fn clone(&self) -> Self {
        Self { every: self.every.clone(), election: self.election.clone() }
    }
}

impl<P: Periodic, E: Election> Kind for Singleton<P, E> {
    const NAME: &'static str = P::NAME;
    type Claimed = ();
    type Error = E::Error;

    async fn claim(&self) -> Result<Due<()>, E::Error> {
        let Ok(due) = self.every.claim().await;
        Ok(match due {
            Due::Now(()) if !self.election.leads(P::NAME).await? => Due::In(LOOK_AGAIN),
            due => due,
        })
    }

    async fn work(self, (): (), shutdown: Shutdown) {
        self.every.work((), shutdown).await;
    }

    async fn woken(&self) {
        self.every.woken().await;
    }
}

#[cfg(test)]
mod tests {
    use std::{
        convert::Infallible,
        sync::{
            Arc,
            atomic::{AtomicBool, Ordering},
        },
    };

    use tokio::sync::{mpsc, watch};

    use super::*;
    use crate::work::Workers;

    #[derive(Clone)]
    struct Elected(Arc<AtomicBool>);

    impl Election for Elected {
        type Error = Infallible;

        async fn leads(&self, _: &'static str) -> Result<bool, Infallible> {
            Ok(self.0.load(Ordering::SeqCst))
        }
    }

    struct Rounds(mpsc::UnboundedSender<()>);

    impl Periodic for Rounds {
        const NAME: &'static str = "rounds";
        type Error = Infallible;

        fn every(&self) -> Duration {
            Duration::from_mins(1)
        }

        async fn round(&mut self) -> Result<Duration, Infallible> {
            self.0.send(()).unwrap();
            Ok(self.every())
        }
    }

    #[tokio::test(start_paused = true)]
    async fn rounds_are_where_they_are_done_and_begin_soon_after_the_one_that_did_them_has_ended() {
        let (end, shutdown) = watch::channel(false);
        let workers = Workers::new(shutdown);
        let elected = Elected(Arc::default());
        let (said, mut rounds) = mpsc::unbounded_channel();
        let task = workers.start(Singleton::new(Rounds(said), elected.clone()), 1).unwrap();
        tokio::time::sleep(Duration::from_hours(1)).await;
        assert!(rounds.try_recv().is_err());
        elected.0.store(true, Ordering::SeqCst);
        tokio::time::timeout(LOOK_AGAIN, rounds.recv()).await.unwrap().unwrap();
        end.send_replace(true);
        task.await.unwrap();
    }
}
