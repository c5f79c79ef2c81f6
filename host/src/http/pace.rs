//! How slow a client may be: some seconds to begin with, and one more for every so many bytes it has moved.

use std::time::Duration;

/// Bytes a second that every client must manage once its first seconds are over.
const BYTES_PER_S: u64 = 8 * 1024;

/// A deadline that moves with what arrives.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace {
    grace: Duration,
}

impl Pace {
    /// So many seconds, and one for every 8 KiB.
    pub(super) fn new(grace_s: u64) -> Self {
        Self { grace: Duration::from_secs(grace_s) }
    }

    /// How long moving so many bytes may have taken.
    pub(super) fn allowed(self, bytes: u64) -> Duration {
        self.grace + Duration::from_millis(bytes.saturating_mul(1_000) / BYTES_PER_S)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_moves_bytes_has_more_time_and_who_does_not_has_none() {
        let pace = Pace::new(10);
        assert_eq!(pace.allowed(0), Duration::from_secs(10));
        assert_eq!(pace.allowed(1), Duration::from_secs(10));
        assert_eq!(pace.allowed(80 * 1024), Duration::from_secs(20));
    }
}
