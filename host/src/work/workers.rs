//! Starts workers, starts them again when they end, and knows which kinds of work have none that lives.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{sync::watch, task::JoinHandle, time::Instant};

use super::backoff::{Backoff, Jitter, random};
use crate::metrics;

/// The first pause before a worker is started again.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
/// How the pauses grow.
const RESTART: Backoff = Backoff::new(FIRST_PAUSE, Duration::from_secs(30), Jitter::TENTH_LATER);
/// A worker that lived this long is sound: what ended it counts as the first end again.
const SOUND_AFTER: Duration = Duration::from_mins(1);

/// The workers of this process. Cheap to clone.
#[derive(Clone)]
pub struct Workers {
    ending: watch::Receiver<bool>,
    kinds: Arc<Mutex<BTreeMap<&'static str, Arc<AtomicUsize>>>>,
}

impl Workers {
    /// None yet; they end when they are told to by `ending`.
    pub fn new(ending: watch::Receiver<bool>) -> Self {
        Self { ending, kinds: Arc::default() }
    }

    /// Starts a worker of a kind. `begin` makes it, again and again: after a panic, and when it ends without being told to.
    /// The task ends once the worker was told to end and has ended.
    pub fn start<W>(
        &self,
        kind: &'static str,
        begin: impl Fn(watch::Receiver<bool>) -> W + Send + 'static,
    ) -> JoinHandle<()>
    where
        W: Future<Output = ()> + Send + 'static,
    {
        let living = Arc::clone(self.lock().entry(kind).or_default());
        // Counted from here on: that a worker has not run yet is no sign that it is dead.
        living.fetch_add(1, Ordering::SeqCst);
        let mut ending = self.ending.clone();
        tokio::spawn(async move {
            let mut ends = 0_u32;
            loop {
                let started = Instant::now();
                let ended = tokio::spawn(begin(ending.clone())).await;
                living.fetch_sub(1, Ordering::SeqCst);
                if *ending.borrow() {
                    return;
                }
                let how = if ended.is_err() { "a panic" } else { "itself" };
                tracing::error!(kind, "a worker ended by {how}; restarting it");
                metrics::worker_ended(kind);
                ends = if started.elapsed() < SOUND_AFTER { ends.saturating_add(1) } else { 1 };
                let pause = RESTART.pause(ends, random());
                tokio::select! {
                    () = tokio::time::sleep(pause) => {}
                    _ = ending.changed() => return,
                }
                living.fetch_add(1, Ordering::SeqCst);
            }
        })
    }

    /// The kinds of work that no living worker does at the moment.
    pub fn stopped(&self) -> Vec<&'static str> {
        self.living().into_iter().filter(|(_, living)| *living == 0).map(|(kind, _)| kind).collect()
    }

    /// How many workers of each kind live.
    pub fn living(&self) -> Vec<(&'static str, usize)> {
        self.lock().iter().map(|(kind, living)| (*kind, living.load(Ordering::SeqCst))).collect()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<&'static str, Arc<AtomicUsize>>> {
        self.kinds.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use tokio::sync::mpsc;

    use super::*;

    /// Takes one item after the other; the one at which it panics is gone with it.
    async fn work(
        items: Arc<Mutex<VecDeque<u32>>>,
        done: mpsc::UnboundedSender<u32>,
        mut ending: watch::Receiver<bool>,
    ) {
        while !*ending.borrow() {
            let item = items.lock().unwrap().pop_front();
            match item {
                Some(13) => panic!("an item nobody can bear"),
                Some(item) => done.send(item).unwrap(),
                None => {
                    ending.changed().await.ok();
                }
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_worker_that_panics_at_an_item_is_started_again_and_does_the_others() {
        let (end, ending) = watch::channel(false);
        let workers = Workers::new(ending);
        let items = Arc::new(Mutex::new(VecDeque::from([1, 13, 2, 13, 3])));
        let (done, mut finished) = mpsc::unbounded_channel();
        let task = workers.start("sync", move |ending| work(Arc::clone(&items), done.clone(), ending));
        for expected in 1..=3 {
            assert_eq!(finished.recv().await, Some(expected));
        }
        assert_eq!(workers.living(), [("sync", 1)]);
        end.send_replace(true);
        task.await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn a_kind_of_work_without_a_living_worker_is_named() {
        let (end, ending) = watch::channel(false);
        let workers = Workers::new(ending);
        let tasks = [
            workers.start("sound", |mut ending| async move { drop(ending.changed().await) }),
            workers.start("panics", |_| async { panic!("at once") }),
            workers.start("ends", |_| async {}),
        ];
        tokio::time::sleep(FIRST_PAUSE / 2).await;
        assert_eq!(workers.stopped(), ["ends", "panics"]);
        end.send_replace(true);
        for task in tasks {
            task.await.unwrap();
        }
    }
}
