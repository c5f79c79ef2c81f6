//! The store's clock: it runs like this machine's, ahead of it or behind, until a test sets, advances or stops it.

use jiff::Timestamp;

/// A clock in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clock {
    /// It runs, so many seconds ahead of this machine's.
    Running {
        /// Seconds ahead.
        ahead: i64,
    },
    /// It stands still at this second.
    Stopped {
        /// Seconds since 1970.
        at: i64,
    },
}

impl Clock {
    /// What it says, in seconds since 1970.
    pub fn now(self) -> i64 {
        match self {
            Self::Running { ahead } => Timestamp::now().as_second() + ahead,
            Self::Stopped { at } => at,
        }
    }

    /// The same clock at another time; without `stopped` it goes on as it did.
    #[must_use]
    pub(crate) fn at(self, at: i64, stopped: Option<bool>) -> Self {
        let stops = stopped.unwrap_or(matches!(self, Self::Stopped { .. }));
        if stops { Self::Stopped { at } } else { Self::Running { ahead: at - Timestamp::now().as_second() } }
    }
}
