//! The live schema decides what can be asked: whatever exists is read alike, and what is missing is named.

use e2e::{World, world};
use serde_json::Value;

struct Synced {
    export: String,
    differences: Vec<Value>,
    capabilities: Vec<Value>,
}

fn synced(variant: &str) -> Synced {
    let world = World::start(&["--seed", "small", "--variant", variant]);
    let id = world.connect();
    let outcome = world.host.run(&["sync", &id, "--json"]);
    assert!(matches!(outcome.code, 0 | 7), "{variant}: {outcome:#?}");
    let findings = world.host.json(&["connection", "show", &id])["findings"].clone();
    let list = |name: &str| findings[name].as_array().unwrap().clone();
    Synced { export: world.export(&id), differences: list("schema_differences"), capabilities: list("capabilities") }
}

#[test]
fn guessed_names_replaced_by_others_change_nothing() {
    let (reference, renamed) = (synced("reference"), synced("renamed"));
    assert_eq!(reference.differences, Vec::<Value>::new());
    let (expected, found): (Vec<_>, Vec<_>) = (reference.export.lines().collect(), renamed.export.lines().collect());
    for stream in ["offers", "prices", "inventory", "markets", "pricelists", "languages", "stores", "locations"] {
        let of = |lines: &[&str]| -> Vec<String> {
            let prefix = format!("{{\"stream\":\"{stream}\"");
            lines.iter().filter(|line| line.starts_with(&prefix)).map(|line| (*line).to_owned()).collect()
        };
        assert_eq!(of(&found), of(&expected), "{stream}");
    }
    for difference in &renamed.differences {
        for part in ["kind", "path", "effect"] {
            assert!(difference[part].as_str().is_some_and(|text| !text.is_empty()), "{difference:#}");
        }
    }
    assert!(!renamed.differences.is_empty());
}

/// What says nothing: a field that could not be asked for.
fn says_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty() || text == "unspecified" || text == "unknown",
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.values().all(says_nothing),
        _ => false,
    }
}

/// Where `part` says something that `whole` does not say.
fn contradictions(part: &Value, whole: &Value, path: &str, found: &mut Vec<String>) {
    match (part, whole) {
        (Value::Object(fields), Value::Object(others)) => {
            for (name, value) in fields {
                contradictions(value, others.get(name).unwrap_or(&Value::Null), &format!("{path}/{name}"), found);
            }
        }
        (Value::Array(items), Value::Array(others)) if items.len() == others.len() => {
            for (item, other) in items.iter().zip(others) {
                contradictions(item, other, &format!("{path}/-"), found);
            }
        }
        (part, whole) if part == whole || says_nothing(part) => {}
        (part, whole) => found.push(format!("{path}: {part} instead of {whole}")),
    }
}

#[test]
fn a_schema_of_certain_names_only_gives_less_but_nothing_else_and_says_what_is_lost() {
    let (reference, certain) = (synced("reference"), synced("certain"));
    let mut found = vec![];
    for stream in ["offers", "markets", "pricelists", "languages", "stores"] {
        let all = world::records(&reference.export, stream);
        let records = world::records(&certain.export, stream);
        for record in &records {
            let whole = all.iter().find(|other| other["id"] == record["id"]).unwrap_or(&Value::Null);
            contradictions(record, whole, &format!("{stream}/{}", record["id"]), &mut found);
        }
    }
    let amounts = |synced: &Synced| -> Vec<String> {
        let prices = world::variant_prices(&synced.export);
        prices
            .iter()
            .map(|price| format!("{} {} {}", price["variant_id"], price["pricelist_id"], price["amount"]))
            .collect()
    };
    assert!(amounts(&certain).iter().all(|price| amounts(&reference).contains(price)), "prices differ");
    assert_eq!(found, Vec::<String>::new());
    assert_eq!(world::records(&certain.export, "offers").len(), 12);
    assert!(!certain.differences.is_empty());
    let weakened = certain.capabilities.iter().filter(|state| state["degraded"] == true || state["on"] == false);
    let reasons: Vec<_> = weakened.map(|state| format!("{}: {}", state["name"], state["reason"])).collect();
    assert!(reasons.len() > reference.capabilities.iter().filter(|state| state["on"] == false).count(), "{reasons:#?}");
}
