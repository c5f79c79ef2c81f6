//! A map of what is kept with the connection, by a digest of its key. Whoever keeps something at the same time, in this process,
//! is not forgotten: what this process kept is merged into what is stored at every write.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use connector_api::{ConnectorError, Host, domain::Timestamp};
use serde::{Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};

/// Most entries that stay in memory: those that others may be writing at the same moment.
const MOST_IN_MEMORY: usize = 500;

/// How much is kept, and where.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// Name of the value that holds it.
    pub(super) name: &'static str,
    /// Whether it is divided among sixteen values, by the first digit of the digest. A value has a largest size.
    pub(super) divided: bool,
    /// Most entries of one value; the oldest go first.
    pub(super) most: usize,
    /// How long an entry is kept, in seconds.
    pub(super) kept_s: i64,
}

/// Something that grows old.
pub(super) trait Dated {
    /// When it was kept.
    fn kept_at(&self) -> Timestamp;
}

/// The map.
pub(super) struct Kept<T> {
    limits: Limits,
    own: Mutex<BTreeMap<String, T>>,
}

impl<T: Clone + Dated + Serialize + DeserializeOwned> Kept<T> {
    pub(super) fn new(limits: Limits) -> Self {
        Self { limits, own: Mutex::default() }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, T>> {
        self.own.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) async fn of(&self, host: &Host, key: &str) -> Result<Option<T>, ConnectorError> {
        let key = digest(key);
        if let Some(own) = self.lock().get(&key) {
            return Ok(Some(own.clone()));
        }
        Ok(self.stored(host, &key).await?.remove(&key))
    }

    pub(super) async fn keep(&self, host: &Host, key: &str, entry: T) -> Result<(), ConnectorError> {
        let key = digest(key);
        let oldest = entry.kept_at().plus_seconds(-self.limits.kept_s);
        self.lock().insert(key.clone(), entry.clone());
        let mut all = self.stored(host, &key).await?;
        // It may be older than all that stay in memory, and is stored all the same.
        all.insert(key.clone(), entry);
        {
            let mut own = self.lock();
            own.retain(|_, entry| entry.kept_at() > oldest);
            keep_newest(&mut own, MOST_IN_MEMORY);
            all.extend(own.iter().filter(|(other, _)| self.is_beside(other, &key)).map(cloned));
        }
        all.retain(|_, entry| entry.kept_at() > oldest);
        keep_newest(&mut all, self.limits.most);
        self.store(host, &key, &all).await
    }

    /// Forgets one. One that stays behind harms nobody.
    pub(super) async fn forget(&self, host: &Host, key: &str) -> Result<(), ConnectorError> {
        let key = digest(key);
        self.lock().remove(&key);
        let mut all = self.stored(host, &key).await?;
        if all.remove(&key).is_none() {
            return Ok(());
        }
        all.extend(self.lock().iter().filter(|(other, _)| self.is_beside(other, &key)).map(cloned));
        self.store(host, &key, &all).await
    }

    /// Whether two keys are in the same value.
    fn is_beside(&self, one: &str, other: &str) -> bool {
        !self.limits.divided || one.get(..1) == other.get(..1)
    }

    fn value_name(&self, key: &str) -> String {
        let Limits { name, divided, .. } = self.limits;
        if divided { format!("{name}_{}", key.get(..1).unwrap_or_default()) } else { name.to_owned() }
    }

    async fn stored(&self, host: &Host, key: &str) -> Result<BTreeMap<String, T>, ConnectorError> {
        let value = host.state_get(&self.value_name(key)).await?;
        Ok(value.and_then(|value| serde_json::from_slice(&value).ok()).unwrap_or_default())
    }

    async fn store(&self, host: &Host, key: &str, all: &BTreeMap<String, T>) -> Result<(), ConnectorError> {
        host.state_put(&self.value_name(key), serde_json::to_vec(all).unwrap_or_default()).await
    }
}

impl<T> std::fmt::Debug for Kept<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.limits.name)
    }
}

fn keep_newest<T: Dated>(entries: &mut BTreeMap<String, T>, most: usize) {
    while entries.len() > most {
        let first = entries.iter().min_by_key(|(_, entry)| entry.kept_at()).map(|(key, _)| key.clone());
        let Some(first) = first else { break };
        entries.remove(&first);
    }
}

fn cloned<T: Clone>((key, entry): (&String, &T)) -> (String, T) {
    (key.clone(), entry.clone())
}

fn digest(key: &str) -> String {
    let digest = Sha256::digest(key.as_bytes());
    hex::encode(digest.get(..16).unwrap_or(&digest))
}

#[cfg(test)]
mod tests {
    use connector_api::testing::{ScriptedHost, block_on};
    use serde::Deserialize;

    use super::*;

    #[derive(Clone, Serialize, Deserialize)]
    struct Second(i64);

    impl Dated for Second {
        fn kept_at(&self) -> Timestamp {
            Timestamp::from_unix_ms(self.0 * 1_000).unwrap()
        }
    }

    fn kept(divided: bool) -> Kept<Second> {
        Kept::new(Limits { name: "seconds", divided, most: 2, kept_s: 100 })
    }

    #[test]
    fn what_is_old_or_too_much_goes_first_and_the_rest_outlives_a_restart() {
        let scripted = ScriptedHost::new(|_, _| Ok(ScriptedHost::text(200, "")));
        let host = scripted.host();
        let first = kept(false);
        for second in [5, 1, 3] {
            block_on(first.keep(&host, &second.to_string(), Second(second))).unwrap();
        }
        let has = |map: &Kept<Second>, key: &str| block_on(map.of(&host, key)).unwrap().is_some();
        assert_eq!(["1", "3", "5"].map(|key| has(&kept(false), key)), [false, true, true]);
        block_on(kept(false).keep(&host, "200", Second(200))).unwrap();
        assert_eq!(["3", "5", "200"].map(|key| has(&kept(false), key)), [false, false, true]);
        block_on(kept(false).forget(&host, "200")).unwrap();
        assert!(!has(&kept(false), "200"));
    }

    #[test]
    fn an_entry_that_is_older_than_all_in_memory_is_stored_too() {
        let scripted = ScriptedHost::new(|_, _| Ok(ScriptedHost::text(200, "")));
        let host = scripted.host();
        let most = MOST_IN_MEMORY + 1;
        let map = Kept::new(Limits { name: "seconds", divided: false, most, kept_s: 100 });
        for key in 0..MOST_IN_MEMORY {
            block_on(map.keep(&host, &key.to_string(), Second(9))).unwrap();
        }
        block_on(map.keep(&host, "older", Second(1))).unwrap();
        assert!(block_on(map.of(&host, "older")).unwrap().is_some());
    }

    #[test]
    fn a_divided_map_spreads_over_sixteen_values() {
        let scripted = ScriptedHost::new(|_, _| Ok(ScriptedHost::text(200, "")));
        let (host, map) = (scripted.host(), kept(true));
        for key in 0..200 {
            block_on(map.keep(&host, &key.to_string(), Second(1))).unwrap();
        }
        assert_eq!(scripted.state().len(), 16);
    }
}
