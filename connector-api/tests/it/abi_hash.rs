//! The ABI is frozen: its source must hash to what was recorded when it was released.

use sha2::{Digest, Sha256};

#[test]
fn abi_v1_is_as_it_was_released() {
    let source = include_bytes!("../../src/abi/v1.rs");
    let recorded = include_str!("../../src/abi/v1.sha256").trim();
    let found = hex::encode(Sha256::digest(source));
    assert_eq!(
        found, recorded,
        "abi/v1.rs has changed. A released ABI never does: put the new shape into abi/v2.rs beside it"
    );
}
