//! The HTTP side: two addresses, tokens, sessions, faults. `extensions.token` is the session's token from now on `[D]`.

use std::sync::Arc;

use apollo_compiler::ExecutableDocument;
use apollo_compiler::ast::OperationType;
use apollo_compiler::introspection;
use apollo_compiler::request::coerce_variable_values;
use apollo_compiler::response::JsonMap;
use apollo_compiler::validation::Valid;
use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde_json::{Map, Value, json};

use super::cart::fresh;
use super::modes::{self, Mode};
use super::places::{LANGUAGES, language};
use super::run::{Failure, Run, node};
use crate::checkout::Sessions;
use crate::checkout::writer::Writer;
use crate::graphql::Request;
use crate::plan::{Plan, PlanField, Planner};
use crate::rest_faults;
use crate::schema::ServedSchema;
use crate::store::Store;
use crate::value::Kind;

/// Which plugin a path belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plugin {
    /// The catalog.
    NoSession,
    /// Carts.
    Session,
}

/// The plugin without sessions.
pub async fn no_session(State(store): State<Arc<Store>>, headers: HeaderMap, body: Bytes) -> Response {
    serve(&store, Plugin::NoSession, &headers, &body).await
}

/// The plugin with sessions.
pub async fn session(State(store): State<Arc<Store>>, headers: HeaderMap, body: Bytes) -> Response {
    serve(&store, Plugin::Session, &headers, &body).await
}

/// `GET /_sim/storefront`: sessions open and ever made, e-mail addresses seen, e-mails about abandoned carts asked for.
pub async fn sessions(State(store): State<Arc<Store>>) -> Json<Value> {
    let sessions = store.storefront_sessions();
    let (open, made) = sessions.counts();
    Json(
        json!({ "open": open, "made": made, "emails": sessions.emails, "abandonment_mails": sessions.abandonment_mails }),
    )
}

/// `POST /_sim/storefront "expire"`: every session ends.
pub async fn expire(State(store): State<Arc<Store>>) -> StatusCode {
    store.storefront_sessions().expire();
    StatusCode::NO_CONTENT
}

async fn serve(store: &Store, plugin: Plugin, headers: &HeaderMap, body: &Bytes) -> Response {
    let operation = format!("Storefront {}", operation_of(body));
    {
        let mut stats = store.stats();
        stats.storefront_requests += 1;
        *stats.by_operation.entry(operation.clone()).or_default() += 1;
    }
    let fault = store.faults().named_fault(&["Storefront", &operation]);
    if let Some(response) = rest_faults::before(store, fault.as_ref()).await {
        return response;
    }
    let (status, answer) = answer(store, plugin, headers, body);
    rest_faults::after(store, fault.as_ref(), status, answer.to_string()).await
}

/// The operation's name, or that of its first root field.
fn operation_of(body: &Bytes) -> String {
    let request: Option<Request> = serde_json::from_slice(body).ok();
    let Some(request) = request else { return String::new() };
    request.operation_name.unwrap_or_else(|| {
        let mut words = request.query.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
        words.find(|word| !word.is_empty() && !["query", "mutation"].contains(word)).unwrap_or_default().to_owned()
    })
}

fn failed(message: &str, category: &str) -> Value {
    json!({ "message": message, "extensions": { "category": category } })
}

/// The answer of one plugin.
pub(crate) fn answer(store: &Store, plugin: Plugin, headers: &HeaderMap, body: &Bytes) -> (StatusCode, Value) {
    let settings = &store.config.storefront;
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let bearer = text("authorization").and_then(|value| value.strip_prefix("Bearer ")).map(str::trim);
    let refused = || {
        let errors = [failed("The token is missing, invalid or expired", "authentication")];
        let status = StatusCode::from_u16(settings.auth_status).unwrap_or(StatusCode::UNAUTHORIZED);
        (status, json!({ "data": null, "errors": errors, "extensions": { "traceId": "0" } }))
    };
    let (Some(served), Some(given)) = (&store.storefront, bearer) else { return refused() };
    let is = |own: &Option<String>| own.as_deref() == Some(given);
    let mut sessions = store.storefront_sessions();
    let (mode, token) = match plugin {
        Plugin::NoSession if is(&settings.no_session_token) => (Mode::NoSession, None),
        Plugin::NoSession => return refused(),
        Plugin::Session => {
            let token = if is(&settings.session_token) {
                let token = sessions.adopt(None);
                fresh(sessions.of(&token), &settings.home);
                token
            } else if sessions.knows(given) {
                given.to_owned()
            } else {
                return refused();
            };
            let secret = text("X-Shared-Secret");
            let is_privileged = secret.is_some() && secret == settings.secret.as_deref();
            (Mode::Session { is_privileged }, Some(token))
        }
    };
    let mut extensions = json!({ "traceId": format!("{:032x}", store.stats().storefront_requests) });
    if let Some(token) = &token {
        extensions["token"] = token.as_str().into();
    }
    match run(store, served, mode, token.as_deref(), &mut sessions, body) {
        Ok(data) => (StatusCode::OK, json!({ "data": data, "extensions": extensions })),
        Err(errors) => (StatusCode::OK, json!({ "data": null, "errors": errors, "extensions": extensions })),
    }
}

fn run(
    store: &Store,
    served: &ServedSchema,
    mode: Mode,
    token: Option<&str>,
    sessions: &mut Sessions,
    body: &Bytes,
) -> Result<Value, Vec<Value>> {
    let invalid = |message: &str| vec![failed(message, "graphql")];
    let request: Request = serde_json::from_slice(body).map_err(|error| invalid(&format!("Invalid JSON: {error}")))?;
    let document = ExecutableDocument::parse_and_validate(&served.schema, &request.query, "query.graphql")
        .map_err(|failed| failed.errors.iter().map(|own| json!(own.unstable_to_json_compat())).collect::<Vec<_>>())?;
    let operation = document
        .operations
        .get(request.operation_name.as_deref())
        .map_err(|error| invalid(&error.message().to_string()))?;
    let given = request.variables.unwrap_or_default();
    let variables = coerce_variable_values(&served.schema, operation, &given)
        .map_err(|error| invalid(&error.message().to_string()))?;
    let plan = Planner::new(served, &document, &variables).plan(operation);
    let errors = modes::errors(&plan, mode, &store.config.storefront);
    if !errors.is_empty() {
        return Err(errors);
    }
    let meta = introspect(store, served, &document, &plan, request.operation_name.as_deref(), &variables)?;
    let overlay = store.overlay();
    let shows_campaigns = store.config.sale.campaigns_shown;
    let writer = Writer { view: store.view(&overlay), settings: &store.config.checkout, shows_campaigns };
    let selection = token.map(|token| sessions.of(token).clone()).unwrap_or_default();
    let mut run = Run { store, writer, mode, selection, markets: vec![], pricelists: vec![] };
    let mut data = Map::new();
    for field in &plan.fields {
        let written = if operation.operation_type == OperationType::Mutation {
            mutate(&mut run, field, token, sessions)
        } else {
            query(&run, field, &meta, &plan)
        };
        let value = written.map_err(|failure| {
            vec![json!({ "message": failure.message, "path": failure.path, "extensions": { "category": "graphql" } })]
        })?;
        data.insert(field.key.to_string(), value);
    }
    Ok(Value::Object(data))
}

fn mutate(
    run: &mut Run<'_>,
    field: &PlanField,
    token: Option<&str>,
    sessions: &mut Sessions,
) -> Result<Value, Failure> {
    let done = run.mutate(field, sessions)?;
    if let Some(token) = token {
        sessions.of(token).clone_from(&run.selection);
    }
    let written = run.write(done.payload, field);
    if let Some(token) = token.filter(|_| !run.selection.orders.is_empty()) {
        sessions.detach(token);
        run.selection = sessions.of(token).clone();
    }
    sessions.emails += u64::from(done.mails.0);
    sessions.abandonment_mails += u64::from(done.mails.1);
    written
}

fn query(run: &Run<'_>, field: &PlanField, meta: &Map<String, Value>, plan: &Plan) -> Result<Value, Failure> {
    let view = run.writer.view;
    let ids = |name: &str| -> Vec<i64> {
        field.arguments.get(name).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_i64).collect()
    };
    let nodes = |kind: Kind, ids: Vec<i64>| -> Value { ids.into_iter().map(|id| node(kind.type_name(), id)).collect() };
    let assigned_to = |kind: Kind, argument: &str, id: &i64| {
        let Some(codes) = field.arguments.get(argument).and_then(Value::as_array) else { return true };
        let own = view.references(kind, *id, "assignedToCountries");
        own.iter()
            .any(|country| codes.iter().any(|code| code.as_str() == view.get(Kind::Country, *country, "code").as_str()))
    };
    let value = match field.name.as_str() {
        "__typename" => return Ok(plan.type_name.as_str().into()),
        "__schema" | "__type" => return Ok(meta.get(field.key.as_str()).cloned().unwrap_or_default()),
        "session" => run.session(),
        "selection" => node("Selection", 0),
        "order" => run.order(),
        "displayItem" | "displayItems" => {
            let scoped = run.scoped(field);
            let value = if field.name == "displayItem" {
                scoped.one_display_item(field)?
            } else {
                scoped.display_items(field)?
            };
            return scoped.write(value, field);
        }
        "giftCertificates" => run.gift_certificates(field),
        "giftCertificate" => run.gift_certificate(field.int_argument("id").unwrap_or(0)),
        "markets" => {
            let own = run.own(Kind::Market, &ids("id"));
            nodes(Kind::Market, own.into_iter().filter(|id| assigned_to(Kind::Market, "countryCode", id)).collect())
        }
        "pricelists" => {
            let own = run.own(Kind::Pricelist, &ids("id"));
            nodes(
                Kind::Pricelist,
                own.into_iter().filter(|id| assigned_to(Kind::Pricelist, "countryCodes", id)).collect(),
            )
        }
        "countries" => {
            let only = field.arguments.get("onlyShipTo") == Some(&Value::Bool(true));
            let served = |id: &i64| !only || run.country(*id, "shipTo") == true;
            nodes(Kind::Country, view.ids_after(Kind::Country, 0).filter(served).collect())
        }
        "languages" => LANGUAGES.iter().map(|(code, _)| language(code)).collect(),
        _ => Value::Null,
    };
    run.write(value, field)
}

/// The answers of `__schema` and `__type`, by key.
fn introspect(
    store: &Store,
    served: &ServedSchema,
    document: &Valid<ExecutableDocument>,
    plan: &Plan,
    operation: Option<&str>,
    variables: &Valid<JsonMap>,
) -> Result<Map<String, Value>, Vec<Value>> {
    if !plan.fields.iter().any(|field| matches!(field.name.as_str(), "__schema" | "__type")) {
        return Ok(Map::new());
    }
    let refused = |message: String| vec![failed(&message, "graphql")];
    if store.config.storefront.hides_schema {
        return Err(refused("Introspection is not allowed".to_owned()));
    }
    let operation = document.operations.get(operation).map_err(|error| refused(error.message().to_string()))?;
    let reported = introspection::partial_execute(&served.schema, &served.implementers, document, operation, variables)
        .map_err(|error| refused(error.message().to_string()))?;
    let data = serde_json::to_value(reported.data.unwrap_or_default()).unwrap_or_default();
    Ok(if let Value::Object(data) = data { data } else { Map::new() })
}
