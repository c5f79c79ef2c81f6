//! The credential profile: which JSON Schemas a plugin's forms may be, so that every host can render and trust them.
//!
//! A form is a flat object of text, yes-or-no and whole-number fields. Beside the standard keywords it may carry the
//! `x-` keywords of [`KEYWORDS`]; unknown `x-` keywords are ignored. `docs/connector-spec.md` explains each.
//!
//! A form is a struct. Its doc comments are what the merchant reads:
//!
//! ```
//! # use connector_api::{testing::examples::manifest, wire::{manifest::Manifest, profile}};
//! use connector_api::wire::schemas::schema_of;
//! use schemars::JsonSchema;
//! use serde::Deserialize;
//!
//! /// Connect your shop.
//! #[derive(Deserialize, JsonSchema)]
//! #[serde(deny_unknown_fields)]
//! struct Credentials {
//!     /// Copy it from the settings of your shop, under *API*.
//!     #[schemars(
//!         title = "Token",
//!         length(min = 8, max = 200),
//!         extend("x-order" = 1, "x-secret" = true, "writeOnly" = true, "format" = "password")
//!     )]
//!     token: String,
//! }
//!
//! let form = schema_of::<Credentials>().to_value();
//! # let manifest = Manifest { credential_schema: form, ..manifest() };
//! # assert_eq!(profile::check_forms(&manifest), None);
//! ```

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::manifest::Manifest;

/// Standard keywords a field may carry.
const STANDARD: &[&str] = &[
    "type",
    "title",
    "description",
    "examples",
    "default",
    "enum",
    "minLength",
    "maxLength",
    "pattern",
    "format",
    "writeOnly",
    "minimum",
    "maximum",
];

/// The profile's own keywords.
pub const KEYWORDS: &[&str] = &[
    "x-secret",
    "x-order",
    "x-step",
    "x-group",
    "x-help",
    "x-pattern-message",
    "x-normalize",
    "x-enables",
    "x-without",
    "x-enum-labels",
    "x-expiry",
    "x-generated",
    "x-visible-when",
    "x-prefix",
    "x-suffix",
    "x-autocomplete",
    "x-i18n",
];

/// Most characters any text field may hold, and what `maxLength` may say at most.
pub const LONGEST_VALUE: u64 = 8_192;

/// The fields of a form: name and schema.
///
/// ```
/// use connector_api::wire::profile;
/// use serde_json::json;
///
/// let form = json!({ "properties": { "token": { "type": "string", "title": "Token" } } });
/// let titles: Vec<_> = profile::fields(&form).map(|(name, field)| (name, field["title"].as_str())).collect();
/// assert_eq!(titles, [("token", Some("Token"))]);
/// ```
pub fn fields(schema: &Value) -> impl Iterator<Item = (&str, &Value)> {
    schema["properties"].as_object().into_iter().flatten().map(|(name, field)| (name.as_str(), field))
}

/// Names of the fields that must be given.
pub fn required_fields(schema: &Value) -> Vec<&str> {
    schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

/// Whether a field is sealed, never shown and never sent back.
pub fn is_secret(field: &Value) -> bool {
    field["x-secret"] == true
}

/// What is wrong with a manifest's identity, in one sentence; `None` when nothing is.
///
/// ```
/// # use connector_api::{testing::examples::manifest, wire::{manifest::Manifest, profile}};
/// let manifest = Manifest { id: "Corner Shop".to_owned(), ..manifest() };
/// assert!(profile::check_identity(&manifest).unwrap().starts_with("`id` is `Corner Shop`: it must be"));
/// ```
pub fn check_identity(manifest: &Manifest) -> Option<String> {
    let id = &manifest.id;
    let well_formed = (2..=40).contains(&id.len())
        && id.starts_with(|first: char| first.is_ascii_lowercase())
        && id.chars().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-');
    if !well_formed {
        return Some(format!("`id` is `{id}`: it must be 2 to 40 lower-case letters, digits and `-`, a letter first"));
    }
    let numbers: Vec<&str> = manifest.plugin_version.split(['-', '+']).next().unwrap_or("").split('.').collect();
    if numbers.len() != 3 || numbers.iter().any(|number| number.parse::<u32>().is_err()) {
        return Some(format!("`plugin_version` is `{}`: it must be a version such as 1.2.3", manifest.plugin_version));
    }
    if manifest.name.is_empty() || manifest.name.len() > 80 {
        return Some("`name` must have 1 to 80 characters".to_owned());
    }
    if manifest.docs_url.as_deref().is_some_and(|url| !url.starts_with("https://")) {
        return Some("`docs_url` must start with https://".to_owned());
    }
    None
}

/// What is wrong with a manifest's streams, in one sentence; `None` when they can be read in order.
///
/// ```
/// # use connector_api::testing::examples::*;
/// # use connector_api::wire::profile;
/// let prices = StreamDeclaration::new(Stream::Prices, Degree::Enumerate).after([Stream::Offers]);
/// let manifest = Manifest { streams: vec![prices], ..manifest() };
/// let problem = profile::check_streams(&manifest).unwrap();
/// assert_eq!(problem, "`streams`: prices depend on each other or on an unknown stream");
/// ```
pub fn check_streams(manifest: &Manifest) -> Option<String> {
    let mut done = BTreeSet::new();
    let mut left: Vec<_> = manifest.streams.iter().collect();
    if left.iter().map(|declared| &declared.stream).collect::<BTreeSet<_>>().len() != left.len() {
        return Some("`streams` names a stream twice".to_owned());
    }
    while !left.is_empty() {
        let before = left.len();
        left.retain(|declared| {
            let ready = declared.after.iter().all(|needed| done.contains(needed));
            if ready {
                done.insert(declared.stream.clone());
            }
            !ready
        });
        if left.len() == before {
            let names: Vec<_> = left.iter().map(|declared| declared.stream.as_str()).collect();
            return Some(format!("`streams`: {} depend on each other or on an unknown stream", names.join(", ")));
        }
    }
    None
}

/// What is wrong with a manifest's forms, in one sentence that names the field; `None` when nothing is.
///
/// ```
/// # use connector_api::{testing::examples::manifest, wire::{manifest::Manifest, profile}};
/// use serde_json::json;
///
/// let token = json!({ "type": "string", "title": "Token", "maxLength": 200 });
/// let form = json!({ "type": "object", "additionalProperties": false, "properties": { "token": token } });
/// let manifest = Manifest { credential_schema: form, ..manifest() };
/// assert_eq!(profile::check_forms(&manifest).unwrap(), "credential_schema: token: needs a `description`");
/// ```
pub fn check_forms(manifest: &Manifest) -> Option<String> {
    let settings = &manifest.settings_schema;
    let capabilities: BTreeSet<&str> = manifest.capabilities.iter().map(|declared| declared.name.as_str()).collect();
    let forms = [("credential_schema", &manifest.credential_schema), ("settings_schema", settings)];
    for (form, schema) in forms {
        if let Some(problem) = check_form(schema) {
            return Some(format!("{form}: {problem}"));
        }
        for (name, field) in fields(schema) {
            if let Some(problem) = check_references(field, settings, &capabilities) {
                return Some(format!("{form}/{name}: {problem}"));
            }
        }
    }
    if fields(settings).any(|(_, field)| is_secret(field) && field.get("default").is_some()) {
        return Some("settings_schema: a secret has a default".to_owned());
    }
    None
}

fn check_form(schema: &Value) -> Option<String> {
    if schema["type"] != "object" || !schema["properties"].is_object() {
        return Some("must be an object schema with `properties`".to_owned());
    }
    if schema["additionalProperties"] != false {
        return Some("must have `additionalProperties: false`".to_owned());
    }
    for keyword in ["oneOf", "anyOf", "allOf", "$ref", "patternProperties", "if"] {
        if schema.get(keyword).is_some() {
            return Some(format!("`{keyword}` is outside the profile"));
        }
    }
    if fields(schema).count() > 40 {
        return Some("more than 40 fields".to_owned());
    }
    if let Some(stray) = required_fields(schema).into_iter().find(|name| schema["properties"].get(name).is_none()) {
        return Some(format!("`required` names `{stray}`, which is not a property"));
    }
    fields(schema).find_map(|(name, field)| check_field(field).map(|problem| format!("{name}: {problem}")))
}

fn check_field(field: &Value) -> Option<String> {
    let Some(object) = field.as_object() else {
        return Some("is not a schema".to_owned());
    };
    if let Some(stray) =
        object.keys().find(|keyword| !keyword.starts_with("x-") && !STANDARD.contains(&keyword.as_str()))
    {
        return Some(format!("`{stray}` is outside the profile"));
    }
    if !matches!(field["type"].as_str(), Some("string" | "boolean" | "integer")) {
        return Some("`type` must be string, boolean or integer".to_owned());
    }
    for needed in ["title", "description"] {
        if field[needed].as_str().is_none_or(str::is_empty) {
            return Some(format!("needs a `{needed}`"));
        }
    }
    if field["type"] == "string" && field.get("enum").is_none() && field["format"] != "date" {
        match field["maxLength"].as_u64() {
            None => return Some("needs a `maxLength`".to_owned()),
            Some(length) if length > LONGEST_VALUE => {
                return Some(format!("`maxLength` may be at most {LONGEST_VALUE}"));
            }
            Some(_) => {}
        }
    }
    if field.get("pattern").is_some() && field["x-pattern-message"].as_str().is_none() {
        return Some("has a `pattern` but no `x-pattern-message` to explain it".to_owned());
    }
    check_secrecy(field).or_else(|| check_labels(object)).or_else(|| check_help(object))
}

fn check_secrecy(field: &Value) -> Option<String> {
    let marks = (field["writeOnly"] == true, field["format"] == "password");
    match (is_secret(field), marks) {
        (true, (true, true)) if field.get("default").is_none() => None,
        (true, (true, true)) => Some("a secret has a `default`".to_owned()),
        (true, _) => Some("a secret needs `writeOnly: true` and `format: password` too".to_owned()),
        (false, (false, false)) => None,
        (false, _) => Some("`writeOnly` or `format: password` without `x-secret: true`".to_owned()),
    }
}

fn check_labels(field: &Map<String, Value>) -> Option<String> {
    let labels = field.get("x-enum-labels")?;
    let values: Vec<&str> =
        field.get("enum").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
    let Some(labels) = labels.as_object() else {
        return Some("`x-enum-labels` must be an object of texts".to_owned());
    };
    if let Some(stray) = labels.keys().find(|value| !values.contains(&value.as_str())) {
        return Some(format!("`x-enum-labels` names `{stray}`, which is not a value of `enum`"));
    }
    let is_label = |label: &Value| label.as_str().is_some_and(|text| !text.is_empty() && text.len() <= 200);
    (!labels.values().all(is_label)).then(|| "`x-enum-labels` must hold texts of 1 to 200 characters".to_owned())
}

fn check_help(field: &Map<String, Value>) -> Option<String> {
    let help = field.get("x-help")?;
    if help["markdown"].as_str().is_none_or(|text| text.is_empty() || text.len() > 4_000) {
        return Some("`x-help.markdown` must be text of at most 4000 characters".to_owned());
    }
    let images = help["images"].as_array().into_iter().flatten().map(|image| &image["src"]);
    images
        .chain(help.get("url"))
        .any(|link| !link.as_str().is_some_and(|url| url.starts_with("https://")))
        .then(|| "links in `x-help` must start with https://".to_owned())
}

fn check_references(field: &Value, settings: &Value, capabilities: &BTreeSet<&str>) -> Option<String> {
    if let Some(expiry) = field.get("x-expiry") {
        let target = expiry["field"].as_str().unwrap_or("");
        if settings["properties"].get(target).is_none() {
            return Some(format!("`x-expiry.field` names `{target}`, which is not a setting"));
        }
    }
    field["x-enables"].as_array().into_iter().flatten().filter_map(Value::as_str).find_map(|name| {
        (!capabilities.contains(name))
            .then(|| format!("`x-enables` names `{name}`, which the manifest does not declare"))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn form(field: &Value) -> Value {
        json!({ "type": "object", "additionalProperties": false, "properties": { "token": field } })
    }

    #[test]
    fn a_proper_secret_field_passes() {
        let field = json!({ "type": "string", "title": "Token", "description": "From the admin.", "maxLength": 200,
            "writeOnly": true, "format": "password", "x-secret": true,
            "x-help": { "markdown": "Open *System*.", "url": "https://example.com/help" } });
        assert_eq!(check_form(&form(&field)), None);
    }

    #[test]
    fn each_stray_is_named_with_its_field() {
        let base = json!({ "type": "string", "title": "Token", "description": "From the admin.", "maxLength": 200 });
        let cases = [
            (json!({ "type": "array" }), "token: `type` must be string, boolean or integer"),
            (json!({ "title": "" }), "token: needs a `title`"),
            (json!({ "maxLength": 9000 }), "token: `maxLength` may be at most 8192"),
            (json!({ "oneOf": [] }), "token: `oneOf` is outside the profile"),
            (json!({ "x-secret": true }), "token: a secret needs `writeOnly: true` and `format: password` too"),
            (json!({ "writeOnly": true }), "token: `writeOnly` or `format: password` without `x-secret: true`"),
            (json!({ "pattern": "^a$" }), "token: has a `pattern` but no `x-pattern-message` to explain it"),
            (
                json!({ "x-help": { "markdown": "m", "url": "http://example.com" } }),
                "token: links in `x-help` must start with https://",
            ),
            (
                json!({ "enum": ["on"], "x-enum-labels": { "off": "Off" } }),
                "token: `x-enum-labels` names `off`, which is not a value of `enum`",
            ),
            (
                json!({ "enum": ["on"], "x-enum-labels": { "on": "" } }),
                "token: `x-enum-labels` must hold texts of 1 to 200 characters",
            ),
        ];
        for (change, problem) in cases {
            let mut field = base.clone();
            field.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
            assert_eq!(check_form(&form(&field)).as_deref(), Some(problem));
        }
    }

    #[test]
    fn an_open_object_is_refused() {
        let schema = json!({ "type": "object", "properties": {} });
        assert_eq!(check_form(&schema).as_deref(), Some("must have `additionalProperties: false`"));
    }
}
