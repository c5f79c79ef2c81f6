//! What was released does not change any more, and what stands twice is the same twice.

use sha2::{Digest, Sha256};

use super::{Violation, sources::Sources};

const ABI: &str = "connector-api/src/abi/v1.rs";
const RECORDED: &str = "connector-api/src/abi/v1.sha256";

pub(super) fn the_abi_is_as_released(sources: &Sources) -> Vec<Violation> {
    let Some(abi) = sources.get(ABI) else {
        let problem = "the first version of the ABI is gone".to_owned();
        return vec![Violation {
            path: ABI.to_owned(),
            line: 1,
            problem,
            remedy: "Bring it back: plugins depend on it.",
        }];
    };
    let recorded = sources.get(RECORDED).map_or("", |recorded| recorded.text.trim());
    if hex::encode(Sha256::digest(&abi.text)) == recorded {
        return vec![];
    }
    let remedy = "A released ABI never changes: put the new shape into abi/v2.rs, beside it.";
    vec![abi.violation(1, format!("is not what {RECORDED} says"), remedy)]
}

/// What is known of a platform's schema stands twice: the plugin's queries are checked against it, the simulator serves
/// it, and neither room may know the other.
const SCHEMA_COPIES: [&str; 2] =
    ["centra-plugin/schema/integration-api.graphql", "centra-sim/schema/integration-api.graphql"];

pub(super) fn both_copies_of_the_schema_are_equal(sources: &Sources) -> Vec<Violation> {
    let [ours, theirs] = SCHEMA_COPIES.map(|path| sources.get(path));
    match (ours, theirs) {
        (Some(ours), Some(theirs)) if ours.text != theirs.text => {
            let remedy = "Make the same change in both: plugin and simulator must speak of the same platform.";
            vec![ours.violation(1, format!("is not equal to {}", SCHEMA_COPIES[1]), remedy)]
        }
        _ => vec![],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_of_the_schema_that_differ_are_found() {
        let copies = |theirs| Sources::of(&[(SCHEMA_COPIES[0], "type A"), (SCHEMA_COPIES[1], theirs)]);
        assert_eq!(both_copies_of_the_schema_are_equal(&copies("type A")), []);
        assert_eq!(both_copies_of_the_schema_are_equal(&copies("type B")).len(), 1);
    }

    #[test]
    fn a_changed_abi_is_found() {
        let text = "//! Frozen.\n";
        let hash = hex::encode(Sha256::digest(text));
        assert_eq!(the_abi_is_as_released(&Sources::of(&[(ABI, text), (RECORDED, &hash)])), []);
        let changed = Sources::of(&[(ABI, "//! Thawed.\n"), (RECORDED, &hash)]);
        assert_eq!(the_abi_is_as_released(&changed).len(), 1);
        assert_eq!(the_abi_is_as_released(&Sources::of(&[])).len(), 1);
    }
}
