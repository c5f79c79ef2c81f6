//! A scripted store: it has a schema, refuses queries that do not fit it, and answers the rest from fixtures.

use std::sync::{Arc, Mutex};

use apollo_compiler::{
    ExecutableDocument, Name, Schema,
    ast::{Definition, Document, FieldDefinition},
    introspection,
    request::coerce_variable_values,
    response::JsonMap,
    validation::Valid,
};
use centra_plugin::{
    connector::Centra,
    schema::{introspect, live::LiveSchema},
};
use connector_api::{
    Connector, ConnectorError, ErrorCode,
    testing::ScriptedHost,
    wire::{
        Op,
        credentials::{OpenConnection, Secret},
        envelope::Call,
        pull::{Page, PullRequest, Stream},
    },
};
use serde_json::{Value, json};

use crate::marks::{Marks, SDL};

/// The status of an answer that never comes.
pub(crate) const NO_ANSWER: u16 = 598;

/// A schema a store may have.
pub(crate) struct Variant {
    pub(crate) name: &'static str,
    pub(crate) sdl: String,
}

impl Variant {
    pub(crate) fn reference() -> Self {
        Self { name: "reference", sdl: SDL.to_owned() }
    }

    /// Everything but these fields.
    pub(crate) fn without(fields: &[&str]) -> Self {
        Self { name: "without", sdl: edit(&|ty, field| !fields.contains(&format!("{ty}.{}", field.name).as_str())) }
    }

    /// Only fields whose names are certain.
    pub(crate) fn certain() -> Self {
        let marks = Marks::read();
        Self { name: "certain", sdl: edit(&|ty, field| marks.sure(&format!("{ty}.{}", field.name))) }
    }

    /// Guessed names replaced by others.
    pub(crate) fn renamed() -> Self {
        let names = [
            ("MonetaryValue", "valueInCents", "valueInSubunits"),
            ("Query", "taxGroups", "taxGroupList"),
            ("Query", "productSizes", "sizes"),
            ("ShippingOption", "shippingPriceGroups", "priceGroups"),
            ("Warehouse", "allocationRules", "assignedAllocationRules"),
        ];
        let sdl = edit(&|ty, field| {
            if let Some((.., new)) = names.iter().find(|(own, old, _)| *own == ty && field.name == *old) {
                field.name = Name::new(new).unwrap();
            }
            for argument in &mut field.arguments {
                let new = match (ty, field.name.as_str(), argument.name.as_str()) {
                    ("Query", "categories" | "warehouses", "limit") => "pageSize",
                    ("Query", "shippingOptions", "where") => "filter",
                    _ => continue,
                };
                argument.make_mut().name = Name::new(new).unwrap();
            }
            true
        });
        Self { name: "renamed", sdl }
    }
}

/// The schema file with each field kept, changed or dropped. Interfaces are no longer claimed where they do not fit.
fn edit(keep: &dyn Fn(&str, &mut FieldDefinition) -> bool) -> String {
    let mut document = Document::parse(SDL, "schema.graphql").unwrap();
    let mut used: Vec<String> = vec![];
    for definition in &mut document.definitions {
        let (name, fields) = match definition {
            Definition::ObjectTypeDefinition(own) => {
                let own = own.make_mut();
                (own.name.clone(), &mut own.fields)
            }
            Definition::InterfaceTypeDefinition(own) => {
                let own = own.make_mut();
                (own.name.clone(), &mut own.fields)
            }
            _ => continue,
        };
        fields.retain_mut(|field| keep(&name, field.make_mut()));
        if fields.is_empty() {
            used.push(name.to_string());
        }
    }
    // Types without fields go, with what refers to them.
    document.definitions.retain(|own| own.name().is_none_or(|name| !used.contains(&name.to_string())));
    for definition in &mut document.definitions {
        match definition {
            Definition::ObjectTypeDefinition(own) => {
                own.make_mut().fields.retain(|field| !used.contains(&field.ty.inner_named_type().to_string()));
            }
            Definition::InterfaceTypeDefinition(own) => {
                own.make_mut().fields.retain(|field| !used.contains(&field.ty.inner_named_type().to_string()));
            }
            Definition::UnionTypeDefinition(own) => {
                own.make_mut().members.retain(|member| !used.contains(&member.to_string()));
            }
            _ => {}
        }
    }
    let interfaces: Vec<_> =
        document.definitions.iter().filter_map(Definition::as_interface_type_definition).cloned().collect();
    for definition in &mut document.definitions {
        let Definition::ObjectTypeDefinition(own) = definition else { continue };
        let own = own.make_mut();
        let fields = &own.fields;
        own.implements_interfaces.retain(|name| {
            interfaces.iter().filter(|own| own.name == *name).flat_map(|own| &own.fields).all(|field| {
                fields.iter().any(|own| {
                    own.name == field.name
                        && field.arguments.iter().all(|argument| own.argument_by_name(&argument.name).is_some())
                })
            })
        });
    }
    document.to_string()
}

fn introspect_with(schema: &Valid<Schema>, query: &str) -> Result<Value, Value> {
    let document = ExecutableDocument::parse_and_validate(schema, query, "query").map_err(|found| {
        let errors: Vec<Value> =
            found.errors.iter().map(|error| json!({ "message": error.error.to_string() })).collect();
        json!({ "errors": errors })
    })?;
    let operation = document.operations.get(None).unwrap();
    let variables = coerce_variable_values(schema, operation, &JsonMap::new()).unwrap();
    let answer =
        introspection::partial_execute(schema, &schema.implementers_map(), &document, operation, &variables).unwrap();
    Ok(serde_json::to_value(answer).unwrap())
}

/// A schema as the connector reads it.
pub(crate) fn live_schema(schema: &Valid<Schema>) -> LiveSchema {
    let mut live = LiveSchema::default();
    let answer = introspect_with(schema, &introspect::query(introspect::TYPES)).unwrap();
    introspect::read(&answer["data"].to_string(), &mut live).unwrap();
    live
}

/// A store with this schema that answers from a script: operation, variables, query → HTTP status and body, where the
/// status 0 stands for 200. The schema can change while it runs.
#[derive(Clone)]
pub(crate) struct Store {
    pub(crate) schema: Arc<Mutex<Arc<Valid<Schema>>>>,
    pub(crate) host: ScriptedHost,
}

impl Store {
    pub(crate) fn new(
        variant: &Variant,
        script: impl Fn(&str, &Value, &str) -> (u16, Value) + Send + Sync + 'static,
    ) -> Self {
        let schema = Arc::new(Mutex::new(Arc::new(schema(variant))));
        let own = Arc::clone(&schema);
        let host = ScriptedHost::new(move |request, body| {
            if request.url.ends_with("/api/checkout/markets") {
                let right = request
                    .headers
                    .iter()
                    .any(|header| header.value == "Bearer right-checkout-secret" && header.secret);
                let (status, body) =
                    if right { (200, json!({ "markets": [] })) } else { (401, json!({ "error": "unauthorized" })) };
                return Ok(ScriptedHost::json(status, &body));
            }
            if request.url == "https://shop.centra.com/api/order-api/order" {
                assert!(!request.idempotent, "an order is sent once");
                let (status, body) = script("OrderApi", &serde_json::from_slice(body).unwrap(), "");
                return if status == NO_ANSWER {
                    Err(ConnectorError::new(ErrorCode::Timeout, "no answer in time").retry_with_backoff())
                } else {
                    Ok(ScriptedHost::json(status, &body))
                };
            }
            assert_eq!(request.url, "https://shop.centra.com/graphql");
            let sent: Value = serde_json::from_slice(body).unwrap();
            let query = sent["query"].as_str().unwrap();
            let schema = Arc::clone(&own.lock().unwrap());
            let name = sent["operationName"].as_str().unwrap();
            let (status, body) = match ExecutableDocument::parse_and_validate(&schema, query, name) {
                Err(found) => {
                    let errors: Vec<Value> =
                        found.errors.iter().map(|error| json!({ "message": error.error.to_string() })).collect();
                    (400, json!({ "errors": errors }))
                }
                Ok(_) => match script(name, &sent["variables"], query) {
                    (0, _) if name == "Introspection" => (200, introspect_with(&schema, query).unwrap()),
                    (0, body) => (200, body),
                    scripted => scripted,
                },
            };
            Ok(ScriptedHost::json(status, &body))
        });
        Self { schema, host }
    }

    pub(crate) fn change_schema(&self, variant: &Variant) {
        *self.schema.lock().unwrap() = Arc::new(schema(variant));
    }

    pub(crate) fn open(&self) -> Centra {
        self.open_with(&json!({ "store_id": 1 }), &[])
    }

    pub(crate) fn open_with(&self, settings: &Value, credentials: &[(&str, &str)]) -> Centra {
        let mut connection =
            OpenConnection { settings: settings.as_object().unwrap().clone(), ..OpenConnection::default() };
        let own = [("store_url", "https://shop.centra.com/ams"), ("integration_api_token", " Bearer right-token\n")];
        for (field, value) in own.iter().chain(credentials) {
            connection.credentials.insert((*field).to_owned(), Secret::new(*value));
        }
        Centra::open(self.host.host(), connection).unwrap()
    }

    /// Operations asked, in order.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.host.requests().into_iter().map(|(request, _)| request.operation).collect()
    }
}

fn schema(variant: &Variant) -> Valid<Schema> {
    Schema::parse_and_validate(&variant.sdl, variant.name)
        .unwrap_or_else(|found| panic!("{}: {}", variant.name, found.errors))
}

/// The data of a good answer, with what a platform says beside it.
#[expect(clippy::needless_pass_by_value, reason = "every caller makes it on the spot")]
pub(crate) fn data(data: Value) -> (u16, Value) {
    (0, json!({ "data": data, "extensions": { "complexity": 100, "permissionsUsed": ["Product:read"] } }))
}

/// A refusal for want of a permission.
pub(crate) fn denied(permission: &str, field: &str, path: &[&str]) -> Value {
    json!({ "message": format!("You need {permission} permission to access {field}."),
        "extensions": { "category": "authorization" }, "path": path })
}

pub(crate) fn call(op: &Op) -> Call {
    Call::named(op)
}

pub(crate) fn request(stream: Stream) -> PullRequest {
    PullRequest::new(stream, 200)
}

/// All pages of a stream.
pub(crate) async fn pull_all(connector: &Centra, mut request: PullRequest) -> Vec<Page> {
    let mut pages = vec![];
    loop {
        let page = connector.pull(&call(&Op::Pull), request.clone()).await.unwrap();
        request.checkpoint = page.next.clone();
        pages.push(page);
        assert!(pages.len() < 1_000, "it never ends");
        if request.checkpoint.is_none() {
            return pages;
        }
    }
}
