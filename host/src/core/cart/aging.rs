//! A cache whose entries may be used for a while only: how old an answer may be is known, whoever wrote meanwhile.

use connector_api::domain::Timestamp;
use quick_cache::sync::Cache;

/// Values by text, each usable for the same while after it was read.
pub(super) struct Aging<V> {
    kept: Cache<String, (Timestamp, V)>,
    seconds: i64,
}

impl<V: Clone> Aging<V> {
    /// Keeps at most so many values, each for so many seconds; 0 keeps none.
    pub(super) fn new(most: usize, seconds: u32) -> Self {
        Self { kept: Cache::new(most), seconds: i64::from(seconds) }
    }

    /// A value that is not too old.
    pub(super) fn get(&self, key: &str, now: Timestamp) -> Option<V> {
        let (read_at, value) = self.kept.get(key)?;
        // One that lies ahead comes from a clock that was.
        (read_at <= now && now < read_at.plus_seconds(self.seconds)).then_some(value)
    }

    /// Keeps a value.
    pub(super) fn put(&self, key: String, value: V, read_at: Timestamp) {
        if self.seconds > 0 {
            self.kept.insert(key, (read_at, value));
        }
    }

    /// Forgets a value.
    pub(super) fn forget(&self, key: &str) {
        self.kept.remove(key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_used_for_its_time_and_no_longer() {
        let at = |seconds: i64| Timestamp::from_unix_ms(seconds * 1_000).unwrap();
        let cache = Aging::new(10, 5);
        cache.put("a".to_owned(), 1, at(100));
        assert_eq!(cache.get("a", at(104)), Some(1));
        assert_eq!(cache.get("a", at(105)), None);
        assert_eq!(cache.get("a", at(99)), None, "a clock that was ahead keeps nothing fresh");
        assert_eq!(cache.get("b", at(100)), None);
        let none = Aging::new(10, 0);
        none.put("a".to_owned(), 1, at(100));
        assert_eq!(none.get("a", at(100)), None);
    }
}
