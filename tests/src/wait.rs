//! Waiting for something to become true, where nothing says.

use std::{
    fmt::Debug,
    thread,
    time::{Duration, Instant},
};

/// How long anything may take before a test fails.
pub const DEADLINE: Duration = Duration::from_mins(1);

/// Asks until the answer is there; panics with `what` when it does not come in time.
pub fn wait_until<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(start.elapsed() < DEADLINE, "gave up waiting until {what}");
        park(Duration::from_millis(2));
    }
}

/// Asks how much is left until nothing is; panics with `what` when nothing moves for a minute. For work whose length
/// depends on how much there is.
pub fn wait_while_it_moves<T: PartialEq + Debug>(what: &str, mut left: impl FnMut() -> Option<T>) {
    let (mut before, mut moved) = (None, Instant::now());
    while let Some(now) = left() {
        if before.as_ref() != Some(&now) {
            (before, moved) = (Some(now), Instant::now());
        }
        assert!(moved.elapsed() < DEADLINE, "gave up waiting until {what}; left: {before:?}");
        park(Duration::from_millis(50));
    }
}

/// Gives the processor away for a moment. For loops that look at something again and again, never to let time pass.
pub fn park(moment: Duration) {
    thread::park_timeout(moment);
}
