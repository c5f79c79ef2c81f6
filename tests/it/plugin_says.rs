//! What a plugin says reaches logs, pages, channels and the database without the secrets it was given.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use e2e::{Host, Outcome, Plugin, planted::Planted, world};
use serde_json::{Value, json};

const WORD: &str = "w0rd/pl4nted+4bc&Zq8\"vX2";

fn host() -> Host {
    let mut host = Host::new(&[Plugin::Blurts]);
    host.arguments.extend(["--log-level", "trace"].map(str::to_owned));
    host
}

fn credentials(mode: &str) -> Value {
    json!({ "mode": mode, "word": WORD })
}

/// Where a secret, or the beginning of one, stands in something.
fn found_in(what: &str, content: &str) -> Vec<String> {
    let mut found = Planted::new(WORD).find(what, content.as_bytes());
    let spelled = [
        WORD[..8].to_owned(),
        hex::encode_upper(&WORD[..8]),
        hex::encode(&WORD[..8]),
        STANDARD.encode(format!("key:{WORD}")),
        WORD.replace('&', "&amp;").replace('"', "&quot;"),
        WORD.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect::<Vec<_>>().concat(),
    ];
    for text in spelled {
        // Inside a JSON document the same stands escaped.
        if [text.clone(), text.escape_default().to_string()].iter().any(|text| content.contains(text)) {
            found.push(format!("{what} holds {text}"));
        }
    }
    found
}

fn found_in_outcome(what: &str, outcome: &Outcome) -> Vec<String> {
    assert!(outcome.stderr.contains("[scrubbed]") || outcome.stdout.contains("[scrubbed]"), "{what}: {outcome:#?}");
    found_in(what, &format!("{}\n{}", outcome.stdout, outcome.stderr))
}

#[test]
fn nothing_a_plugin_says_holds_a_secret_in_any_spelling() {
    let host = host();
    let mut found = vec![];
    for mode in ["fail", "refuse_to_open"] {
        let outcome = world::add(&host, "blurts", &credentials(mode));
        assert_ne!(outcome.code, 0, "{mode}: {outcome:#?}");
        found.extend(found_in_outcome(mode, &outcome));
    }
    for mode in ["well", "error", "panic"] {
        let outcome = world::add(&host, "blurts", &credentials(mode));
        assert_eq!(outcome.code, 0, "{mode}: {outcome:#?}");
        found.extend(found_in_outcome("connection add", &outcome));
        let id = outcome.json()["id"].as_str().unwrap().to_owned();
        let settings = host.run(&["connection", "show", &id]);
        found.extend(found_in("connection show", &format!("{}{}", settings.stdout, settings.stderr)));
        for arguments in [&["sync", &id][..], &["sync", &id, "--json"], &["connection", "check", &id, "--json"]] {
            found.extend(found_in_outcome(&format!("{arguments:?} {mode}"), &host.run(arguments)));
        }
        let events = host.run(&["events", "list", "--json"]);
        found.extend(found_in("events list", &format!("{}{}", events.stdout, events.stderr)));
        // Records keep what only resembles a secret.
        let export = host.run(&["catalog", "export", &id]);
        found.extend(Planted::new(WORD).find("catalog export", export.stdout.as_bytes()));
    }
    std::fs::remove_file(host.folder().join("credentials.json")).unwrap();
    found.extend(Planted::new(WORD).find_below(host.folder()));
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn a_validation_is_ok_only_when_its_checks_are() {
    let host = host();
    let outcome = world::add(&host, "blurts", &credentials("fail"));
    assert_eq!(outcome.code, 3, "it returned ok although a check failed: {outcome:#?}");
    assert_eq!(host.json(&["connection", "list"]), json!([]));
}
