//! When work is done again whose transaction did not hold, and for how long.

use std::time::{Duration, Instant};

use crate::store::db::{
    dialect::Dialect,
    failure::{Class, Failure},
    server,
};

/// How long work waits before it is done again that a server undid because of others.
const CONFLICT_PAUSES_MS: [u64; 5] = [1, 5, 20, 80, 200];
/// How long it waits for a server that is gone, each time longer.
const LOST_PAUSES_MS: [u64; 5] = [10, 50, 100, 200, 400];
/// How long after the first loss it is done again at most: as long as a standby takes to take over, where that is automatic.
const LOST_FOR: Duration = Duration::from_secs(20);

/// How often work was tried.
#[derive(Debug)]
pub(crate) struct Attempts {
    dialect: Dialect,
    conflicts: usize,
    losses: usize,
    first_loss: Option<Instant>,
}

impl Attempts {
    /// None so far. A file is not lost, and its one writer has no conflicts.
    pub(crate) fn new(dialect: Dialect) -> Self {
        Self { dialect, conflicts: 0, losses: 0, first_loss: None }
    }

    /// How long to wait before the work is done again; nothing when it is not.
    pub(crate) fn pause(&mut self, failure: &Failure) -> Option<Duration> {
        if self.dialect == Dialect::Sqlite {
            return None;
        }
        let class = match failure {
            Failure::Driver(error) => server::failure::class(error),
            Failure::Store(_) => Class::Final,
        };
        match class {
            Class::Conflict => {
                let pause = CONFLICT_PAUSES_MS.get(self.conflicts)?;
                self.conflicts += 1;
                Some(Duration::from_millis(*pause))
            }
            Class::Lost => {
                let first = *self.first_loss.get_or_insert_with(Instant::now);
                let pause = Duration::from_millis(LOST_PAUSES_MS[self.losses.min(LOST_PAUSES_MS.len() - 1)]);
                self.losses += 1;
                (first.elapsed() + pause < LOST_FOR).then_some(pause)
            }
            Class::Final => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[test]
    fn what_was_lost_is_tried_for_a_while_and_what_fails_for_good_is_not() {
        let lost = || Failure::Driver(sqlx::Error::Io(io::ErrorKind::ConnectionReset.into()));
        let mut attempts = Attempts::new(Dialect::Postgres);
        let pauses: Vec<u128> = (0..7).map(|_| attempts.pause(&lost()).unwrap().as_millis()).collect();
        assert_eq!(pauses, [10, 50, 100, 200, 400, 400, 400]);
        attempts.first_loss = Instant::now().checked_sub(LOST_FOR);
        assert_eq!(attempts.pause(&lost()), None);
        assert_eq!(Attempts::new(Dialect::Postgres).pause(&Failure::Driver(sqlx::Error::RowNotFound)), None);
        assert_eq!(Attempts::new(Dialect::Postgres).pause(&Failure::Driver(sqlx::Error::PoolTimedOut)), None);
    }
}
