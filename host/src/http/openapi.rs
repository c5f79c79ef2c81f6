//! Routes with their description: what `router` says once becomes both the router and the OpenAPI 3.1 document.

use std::collections::HashMap;

use axum::{
    Router,
    handler::Handler,
    routing::{MethodFilter, on},
};
use schemars::{JsonSchema, SchemaGenerator, generate::SchemaSettings};
use serde_json::{Map, Value, json};

use super::{
    access::{Access, AccessList},
    host::Host,
    problem::ProblemBody,
};

/// Routes, and what is said of them.
pub(super) struct Api {
    router: Router<Host>,
    paths: Map<String, Value>,
    answers: SchemaGenerator,
    access: AccessList,
}

/// What is said of one operation.
pub(super) struct Operation<'a> {
    value: Map<String, Value>,
    answers: &'a mut SchemaGenerator,
}

impl Api {
    pub(super) fn new() -> Self {
        let settings = SchemaSettings::draft2020_12().for_serialize().with(|settings| {
            settings.definitions_path = "/components/schemas".into();
            settings.meta_schema = None;
        });
        let (router, access) = (Router::new(), HashMap::new());
        Self { router, paths: Map::new(), answers: settings.into_generator(), access }
    }

    /// Adds a route and its description.
    pub(super) fn route<H, T>(
        mut self,
        method: MethodFilter,
        path: &'static str,
        handler: H,
        access: Access,
        summary: &str,
        describe: impl FnOnce(Operation<'_>) -> Operation<'_>,
    ) -> Self
    where
        H: Handler<T, Host>,
        T: 'static,
    {
        self.router = self.router.route(path, on(method, handler));
        let name = name_of(method);
        self.access.entry(path).or_default().push((name, access));
        let operation = describe(Operation::new(&mut self.answers, name, path, access, summary)).value;
        let entry = self.paths.entry(path).or_insert_with(|| json!({}));
        entry[name] = Value::Object(operation);
        self
    }

    pub(super) fn into_router(self) -> Router<Host> {
        self.router
    }

    /// Who may call what.
    pub(super) fn access(self) -> AccessList {
        self.access
    }

    pub(super) fn into_document(mut self) -> Value {
        let problem = self.answers.subschema_for::<ProblemBody>();
        let schemas = self.answers.take_definitions(true);
        json!({
            "openapi": "3.1.0",
            "info": {
                "title": "Connector host",
                "version": env!("CARGO_PKG_VERSION"),
                "description": "Connects merchants' stores to commerce channels. Errors are problem documents (RFC 9457); \
                                lists come in pages with a cursor.",
                "license": { "name": "Apache-2.0 OR MIT", "identifier": "Apache-2.0 OR MIT" }
            },
            "servers": [{ "url": "/" }],
            "paths": self.paths,
            "components": {
                "schemas": schemas,
                "responses": {
                    "Problem": {
                        "description": "Why it was not done",
                        "content": { "application/problem+json": { "schema": problem } }
                    }
                },
                "securitySchemes": {
                    "key": { "type": "http", "scheme": "bearer", "description": "`cck_…`, an operator's or a channel's key" },
                    "login": { "type": "apiKey", "in": "cookie", "name": "__Host-connector", "description": "A signed-in operator" },
                    "link": { "type": "apiKey", "in": "header", "name": "Authorization", "description": "`Connect <token of the link>`" }
                }
            }
        })
    }
}

impl<'a> Operation<'a> {
    fn new(answers: &'a mut SchemaGenerator, method: &str, path: &str, access: Access, summary: &str) -> Self {
        let security = match access {
            Access::Open => json!([]),
            Access::Key | Access::Operator => json!([{ "key": [] }, { "login": [] }]),
            Access::Link => json!([{ "link": [] }]),
        };
        let who = if matches!(access, Access::Operator) { "For operators only." } else { "" };
        let names = path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
        let parameters: Vec<Value> = names
            .map(|name| json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } }))
            .collect();
        let words = path.split(['/', '.']).filter(|part| !part.is_empty());
        let id = words.map(|word| word.trim_matches(['{', '}']).to_owned()).collect::<Vec<_>>().join("_");
        let value = json!({
            "operationId": format!("{method}_{}", id.replace('-', "_")),
            "summary": summary,
            "description": who,
            "security": security,
            "parameters": parameters,
            "responses": { "default": { "$ref": "#/components/responses/Problem" } },
        });
        let Value::Object(value) = value else { return Self { value: Map::new(), answers } };
        Self { value, answers }
    }

    /// It takes query parameters.
    pub(super) fn query<T: JsonSchema>(mut self) -> Self {
        let schema = input::<T>();
        let properties = schema["properties"].as_object().cloned().unwrap_or_default();
        if let Some(parameters) = self.value.get_mut("parameters").and_then(Value::as_array_mut) {
            parameters.extend(properties.into_iter().map(|(name, mut schema)| {
                let description = schema.as_object_mut().and_then(|schema| schema.remove("description"));
                json!({ "name": name, "in": "query", "description": description.unwrap_or_default(), "schema": schema })
            }));
        }
        self
    }

    /// It is done once per key.
    pub(super) fn idempotent(mut self) -> Self {
        if let Some(parameters) = self.value.get_mut("parameters").and_then(Value::as_array_mut) {
            parameters.push(json!({
                "name": "Idempotency-Key", "in": "header", "required": true,
                "description": "A key of your own, 1 to 255 visible ASCII characters. The same key and body again give the \
                                same answer; nothing is done twice.",
                "schema": { "type": "string", "minLength": 1, "maxLength": 255 }
            }));
        }
        self
    }

    /// It takes a JSON body.
    pub(super) fn takes<T: JsonSchema>(mut self) -> Self {
        let content = json!({ "application/json": { "schema": input::<T>() } });
        self.value.insert("requestBody".to_owned(), json!({ "required": true, "content": content }));
        self
    }

    /// It answers with JSON.
    pub(super) fn gives<T: JsonSchema>(self, status: u16) -> Self {
        let schema = self.answers.subschema_for::<T>();
        self.answers(status, "Done", Some(("application/json", json!(schema))))
    }

    /// It answers with server-sent events whose data has this form.
    pub(super) fn streams<T: JsonSchema>(self, description: &str) -> Self {
        let _schema = self.answers.subschema_for::<T>();
        self.answers(200, description, Some(("text/event-stream", json!({ "type": "string" }))))
    }

    /// It answers with JSON texts, one a line.
    pub(super) fn lines(self, description: &str) -> Self {
        self.answers(200, description, Some(("application/jsonl", json!({ "type": "string" }))))
    }

    /// It answers with plain text.
    pub(super) fn text(self, description: &str) -> Self {
        self.answers(200, description, Some(("text/plain", json!({ "type": "string" }))))
    }

    /// It answers without a body.
    pub(super) fn gives_nothing(self, status: u16) -> Self {
        self.answers(status, "Done", None)
    }

    fn answers(mut self, status: u16, description: &str, content: Option<(&str, Value)>) -> Self {
        let mut response = json!({ "description": description });
        if let Some((kind, schema)) = content {
            response["content"] = json!({ kind: { "schema": schema } });
        }
        self.value["responses"][status.to_string()] = response;
        self
    }
}

/// The schema of something that is sent to the host, complete in itself.
fn input<T: JsonSchema>() -> Value {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.inline_subschemas = true;
        settings.meta_schema = None;
    });
    settings.into_generator().into_root_schema_for::<T>().to_value()
}

fn name_of(method: MethodFilter) -> &'static str {
    match method {
        MethodFilter::POST => "post",
        MethodFilter::PUT => "put",
        MethodFilter::PATCH => "patch",
        MethodFilter::DELETE => "delete",
        _ => "get",
    }
}
