//! A sound manifest, which each bad plugin spoils in its own way.
#![forbid(unsafe_code)]

use connector_api::wire::{
    Op,
    capability::Degree,
    manifest::{AuthKind, Manifest, StreamDeclaration},
    pull::Stream,
};
use serde_json::{Value, json};

/// A manifest the host accepts: one credential, one stream.
pub fn manifest(id: &str) -> Manifest {
    Manifest {
        id: id.to_owned(),
        name: format!("Bad plugin {id}"),
        vendor: "The connector host project".to_owned(),
        plugin_version: "1.0.0".to_owned(),
        contract_version: String::new(),
        panic_strategy: String::new(),
        auth: AuthKind::Keys,
        credential_schema: form("mode"),
        settings_schema: form("note"),
        operations: vec![Op::Validate, Op::Pull],
        capabilities: vec![],
        streams: vec![stream(Stream::Stores, vec![])],
        permissions: vec![],
        webhook_setup: None,
        docs_url: None,
        estimated_minutes: None,
    }
}

/// A stream that is read after others.
pub fn stream(stream: Stream, after: Vec<Stream>) -> StreamDeclaration {
    StreamDeclaration::new(stream, Degree::Enumerate).after(after)
}

fn form(field: &str) -> Value {
    let field_schema = json!({ "type": "string", "title": "Text", "description": "Any text.", "maxLength": 100 });
    json!({ "type": "object", "additionalProperties": false, "properties": { field: field_schema } })
}
