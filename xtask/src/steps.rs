//! Prints what is being done and how long it took.

use std::time::{Duration, Instant};

/// Runs a step and prints one line with its time.
pub(crate) fn step<T>(name: &str, work: impl FnOnce() -> anyhow::Result<T>) -> anyhow::Result<T> {
    let start = Instant::now();
    let outcome = work();
    let mark = if outcome.is_ok() { "✓" } else { "✗" };
    println!("{mark} {name}  ({})", shown(start.elapsed()));
    outcome
}

/// A duration as people read it.
pub(crate) fn shown(duration: Duration) -> String {
    match duration.as_millis() {
        ms @ 0..1_000 => format!("{ms} ms"),
        ms if ms < 60_000 => format!("{}.{} s", ms / 1_000, ms % 1_000 / 100),
        ms => format!("{} min {} s", ms / 60_000, ms % 60_000 / 1_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_readable() {
        let shown = [7, 1_250, 61_000].map(|ms| shown(Duration::from_millis(ms)));
        assert_eq!(shown, ["7 ms", "1.2 s", "1 min 1 s"]);
    }
}
