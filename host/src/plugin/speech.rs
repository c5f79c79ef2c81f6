//! What a plugin says, without secrets: the one place that everything passes on its way from a plugin to the host.
//!
//! A plugin may repeat what it was given, and what it repeats reaches logs, pages, channels and the database. Words for people
//! (errors, log lines, checks, notices, messages, causes) lose a secret by its first eight characters; data, which must
//! stay as it is, loses only the whole of a long one. Three things are handed back as they came, because the host needs them so:
//! credentials and secret settings that a validation prepared for sealing, the checkpoint of a page, the receipt of events.

use std::{borrow::Cow, sync::Arc};

use connector_api::{
    ConnectorError, ErrorCode,
    connector::PortReply,
    wire::{
        Op,
        credentials::{OpenConnection, Secret},
        manifest::Manifest,
        profile,
        service::{LogRecord, Service},
    },
};
use secrecy::SecretString;
use serde_json::{Map, Value};

use crate::net::Scrubber;

/// Answers up to this size are searched for unusual spellings as well.
const SEARCHED_CLOSELY: usize = 64 * 1024;

/// The values of a connection that must not be seen: those of every field marked secret, in either form, and those they
/// replaced.
pub(super) fn secrets_of(manifest: &Manifest, open: &OpenConnection) -> Vec<SecretString> {
    let credentials = secret_fields(&manifest.credential_schema).filter_map(|name| open.credential(name));
    let settings = secret_fields(&manifest.settings_schema).filter_map(|name| open.settings.get(name)).map(text_of);
    let previous = open.previous_credentials.values().map(Secret::expose);
    let values = credentials.chain(previous).map(Cow::Borrowed).chain(settings);
    values.map(|value| SecretString::from(value.into_owned())).collect()
}

fn secret_fields(schema: &Value) -> impl Iterator<Item = &str> {
    profile::fields(schema).filter(|(_, field)| profile::is_secret(field)).map(|(name, _)| name)
}

fn text_of(value: &Value) -> Cow<'_, str> {
    value.as_str().map_or_else(|| Cow::Owned(value.to_string()), Cow::Borrowed)
}

/// How one part of an answer is treated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Words,
    /// As words, and numbers as well: nobody expects one there.
    Log,
    Data,
    Exact,
}

/// What one connection's connector says. Cheap to clone.
#[derive(Clone)]
pub(super) struct Speech {
    scrubber: Option<Arc<Scrubber>>,
    public: Arc<str>,
    secret_fields: Arc<[(String, Form)]>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Credentials,
    Settings,
}

impl Speech {
    /// Scrubs with what `scrubber` knows; `public` is the manifest as a text.
    pub(super) fn new(manifest: &Manifest, public: Arc<str>, scrubber: Arc<Scrubber>) -> Self {
        let credentials = secret_fields(&manifest.credential_schema).map(|name| (name.to_owned(), Form::Credentials));
        let settings = secret_fields(&manifest.settings_schema).map(|name| (name.to_owned(), Form::Settings));
        Self { scrubber: Some(scrubber), public, secret_fields: credentials.chain(settings).collect() }
    }

    /// Leaves everything as it is: for the conformance list, which looks for secrets itself.
    pub(super) fn unscrubbed() -> Self {
        Self { scrubber: None, public: "".into(), secret_fields: Arc::new([]) }
    }

    /// A text for people.
    pub(super) fn text(&self, text: String) -> String {
        let Some(scrubber) = &self.scrubber else { return text };
        scrubber.words(&text).into_owned()
    }

    /// What an operation gave.
    pub(super) fn reply(&self, op: &str, reply: PortReply) -> PortReply {
        let Some(scrubber) = &self.scrubber else { return reply };
        match reply {
            Ok((meta, body)) => Ok((self.answer(scrubber, op, meta), body)),
            Err(error) => Err(self.error(error)),
        }
    }

    /// An error: every text of it is for people.
    pub(super) fn error(&self, error: ConnectorError) -> ConnectorError {
        let Some(scrubber) = &self.scrubber else { return error };
        let Ok(value) = serde_json::to_value(&error) else { return error };
        let clean = scrub(scrubber, value, "", Part::Words, &|_, part| part);
        serde_json::from_value(clean).unwrap_or_else(|_| {
            ConnectorError::new(
                ErrorCode::PluginContractBroken,
                "its error contained a secret in a field that must not contain one",
            )
        })
    }

    /// A line of its log.
    pub(super) fn log(&self, record: LogRecord) -> LogRecord {
        let Some(scrubber) = &self.scrubber else { return record };
        let fields = scrub(scrubber, Value::Object(record.fields), "", Part::Log, &|_, part| part);
        let Value::Object(fields) = fields else { return LogRecord::default() };
        LogRecord { message: scrubber.words(&record.message).into_owned(), fields, fault: record.fault }
    }

    /// What it asks of the host: only the checks it reports are for people.
    pub(super) fn request(&self, service: &str, meta: Vec<u8>) -> Vec<u8> {
        match &self.scrubber {
            Some(scrubber) if Service::from(service) == Service::Progress => {
                rewritten(scrubber, meta, Part::Words, &|_, part| part)
            }
            _ => meta,
        }
    }

    fn answer(&self, scrubber: &Scrubber, op: &str, meta: Vec<u8>) -> Vec<u8> {
        match Op::from(op) {
            Op::Validate => self.validation(scrubber, meta),
            Op::Health | Op::Probe => rewritten(scrubber, meta, Part::Words, &|_, part| part),
            _ if scrubber.may_be_in(&meta) || may_be_spelled_oddly(&meta) => {
                rewritten(scrubber, meta, Part::Data, &part_of_data)
            }
            _ => meta,
        }
    }

    /// Everything in it is for people but what will be kept; what it prepared for sealing is a secret as well.
    fn validation(&self, scrubber: &Scrubber, meta: Vec<u8>) -> Vec<u8> {
        let prepared = Scrubber::beside(&self.prepared(&meta), &self.public);
        let is_secret_setting =
            |name: &str| self.secret_fields.iter().any(|(field, form)| *form == Form::Settings && field == name);
        let parts = |path: &str, part: Part| match path.split_once('/').unwrap_or((path, "")) {
            ("normalized_credentials", "") => part,
            ("normalized_credentials", _) => Part::Exact,
            ("settings", name) if is_secret_setting(name) => Part::Exact,
            ("settings", _) | ("store", "host" | "store_id") => Part::Data,
            ("choices", inner) if inner.ends_with("value") => Part::Data,
            _ => part,
        };
        let meta = rewritten(scrubber, meta, Part::Words, &parts);
        rewritten(&prepared, meta, Part::Words, &parts)
    }

    fn prepared(&self, meta: &[u8]) -> Vec<SecretString> {
        let Ok(answer) = serde_json::from_slice::<Value>(meta) else { return vec![] };
        let values = self.secret_fields.iter().filter_map(|(name, form)| match form {
            Form::Credentials => answer.get("normalized_credentials")?.get(name),
            Form::Settings => answer.get("settings")?.get(name),
        });
        values.map(|value| SecretString::from(text_of(value).into_owned())).collect()
    }
}

/// The parts of an answer that holds data.
fn part_of_data(path: &str, part: Part) -> Part {
    let in_records = path == "records" || path.starts_with("records/");
    let name = path.rsplit('/').next().unwrap_or(path);
    match name {
        _ if path == "next" || path == "receipt" => Part::Exact,
        "warnings" => Part::Words,
        "notices" | "left_out" | "messages" | "reason" | "likely_cause" if !in_records => Part::Words,
        _ => part,
    }
}

fn may_be_spelled_oddly(meta: &[u8]) -> bool {
    meta.len() <= SEARCHED_CLOSELY && meta.iter().any(|byte| b"%&\\".contains(byte))
}

/// The JSON text with every string scrubbed; a text that is no JSON is scrubbed as one.
fn rewritten(scrubber: &Scrubber, meta: Vec<u8>, part: Part, parts: &dyn Fn(&str, Part) -> Part) -> Vec<u8> {
    let Ok(value) = serde_json::from_slice::<Value>(&meta) else {
        let text = String::from_utf8_lossy(&meta);
        return match scrubber.words(&text) {
            clean if *clean == *text => meta,
            clean => clean.into_owned().into_bytes(),
        };
    };
    let clean = scrub(scrubber, value.clone(), "", part, parts);
    if clean == value {
        return meta;
    }
    serde_json::to_vec(&clean).unwrap_or_default()
}

fn scrub(scrubber: &Scrubber, value: Value, path: &str, part: Part, parts: &dyn Fn(&str, Part) -> Part) -> Value {
    let text = |text: &str| match part {
        Part::Words | Part::Log => scrubber.words(text).into_owned(),
        Part::Data => scrubber.data(text).into_owned(),
        Part::Exact => text.to_owned(),
    };
    match value {
        Value::String(said) => Value::String(text(&said)),
        Value::Number(number) if part == Part::Log => {
            let said = number.to_string();
            if text(&said) == said { Value::Number(number) } else { Value::String(text(&said)) }
        }
        Value::Array(items) => items.into_iter().map(|item| scrub(scrubber, item, path, part, parts)).collect(),
        Value::Object(fields) if part != Part::Exact => {
            let fields = fields.into_iter().map(|(name, value)| {
                let path = if path.is_empty() { name.clone() } else { format!("{path}/{name}") };
                (text(&name), scrub(scrubber, value, &path, parts(&path, part), parts))
            });
            Value::Object(fields.collect::<Map<_, _>>())
        }
        exact => exact,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const SECRET: &str = "tok_0123456789abcdef";

    fn speech() -> Speech {
        let schema = json!({ "properties": {
            "token": { "type": "string", "x-secret": true }, "hook": { "type": "string", "x-secret": true },
        } });
        let manifest = json!({
            "id": "a", "name": "A", "vendor": "V", "plugin_version": "1.0.0", "auth": "keys", "credential_schema": schema,
            "settings_schema": { "properties": { "hidden": { "type": "string", "x-secret": true } } },
            "operations": [], "capabilities": [], "streams": [],
        });
        let manifest: Manifest = serde_json::from_value(manifest).unwrap();
        let open = json!({
            "connection_id": "c", "credentials": { "token": SECRET, "hook": "h00k_secret" },
            "previous_credentials": { "hook": "older_secret" }, "settings": { "hidden": "hidden_setting" },
        });
        let open: OpenConnection = serde_json::from_value(open).unwrap();
        Speech::new(&manifest, "".into(), Arc::new(Scrubber::new(&secrets_of(&manifest, &open))))
    }

    fn answered(op: &str, answer: &Value) -> Value {
        let (meta, _) = speech().reply(op, Ok((answer.to_string().into_bytes(), vec![]))).unwrap();
        serde_json::from_slice(&meta).unwrap()
    }

    #[test]
    fn every_secret_a_connection_holds_or_held_is_taken_out_of_errors_and_logs() {
        for secret in [SECRET, "h00k_secret", "older_secret", "hidden_setting", "tok_0123"] {
            let error = ConnectorError::new(ErrorCode::AuthInvalid, format!("the key {secret} is refused"));
            let error = speech().error(error.at_field("/token", secret, format!("{secret}!")));
            assert!(!serde_json::to_string(&error).unwrap().contains(secret), "{error:?}");
            assert_eq!(error.code, ErrorCode::AuthInvalid);
            let fields = json!({ "deep": [{ secret: format!("x{secret}") }] }).as_object().unwrap().clone();
            let record = speech().log(LogRecord { message: format!("<{secret}>"), fields, fault: None });
            assert!(!serde_json::to_string(&record).unwrap().contains(secret), "{record:?}");
        }
    }

    #[test]
    fn a_validation_loses_secrets_but_hands_back_what_is_to_be_sealed() {
        let check = json!({ "id": "a", "title": SECRET, "status": "fail", "message": "tok_0123", "fix": "new_made_secret",
            "duration_ms": 1, "translations": { "sv": { "title": "x", "message": SECRET } } });
        let answer = json!({
            "ok": true, "checks": [check], "normalized_credentials": { "token": "new_made_secret" },
            "store": { "host": "tok_0123.example", "store_id": "1", "name": SECRET },
            "settings": { "hidden": "hidden_setting", "open": SECRET },
            "choices": { "market": [{ "value": "tok_0123", "label": SECRET }] },
        });
        let scrubbed = answered("validate", &answer);
        let expected = json!({
            "ok": true,
            "checks": [{ "id": "a", "title": "[scrubbed]", "status": "fail", "message": "[scrubbed]", "fix": "[scrubbed]",
                "duration_ms": 1, "translations": { "sv": { "title": "x", "message": "[scrubbed]" } } }],
            "normalized_credentials": { "token": "new_made_secret" },
            "store": { "host": "tok_0123.example", "store_id": "1", "name": "[scrubbed]" },
            "settings": { "hidden": "hidden_setting", "open": "[scrubbed]" },
            "choices": { "market": [{ "value": "tok_0123", "label": "[scrubbed]" }] },
        });
        assert_eq!(scrubbed, expected);
    }

    #[test]
    fn a_page_keeps_its_data_and_its_checkpoint_and_loses_only_whole_secrets_and_what_people_read() {
        let answer = json!({
            "records": [{ "kind": "offer", "data": { "title": "tok_0123 and more", "reason": "h00k_secret", "body": SECRET,
                "warnings": [{ "text": "tok_0123" }] } }],
            "next": { "url": format!("https://shop.example/?key={SECRET}") },
            "notices": [{ "code": "a", "message": "tok_0123" }],
            "left_out": [{ "reason": "formula", "message": "priced by tok_01234", "count": 2 }],
        });
        let expected = json!({
            "records": [{ "kind": "offer", "data": { "title": "tok_0123 and more", "reason": "h00k_secret", "body": "[scrubbed]",
                "warnings": [{ "text": "[scrubbed]" }] } }],
            "next": { "url": format!("https://shop.example/?key={SECRET}") },
            "notices": [{ "code": "a", "message": "[scrubbed]" }],
            "left_out": [{ "reason": "formula", "message": "priced by [scrubbed]", "count": 2 }],
        });
        assert_eq!(answered("pull", &answer), expected);
        let verdict = json!({ "verdict": "bad_signature", "dedupe_key": "tok_0123", "likely_cause": "not h00k_sec" });
        assert_eq!(answered("verify_webhook", &verdict)["likely_cause"], "not [scrubbed]");
        assert_eq!(answered("verify_webhook", &verdict)["dedupe_key"], "tok_0123");
    }

    #[test]
    fn an_answer_without_a_secret_is_handed_on_byte_for_byte() {
        for answer in [r#"{ "records" : [ {"price": 10.10 } ], "x": "25 %" }"#, "no json at all", "{\"a\": 1"] {
            let (meta, body) = speech().reply("pull", Ok((answer.as_bytes().to_vec(), b"b".to_vec()))).unwrap();
            assert_eq!((meta.as_slice(), body.as_slice()), (answer.as_bytes(), &b"b"[..]));
        }
        let (meta, _) = speech().reply("pull", Ok((format!("<p>{SECRET}").into_bytes(), vec![]))).unwrap();
        assert_eq!(meta, b"<p>[scrubbed]");
    }

    #[test]
    fn a_reported_check_is_scrubbed_and_a_request_to_the_platform_is_not() {
        let meta = json!({ "message": SECRET }).to_string().into_bytes();
        assert_eq!(speech().request("http", meta.clone()), meta);
        assert_eq!(speech().request("progress", meta.clone()), br#"{"message":"[scrubbed]"}"#);
        assert_eq!(Speech::unscrubbed().request("progress", meta.clone()), meta);
    }
}
