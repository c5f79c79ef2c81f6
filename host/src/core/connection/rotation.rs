//! Secrets that were replaced lately: kept sealed beside those in force, for what was signed before and is still on its way.

use std::collections::{BTreeMap, BTreeSet};

use connector_api::wire::{credentials::Secret, profile};
use serde_json::Value;

use crate::model::secret::PREVIOUS;

/// Takes replaced secrets out of what is sealed, by field.
pub(super) fn take_previous(sealed: &mut BTreeMap<String, Secret>) -> BTreeMap<String, Secret> {
    let (previous, in_force): (BTreeMap<_, _>, BTreeMap<_, _>) =
        std::mem::take(sealed).into_iter().partition(|(name, _)| name.starts_with(PREVIOUS));
    *sealed = in_force;
    previous.into_iter().filter_map(|(name, value)| Some((name.strip_prefix(PREVIOUS)?.to_owned(), value))).collect()
}

/// Adds the secrets that `new` replaces to it; one that was replaced before stays while its field keeps its value.
pub(super) fn keep_replaced(schema: &Value, mut before: BTreeMap<String, Secret>, new: &mut BTreeMap<String, Secret>) {
    let mut previous = take_previous(&mut before);
    let secret_fields = profile::fields(schema).filter(|(_, field)| profile::is_secret(field));
    for (name, _) in secret_fields {
        let replaced = before.remove(name).filter(|old| new.get(name) != Some(old));
        if let Some(kept) = replaced.or_else(|| previous.remove(name)) {
            new.insert(format!("{PREVIOUS}{name}"), kept);
        }
    }
}

/// Names of the fields whose secrets are others than before.
pub(super) fn changed_fields(before: &BTreeMap<String, Secret>, after: &BTreeMap<String, Secret>) -> String {
    let changed = |name: &&String| before.get(*name) != after.get(*name);
    let names: BTreeSet<&String> =
        before.keys().filter(|name| !name.starts_with(PREVIOUS)).chain(after.keys()).collect();
    names.into_iter().filter(changed).map(String::as_str).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn values(pairs: &[(&str, &str)]) -> BTreeMap<String, Secret> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), Secret::new(*value))).collect()
    }

    #[test]
    fn fields_that_change_are_named_and_their_values_are_not() {
        let before = values(&[("url", "a"), ("token", "t1"), ("gone", "g"), ("previous/token", "t0")]);
        let after = values(&[("url", "a"), ("token", "t2"), ("hook", "h1")]);
        assert_eq!(changed_fields(&before, &after), "gone, hook, token");
    }

    #[test]
    fn a_replaced_secret_is_kept_until_the_next_is_replaced() {
        let schema = json!({ "properties": {
            "url": { "type": "string" },
            "token": { "type": "string", "x-secret": true },
            "hook": { "type": "string", "x-secret": true },
        } });
        let first = values(&[("url", "a"), ("token", "t1"), ("hook", "h1")]);
        let mut second = values(&[("url", "b"), ("token", "t1"), ("hook", "h2")]);
        keep_replaced(&schema, first, &mut second);
        assert_eq!(second, values(&[("url", "b"), ("token", "t1"), ("hook", "h2"), ("previous/hook", "h1")]));
        let mut third = values(&[("url", "b"), ("token", "t2"), ("hook", "h2")]);
        keep_replaced(&schema, second, &mut third);
        assert_eq!(take_previous(&mut third), values(&[("hook", "h1"), ("token", "t1")]));
        assert_eq!(third, values(&[("url", "b"), ("token", "t2"), ("hook", "h2")]));
    }
}
