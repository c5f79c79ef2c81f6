//! One operation of the document.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde_json::{Map, Value, json};

use super::{about::About, failures, parameters, schemas::Schemas};
use crate::{http::access::Access, model::Code};

/// One operation as it is being described.
pub(in crate::http) struct Operation<'a> {
    value: Map<String, Value>,
    parameters: Vec<Value>,
    responses: Map<String, Value>,
    codes: BTreeSet<&'static str>,
    schemas: &'a mut Schemas,
}

impl<'a> Operation<'a> {
    pub(super) fn new(
        schemas: &'a mut Schemas,
        (method, path): (&str, &str),
        access: Access,
        tag: &str,
        about: About,
    ) -> Self {
        let mut description = about.description.to_owned();
        if access == Access::Operator {
            description += " Requires an operator's key.";
        }
        let security = match access {
            Access::Open => json!([]),
            Access::Key | Access::Operator => json!([{ "key": [] }, { "login": [] }]),
            Access::Link => json!([{ "link": [] }]),
        };
        let mut value = Map::new();
        value.insert("operationId".to_owned(), about.id.into());
        value.insert("tags".to_owned(), json!([tag]));
        value.insert("summary".to_owned(), about.summary.into());
        value.insert("description".to_owned(), description.into());
        value.insert("security".to_owned(), security);
        let codes = failures::of_access(method, access).iter().map(|code| code.as_str()).collect();
        let (parameters, responses) = (parameters::of_path(path), Map::new());
        let operation = Self { value, parameters, responses, codes, schemas };
        if operation.parameters.is_empty() { operation } else { operation.fails(&[Code::NotFound]) }
    }

    /// It takes query parameters.
    pub(in crate::http) fn query<T: JsonSchema>(mut self) -> Self {
        let found = parameters::of_query(&self.schemas.inline::<T>());
        let is_paged = found.iter().any(|parameter| parameter["name"] == "cursor");
        self.parameters.extend(found);
        self.fails(if is_paged { &[Code::InvalidQuery, Code::Refused] } else { &[Code::InvalidQuery] })
    }

    /// It is done once per key.
    pub(in crate::http) fn idempotent(mut self) -> Self {
        self.parameters.push(parameters::idempotency_key());
        self.fails(&[
            Code::IdempotencyKeyRequired,
            Code::IdempotencyKeyInvalid,
            Code::IdempotencyKeyReused,
            Code::InFlight,
        ])
    }

    /// It takes a JSON body.
    pub(in crate::http) fn takes<T: JsonSchema>(mut self) -> Self {
        let content = json!({ "application/json": { "schema": self.schemas.input::<T>() } });
        self.value.insert("requestBody".to_owned(), json!({ "required": true, "content": content }));
        self.fails(&failures::OF_A_BODY)
    }

    /// An example of the body.
    pub(in crate::http) fn example(mut self, body: &Value) -> Self {
        if let Some(content) = self.value.get_mut("requestBody") {
            content["content"]["application/json"]["example"] = body.clone();
        }
        self
    }

    /// It answers with JSON.
    pub(in crate::http) fn gives<T: JsonSchema>(self, status: u16, description: &str) -> Self {
        let schema = self.schemas.output::<T>();
        self.answers(status, description, Some(("application/json", schema)))
    }

    /// It answers with server-sent events whose data has this form.
    pub(in crate::http) fn streams<T: JsonSchema>(self, description: &str) -> Self {
        let data = self.schemas.output::<T>();
        let events = json!({ "type": "string", "contentMediaType": "text/event-stream", "contentSchema": data });
        self.answers(200, description, Some(("text/event-stream", events)))
    }

    /// It answers with JSON texts, one a line.
    pub(in crate::http) fn lines(self, description: &str) -> Self {
        self.answers(200, description, Some(("application/jsonl", json!({ "type": "string" }))))
    }

    /// It answers with plain text.
    pub(in crate::http) fn text(self, description: &str) -> Self {
        self.answers(200, description, Some(("text/plain", json!({ "type": "string" }))))
    }

    /// It answers with a free JSON object.
    pub(in crate::http) fn object(self, description: &str) -> Self {
        let schema = json!({ "type": "object", "additionalProperties": {} });
        self.answers(200, description, Some(("application/json", schema)))
    }

    /// It answers without a body.
    pub(in crate::http) fn gives_nothing(self, status: u16, description: &str) -> Self {
        self.answers(status, description, None)
    }

    /// It may fail with these codes, beside those that its parameters, body and access bring.
    pub(in crate::http) fn fails(mut self, codes: &[Code]) -> Self {
        self.codes.extend(codes.iter().map(|code| code.as_str()));
        self
    }

    /// It calls the platform of the connection, through its connector.
    pub(in crate::http) fn calls_platform(self) -> Self {
        self.fails(&failures::OF_A_PLATFORM)
    }

    fn answers(mut self, status: u16, description: &str, content: Option<(&str, Value)>) -> Self {
        let mut response = json!({ "description": description });
        if let Some((kind, schema)) = content {
            response["content"] = json!({ kind: { "schema": schema } });
        }
        self.responses.insert(status.to_string(), response);
        self
    }

    pub(super) fn finish(mut self) -> Value {
        let codes: Vec<_> = self.codes.iter().filter_map(|word| Code::from_word(word)).collect();
        self.responses.extend(failures::responses(&codes));
        if !self.parameters.is_empty() {
            self.value.insert("parameters".to_owned(), self.parameters.into());
        }
        self.value.insert("responses".to_owned(), self.responses.into());
        self.value.into()
    }
}
