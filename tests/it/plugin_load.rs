//! Plugin files become connectors.

use e2e::{
    Host, Plugin,
    plugin_files::{system_library, template_of_profile},
};
use serde_json::Value;

/// Connector ids of `plugin list`.
fn loaded(list: &Value) -> Vec<&str> {
    list["plugins"].as_array().unwrap().iter().map(|plugin| plugin["connector"].as_str().unwrap()).collect()
}

#[test]
fn two_plugins_are_loaded_into_one_process() {
    let host = Host::new(&[Plugin::Centra, Plugin::Template]);
    let list = host.json(&["plugin", "list"]);
    assert_eq!(loaded(&list), ["centra", "template"]);
    assert_eq!(list["refused"], serde_json::json!([]));
    for plugin in list["plugins"].as_array().unwrap() {
        assert_eq!(plugin["contract_version"], connector_api::CONTRACT_VERSION);
        assert_eq!(plugin["sha256"].as_str().unwrap().len(), 64);
    }
}

#[test]
fn no_plugin_is_said_and_is_no_failure() {
    let host = Host::new(&[]);
    let outcome = host.run(&["plugin", "list"]);
    assert_eq!(outcome.code, 0);
    assert!(outcome.stdout.contains("no plugin is loaded; searched"), "{outcome:#?}");
}

#[test]
fn inspect_shows_the_manifest_of_an_id_and_of_a_file() {
    let host = Host::new(&[Plugin::Centra]);
    let centra = host.json(&["plugin", "inspect", "centra"]);
    let mut fields: Vec<_> = centra["credential_schema"]["properties"].as_object().unwrap().keys().collect();
    fields.sort();
    let four = ["checkout_api_shared_secret", "integration_api_token", "store_url", "webhook_endpoint_secret"];
    assert_eq!(fields, four);
    let file = Plugin::Template.path();
    let template = host.json(&["plugin", "inspect", file.to_str().unwrap()]);
    assert_eq!(template["id"], "template");
    let error = host.fails(&["plugin", "inspect", "shopify"], 9);
    assert!(error["message"].as_str().unwrap().contains("loaded connectors: centra"), "{error}");
}

#[test]
fn the_shipped_plugins_pass_the_conformance_list() {
    for plugin in [Plugin::Centra, Plugin::Template] {
        let host = Host::new(&[]);
        let findings = host.json(&["plugin", "verify", plugin.path().to_str().unwrap()]);
        let findings = findings.as_array().unwrap();
        let problems: Vec<_> = findings.iter().filter(|finding| !finding["problem"].is_null()).collect();
        assert!(findings.len() > 10 && problems.is_empty(), "{plugin:?}: {problems:#?}");
    }
}

#[test]
fn verify_ends_4_for_a_plugin_that_does_not_conform() {
    let host = Host::new(&[]);
    let outcome = host.run(&["plugin", "verify", Plugin::RawAnswers.path().to_str().unwrap(), "--json"]);
    assert_eq!(outcome.code, 4, "{outcome:#?}");
    let findings = outcome.json();
    let failed = |check: &str| {
        findings.as_array().unwrap().iter().any(|finding| finding["check"] == check && finding["problem"].is_string())
    };
    assert!(failed("an_unknown_operation_is_refused") && failed("an_unreadable_request_is_refused"), "{findings:#}");
}

#[test]
fn a_plugin_built_with_another_profile_loads() {
    let host = Host::new(&[Plugin::Centra]);
    host.put_plugin(&template_of_profile("release"), "release.so");
    assert_eq!(loaded(&host.json(&["plugin", "list"])), ["centra", "template"]);
    host.json(&["plugin", "verify", host.plugins().join("release.so").to_str().unwrap()]);
}

#[test]
fn only_hashes_on_the_allow_list_are_loaded() {
    let host = Host::new(&[Plugin::Centra, Plugin::Template]);
    let list = host.json(&["plugin", "list"]);
    let template = list["plugins"].as_array().unwrap().iter().find(|plugin| plugin["connector"] == "template").unwrap();
    let hash = template["sha256"].as_str().unwrap();
    host.write("connector-host.toml", &format!("[plugins]\nallow = ['{hash}']\n"));
    let outcome = host.run(&["plugin", "list", "--json"]);
    assert_eq!(outcome.code, 4);
    let list = outcome.json();
    assert_eq!(loaded(&list), ["template"]);
    assert_eq!(list["refused"][0]["code"], "not_allowed");
    assert!(list["refused"][0]["remedy"].as_str().unwrap().contains("plugins.allow"), "{list:#}");
}

#[test]
fn of_two_files_with_one_id_the_second_is_refused_by_name() {
    let host = Host::new(&[Plugin::Template]);
    host.put_plugin(&Plugin::Template.path(), "zz_copy.so");
    let outcome = host.run(&["plugin", "list", "--json"]);
    assert_eq!(outcome.code, 4);
    let list = outcome.json();
    assert_eq!(loaded(&list), ["template"]);
    assert_eq!(list["refused"][0]["code"], "duplicate");
    assert!(list["refused"][0]["file"].as_str().unwrap().ends_with("zz_copy.so"));
    let reason = list["refused"][0]["reason"].as_str().unwrap();
    assert!(reason.contains("connector `template` is already loaded from") && reason.contains("libplugin_template"));
}

#[test]
fn every_bad_file_is_named_with_reason_and_remedy_and_the_others_work() {
    let host = Host::new(&[
        Plugin::Centra,
        Plugin::Template,
        Plugin::WrongAbi,
        Plugin::BadId,
        Plugin::StreamCycle,
        Plugin::StraySchema,
        Plugin::PanicsAtLoad,
    ]);
    let template = std::fs::read(Plugin::Template.path()).unwrap();
    for (name, length) in [("cut_1.so", 200), ("cut_2.so", 70_000), ("cut_3.so", template.len() - 100)] {
        std::fs::write(host.plugins().join(name), &template[..length]).unwrap();
    }
    std::fs::write(host.plugins().join("text.so"), "#!/bin/sh\necho hello\n").unwrap();
    std::fs::write(host.plugins().join("empty.so"), "").unwrap();
    std::fs::create_dir(host.plugins().join("folder.so")).unwrap();
    host.put_plugin(&system_library(), "libc_copy.so");
    host.put_plugin(&template_of_profile("panic-abort"), "abort.so");
    let outcome = host.run(&["plugin", "list", "--json"]);
    assert_eq!(outcome.code, 4, "{outcome:#?}");
    let list = outcome.json();
    assert_eq!(loaded(&list), ["centra", "template"]);
    let refused = list["refused"].as_array().unwrap();
    let expected = [
        ("abort.so", "panic_abort", "panic = \"abort\""),
        ("cut_1.so", "not_a_library", "it is truncated: it has 200 bytes"),
        ("cut_2.so", "not_a_library", "it is truncated: it has 70000 bytes"),
        ("cut_3.so", "not_a_library", "it is truncated"),
        ("empty.so", "not_a_library", ""),
        ("folder.so", "unreadable", "not a regular file"),
        ("libbad_id.so", "bad_manifest", "`id` is `Not an id!`"),
        ("libbad_panics_at_load.so", "load_failed", "who am I?"),
        ("libbad_stray_schema.so", "stray_schema", "credential_schema: token: a secret needs `writeOnly: true`"),
        ("libbad_stream_cycle.so", "bad_manifest", "offers, prices depend on each other"),
        ("libbad_wrong_abi.so", "wrong_abi", "binary interface"),
        ("libc_copy.so", "not_a_plugin", "exports no connector"),
        ("text.so", "not_a_library", ""),
    ];
    assert_eq!(refused.len(), expected.len(), "{refused:#?}");
    for (refusal, (file, code, reason)) in refused.iter().zip(expected) {
        let name = refusal["file"].as_str().unwrap();
        assert!(name.ends_with(file), "{name} instead of {file}");
        assert_eq!(refusal["code"], code, "{refusal:#}");
        assert!(refusal["reason"].as_str().unwrap().contains(reason), "{refusal:#}");
        let lengths = ["reason", "remedy"].map(|part| refusal[part].as_str().unwrap().chars().count());
        assert!(lengths.iter().all(|length| (10..=300).contains(length)), "{refusal:#}");
    }
}

#[test]
fn a_file_that_anyone_may_write_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let host = Host::new(&[Plugin::Template]);
    let file = host.plugins().join(Plugin::Template.file_name());
    std::fs::set_permissions(&file, PermissionsExt::from_mode(0o646)).unwrap();
    let list = host.run(&["plugin", "list", "--json"]).json();
    assert_eq!(list["refused"][0]["code"], "unsafe");
}
