//! What may stand in an endpoint: every mistake is named with its field.

use connector_api::FieldError;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    model::outbox::EventType,
    net::{NetworkPolicy, check_url},
};

const MAX_URL: usize = 2_000;
const MAX_DESCRIPTION: usize = 200;
/// Most types that an endpoint names.
const MAX_TYPES: usize = 50;

/// What an endpoint is made from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EndpointProfile {
    /// Where events are sent: an https address that can be reached from the public internet.
    pub url: String,
    /// Types of events, such as `offer.updated`, or groups, such as `offer.*`; all when empty.
    #[serde(default)]
    pub types: Vec<String>,
    /// For people.
    #[serde(default)]
    pub description: String,
}

impl EndpointProfile {
    /// Every mistake, with its field.
    pub fn mistakes(&self, policy: &NetworkPolicy) -> Vec<FieldError> {
        let mut found = vec![];
        if self.url.len() > MAX_URL || self.url.bytes().any(|byte| !byte.is_ascii_graphic()) {
            found.push(FieldError::new("/url", "format", "must be an address of at most 2000 plain characters"));
        } else if let Err(refusal) = check_url(&self.url, policy) {
            found.push(FieldError::new("/url", "format", refusal.to_string()));
        }
        if self.description.chars().count() > MAX_DESCRIPTION || self.description.chars().any(char::is_control) {
            found.push(FieldError::new("/description", "length", "may have at most 200 characters"));
        }
        if self.types.len() > MAX_TYPES {
            found.push(FieldError::new("/types", "too_many", "may have at most 50 entries"));
        }
        for (index, _) in self.types.iter().enumerate().filter(|(_, kind)| !is_type(kind)) {
            let text = "must be a type of docs/events.md such as offer.updated, or a group such as offer.*";
            found.push(FieldError::new(format!("/types/{index}"), "unknown_type", text));
        }
        found
    }
}

/// Whether any event has this type or is of this group.
pub fn is_type(word: &str) -> bool {
    match word.strip_suffix('*') {
        Some(group) => {
            (group.is_empty() || group.ends_with('.'))
                && EventType::ALL.iter().any(|kind| kind.as_str().starts_with(group))
        }
        None => EventType::from_word(word).is_some(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pointers(profile: &EndpointProfile, policy: &NetworkPolicy) -> Vec<String> {
        profile.mistakes(policy).into_iter().map(|mistake| mistake.pointer).collect()
    }

    #[test]
    fn each_mistake_is_named_with_its_place() {
        let profile = EndpointProfile {
            url: "https://10.0.0.1/".into(),
            types: ["offer.*", "*", "offer.updated", "offer", "of*", "offer.lost"].map(str::to_owned).to_vec(),
            description: "x".repeat(201),
        };
        assert_eq!(
            pointers(&profile, &NetworkPolicy::default()),
            ["/url", "/description", "/types/3", "/types/4", "/types/5"]
        );
    }

    #[test]
    fn addresses_that_lead_inside_are_refused_unless_opened() {
        let at = |url: &str| EndpointProfile { url: url.into(), ..EndpointProfile::default() };
        for url in [
            "http://channel.example/",
            "https://channel.example:8443/",
            "https://user:pass@channel.example/",
            "https://127.1/",
            "https://[::1]/",
            "https://169.254.169.254/",
            "ftp://channel.example/",
            "hooks",
            "",
        ] {
            assert_eq!(pointers(&at(url), &NetworkPolicy::default()), ["/url"], "{url}");
        }
        assert_eq!(pointers(&at("https://channel.example/hooks?x=1"), &NetworkPolicy::default()), Vec::<String>::new());
        let open = NetworkPolicy { allow_private: vec!["127.0.0.0/8".parse().unwrap()], ..NetworkPolicy::default() };
        assert_eq!(pointers(&at("http://127.0.0.1:9000/"), &open), Vec::<String>::new());
        assert_eq!(pointers(&at("http://10.0.0.1:9000/"), &open), ["/url"]);
    }
}
