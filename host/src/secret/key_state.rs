//! Whether the keys of the keyring open what they sealed: by trying, never by name alone.

use std::collections::BTreeMap;

use connector_api::domain::ConnectionId;
use serde::Serialize;

use super::{
    envelope::{EVENT_ENDPOINT, kid_of},
    error::{Error, Result},
    vault::Vault,
};
use crate::store::{
    Stores,
    outbox::Audience,
    paging::{MAX_LIMIT, PageQuery},
    secret::WrappedKey,
};

/// Data keys that are tried for each key: one that was damaged or moved proves nothing against it.
const SAMPLES: u32 = 3;
/// How often is looked when secrets moved to another key between the two halves of a look: a rotation beside this one does
/// that, and it says nothing against any key.
const LOOKS: usize = 10;

/// A key that seals something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KeyState {
    /// Its name.
    pub kid: String,
    /// Secrets it protects: data keys of connections, and secrets of endpoints for events.
    pub secrets: u64,
    /// Whether it opens them.
    pub opens: Opens,
}

/// Whether a key opens what its name stands on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Opens {
    /// It does.
    Yes,
    /// The keyring has no key of that name.
    Missing,
    /// The keyring has another key under that name.
    No,
}

/// Something sealed that a key can be tried on.
enum Sample {
    DataKey(ConnectionId, WrappedKey),
    Endpoint(String, Vec<u8>),
}

/// How many secrets each key protects: data keys of connections, and secrets of endpoints for events.
pub async fn keys_in_use(stores: &dyn Stores) -> Result<Vec<(String, u64)>> {
    let mut counts: BTreeMap<String, u64> = stores.data_key_counts().await?.into_iter().collect();
    for (kid, _, _) in sealed_endpoints(stores).await? {
        *counts.entry(kid).or_default() += 1;
    }
    Ok(counts.into_iter().collect())
}

/// Secrets of endpoints, with the names of their keys.
async fn sealed_endpoints(stores: &dyn Stores) -> Result<Vec<(String, String, Vec<u8>)>> {
    let mut found = vec![];
    let mut page = PageQuery::first(MAX_LIMIT);
    loop {
        let listing = stores.endpoints(&Audience::default(), &page).await?;
        for endpoint in listing.data {
            for sealed in [Some(endpoint.secret), endpoint.former_secret].into_iter().flatten() {
                if let Some(kid) = kid_of(&sealed).map(str::to_owned) {
                    found.push((kid, endpoint.id.clone(), sealed));
                }
            }
        }
        match listing.next_cursor {
            Some(cursor) => page = PageQuery::after(MAX_LIMIT, Some(cursor)),
            None => return Ok(found),
        }
    }
}

impl Vault {
    /// Every key that is in use, and whether it opens what it sealed.
    pub async fn key_states(&self) -> Result<Vec<KeyState>> {
        let (mut samples, mut in_use) = self.seals().await?;
        for _ in 1..LOOKS {
            if in_use.iter().all(|(kid, _)| samples.contains_key(kid)) {
                break;
            }
            (samples, in_use) = self.seals().await?;
        }
        let mut states = vec![];
        for (kid, secrets) in in_use {
            let opens = if self.keys.has(&kid) {
                self.opens_one(samples.get(&kid).map_or(&[], Vec::as_slice)).await?
            } else {
                Opens::Missing
            };
            states.push(KeyState { kid, secrets, opens });
        }
        Ok(states)
    }

    /// What each key can be tried on, and how many secrets each protects.
    async fn seals(&self) -> Result<(BTreeMap<String, Vec<Sample>>, Vec<(String, u64)>)> {
        let mut samples: BTreeMap<String, Vec<Sample>> = BTreeMap::new();
        for (connection, wrapped) in self.stores.data_key_samples(SAMPLES).await? {
            samples.entry(wrapped.kid.clone()).or_default().push(Sample::DataKey(connection, wrapped));
        }
        for (kid, endpoint, sealed) in sealed_endpoints(&*self.stores).await? {
            samples.entry(kid).or_default().push(Sample::Endpoint(endpoint, sealed));
        }
        Ok((samples, keys_in_use(&*self.stores).await?))
    }

    /// Refuses a keyring that opens nothing of what is there: what would be sealed with it was lost as soon as the right
    /// one is back.
    pub async fn refuse_wrong_keys(&self) -> Result<()> {
        // Only what was tried counts: a rotation may be wrapping everything with another key at this moment.
        let (samples, _) = self.seals().await?;
        for tried in samples.values() {
            if self.opens_one(tried).await? == Opens::Yes {
                return Ok(());
            }
        }
        if samples.is_empty() {
            return Ok(());
        }
        let kids = samples.keys().map(|kid| format!("`{kid}`")).collect::<Vec<_>>();
        Err(Error::KeyringWrong { kids: kids.join(", ") })
    }

    async fn opens_one(&self, samples: &[Sample]) -> Result<Opens> {
        for sample in samples {
            let opened = match sample {
                Sample::DataKey(connection, wrapped) => {
                    self.keys.unwrap(wrapped, &self.tenant, connection.as_str()).await.map(drop)
                }
                Sample::Endpoint(id, sealed) => self.open_apart(EVENT_ENDPOINT, id, sealed).await.map(drop),
            };
            match opened {
                Ok(()) => return Ok(Opens::Yes),
                Err(Error::Store(error)) => return Err(error.into()),
                Err(_) => {}
            }
        }
        Ok(Opens::No)
    }
}
