//! Work at the same time: so much in all, and of that a share for each party.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// Places for work at the same time. Cheap to clone.
pub(super) struct Places<P>(Arc<Shared<P>>);

struct Shared<P> {
    most: usize,
    share: usize,
    taken: Mutex<Taken<P>>,
}

struct Taken<P> {
    all: usize,
    by: HashMap<P, usize>,
}

/// A place that is taken, until it is dropped.
pub(super) struct Place<P: Eq + Hash> {
    shared: Arc<Shared<P>>,
    party: P,
}

impl<P: Eq + Hash + Clone> Places<P> {
    /// So many places; `share` of them for one party at most.
    pub(super) fn new(most: usize, share: usize) -> Self {
        let taken = Mutex::new(Taken { all: 0, by: HashMap::new() });
        Self(Arc::new(Shared { most, share: share.clamp(1, most.max(1)), taken }))
    }

    /// Takes a place; `None` when there is none, or when the party has its share.
    pub(super) fn take(&self, party: P) -> Option<Place<P>> {
        let mut taken = self.0.taken();
        let own = taken.by.get(&party).copied().unwrap_or(0);
        if taken.all >= self.0.most || own >= self.0.share {
            return None;
        }
        taken.all += 1;
        taken.by.insert(party.clone(), own + 1);
        drop(taken);
        Some(Place { shared: Arc::clone(&self.0), party })
    }
}

impl<P> Shared<P> {
    fn taken(&self) -> MutexGuard<'_, Taken<P>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<P: Eq + Hash> Drop for Place<P> {
    fn drop(&mut self) {
        let mut taken = self.shared.taken();
        taken.all = taken.all.saturating_sub(1);
        if let Some(own) = taken.by.get_mut(&self.party) {
            *own -= 1;
            if *own == 0 {
                taken.by.remove(&self.party);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_party_takes_its_share_and_leaves_the_rest_to_others() {
        let places = Places::new(4, 2);
        let held: Vec<_> = (0..3).map(|_| places.take("a")).collect();
        assert_eq!(held.iter().filter(|place| place.is_some()).count(), 2);
        let others: Vec<_> = ["b", "c", "d"].map(|party| places.take(party)).into();
        assert_eq!(others.iter().filter(|place| place.is_some()).count(), 2, "four in all");
        drop(held);
        assert!(places.take("a").is_some(), "what was given back can be taken again");
    }
}
