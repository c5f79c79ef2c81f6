//! Secrets in a real database: swapped, changed, rotated, removed, and looked for in its bytes.

use std::{collections::BTreeMap, fs, path::Path, sync::Arc};

use connector_api::{domain::ConnectionId, wire::credentials::Secret};

use super::{Error, KeyProvider, KeyState, Keyring, Opens, Vault};
use crate::store::{
    ConnectionStore, Maintenance, SecretStore, SqliteStores, StateStore, Stores,
    secret::SealedValue,
    suite::fixture::{at, connect},
};

const A: &str = "a:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
const B: &str = "b:BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBA=";
const PLANTED: &str = "planted-token-5f3a9c71e2";

struct House {
    folder: tempfile::TempDir,
    stores: Arc<SqliteStores>,
}

impl House {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let stores = Arc::new(SqliteStores::open(&folder.path().join("store.db")).await.unwrap());
        Self { folder, stores }
    }

    fn vault(&self, keys: &str) -> Vault {
        let stores: Arc<dyn Stores> = self.stores.clone();
        Vault::new(stores, Arc::new(Keyring::parse(keys).unwrap()), "default")
    }

    /// A connection with two credentials and a state value.
    async fn connection(&self, vault: &Vault) -> ConnectionId {
        let id = connect(&*self.stores, "Shop").await;
        vault.put_credentials(&id, &credentials("one", PLANTED), at(1)).await.unwrap();
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
    let id = connect(&*house.stores, "Shop").await;
    assert_eq!(vault.credentials(&id).await.unwrap(), BTreeMap::new());
    assert!(vault.state(&id, "session").await.unwrap().is_none());
    vault.put_credentials(&id, &credentials("one", "two"), at(1)).await.unwrap();
    vault.put_credentials(&id, &credentials("one", "three"), at(2)).await.unwrap();
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
    let old = house.stores.sealed_values(&id).await.unwrap();
    vault.put_credentials(&id, &credentials("uno", "dos"), at(2)).await.unwrap();
    let rows = house.stores.sealed_values(&id).await.unwrap();

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
        house.stores.replace_sealed_values(&id, 2, &forged, at(3)).await.unwrap();
        let refused = vault.credentials(&id).await.unwrap_err();
        assert!(matches!(refused, Error::ValueRefused { .. }), "{attack}: {refused}");
        assert!(refused.to_string().starts_with("`address` of connection conn_"), "{refused}");
        house.stores.replace_sealed_values(&id, 2, &rows, at(3)).await.unwrap();
    }
    assert_eq!(vault.credentials(&id).await.unwrap(), credentials("uno", "dos"));

    let other = house.connection(&vault).await;
    house.stores.replace_sealed_values(&other, 1, &rows, at(3)).await.unwrap();
    assert!(matches!(vault.credentials(&other).await, Err(Error::ValueRefused { .. })), "from another connection");
    let key = house.stores.data_key(&id).await.unwrap().unwrap();
    let others = house.stores.data_key(&other).await.unwrap().unwrap();
    house.stores.replace_data_key(&other, &others, &key).await.unwrap();
    let refused = vault.credentials(&other).await.unwrap_err();
    assert!(matches!(refused, Error::DataKeyRefused { .. }), "with another connection's data key: {refused}");

    let session = house.stores.state_value(&id, "session").await.unwrap().unwrap();
    house.stores.put_state_value(&id, "schema", &session, at(3)).await.unwrap();
    let refused = vault.state(&id, "schema").await.unwrap_err();
    assert!(matches!(refused, Error::ValueRefused { .. }), "{refused}");
    let stranger = Vault::new(house.stores.clone(), Arc::new(Keyring::parse(A).unwrap()), "another tenant");
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
    let sealed = house.stores.sealed_values(&ids[0]).await.unwrap();

    let early = house.vault(B);
    let state = |kid: &str, opens| KeyState { kid: kid.to_owned(), secrets: 3, opens };
    assert_eq!(early.key_states().await.unwrap(), [state("a", Opens::Missing)]);
    let missing = early.credentials(&ids[0]).await.unwrap_err();
    assert!(missing.to_string().contains("key `a` is not in the keyring"), "{missing}");
    let failed = early.rotate().await.unwrap();
    assert_eq!((failed.rewrapped, failed.failed.len()), (0, 3), "nothing may be lost by a wrong keyring");

    let both = house.vault(&format!("{B},{A}"));
    let report = both.rotate().await.unwrap();
    assert_eq!((report.current_kid.as_str(), report.rewrapped, report.failed.len()), ("b", 3, 0));
    assert_eq!(report.in_use, [("b".to_owned(), 3)]);
    assert_eq!(both.rotate().await.unwrap().rewrapped, 0, "what is done is done");
    assert_eq!(house.stores.sealed_values(&ids[0]).await.unwrap(), sealed, "credentials were sealed anew");

    let after = house.vault(B);
    assert_eq!(after.key_states().await.unwrap(), [state("b", Opens::Yes)]);
    let namesake = house.vault(&B.replace("BBA=", "BEA="));
    assert_eq!(namesake.key_states().await.unwrap(), [state("b", Opens::No)]);
    let refused = namesake.refuse_wrong_keys().await.unwrap_err().to_string();
    assert!(refused.contains("sealed with `b`"), "{refused}");
    for id in &ids {
        assert_eq!(after.credentials(id).await.unwrap(), credentials("one", PLANTED));
        assert_eq!(after.state(id, "session").await.unwrap().unwrap().as_slice(), PLANTED.as_bytes());
    }
    assert!(matches!(before.credentials(&ids[0]).await, Err(Error::KeyMissing { .. })));
}

#[tokio::test]
async fn an_interrupted_rotation_goes_on() {
    let house = House::new().await;
    let before = house.vault(A);
    let done = house.connection(&before).await;
    let open = house.connection(&before).await;
    let keys = Keyring::parse(&format!("{B},{A}")).unwrap();
    let old = house.stores.data_key(&done).await.unwrap().unwrap();
    let key = keys.unwrap(&old, "default", done.as_str()).await.unwrap();
    let new = keys.wrap(&key, "default", done.as_str()).await.unwrap();
    assert!(house.stores.replace_data_key(&done, &old, &new).await.unwrap());

    let both = house.vault(&format!("{B},{A}"));
    assert_eq!(both.credentials(&done).await.unwrap(), both.credentials(&open).await.unwrap());
    assert_eq!(both.rotate().await.unwrap().rewrapped, 1);
}

#[tokio::test]
async fn a_removed_connection_has_no_key_left() {
    let house = House::new().await;
    let vault = house.vault(A);
    let id = house.connection(&vault).await;
    let key = house.stores.data_key(&id).await.unwrap().unwrap();
    let sealed = house.stores.sealed_values(&id).await.unwrap();
    house.stores.remove_connection(&id, at(9)).await.unwrap();
    assert_eq!(vault.credentials(&id).await.unwrap(), BTreeMap::new());
    assert!(matches!(vault.put_credentials(&id, &credentials("a", "b"), at(1)).await, Err(Error::Store(_))));
    house.stores.close().await;
    for needle in [&key.blob, &sealed[1].blob] {
        assert!(!found(house.folder.path(), needle), "a removed connection's bytes are still in the file");
    }
}

#[tokio::test]
async fn no_file_of_the_database_shows_a_secret() {
    let house = House::new().await;
    let vault = house.vault(A);
    let id = house.connection(&vault).await;
    let sealed = house.stores.sealed_values(&id).await.unwrap();
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
    let id = connect(&*house.stores, "Shop").await;
    let large = credentials("one", &"x".repeat(64 * 1024 + 1));
    let refused = vault.put_credentials(&id, &large, at(1)).await.unwrap_err();
    assert!(refused.to_string().starts_with("credential `token` is over the limit"), "{refused}");
    let refused = vault.put_state(&id, "big", &vec![0; 1024 * 1024 + 1], at(1)).await.unwrap_err();
    assert!(refused.to_string().starts_with("state value `big` is over the limit"), "{refused}");
    vault.put_state(&id, "big", &vec![0; 1024 * 1024], at(1)).await.unwrap();
}

fn found(folder: &Path, needle: &[u8]) -> bool {
    let files = fs::read_dir(folder).unwrap().map(|entry| fs::read(entry.unwrap().path()).unwrap());
    files.into_iter().any(|bytes| bytes.windows(needle.len()).any(|window| window == needle))
}
