//! Decides whether a loaded plugin may be used, from its manifest alone.

use std::path::Path;

use connector_api::{
    CONTRACT_VERSION,
    wire::{manifest::Manifest, profile},
};
use semver::Version;

use super::{Refusal, RefusalCode};

/// Checks identity, contract version, panic strategy and forms; the first that is wrong refuses the file.
pub fn admit(file: &Path, manifest: &Manifest) -> Result<(), Refusal> {
    if manifest.panic_strategy != "unwind" {
        return Err(Refusal::new(
            file,
            RefusalCode::PanicAbort,
            "it was built with `panic = \"abort\"`, so that a panic in it would end the host",
            "Rebuild it with `panic = \"unwind\"` in its Cargo profile.",
        ));
    }
    let ours = major(CONTRACT_VERSION);
    if ours.is_none() || major(&manifest.contract_version) != ours {
        return Err(Refusal::new(
            file,
            RefusalCode::WrongContract,
            format!("it speaks contract {}, this host speaks {CONTRACT_VERSION}", manifest.contract_version),
            format!("Rebuild it against connector-api {CONTRACT_VERSION}."),
        ));
    }
    let bad = |code, problem: String| {
        Refusal::new(file, code, problem, "Ask its author to run `connector-host plugin verify` on it.")
    };
    if let Some(problem) = profile::check_identity(manifest).or_else(|| profile::check_streams(manifest)) {
        return Err(bad(RefusalCode::BadManifest, problem));
    }
    if let Some(problem) = profile::check_forms(manifest) {
        return Err(bad(RefusalCode::StraySchema, problem));
    }
    for (form, schema) in [("credential", &manifest.credential_schema), ("settings", &manifest.settings_schema)] {
        if let Err(error) = jsonschema::draft202012::new(schema) {
            return Err(bad(RefusalCode::StraySchema, format!("its {form} schema is not a JSON Schema: {error}")));
        }
    }
    Ok(())
}

fn major(version: &str) -> Option<u64> {
    Version::parse(version).ok().map(|version| version.major)
}
