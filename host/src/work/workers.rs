//! Starts kinds of work, and knows which of them have no place that lives.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::{sync::watch, task::JoinHandle};

use super::{
    runner::{self, Kind},
    shutdown::Shutdown,
    standing::Standing,
};

/// The kinds of work of this process. Cheap to clone.
#[derive(Clone)]
pub struct Workers {
    shutdown: Shutdown,
    kinds: Arc<Mutex<BTreeMap<&'static str, Arc<Standing>>>>,
}

impl Workers {
    /// None yet; they end when `shutdown` says so.
    pub fn new(shutdown: watch::Receiver<bool>) -> Self {
        Self { shutdown: Shutdown::new(shutdown), kinds: Arc::default() }
    }

    /// Starts a kind of work at so many places; nothing for none. The task ends once the host shuts down and what was begun has
    /// ended.
    pub fn start<K: Kind>(&self, kind: K, places: u32) -> Option<JoinHandle<()>> {
        let places = usize::try_from(places).ok().filter(|places| *places > 0)?;
        let standing = Arc::clone(self.lock().entry(K::NAME).or_default());
        standing.add(places);
        Some(tokio::spawn(runner::run(kind, places, standing, self.shutdown.clone())))
    }

    /// The kinds of work that no living place does at the moment.
    pub fn stopped(&self) -> Vec<&'static str> {
        self.living().into_iter().filter(|(_, living)| *living == 0).map(|(kind, _)| kind).collect()
    }

    /// How many places of each kind live.
    pub fn living(&self) -> Vec<(&'static str, usize)> {
        self.lock().iter().map(|(kind, standing)| (*kind, standing.living())).collect()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<&'static str, Arc<Standing>>> {
        self.kinds.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::{
        collections::VecDeque,
        sync::atomic::{AtomicUsize, Ordering},
        time::Duration,
    };

    use tokio::sync::{Notify, mpsc};

    use super::{
        super::{runner::Due, standing::FIRST_PAUSE},
        *,
    };

    /// Takes one item after the other; the one at which it panics is gone with it.
    #[derive(Clone)]
    struct Items {
        left: Arc<Mutex<VecDeque<u32>>>,
        done: mpsc::UnboundedSender<u32>,
        wake: Arc<Notify>,
        at_once: Arc<AtomicUsize>,
        most: Arc<AtomicUsize>,
    }

    impl Items {
        fn of(items: &[u32]) -> (Self, mpsc::UnboundedReceiver<u32>) {
            let (done, finished) = mpsc::unbounded_channel();
            let left = Arc::new(Mutex::new(items.iter().copied().collect()));
            (Self { left, done, wake: Arc::default(), at_once: Arc::default(), most: Arc::default() }, finished)
        }
    }

    impl Kind for Items {
        const NAME: &'static str = "sync";
        type Claimed = u32;
        type Error = &'static str;

        async fn claim(&self) -> Result<Due<u32>, &'static str> {
            let item = self.left.lock().unwrap().pop_front();
            match item {
                Some(14) => panic!("a claim nobody can bear"),
                Some(15) => Err("a store that fails"),
                item => Ok(Due::of(item, Duration::from_hours(1))),
            }
        }

        async fn work(self, item: u32, mut shutdown: Shutdown) {
            let at_once = self.at_once.fetch_add(1, Ordering::SeqCst) + 1;
            self.most.fetch_max(at_once, Ordering::SeqCst);
            tokio::time::sleep(Duration::from_secs(1)).await;
            self.at_once.fetch_sub(1, Ordering::SeqCst);
            match item {
                13 => panic!("an item nobody can bear"),
                100 => shutdown.begun().await,
                _ => {}
            }
            self.done.send(item).unwrap();
        }

        async fn woken(&self) {
            self.wake.notified().await;
        }
    }

    /// Panics at every look.
    #[derive(Clone)]
    struct Panics;

    impl Kind for Panics {
        const NAME: &'static str = "panics";
        type Claimed = ();
        type Error = &'static str;

        async fn claim(&self) -> Result<Due<()>, &'static str> {
            panic!("at once")
        }

        async fn work(self, (): (), _: Shutdown) {}
    }

    #[tokio::test(start_paused = true)]
    async fn a_place_at_which_an_item_panics_does_the_others() {
        let (end, shutdown) = watch::channel(false);
        let workers = Workers::new(shutdown);
        let (items, mut finished) = Items::of(&[1, 13, 2, 14, 15, 13, 3]);
        let task = workers.start(items, 1).unwrap();
        for expected in 1..=3 {
            assert_eq!(finished.recv().await, Some(expected));
        }
        assert_eq!(workers.living(), [("sync", 1)]);
        end.send_replace(true);
        task.await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn as_much_is_done_at_once_as_there_are_places_and_what_has_begun_comes_to_its_end() {
        let (end, shutdown) = watch::channel(false);
        let workers = Workers::new(shutdown);
        let (items, mut finished) = Items::of(&[1, 2, 3, 4, 5]);
        let task = workers.start(items.clone(), 2).unwrap();
        for _ in 1..=5 {
            finished.recv().await.unwrap();
        }
        assert_eq!(items.most.load(Ordering::SeqCst), 2);
        items.left.lock().unwrap().push_back(100);
        items.wake.notify_one();
        tokio::time::sleep(Duration::from_secs(2)).await;
        end.send_replace(true);
        task.await.unwrap();
        assert_eq!(finished.recv().await, Some(100), "woken, and waited for");
        assert!(workers.start(items, 0).is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn a_kind_of_work_without_a_living_place_is_named() {
        let (end, shutdown) = watch::channel(false);
        let workers = Workers::new(shutdown);
        let (items, mut finished) = Items::of(&[13, 1]);
        let tasks = [workers.start(items, 1).unwrap(), workers.start(Panics, 3).unwrap()];
        tokio::time::sleep(FIRST_PAUSE / 2).await;
        assert_eq!(workers.stopped(), ["panics"]);
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert!(workers.stopped().contains(&"sync"), "{:?}", workers.living());
        assert_eq!(finished.recv().await, Some(1), "the place came back");
        end.send_replace(true);
        for task in tasks {
            task.await.unwrap();
        }
    }
}
