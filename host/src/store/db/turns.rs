//! Who writes to a database file next. Of those who can wait one asks at a time, so that whoever cannot is second in line at most;
//! and while somebody is there who cannot wait, the others have half of the time.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, sleep_until},
};

/// So long after an urgent turn others are expected.
const EXPECTED_WITHIN: Duration = Duration::from_millis(5);
/// The longest pause after a turn of those who can wait.
const LONGEST_PAUSE: Duration = Duration::from_millis(50);

/// How a writer asks for its turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Urgency {
    /// Work in the background, and everything that is done once.
    Normal,
    /// Somebody outside waits for each of many.
    High,
}

/// The turns of one writer.
#[derive(Debug)]
pub(crate) struct Turns {
    normal: Arc<Semaphore>,
    last: Mutex<Last>,
}

#[derive(Debug, Default)]
struct Last {
    /// When an urgent turn was asked for or ended.
    urgent: Option<Instant>,
    /// When the turn of one who can wait ended, and how long it took.
    normal: Option<(Instant, Duration)>,
}

/// A turn; ends when it is dropped.
#[derive(Debug)]
pub(crate) struct Turn {
    of: Arc<Turns>,
    begun: Instant,
    normal: Option<OwnedSemaphorePermit>,
}

impl Turns {
    pub(crate) fn new() -> Self {
        Self { normal: Arc::new(Semaphore::new(1)), last: Mutex::default() }
    }

    /// Waits for a turn to ask for the connection.
    pub(crate) async fn take(self: &Arc<Self>, urgency: Urgency) -> Turn {
        if urgency == Urgency::High {
            self.last().urgent = Some(Instant::now());
            return Turn { of: Arc::clone(self), begun: Instant::now(), normal: None };
        }
        // Never closed, so there is always a permit.
        let normal = Arc::clone(&self.normal).acquire_owned().await.ok();
        let next = self.next_normal();
        if let Some(next) = next {
            sleep_until(next).await;
        }
        Turn { of: Arc::clone(self), begun: Instant::now(), normal }
    }

    /// When one who can wait may ask next, if not now: after as long a pause as the turn before took.
    fn next_normal(&self) -> Option<Instant> {
        let last = self.last();
        let expects_urgent = last.urgent.is_some_and(|at| at.elapsed() < EXPECTED_WITHIN);
        let (ended, took) = last.normal.filter(|_| expects_urgent)?;
        Some(ended + took.min(LONGEST_PAUSE))
    }

    fn last(&self) -> MutexGuard<'_, Last> {
        // Each value is written whole.
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let now = Instant::now();
        let mut last = self.of.last();
        if self.normal.is_some() {
            last.normal = Some((now, now.saturating_duration_since(self.begun)));
        } else {
            last.urgent = Some(now);
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    const TURN: Duration = Duration::from_millis(8);

    #[tokio::test(start_paused = true)]
    async fn those_who_can_wait_ask_one_at_a_time_and_at_once_when_nobody_is_urgent() {
        let turns = Arc::new(Turns::new());
        let first = turns.take(Urgency::Normal).await;
        let mut second = Box::pin(turns.take(Urgency::Normal));
        assert!(futures_util::poll!(&mut second).is_pending());
        let urgent = turns.take(Urgency::High).await;
        drop((first, urgent));
        advance(EXPECTED_WITHIN).await;
        let begun = Instant::now();
        drop(second.await);
        drop(turns.take(Urgency::Normal).await);
        assert_eq!(begun.elapsed(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn while_somebody_is_urgent_the_others_have_half_of_the_time() {
        let turns = Arc::new(Turns::new());
        let (begun, mut others) = (Instant::now(), Duration::ZERO);
        while begun.elapsed() < TURN * 100 {
            drop(turns.take(Urgency::High).await);
            let turn = turns.take(Urgency::Normal).await;
            advance(TURN).await;
            drop(turn);
            others += TURN;
            drop(turns.take(Urgency::High).await);
        }
        assert!(others <= TURN * 51 && others >= TURN * 49, "{others:?}");
        // One that took long holds nobody up for long.
        let turn = turns.take(Urgency::Normal).await;
        advance(TURN * 1_000).await;
        drop(turn);
        drop(turns.take(Urgency::High).await);
        let begun = Instant::now();
        drop(turns.take(Urgency::Normal).await);
        assert_eq!(begun.elapsed(), LONGEST_PAUSE);
    }
}
