//! One window of a quota: how much was taken within its length, and when there is room again.
//!
//! A sliding log rather than a token bucket: a bucket that starts full and refills lets nearly twice its size through
//! within one window. The log holds the quota in *any* window of that length, whichever way the platform counts:
//! fixed windows, sliding ones or a bucket. Amounts taken close together share an entry, so it stays small.

use std::{collections::VecDeque, time::Duration};

use tokio::time::Instant;

/// Most entries per window, as parts of its length.
const SLOTS: u32 = 64;
/// Steps in which the use by others fades.
const FADING_STEPS: u32 = 16;

#[derive(Debug, Clone, Copy)]
struct Entry {
    first: Instant,
    last: Instant,
    amount: u64,
}

/// What was taken from one window, by this host and by others.
#[derive(Debug, Clone)]
pub(super) struct SlidingWindow {
    interval: Duration,
    quota: u64,
    limit: u64,
    own: VecDeque<Entry>,
    foreign: Vec<(Instant, u64)>,
}

impl SlidingWindow {
    /// An unused window. `headroom_percent` of the quota is never taken.
    pub(super) fn new(interval: Duration, quota: u64, headroom_percent: u8) -> Self {
        let mut window = Self { interval, quota, limit: 0, own: VecDeque::new(), foreign: Vec::new() };
        window.set_quota(quota, headroom_percent);
        window
    }

    fn set_quota(&mut self, quota: u64, headroom_percent: u8) {
        let share = u128::from(100u8.saturating_sub(headroom_percent));
        let limit = u128::from(quota) * share / 100;
        self.quota = quota;
        self.limit = u64::try_from(limit).unwrap_or(u64::MAX).max(1);
    }

    /// What may be taken in one window.
    pub(super) fn limit(&self) -> u64 {
        self.limit
    }

    /// What the platform allows in one window.
    pub(super) fn quota(&self) -> u64 {
        self.quota
    }

    /// Length of the window.
    pub(super) fn interval(&self) -> Duration {
        self.interval
    }

    /// Takes what the platform says of itself: quota, and what is left of it. What it counts beyond our own use was
    /// taken by others; it fades over one window's length, as it does on the platform.
    pub(super) fn correct(&mut self, now: Instant, quota: u64, remaining: u64, headroom_percent: u8) {
        self.set_quota(quota, headroom_percent);
        self.forget(now);
        let foreign = quota.saturating_sub(remaining).saturating_sub(self.own_use());
        let (steps, step) = (u64::from(FADING_STEPS), self.interval / FADING_STEPS);
        self.foreign = (0..FADING_STEPS)
            .map(|index| {
                let amount = foreign / steps + u64::from(u64::from(index) < foreign % steps);
                (now + step * (index + 1), amount)
            })
            .filter(|(_, amount)| *amount > 0)
            .collect();
    }

    /// When `amount` fits; now when it fits at once. More than the whole limit counts as the limit: such a request
    /// waits for an empty window and then leaves the decision to the platform.
    pub(super) fn available_at(&mut self, now: Instant, amount: u64) -> Instant {
        self.forget(now);
        let mut over = self.used().saturating_add(amount.min(self.limit)).saturating_sub(self.limit);
        if over == 0 {
            return now;
        }
        let own = self.own.iter().map(|entry| (entry.last + self.interval, entry.amount));
        let mut leaving: Vec<(Instant, u64)> = own.chain(self.foreign.iter().copied()).collect();
        leaving.sort_unstable();
        for (at, amount) in leaving {
            over = over.saturating_sub(amount);
            if over == 0 {
                return at;
            }
        }
        now
    }

    /// Takes `amount`, at most the whole limit.
    pub(super) fn take(&mut self, now: Instant, amount: u64) {
        self.add(now, amount.min(self.limit));
    }

    /// Corrects an estimate that has been taken by what was charged.
    pub(super) fn settle(&mut self, now: Instant, estimated: u64, charged: u64) {
        if charged > estimated {
            self.add(now, charged - estimated);
            return;
        }
        let mut surplus = estimated.min(self.limit).saturating_sub(charged);
        for entry in self.own.iter_mut().rev() {
            let part = surplus.min(entry.amount);
            entry.amount -= part;
            surplus -= part;
        }
    }

    /// What counts against the limit at the moment.
    pub(super) fn used_at(&mut self, now: Instant) -> u64 {
        self.forget(now);
        self.used()
    }

    fn add(&mut self, now: Instant, amount: u64) {
        let slot = self.interval / SLOTS;
        match self.own.back_mut() {
            // The whole entry leaves with its youngest part: late rather than early.
            Some(entry) if now.saturating_duration_since(entry.first) < slot => {
                entry.last = entry.last.max(now);
                entry.amount = entry.amount.saturating_add(amount);
            }
            _ => self.own.push_back(Entry { first: now, last: now, amount }),
        }
    }

    fn forget(&mut self, now: Instant) {
        while self.own.front().is_some_and(|entry| entry.last + self.interval <= now) {
            self.own.pop_front();
        }
        self.foreign.retain(|(fades, _)| *fades > now);
    }

    fn own_use(&self) -> u64 {
        self.own.iter().fold(0, |sum, entry| sum.saturating_add(entry.amount))
    }

    fn used(&self) -> u64 {
        self.foreign.iter().fold(self.own_use(), |sum, (_, amount)| sum.saturating_add(*amount))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const INTERVAL: Duration = Duration::from_secs(10);

    fn most_in_any_window(taken: &[(Instant, u64)]) -> u64 {
        let in_window_from = |start: Instant| {
            let inside = taken.iter().filter(|(at, _)| *at >= start && *at < start + INTERVAL);
            inside.map(|(_, amount)| amount).sum()
        };
        taken.iter().map(|(start, _)| in_window_from(*start)).max().unwrap_or(0)
    }

    proptest! {
        #[test]
        fn no_window_ever_exceeds_the_limit_and_every_wait_ends(
            quota in 1u64..200,
            headroom in 0u8..=100,
            steps in prop::collection::vec((0u64..4000, 0u64..300, prop::option::of(0u64..200)), 1..120),
        ) {
            let mut now = Instant::now();
            let mut window = SlidingWindow::new(INTERVAL, quota, headroom);
            let mut taken = Vec::new();
            for (pause, amount, remaining) in steps {
                now += Duration::from_millis(pause);
                if let Some(remaining) = remaining {
                    window.correct(now, quota, remaining.min(quota), headroom);
                }
                let at = window.available_at(now, amount);
                prop_assert!(at >= now && at <= now + INTERVAL, "waits at most one window");
                now = at;
                prop_assert_eq!(window.available_at(now, amount), now, "there is room when there was said to be");
                window.take(now, amount);
                taken.push((now, amount.min(window.limit())));
                prop_assert!(window.own.len() <= SLOTS as usize + 1, "memory is bounded");
            }
            prop_assert!(most_in_any_window(&taken) <= window.limit());
            prop_assert!(window.limit() <= quota);
        }

        #[test]
        fn what_others_took_is_respected_and_fades(quota in 10u64..1000, remaining in 0u64..1000) {
            let (now, remaining) = (Instant::now(), remaining.min(quota));
            let mut window = SlidingWindow::new(INTERVAL, quota, 20);
            window.correct(now, quota, remaining, 20);
            let left = window.limit().saturating_sub(quota - remaining);
            if left > 0 {
                prop_assert_eq!(window.available_at(now, left), now);
            }
            prop_assert!(left == window.limit() || window.available_at(now, left + 1) > now);
            prop_assert_eq!(window.used_at(now + INTERVAL), 0);
        }
    }

    #[test]
    fn the_whole_limit_is_usable_at_once_and_again_after_one_window() {
        let start = Instant::now();
        let mut window = SlidingWindow::new(INTERVAL, 100, 20);
        for _ in 0..80 {
            assert_eq!(window.available_at(start, 1), start);
            window.take(start, 1);
        }
        assert_eq!(window.available_at(start, 1), start + INTERVAL);
        assert_eq!(window.used_at(start + INTERVAL), 0);
    }

    #[test]
    fn a_request_dearer_than_the_limit_waits_for_an_empty_window() {
        let start = Instant::now();
        let mut window = SlidingWindow::new(INTERVAL, 100, 20);
        assert_eq!(window.available_at(start, 5000), start);
        window.take(start, 1);
        assert_eq!(window.available_at(start, 5000), start + INTERVAL);
    }

    #[test]
    fn an_estimate_is_settled_in_both_directions() {
        let start = Instant::now();
        let mut window = SlidingWindow::new(INTERVAL, 1000, 20);
        window.take(start, 500);
        window.settle(start, 500, 120);
        assert_eq!(window.used_at(start), 120);
        window.settle(start, 100, 400);
        assert_eq!(window.used_at(start), 420);
    }

    #[test]
    fn own_use_is_not_mistaken_for_that_of_others() {
        let start = Instant::now();
        let mut window = SlidingWindow::new(INTERVAL, 100, 20);
        window.take(start, 30);
        window.correct(start, 100, 60, 20);
        assert_eq!(window.used_at(start), 40, "30 of its own, 10 of others");
        window.correct(start, 100, 75, 20);
        assert_eq!(window.used_at(start), 30, "a platform that refills sooner does not erase what was taken");
    }
}
