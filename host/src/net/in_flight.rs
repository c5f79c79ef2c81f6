//! How many requests of one quota may be in flight: a few at first, one more after a round of good answers while somebody waits, half
//! as many when the platform refuses or fails, and no more while it gets slower.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    sync::{Semaphore, SemaphorePermit},
    time::Instant,
};

/// An answer that takes so many times as long as the fastest, and this much longer, comes from a platform that has enough to do.
const SLOW_TIMES: u32 = 2;
const SLOW: Duration = Duration::from_millis(50);

/// Places of requests in flight.
#[derive(Debug)]
pub(super) struct InFlight {
    places: Semaphore,
    first: usize,
    most: usize,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// How many requests may be in flight, other replicas' included.
    limit: usize,
    /// Replicas that share them.
    sharers: usize,
    /// Places there are, taken ones included.
    places: usize,
    /// Good answers in a row since the limit changed.
    good: usize,
    /// Whether somebody has waited since.
    wanted: bool,
    fastest: Option<Duration>,
    lowered_at: Option<Instant>,
}

/// A place. Given back when it is dropped.
#[derive(Debug)]
pub(super) struct Place<'a> {
    of: &'a InFlight,
    permit: Option<SemaphorePermit<'a>>,
    begun: Instant,
    /// Whether it had to be waited for.
    pub(super) waited: bool,
}

impl InFlight {
    /// So many at first, and so many at most.
    pub(super) fn new(first: usize, most: usize) -> Self {
        let most = most.clamp(1, Semaphore::MAX_PERMITS);
        let limit = first.clamp(1, most);
        let state = State { limit, sharers: 1, places: limit, good: 0, wanted: false, fastest: None, lowered_at: None };
        Self { places: Semaphore::new(limit), first: limit, most, state: Mutex::new(state) }
    }

    /// Waits for a place.
    pub(super) async fn take(&self) -> Place<'_> {
        let waited = self.places.available_permits() == 0;
        if waited {
            self.state().wanted = true;
        }
        // Never closed, so there is always a permit.
        let permit = self.places.acquire().await.ok();
        Place { of: self, permit, begun: Instant::now(), waited }
    }

    /// Divides the places among so many replicas; each has one at least.
    pub(super) fn share_with(&self, sharers: u32) {
        let mut state = self.state();
        state.sharers = usize::try_from(sharers.max(1)).unwrap_or(usize::MAX);
        self.adjust(&mut state);
    }

    /// Whether no place is taken.
    pub(super) fn is_unused(&self) -> bool {
        let state = self.state();
        self.places.available_permits() >= state.places
    }

    /// Makes as many places as there may be; of those taken, too many end when they are given back.
    fn adjust(&self, state: &mut State) {
        let wanted = state.wanted();
        if wanted > state.places {
            self.places.add_permits(wanted - state.places);
            state.places = wanted;
        } else {
            state.places -= self.places.forget_permits(state.places - wanted);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Every change is complete before the next panic could happen, so a poisoned state is a sound one.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Places that there are to be.
    fn wanted(&self) -> usize {
        (self.limit / self.sharers).max(1)
    }
}

impl Place<'_> {
    /// The request is sent only now: what was waited for meanwhile is not the platform's time.
    pub(super) fn begins(&mut self) {
        self.begun = Instant::now();
    }

    /// The request was answered as well as it can be.
    pub(super) fn went_well(&self) {
        let took = self.begun.elapsed();
        let mut state = self.of.state();
        let fastest = state.fastest.map_or(took, |fastest| fastest.min(took));
        let is_slow = took > fastest * SLOW_TIMES + SLOW;
        // Requests differ, and platforms move: what was fast once is forgotten in time.
        state.fastest = Some(fastest + took.saturating_sub(fastest) / 256);
        if is_slow && state.limit >= self.of.first {
            state.good = 0;
            return;
        }
        state.good += 1;
        if state.wanted && state.good >= state.limit && state.limit < self.of.most {
            state.limit += 1;
            state.good = 0;
            state.wanted = false;
            self.of.adjust(&mut state);
        }
    }

    /// The platform refused the request, or did not answer it: fewer are sent at once, once for all that were under way.
    pub(super) fn went_badly(&self) {
        let mut state = self.of.state();
        if state.lowered_at.is_some_and(|at| self.begun <= at) {
            return;
        }
        state.limit = (state.limit / 2).max(1);
        state.lowered_at = Some(Instant::now());
        state.fastest = None;
        state.good = 0;
        self.of.adjust(&mut state);
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut state = self.of.state();
        let Some(permit) = self.permit.take() else { return };
        // Before it is given back: whoever waits would have it at once.
        if state.places > state.wanted() {
            permit.forget();
            state.places -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    const FAST: Duration = Duration::from_millis(30);

    /// Sends rounds of as many requests as are let through at once, with more that wait; how many the last round had.
    async fn rounds(in_flight: &InFlight, count: usize, took: Duration, well: bool) -> usize {
        let mut at_once = 0;
        for _ in 0..count {
            let mut places = vec![];
            while in_flight.places.available_permits() > 0 {
                places.push(in_flight.take().await);
            }
            in_flight.state().wanted = true;
            at_once = places.len();
            advance(took).await;
            for place in places {
                if well { place.went_well() } else { place.went_badly() }
            }
        }
        at_once
    }

    #[tokio::test(start_paused = true)]
    async fn more_are_sent_while_the_platform_keeps_up_and_half_as_many_when_it_does_not() {
        let in_flight = InFlight::new(4, 16);
        assert_eq!(rounds(&in_flight, 1, FAST, true).await, 4);
        assert_eq!(rounds(&in_flight, 4, FAST, true).await, 8, "one more after each round");
        assert_eq!(rounds(&in_flight, 50, FAST, true).await, 16, "and no more than there may be");
        rounds(&in_flight, 1, FAST, false).await;
        assert_eq!(rounds(&in_flight, 1, FAST, true).await, 8, "sixteen refusals of one round count once");
        rounds(&in_flight, 9, FAST, false).await;
        assert_eq!(rounds(&in_flight, 1, FAST, true).await, 1, "one is always let through");
        assert!(in_flight.is_unused());
    }

    #[tokio::test(start_paused = true)]
    async fn fewer_are_let_through_although_others_wait() {
        let in_flight = InFlight::new(8, 16);
        let mut places = vec![];
        for _ in 0..8 {
            places.push(in_flight.take().await);
        }
        let waiting = in_flight.take();
        let mut waiting = std::pin::pin!(waiting);
        assert!(futures_util::poll!(&mut waiting).is_pending());
        advance(FAST).await;
        places[0].went_badly();
        for left in (4..8).rev() {
            drop(places.pop());
            assert!(futures_util::poll!(&mut waiting).is_pending(), "{left} are in flight");
        }
        drop(places.pop());
        assert!(futures_util::poll!(&mut waiting).is_ready(), "the fifth of five that may not be");
    }

    #[tokio::test(start_paused = true)]
    async fn a_platform_that_gets_slower_is_not_asked_for_more() {
        let in_flight = InFlight::new(4, 16);
        let place = in_flight.take().await;
        advance(FAST).await;
        place.went_well();
        drop(place);
        assert_eq!(rounds(&in_flight, 9, FAST * 5, true).await, 4);
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_waits_nothing_grows_and_replicas_share() {
        let in_flight = InFlight::new(4, 16);
        for _ in 0..100 {
            let place = in_flight.take().await;
            advance(FAST).await;
            place.went_well();
        }
        assert_eq!(in_flight.places.available_permits(), 4);
        let held = [in_flight.take().await, in_flight.take().await, in_flight.take().await];
        in_flight.share_with(2);
        assert_eq!(in_flight.places.available_permits(), 0);
        assert!(!in_flight.is_unused());
        drop(held);
        assert_eq!(in_flight.places.available_permits(), 2, "what is given back is left to others");
        in_flight.share_with(1);
        assert_eq!(in_flight.places.available_permits(), 4);
        in_flight.share_with(100);
        assert_eq!(in_flight.places.available_permits(), 1);
    }
}
