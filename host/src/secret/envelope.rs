//! The form of what is sealed apart from any connection: its own wrapped data key, then the sealed bytes.

use super::cipher::context;
use crate::model::secret::WrappedKey;

/// Kind under which the secrets of endpoints for events are sealed. They live long, so that a rotation seals them anew.
pub const EVENT_ENDPOINT: &str = "event_endpoint";

/// Name of the key that an envelope was sealed with.
pub(super) fn kid_of(envelope: &[u8]) -> Option<&str> {
    part(envelope).and_then(|(kid, _)| std::str::from_utf8(kid).ok())
}

/// The wrapped key of an envelope, and what it seals.
pub(super) fn parts(envelope: &[u8]) -> Option<(WrappedKey, &[u8])> {
    let (kid, rest) = part(envelope)?;
    let (blob, sealed) = part(rest)?;
    let kid = std::str::from_utf8(kid).ok()?.to_owned();
    Some((WrappedKey { kid, blob: blob.to_vec() }, sealed))
}

/// The place of what an envelope seals.
pub(super) fn body_place(tenant: &str, owner: &str) -> Vec<u8> {
    context(&["apart", tenant, owner])
}

/// No connection's id has a `/`, so that an envelope never opens as a connection's data key.
pub(super) fn owner(kind: &str, name: &str) -> String {
    format!("{kind}/{name}")
}

fn part(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<2>()?;
    rest.split_at_checked(u16::from_be_bytes(*length).into())
}
