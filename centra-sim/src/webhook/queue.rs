//! Changes that wait to be sent: bounded, in their order or in any.

use std::collections::VecDeque;

use crate::webhook::chance::Chance;
use crate::webhook::topic::Change;

/// Most changes that wait for one plugin; what comes on top is lost and counted.
pub const MOST_WAITING: usize = 200_000;

/// What waits for one plugin.
#[derive(Debug, Default)]
pub struct Queue {
    waiting: VecDeque<Change>,
    /// Changes that found no room.
    pub overflowed: u64,
}

impl Queue {
    /// Adds a change.
    pub fn push(&mut self, change: Change) {
        if self.waiting.len() < MOST_WAITING {
            self.waiting.push_back(change);
        } else {
            self.overflowed += 1;
        }
    }

    /// How many wait.
    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Whether none waits.
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Takes up to `most`: the oldest, or any of the `shuffle` oldest.
    pub fn take(&mut self, most: usize, shuffle: usize, chance: &mut Chance) -> Vec<Change> {
        let mut taken = vec![];
        while taken.len() < most {
            let reach = shuffle.min(self.waiting.len());
            let index = if reach > 1 { chance.below(reach) } else { 0 };
            match self.waiting.swap_remove_front(index) {
                Some(oldest) => taken.push(oldest),
                None => break,
            }
        }
        taken
    }
}
