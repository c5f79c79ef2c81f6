//! What a validation found, noted on the connection.

use std::collections::BTreeMap;

use connector_api::{
    domain::Timestamp,
    wire::{
        credentials::Secret,
        profile,
        validate::{CredentialExpiry, StoreIdentity, ValidateResponse},
    },
};
use serde_json::Value;

use super::{Error, health};
use crate::model::connection::{Connection, CredentialStatus, Findings};

pub(super) fn note_credentials(
    connection: &mut Connection,
    schema: &Value,
    set: &BTreeMap<String, Secret>,
    now: Timestamp,
) {
    connection.credentials = profile::fields(schema)
        .map(|(name, _)| CredentialStatus { field: name.to_owned(), set: set.contains_key(name), updated_at: now })
        .collect();
}

pub(super) fn note_answer(
    connection: &mut Connection,
    answer: &ValidateResponse,
    plugin_version: &str,
    actor: &str,
    now: Timestamp,
) {
    let before = std::mem::take(&mut connection.findings);
    let mut permissions_used = before.permissions_used;
    permissions_used.extend(answer.permissions_used.iter().cloned());
    permissions_used.sort();
    permissions_used.dedup();
    connection.findings = Findings {
        capabilities: answer.capabilities.clone(),
        checks: answer.checks.clone(),
        choices: answer.choices.clone(),
        permissions_used,
        permissions_missing: answer.permissions_missing.clone(),
        expiries: answer.expiries.iter().map(|expiry| as_first_assumed(expiry, &before.expiries, now)).collect(),
        schema_differences: answer.schema_differences.clone(),
    };
    if answer.store.is_some() {
        connection.store.clone_from(&answer.store);
    }
    plugin_version.clone_into(&mut connection.plugin_version);
    connection.validated_at = Some(now);
    connection.updated_at = now;
    let health = health::after_validation(answer, &connection.findings, &connection.sync, now);
    health::replace(&mut connection.health, health, actor);
}

/// An end that is assumed is counted from the first validation of the credential, not deferred by each further one; once it
/// has passed and the credential still works, the assumption was wrong and begins anew. One that lies behind what is assumed
/// now comes from a clock that was ahead.
fn as_first_assumed(found: &CredentialExpiry, before: &[CredentialExpiry], now: Timestamp) -> CredentialExpiry {
    let same = |earlier: &&CredentialExpiry| earlier.assumed && found.assumed && earlier.field == found.field;
    match before.iter().find(same) {
        Some(earlier) if earlier.expires_at > now && earlier.expires_at <= found.expires_at => earlier.clone(),
        _ => found.clone(),
    }
}

/// A connection keeps its store for life: its catalog and its orders belong to that store.
pub(super) fn expect_store(connection: &Connection, answer: &ValidateResponse) -> Result<(), Error> {
    match (&connection.store, &answer.store) {
        (Some(expected), Some(found)) if (&expected.host, &expected.store_id) != (&found.host, &found.store_id) => {
            Err(Error::OtherStore { expected: shown(expected), found: shown(found) })
        }
        _ => Ok(()),
    }
}

fn shown(store: &StoreIdentity) -> String {
    format!("{} at {}", store.name, store.host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_assumed_end_comes_nearer_until_it_is_proved_wrong() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let assumed = |end: &str| CredentialExpiry { field: "token".into(), expires_at: at(end), assumed: true };
        let (first, later) = (assumed("2026-05-31T00:00:00Z"), assumed("2026-06-01T00:00:00Z"));
        let before = std::slice::from_ref(&first);
        assert_eq!(as_first_assumed(&later, before, at("2026-05-02T00:00:00Z")), first);
        assert_eq!(as_first_assumed(&later, &[], at("2026-05-02T00:00:00Z")), later);
        let ahead = [assumed("2027-07-01T00:00:00Z")];
        assert_eq!(as_first_assumed(&later, &ahead, at("2026-05-02T00:00:00Z")), later, "of a clock that was ahead");
        assert_eq!(as_first_assumed(&later, before, at("2026-05-31T00:00:00Z")), later, "it works beyond its end");
        let known = CredentialExpiry { assumed: false, ..later };
        assert_eq!(as_first_assumed(&known, before, at("2026-05-02T00:00:00Z")), known);
    }
}
