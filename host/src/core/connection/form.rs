//! Values against a plugin's form: cleaned as the schema asks, then checked, every mistake with its field.

use connector_api::{
    FieldError,
    wire::{manifest::Manifest, profile},
};
use serde_json::{Map, Value};

use super::mask;

/// Values by field name.
pub type Values = Map<String, Value>;

/// Cleans and checks values. `Err` holds one entry per mistake and never a value of a secret field.
pub fn read(schema: &Value, given: &Values) -> Result<Values, Vec<FieldError>> {
    let mut values = Values::new();
    for (name, value) in given {
        let field = &schema["properties"][name];
        match value {
            // Nothing was given: absent, so that `required` speaks of it in one way only.
            Value::Null => {}
            Value::String(text) => {
                let text = normalize(field, text);
                if !text.is_empty() {
                    values.insert(name.clone(), text.into());
                }
            }
            other => {
                values.insert(name.clone(), other.clone());
            }
        }
    }
    let mut mistakes = mistakes(schema, &values);
    mistakes.extend(masked(schema, &values));
    if mistakes.is_empty() { Ok(values) } else { Err(mistakes) }
}

/// Like [`read`], for values that stand beside others: fields that are not given are not missed.
pub fn read_some(schema: &Value, given: &Values) -> Result<Values, Vec<FieldError>> {
    let mut schema = schema.clone();
    if let Some(schema) = schema.as_object_mut() {
        schema.remove("required");
    }
    read(&schema, given)
}

/// Reads both forms of a connector. `Err` names the mistakes of both.
pub(super) fn read_both(
    manifest: &Manifest,
    credentials: &Values,
    settings: &Values,
) -> Result<(Values, Values), Vec<FieldError>> {
    let read_credentials = read(&manifest.credential_schema, credentials);
    let read_settings = read(&manifest.settings_schema, settings);
    match (read_credentials, read_settings) {
        (Ok(credentials), Ok(settings)) => {
            let forms = [(&manifest.credential_schema, &credentials), (&manifest.settings_schema, &settings)];
            match misplaced(&forms) {
                mistakes if mistakes.is_empty() => Ok((credentials, settings)),
                mistakes => Err(mistakes),
            }
        }
        (credentials, settings) => {
            let mistakes = credentials.err().into_iter().chain(settings.err()).flatten().collect();
            Err(mistakes)
        }
    }
}

/// What was taken off pasted values: words for people, and the value itself where it is no secret.
pub fn cleaned(schema: &Value, given: &Values) -> std::collections::BTreeMap<String, String> {
    let texts = given.iter().filter_map(|(name, value)| Some((name, value.as_str()?)));
    let changed = texts.filter_map(|(name, text)| {
        let field = &schema["properties"][name];
        let clean = normalize(field, text);
        let reported =
            if profile::is_secret(field) { "surrounding spaces or other characters".to_owned() } else { clean.clone() };
        (clean != text).then(|| (name.clone(), reported))
    });
    changed.collect()
}

/// What `x-normalize` of a field asks for, in its order. Every text loses spaces and invisible characters around it.
fn normalize(field: &Value, text: &str) -> String {
    let mut text = trim(text).to_owned();
    for step in field["x-normalize"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        text = match step {
            "lowercase" => text.to_lowercase(),
            "strip_quotes" => trim(text.trim_matches(['"', '\'', '`', '“', '”', '‘', '’'])).to_owned(),
            "strip_bearer" => {
                let has_prefix = text.get(..7).is_some_and(|prefix| prefix.eq_ignore_ascii_case("bearer "));
                if has_prefix { trim(text.get(7..).unwrap_or_default()).to_owned() } else { text }
            }
            "strip_path" => without_path(&text).unwrap_or(text),
            "add_https" if !text.is_empty() && !text.contains("://") => format!("https://{text}"),
            _ => text,
        };
    }
    text
}

/// The address without path, query and fragment; everything else stays, so that it can be judged.
fn without_path(text: &str) -> Option<String> {
    let mut url = url::Url::parse(text).ok().filter(|url| !url.cannot_be_a_base())?;
    url.set_path("");
    url.set_query(None);
    url.set_fragment(None);
    Some(url.as_str().trim_end_matches('/').to_owned())
}

fn trim(text: &str) -> &str {
    text.trim_matches(|letter: char| {
        letter.is_whitespace()
            || letter.is_control()
            || matches!(letter, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}')
    })
}

fn mistakes(schema: &Value, values: &Values) -> Vec<FieldError> {
    let Ok(validator) = jsonschema::draft202012::options().should_validate_formats(true).build(schema) else {
        return vec![FieldError::new("", "schema", "the plugin's schema cannot be used")];
    };
    let instance = Value::Object(values.clone());
    validator.iter_errors(&instance).flat_map(|error| explain(schema, &error)).collect()
}

/// What is said of a mask.
const MASK: &str = "is a mask in place of a secret: enter the secret itself, or leave the field empty to keep the one \
     that is stored";

/// What a form may have put in place of a secret that it does not show, handed back as if it were the secret.
fn masked(schema: &Value, values: &Values) -> Vec<FieldError> {
    let secrets = values.iter().filter(|(name, _)| profile::is_secret(&schema["properties"][name]));
    let masks = secrets.filter(|(_, value)| value.as_str().is_some_and(mask::is_mask));
    masks.map(|(name, _)| FieldError::new(format!("/{name}"), "mask", MASK)).collect()
}

/// Fewer characters are found in other values by chance.
const SHORTEST_SECRET: usize = 8;

/// Values of open fields that hold the value of a secret one: pasted into the wrong field, it would be shown and stored in the open.
/// `forms` are schemas with their values.
pub fn misplaced(forms: &[(&Value, &Values)]) -> Vec<FieldError> {
    let fields = forms.iter().flat_map(|(schema, values)| values.iter().map(move |field| (*schema, field)));
    let texts = fields.filter_map(|(schema, (name, value))| {
        Some((profile::is_secret(&schema["properties"][name]), name, value.as_str()?.to_lowercase()))
    });
    let (secret, open): (Vec<_>, Vec<_>) = texts.partition(|(is_secret, ..)| *is_secret);
    let holds = |text: &str| {
        secret.iter().find(|(_, _, secret)| secret.len() >= SHORTEST_SECRET && text.contains(secret.as_str()))
    };
    let mistakes = open.iter().filter_map(|(_, name, text)| {
        let (_, other, _) = holds(text)?;
        let message = format!("holds the secret entered as {other}; it would be shown and stored unencrypted");
        Some(FieldError::new(format!("/{name}"), "secret_misplaced", &message))
    });
    mistakes.collect()
}

fn explain(schema: &Value, error: &jsonschema::ValidationError<'_>) -> Vec<FieldError> {
    use jsonschema::error::ValidationErrorKind as Kind;
    let pointer = error.instance_path().to_string();
    let field = &schema["properties"][pointer.trim_start_matches('/')];
    let one = |code: &str, message: String| vec![FieldError::new(&pointer, code, &message)];
    match error.kind() {
        Kind::Required { property } => {
            let name = property.as_str().unwrap_or_default();
            let title = schema["properties"][name]["title"].as_str().unwrap_or(name);
            vec![FieldError::new(format!("/{name}"), "required", format!("{title} is missing"))]
        }
        Kind::AdditionalProperties { unexpected } => {
            let known: Vec<_> = profile::fields(schema).map(|(name, _)| name).collect();
            unexpected
                .iter()
                .map(|name| {
                    let message = format!("unknown field; known fields: {}", known.join(", "));
                    FieldError::new(format!("/{name}"), "unknown_field", &message)
                })
                .collect()
        }
        Kind::Pattern { .. } => {
            one("pattern", field["x-pattern-message"].as_str().unwrap_or("does not have the expected form").to_owned())
        }
        Kind::MinLength { limit } => one("too_short", format!("must have at least {limit} characters")),
        Kind::MaxLength { limit } => one("too_long", format!("may have at most {limit} characters")),
        Kind::Format { format } => one("format", format!("is not a valid {format}")),
        Kind::Type { .. } => one("type", format!("must be a {}", field["type"].as_str().unwrap_or("value"))),
        Kind::Enum { options } => one("not_offered", format!("must be one of {options}")),
        // The library's own words may quote the value, which may be a secret.
        _ => one("invalid", "cannot be used".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn schema() -> Value {
        json!({ "type": "object", "additionalProperties": false, "required": ["url", "token"], "properties": {
            "url": { "type": "string", "title": "Address", "maxLength": 50, "x-normalize": ["strip_quotes", "add_https", "strip_path"] },
            "token": { "type": "string", "title": "Token", "minLength": 5, "pattern": "^[a-z0-9]+$",
                "x-pattern-message": "only small letters and digits", "x-secret": true,
                "x-normalize": ["strip_quotes", "strip_bearer"] },
            "level": { "type": "integer" } } })
    }

    fn values(value: &Value) -> Values {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn pasted_noise_is_taken_off() {
        let given = values(&json!({ "url": " “shop.example/admin?x=1”\n", "token": "\u{feff}\"Bearer abc123\" " }));
        let read = read(&schema(), &given).unwrap();
        assert_eq!(Value::Object(read), json!({ "url": "https://shop.example", "token": "abc123" }));
    }

    #[test]
    fn a_mask_is_no_secret_and_elsewhere_just_a_text() {
        let shown = |given: Value| {
            let mistakes = read(&schema(), &values(&given)).unwrap_err();
            mistakes.into_iter().map(|m| format!("{} {}", m.pointer, m.code)).collect::<Vec<_>>()
        };
        let url = "https://shop.example";
        assert_eq!(shown(json!({ "url": url, "token": "••••••••" })), ["/token pattern", "/token mask"]);
        assert_eq!(shown(json!({ "url": url, "token": " Bearer [redacted] " })), ["/token pattern", "/token mask"]);
        assert!(read_some(&schema(), &values(&json!({ "url": "https://****" }))).is_ok());
    }

    #[test]
    fn a_secret_in_an_open_field_is_named_and_not_repeated() {
        let settings =
            json!({ "properties": { "path": { "type": "string" }, "own": { "type": "string", "x-secret": true } } });
        let check =
            |given: &Value, chosen: &Value| misplaced(&[(&schema(), &values(given)), (&settings, &values(chosen))]);
        let given = json!({ "token": "s3cretvalue", "url": "https://S3CRETVALUE" });
        let mistakes = check(&given, &json!({ "path": "x?t=s3cretvalue", "own": "s3cretvalue" }));
        let shown: Vec<_> =
            mistakes.iter().map(|own| format!("{} {}: {}", own.pointer, own.code, own.message)).collect();
        let says = "secret_misplaced: holds the secret entered as token; it would be shown and stored unencrypted";
        assert_eq!(shown, [format!("/url {says}"), format!("/path {says}")]);
        assert_eq!(check(&json!({ "token": "short", "url": "https://short" }), &json!({})), []);
    }

    #[test]
    fn every_mistake_is_named_with_its_field_and_without_its_value() {
        let given = values(&json!({ "token": "S3CRET-value!", "level": "high", "colour": "red" }));
        let mistakes = read(&schema(), &given).unwrap_err();
        let mut shown: Vec<_> = mistakes.iter().map(|m| format!("{} {}: {}", m.pointer, m.code, m.message)).collect();
        shown.sort();
        assert_eq!(
            shown,
            [
                "/colour unknown_field: unknown field; known fields: url, token, level",
                "/level type: must be a integer",
                "/token pattern: only small letters and digits",
                "/url required: Address is missing",
            ]
        );
        assert!(!shown.join(" ").contains("S3CRET"));
    }
}
