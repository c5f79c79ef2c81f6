//! The list of what a release is built from, in the format `CycloneDX` 1.5.

use anyhow::{Context, ensure};
use cyclonedx_bom::{
    models::{
        component::Classification,
        dependency::{Dependencies, Dependency},
        license::{LicenseChoice, Licenses},
    },
    prelude::{Bom, Component, Components, DateTime, Metadata, Purl, SpdxExpression, SpecVersion, Validate},
};

use super::dependencies::{Package, Shipped};

/// The document of a program. `time` is RFC 3339; there is no serial number, so that the same release has the same document.
pub(super) fn written(shipped: &[Shipped], program: &str, time: &str) -> anyhow::Result<String> {
    let is_program = |one: &&Shipped| one.package.name == program && one.package.source.is_none();
    let program = shipped.iter().find(is_program).context("the program is not among what is shipped")?;
    let others = shipped.iter().filter(|one| !is_program(one));
    let components =
        others.map(|one| component(&one.package, Classification::Library)).collect::<anyhow::Result<_>>()?;
    let uses = shipped
        .iter()
        .map(|one| Dependency { dependency_ref: one.package.reference(), dependencies: one.uses.clone() });
    let timestamp = DateTime::try_from(time.to_owned()).with_context(|| format!("`{time}` is no time"))?;
    let bom = Bom {
        version: 1,
        serial_number: None,
        spec_version: SpecVersion::V1_5,
        metadata: Some(Metadata {
            timestamp: Some(timestamp),
            component: Some(component(&program.package, Classification::Application)?),
            ..Metadata::default()
        }),
        components: Some(Components(components)),
        dependencies: Some(Dependencies(uses.collect())),
        ..Bom::default()
    };
    let checked = bom.validate();
    ensure!(checked.passed(), "the SBOM is not valid: {checked:?}");
    let mut document = vec![];
    bom.output_as_json_v1_5(&mut document)?;
    Ok(String::from_utf8(document)? + "\n")
}

fn component(package: &Package, kind: Classification) -> anyhow::Result<Component> {
    let mut component = Component::new(kind, &package.name, &package.version, Some(package.reference()));
    // Ours are in no registry.
    if package.source.is_some() {
        component.purl = Some(Purl::new("cargo", &package.name, &package.version)?);
    }
    if let Some(licence) = &package.license {
        // Old manifests separate alternatives by a stroke.
        let expression = SpdxExpression::parse_lax(licence.clone())
            .with_context(|| format!("the licence of {}: `{licence}`", package.reference()))?;
        component.licenses = Some(Licenses(vec![LicenseChoice::Expression(expression)]));
    }
    Ok(component)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{super::dependencies::sample, *};

    #[test]
    fn every_package_is_listed_with_its_licence_and_what_it_uses() {
        let shipped = sample(std::path::Path::new("/x")).shipped(&["host"]).unwrap();
        let document = written(&shipped, "host", "2026-01-02T03:04:05Z").unwrap();
        let document: Value = serde_json::from_str(&document).unwrap();
        assert_eq!((&document["bomFormat"], &document["specVersion"]), (&json!("CycloneDX"), &json!("1.5")));
        assert_eq!(document["metadata"]["component"]["name"], "host");
        assert_eq!(document["components"][0]["purl"], "pkg:cargo/json@1.0.0");
        assert_eq!(document["components"][0]["licenses"], json!([{ "expression": "MIT OR Apache-2.0" }]));
        let uses = json!({ "ref": "json@1.0.0", "dependsOn": ["text@1.0.0"] });
        assert_eq!(document["dependencies"][1], uses);
        assert!(written(&shipped, "json", "2026-01-02T03:04:05Z").is_err(), "it is not ours");
    }
}
