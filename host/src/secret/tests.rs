//! Secrets in a real database: swapped, changed, rotated, removed, and looked for in its bytes.

use std::{collections::BTreeMap, fs, path::Path, sync::Arc};

use connector_api::{domain::ConnectionId, wire::credentials::Secret};

use super::{Error, KeyProvider, KeyState, Keyring, Vault, envelope::EVENT_ENDPOINT};
use crate::{
    model::secret::SealedValue,
    store::{
        Store,
        suite::fixture::{at, audited, connect},
    },
    testing::Database,
};

const A: &str = "a:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
const B: &str = "b:BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBA=";
const PLANTED: &str = "planted-token-5f3a9c71e2";

pub(super) struct House {
    pub(super) folder: tempfile::TempDir,
    pub(super) store: Store,
}

impl House {
    pub(super) async fn new() -> Self {
        let Database { folder, store } = Database::new().await;
        Self { folder, store }
    }

    fn vault(&self, keys: &str) -> Vault {
        let store: Store = self.store.clone();
        Vault::new(store, Arc::new(Keyring::parse(keys).unwrap()), "default")
    }

    /// A connection with two credentials and a state value.
    pub(super) async fn connection(&self, vault: &Vault) -> ConnectionId {
        let id = connect(&self.store, "Shop").await;
        vault.put_credentials(&id, &credentials("one", PLANTED), &audited(1)).await.unwrap();
        vault.put_state(&id, "session", PLANTED.as_bytes(), at(1)).await.unwrap();
        id
    }
}

fn credentials(address: &str, token: &str) -> BTreeMap<String, Secret> {
    [("address", address), ("token", token)].map(|(field, value)| (field.to_owned(), Secret::new(value))).into()
}

#[tokio::test]
async fn what_was_put_comes_back() {
    let house = House::new().await;
    let vault = house.vault(A);
    let id = connect(&house.store, "Shop").await;
    assert_eq!(vault.credentials(&id).await.unwrap(), BTreeMap::new());
    assert!(vault.state(&id, "session").await.unwrap().is_none());
    vault.put_credentials(&id, &credentials("one", "two"), &audited(1)).await.unwrap();
    vault.put_credentials(&id, &credentials("one", "three"), &audited(2)).await.unwrap();
    assert_eq!(vault.credentials(&id).await.unwrap(), credentials("one", "three"));
    vault.put_state(&id, "session", &[0, 1, 255], at(1)).await.unwrap();
    assert_eq!(vault.state(&id, "session").await.unwrap().unwrap().as_slice(), [0, 1, 255]);
    assert_eq!(vault.state_names(&id).await.unwrap(), ["session"]);
    assert!(vault.delete_state(&id, "session").await.unwrap());
    assert!(vault.state(&id, "session").await.unwrap().is_none());
}

#[tokio::test]
async fn swapped_moved_changed_and_old_rows_are_refused() {
    let house = House::new().await;
    let vault = house.vault(A);
    let id = house.connection(&vault).await;
    let old = house.store.sealed_values(&id).await.unwrap();
    vault.put_credentials(&id, &credentials("uno", "dos"), &audited(2)).await.unwrap();
    let rows = house.store.sealed_values(&id).await.unwrap();

    let blob = |from: &SealedValue, into: &SealedValue| SealedValue { blob: from.blob.clone(), ..into.clone() };
    let changed = |row: &SealedValue| {
        let mut row = row.clone();
        *row.blob.last_mut().unwrap() ^= 1;
        row
    };
    for (attack, forged) in [
        ("swapped", vec![blob(&rows[1], &rows[0]), blob(&rows[0], &rows[1])]),
        ("changed", vec![changed(&rows[0]), rows[1].clone()]),
        ("an older value under the new version", vec![blob(&old[0], &rows[0]), rows[1].clone()]),
        ("another version", vec![SealedValue { version: 1, ..rows[0].clone() }, rows[1].clone()]),
        ("cut off", vec![SealedValue { blob: rows[0].blob[..10].to_vec(), ..rows[0].clone() }, rows[1].clone()]),
    ] {
        house.store.replace_sealed_values(&id, 2, &forged, &audited(3)).await.unwrap();
        let refused = vault.credentials(&id).await.unwrap_err();
        assert!(matches!(refused, Error::ValueRefused { .. }), "{attack}: {refused}");
        assert!(refused.to_string().starts_with("`address` of connection conn_"), "{refused}");
        house.store.replace_sealed_values(&id, 2, &rows, &audited(3)).await.unwrap();
    }
    assert_eq!(vault.credentials(&id).await.unwrap(), credentials("uno", "dos"));

    let other = house.connection(&vault).await;
    house.store.replace_sealed_values(&other, 1, &rows, &audited(3)).await.unwrap();
    assert!(matches!(vault.credentials(&other).await, Err(Error::ValueRefused { .. })), "from another connection");
    let key = house.store.data_key(&id).await.unwrap().unwrap();
    let others = house.store.data_key(&other).await.unwrap().unwrap();
    house.store.replace_data_key(&other, &others, &key).await.unwrap();
    let refused = vault.credentials(&other).await.unwrap_err();
    assert!(matches!(refused, Error::DataKeyRefused { .. }), "with another connection's data key: {refused}");

    let session = house.store.state_value(&id, "session").await.unwrap().unwrap();
    house.store.put_state_value(&id, "schema", &session, at(3)).await.unwrap();
    let refused = vault.state(&id, "schema").await.unwrap_err();
    assert!(matches!(refused, Error::ValueRefused { .. }), "{refused}");
    let stranger = Vault::new(house.store.clone(), Arc::new(Keyring::parse(A).unwrap()), "another tenant");
    assert!(matches!(stranger.credentials(&id).await, Err(Error::DataKeyRefused { .. })), "for another tenant");
}

#[tokio::test]
async fn after_a_rotation_the_old_key_can_go() {
    let house = House::new().await;
    let before = house.vault(A);
    let mut ids = Vec::new();
    for _ in 0..3 {
        ids.push(house.connection(&before).await);
    }
    let sealed = house.store.sealed_values(&ids[0]).await.unwrap();

    let early = house.vault(B);
    let states = async |vault: &Vault| {
        let states = vault.key_states().await.unwrap();
        states
            .iter()
            .map(|state| (state.kid.clone(), state.opened(), state.secrets, state.is_missing))
            .collect::<Vec<_>>()
    };
    assert_eq!(states(&early).await, [("a".to_owned(), 0, 3, true)]);
    let missing = early.credentials(&ids[0]).await.unwrap_err();
    assert!(missing.to_string().contains("key `a` is not in the keyring"), "{missing}");
    let refused = early.rotate().await.unwrap_err();
    assert!(matches!(refused, Error::KeyringWrong { .. }), "nothing may be lost by a wrong keyring: {refused}");

    let both = house.vault(&format!("{B},{A}"));
    let report = both.rotate().await.unwrap();
    assert_eq!((report.current_kid.as_str(), report.rewrapped, report.failed.len()), ("b", 3, 0));
    assert_eq!(report.in_use, [("b".to_owned(), 3)]);
    assert_eq!(both.rotate().await.unwrap().rewrapped, 0, "what is done is done");
    assert_eq!(house.store.sealed_values(&ids[0]).await.unwrap(), sealed, "credentials were sealed anew");

    let after = house.vault(B);
    assert_eq!(states(&after).await, [("b".to_owned(), 3, 3, false)]);
    let namesake = house.vault(&B.replace("BBA=", "BEA="));
    assert_eq!(states(&namesake).await, [("b".to_owned(), 0, 3, false)]);
    let refused = namesake.refuse_wrong_keys().await.unwrap_err().to_string();
    assert!(refused.contains("encrypted with `b`"), "{refused}");
    for id in &ids {
        assert_eq!(after.credentials(id).await.unwrap(), credentials("one", PLANTED));
        assert_eq!(after.state(id, "session").await.unwrap().unwrap().as_slice(), PLANTED.as_bytes());
    }
    assert!(matches!(before.credentials(&ids[0]).await, Err(Error::KeyMissing { .. })));
}

/// A keyring whose current key is another one than the key of its name, before a key that is right.
#[tokio::test]
async fn a_wrong_current_key_seals_and_rotates_nothing() {
    let house = House::new().await;
    let old = house.connection(&house.vault(A)).await;
    let right = house.vault(&format!("{B},{A}"));
    let new = house.connection(&right).await;
    let keys = async || [house.store.data_key(&old).await.unwrap(), house.store.data_key(&new).await.unwrap()];
    let before = keys().await;

    let wrong = house.vault(&format!("{},{A}", B.replace("BBA=", "BEA=")));
    wrong.refuse_wrong_keys().await.unwrap();
    assert_eq!(wrong.credentials(&old).await.unwrap(), credentials("one", PLANTED), "the key behind it still opens");
    let late = connect(&house.store, "Late").await;
    for refused in [
        wrong.rotate().await.map(drop),
        wrong.check_rotation().await,
        wrong.check_keys().await,
        wrong.seal_apart(EVENT_ENDPOINT, "ep_1", b"secret").await.map(drop),
        wrong.put_credentials(&late, &credentials("one", PLANTED), &audited(1)).await,
        wrong.seal_new(&late, &credentials("one", PLANTED), &BTreeMap::new()).await.map(drop),
    ] {
        let error = refused.unwrap_err();
        assert!(matches!(&error, Error::KeyWrong { kid, secrets: 1, .. } if kid == "b"), "{error}");
        let text = error.to_string();
        assert!(text.contains("`secrets.keys`") && text.contains("put the right `b` back"), "{text}");
    }
    assert_eq!(keys().await, before, "a data key was wrapped with a wrong key");
    assert!(house.store.data_key(&late).await.unwrap().is_none());

    // A wrong key behind the current one cannot seal, but a rotation would show that it opens nothing only half-way.
    let behind = house.vault(&format!("{B},{}", A.replace("AAA=", "AAE=")));
    assert!(matches!(behind.rotate().await, Err(Error::KeyWrong { kid, .. }) if kid == "a"));
    behind.put_credentials(&late, &credentials("one", PLANTED), &audited(1)).await.unwrap();
    assert_eq!(right.credentials(&late).await.unwrap(), credentials("one", PLANTED));
}

#[tokio::test]
async fn every_secret_of_a_key_is_tried() {
    let house = House::new().await;
    let vault = house.vault(A);
    let (whole, damaged) = (house.connection(&vault).await, house.connection(&vault).await);
    let key = house.store.data_key(&damaged).await.unwrap().unwrap();
    let moved = house.store.data_key(&whole).await.unwrap().unwrap();
    assert!(house.store.replace_data_key(&damaged, &key, &moved).await.unwrap());
    let states = vault.key_states().await.unwrap();
    let expected = KeyState { kid: "a".to_owned(), secrets: 2, is_missing: false, unopened: vec![damaged.0.clone()] };
    assert_eq!(states, [expected]);
    // One damaged secret proves nothing against the key.
    vault.check_keys().await.unwrap();
    house.connection(&vault).await;
}

#[tokio::test]
async fn an_interrupted_rotation_goes_on() {
    let house = House::new().await;
    let before = house.vault(A);
    let done = house.connection(&before).await;
    let open = house.connection(&before).await;
    let keys = Keyring::parse(&format!("{B},{A}")).unwrap();
    let old = house.store.data_key(&done).await.unwrap().unwrap();
    let key = keys.unwrap(&old, "default", done.as_str()).await.unwrap();
    let new = keys.wrap(&key, "default", done.as_str()).await.unwrap();
    assert!(house.store.replace_data_key(&done, &old, &new).await.unwrap());

    let both = house.vault(&format!("{B},{A}"));
    assert_eq!(both.credentials(&done).await.unwrap(), both.credentials(&open).await.unwrap());
    assert_eq!(both.rotate().await.unwrap().rewrapped, 1);
}

#[tokio::test]
async fn a_removed_connection_has_no_key_left() {
    let house = House::new().await;
    let vault = house.vault(A);
    let id = house.connection(&vault).await;
    let key = house.store.data_key(&id).await.unwrap().unwrap();
    let sealed = house.store.sealed_values(&id).await.unwrap();
    house.store.remove_connection(&id, &audited(9)).await.unwrap();
    assert_eq!(vault.credentials(&id).await.unwrap(), BTreeMap::new());
    assert!(matches!(vault.put_credentials(&id, &credentials("a", "b"), &audited(1)).await, Err(Error::Store(_))));
    house.store.close().await;
    for needle in [&key.blob, &sealed[1].blob] {
        assert!(!found(house.folder.path(), needle), "a removed connection's bytes are still in the file");
    }
}

#[tokio::test]
async fn no_file_of_the_database_shows_a_secret() {
    let house = House::new().await;
    let vault = house.vault(A);
    let id = house.connection(&vault).await;
    let sealed = house.store.sealed_values(&id).await.unwrap();
    assert!(house.folder.path().join("store.db-wal").exists(), "the log should be looked at, too");
    for needle in [PLANTED.as_bytes(), &PLANTED.as_bytes()[8..]] {
        assert!(!found(house.folder.path(), needle), "a secret is in the clear");
    }
    assert!(found(house.folder.path(), &sealed[1].blob), "the search itself must be able to find something");
    assert!(!format!("{vault:?} {:?}", vault.credentials(&id).await.unwrap()).contains(PLANTED));
}

#[tokio::test]
async fn too_large_secrets_are_refused() {
    let house = House::new().await;
    let vault = house.vault(A);
    let id = connect(&house.store, "Shop").await;
    let large = credentials("one", &"x".repeat(64 * 1024 + 1));
    let refused = vault.put_credentials(&id, &large, &audited(1)).await.unwrap_err();
    assert!(refused.to_string().starts_with("credential `token` is over the limit"), "{refused}");
    let refused = vault.put_state(&id, "big", &vec![0; 1024 * 1024 + 1], at(1)).await.unwrap_err();
    assert!(refused.to_string().starts_with("state value `big` is over the limit"), "{refused}");
    vault.put_state(&id, "big", &vec![0; 1024 * 1024], at(1)).await.unwrap();
}

fn found(folder: &Path, needle: &[u8]) -> bool {
    let files = fs::read_dir(folder).unwrap().map(|entry| fs::read(entry.unwrap().path()).unwrap());
    files.into_iter().any(|bytes| bytes.windows(needle.len()).any(|window| window == needle))
}
