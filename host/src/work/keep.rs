//! Keeps a claim while work runs under it. A claim is lost when somebody else has it, or when it could not be renewed for as
//! long as it holds: then the work is dropped. Whatever is written under a claim is fenced, so nothing depends on how soon the
//! loss is seen.

use std::{fmt::Display, time::Duration};

use tokio::time::{Instant, sleep, timeout};

/// How long a claim holds, and how often it is renewed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lease {
    holds: Duration,
    every: Duration,
}

/// The claim was lost; the work under it was dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lost;

impl Lease {
    /// A claim that holds for so long without being renewed; it is renewed after a third of that.
    pub const fn of(holds: Duration) -> Self {
        let every = match holds.checked_div(3) {
            Some(every) => every,
            None => holds,
        };
        Self { holds, every }
    }

    /// The same, renewed at least this often.
    #[must_use]
    pub fn renewed_at_least_every(self, every: Duration) -> Self {
        Self { every: self.every.min(every), ..self }
    }
}

/// Does work while `renew` keeps its claim; `renew` says whether it still holds. The work is dropped when it is lost.
pub fn keep<T, R, E>(
    lease: Lease,
    renew: impl Fn() -> R,
    work: impl Future<Output = T>,
) -> impl Future<Output = Result<T, Lost>>
where
    R: Future<Output = Result<bool, E>>,
    E: Display,
{
    // On the heap: work is large, and every future above it would be as large.
    let mut work = Box::pin(work);
    async move {
        tokio::select! {
            biased;
            done = &mut work => Ok(done),
            lost = renewed(lease, renew) => Err(lost),
        }
    }
}

/// Like [`keep`], for work that must not be cut anywhere: when the claim is lost, `stop` asks it to end, and it is waited for.
pub fn keep_to_the_end<T, R, E>(
    lease: Lease,
    renew: impl Fn() -> R,
    stop: impl FnOnce(),
    work: impl Future<Output = T>,
) -> impl Future<Output = T>
where
    R: Future<Output = Result<bool, E>>,
    E: Display,
{
    let mut work = Box::pin(work);
    async move {
        tokio::select! {
            biased;
            done = &mut work => return done,
            Lost = renewed(lease, renew) => stop(),
        }
        work.await
    }
}

/// Renews again and again, until the claim is lost. Goes on beside the work, never in its place: work that stands still may
/// hold what the renewal waits for.
async fn renewed<R, E>(lease: Lease, renew: impl Fn() -> R) -> Lost
where
    R: Future<Output = Result<bool, E>>,
    E: Display,
{
    let mut ends = Instant::now() + lease.holds;
    loop {
        sleep(lease.every).await;
        let asked = Instant::now();
        // Also after its end it is asked once: the process may have stood still, and nobody else have come.
        match timeout(lease.every.max(ends.saturating_duration_since(asked)), renew()).await {
            Ok(Ok(true)) => ends = asked + lease.holds,
            Ok(Ok(false)) => return Lost,
            Ok(Err(error)) => tracing::warn!(%error, "cannot renew a claim"),
            Err(_) => tracing::warn!("the renewal of a claim gets no answer"),
        }
        if Instant::now() >= ends {
            return Lost;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{
        cell::{Cell, RefCell},
        collections::VecDeque,
        future::{pending, ready},
    };

    use super::*;

    const HOLDS: Duration = Duration::from_secs(30);

    /// Renewals that come out like this, one after the other; the last for ever.
    fn renewals(
        outcomes: &[Result<bool, &'static str>],
    ) -> impl Fn() -> std::future::Ready<Result<bool, &'static str>> {
        let outcomes = RefCell::new(outcomes.iter().copied().collect::<VecDeque<_>>());
        move || {
            let mut outcomes = outcomes.borrow_mut();
            ready(if outcomes.len() > 1 { outcomes.pop_front() } else { outcomes.front().copied() }.unwrap())
        }
    }

    async fn lost_after(outcomes: &[Result<bool, &'static str>]) -> u64 {
        let begun = Instant::now();
        assert_eq!(keep(Lease::of(HOLDS), renewals(outcomes), pending::<()>()).await, Err(Lost));
        begun.elapsed().as_secs()
    }

    #[tokio::test(start_paused = true)]
    async fn work_that_ends_in_time_is_done() {
        let work = async {
            sleep(HOLDS * 10).await;
            7
        };
        assert_eq!(keep(Lease::of(HOLDS), renewals(&[Ok(true)]), work).await, Ok(7));
    }

    #[tokio::test(start_paused = true)]
    async fn the_work_is_dropped_as_soon_as_somebody_else_has_the_claim() {
        assert_eq!(lost_after(&[Ok(true), Ok(false)]).await, 20);
    }

    #[tokio::test(start_paused = true)]
    async fn a_renewal_that_fails_is_tried_again_until_the_claim_has_ended() {
        assert_eq!(lost_after(&[Err("busy")]).await, 30);
        assert_eq!(lost_after(&[Err("busy"), Ok(true), Err("busy")]).await, 50);
    }

    #[tokio::test(start_paused = true)]
    async fn a_renewal_without_an_answer_counts_as_failed() {
        let begun = Instant::now();
        let never = || pending::<Result<bool, String>>();
        assert_eq!(keep(Lease::of(HOLDS), never, pending::<()>()).await, Err(Lost));
        assert_eq!(begun.elapsed().as_secs(), 30);
    }

    #[tokio::test(start_paused = true)]
    async fn work_that_must_not_be_cut_is_asked_to_stop_and_waited_for() {
        let stopped = Cell::new(false);
        let work = async {
            while !stopped.get() {
                sleep(Duration::from_secs(1)).await;
            }
            "what it has"
        };
        let kept = keep_to_the_end(Lease::of(HOLDS), renewals(&[Ok(false)]), || stopped.set(true), work).await;
        assert_eq!(kept, "what it has");
    }
}
