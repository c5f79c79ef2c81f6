//! What the merchant is asked, reviewed as snapshots.

use centra_plugin::manifest::manifest;
use connector_api::wire::profile;
use insta::assert_json_snapshot;

#[test]
fn the_credential_form_has_exactly_the_four_fields_of_the_guide() {
    let schema = manifest().credential_schema;
    let fields: Vec<&str> = profile::fields(&schema).map(|(name, _)| name).collect();
    assert_eq!(fields, ["store_url", "integration_api_token", "checkout_api_shared_secret", "webhook_endpoint_secret"]);
    assert_eq!(profile::required_fields(&schema), ["store_url", "integration_api_token"]);
    let secrets: Vec<&str> =
        profile::fields(&schema).filter(|(_, field)| profile::is_secret(field)).map(|(name, _)| name).collect();
    assert_eq!(secrets, fields[1..]);
    assert_eq!(schema["additionalProperties"], false);
    assert_json_snapshot!("credential_schema", schema);
}

#[test]
fn the_settings_form() {
    assert_json_snapshot!("settings_schema", manifest().settings_schema);
}

#[test]
fn the_manifest_without_its_forms() {
    let mut manifest = serde_json::to_value(manifest()).unwrap();
    manifest["credential_schema"] = "credential_schema.snap".into();
    manifest["settings_schema"] = "settings_schema.snap".into();
    assert_json_snapshot!("manifest", manifest);
}

#[test]
fn both_forms_follow_the_profile_and_speak_swedish() {
    let manifest = manifest();
    assert_eq!(profile::check_forms(&manifest), None);
    assert_eq!(profile::check_streams(&manifest), None);
    for schema in [&manifest.credential_schema, &manifest.settings_schema] {
        for (name, field) in profile::fields(schema) {
            for text in ["title", "description"] {
                assert!(field["x-i18n"]["sv"][text].as_str().is_some_and(|text| !text.is_empty()), "{name}: no {text}");
            }
        }
    }
}
