//! `POST /graphql`: token, rate limits, validation, permissions, complexity, execution, faults, in this order.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use apollo_compiler::executable::Operation;
use apollo_compiler::introspection;
use apollo_compiler::request::coerce_variable_values;
use apollo_compiler::response::JsonMap;
use apollo_compiler::validation::Valid;
use apollo_compiler::{ExecutableDocument, ast::OperationType};
use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode, header};
use serde::Deserialize;
use serde_json::{Value as Json, json};

use crate::alteration::Alteration;
use crate::complexity;
use crate::config::{Int64Form, RetryAfter};
use crate::event_mutations;
use crate::execute::{self, Losses};
use crate::faults::{Asked, Fault, FaultKind};
use crate::http_date;
use crate::orders::mutation;
use crate::permissions;
use crate::plan::{Plan, Planner};
use crate::resolve::Context;
use crate::store::Store;
use crate::stuck;
use crate::value::{Kind, Record};
use crate::wrong_answer::{self, WrongAnswer};

/// What `extensions.appVersion` says.
const APP_VERSION: &str = "v1.60.0";

/// An answer before it becomes an HTTP response.
#[derive(Debug)]
pub struct Reply {
    /// The HTTP status.
    pub status: StatusCode,
    /// The body.
    pub body: Vec<u8>,
    /// `Retry-After`.
    pub retry_after: Option<String>,
    /// Whether the connection breaks in the middle of the body.
    pub breaks: bool,
    /// An answer that is none of Centra's, instead of all this.
    pub wrong: Option<WrongAnswer>,
}

impl Reply {
    fn errors(status: u16, errors: &[Json]) -> Self {
        Self::json(status, &json!({ "errors": errors }))
    }

    fn failed() -> Self {
        let errors = [json!({ "message": "Internal server error", "extensions": { "category": "internal" } })];
        Self::errors(500, &errors)
    }

    fn json(status: u16, body: &Json) -> Self {
        Self {
            status: StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
            body: body.to_string().into_bytes(),
            retry_after: None,
            breaks: false,
            wrong: None,
        }
    }
}

/// The body of a GraphQL request, whichever interface it is for.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Request {
    pub(crate) query: String,
    #[serde(default)]
    pub(crate) variables: Option<JsonMap>,
    #[serde(default)]
    pub(crate) operation_name: Option<String>,
}

impl Request {
    /// How many rows it asks for.
    fn limit(&self) -> Option<i64> {
        let variables = self.variables.as_ref()?;
        ["limit", "first"].into_iter().find_map(|name| variables.get(name)?.as_i64())
    }
}

/// Answers one request.
pub async fn answer(store: &Store, headers: &HeaderMap, body: &Bytes) -> Reply {
    let request: Result<Request, _> = serde_json::from_slice(body);
    let document = request.as_ref().ok().map(|request| store.parse(&request.query));
    let operation = operation_name(request.as_ref().ok(), document.as_ref().and_then(|parsed| parsed.as_deref().ok()));
    let number = {
        let mut stats = store.stats();
        stats.requests += 1;
        *stats.by_operation.entry(operation.clone()).or_default() += 1;
        stats.requests
    };
    let asked =
        Asked { number, operation: &operation, limit: request.as_ref().ok().and_then(Request::limit), answer: None };
    let fault = store.faults().fault(asked);
    if let Some(reply) = inject_before(store, fault.as_ref()).await {
        return reply;
    }
    if !is_authorised(store, headers) {
        return refuse(
            store,
            Reply::errors(
                store.config.auth_status,
                &[
                    json!({ "message": "Access denied: the token is missing, invalid or expired.", "extensions": { "category": store.config.auth_category } }),
                ],
            ),
        );
    }
    let allowed = store.limits().take("REQUEST_COUNT", 1, Instant::now());
    if let Err(wait) = allowed {
        return refuse(store, limited(store, wait));
    }
    let request = match request {
        Ok(request) => request,
        Err(error) => {
            return refuse(store, Reply::errors(400, &[json!({ "message": format!("Invalid JSON: {error}") })]));
        }
    };
    let document = match document {
        Some(Ok(document)) => document,
        Some(Err(errors)) => return refuse(store, Reply::errors(400, &errors)),
        None => return refuse(store, Reply::errors(400, &[json!({ "message": "No query." })])),
    };
    match run(store, &request, &document, number, fault.as_ref()) {
        Ok(reply) => {
            if let Some(fault) = fault.as_ref().filter(|fault| fault.kind == FaultKind::LostAnswer) {
                tokio::time::sleep(Duration::from_millis(fault.ms)).await;
            }
            let answer = String::from_utf8_lossy(&reply.body).into_owned();
            let found = store.faults().fault(Asked { answer: Some(&answer), ..asked });
            inject_after(store, fault.or(found).as_ref(), reply)
        }
        Err(reply) => refuse(store, reply),
    }
}

fn operation_name(request: Option<&Request>, document: Option<&Valid<ExecutableDocument>>) -> String {
    let asked = request.and_then(|request| request.operation_name.clone());
    let only = || document?.operations.named.keys().next().map(ToString::to_string);
    asked.or_else(only).unwrap_or_default()
}

fn refuse(store: &Store, reply: Reply) -> Reply {
    store.stats().refuse(reply.status.as_u16());
    reply
}

fn is_authorised(store: &Store, headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let bearer = text(header::AUTHORIZATION).and_then(|value| value.strip_prefix("Bearer "));
    let cookie = text(header::COOKIE)
        .and_then(|cookies| cookies.split(';').find_map(|cookie| cookie.trim().strip_prefix("graphql-access=")));
    let token = store.token();
    token.is_valid && bearer.or(cookie).is_some_and(|given| given.trim() == token.text)
}

fn limited(store: &Store, wait: Duration) -> Reply {
    let seconds = i64::try_from(wait.as_millis().div_ceil(1_000)).unwrap_or(3_600);
    let at = jiff::Timestamp::now().as_second() + seconds;
    let retry_after = match store.config.retry_after {
        RetryAfter::Seconds => seconds.to_string(),
        RetryAfter::Epoch => at.to_string(),
        RetryAfter::Date => http_date::write(at),
    };
    let message = "Too many requests: the rate limit is exceeded.";
    let mut reply = Reply::errors(429, &[json!({ "message": message, "extensions": { "category": "rateLimit" } })]);
    reply.retry_after = Some(retry_after);
    reply
}

/// Faults that need no answer, and those that come before one.
async fn inject_before(store: &Store, fault: Option<&Fault>) -> Option<Reply> {
    let fault = fault?;
    let reply = match fault.kind {
        FaultKind::RateLimited => Some(limited(store, Duration::from_secs(1))),
        FaultKind::ServerError => Some(Reply::failed()),
        FaultKind::Slow => {
            // Counted before: a client that does not wait drops this future.
            store.stats().fault("slow");
            tokio::time::sleep(Duration::from_millis(fault.ms)).await;
            return None;
        }
        FaultKind::ExpireToken | FaultKind::RevokeToken => {
            store.token().is_valid = false;
            None
        }
        FaultKind::RemoveRow => {
            let (kind, id) = fault.row.as_deref().and_then(|row| row.split_once(':'))?;
            let kind = Kind::named(kind)?;
            store.alter(Alteration::Remove(kind, id.parse().ok()?));
            None
        }
        _ => {
            let wrong = wrong_answer::instead(fault)?;
            Some(Reply { wrong: Some(wrong), ..Reply::errors(200, &[]) })
        }
    };
    store.stats().fault(fault.kind.name());
    reply
}

/// Faults that spoil a finished answer.
fn inject_after(store: &Store, fault: Option<&Fault>, mut reply: Reply) -> Reply {
    let Some(fault) = fault else { return reply };
    match fault.kind {
        // Counted before the answer.
        FaultKind::Slow | FaultKind::ExpireToken | FaultKind::RevokeToken | FaultKind::RemoveRow => return reply,
        FaultKind::TruncatedJson => reply.body.truncate(reply.body.len() / 2),
        FaultKind::BadBytes => reply.body = wrong_answer::with_bad_bytes(&reply.body),
        FaultKind::Disconnect | FaultKind::LostAnswer => reply.breaks = true,
        FaultKind::ServerError | FaultKind::ServerErrorAfter => reply = Reply::failed(),
        _ => reply.wrong = wrong_answer::instead(fault),
    }
    store.stats().fault(fault.kind.name());
    reply
}

fn run(
    store: &Store,
    request: &Request,
    document: &Valid<ExecutableDocument>,
    number: u64,
    fault: Option<&Fault>,
) -> Result<Reply, Reply> {
    let is = |kind: FaultKind| fault.is_some_and(|fault| fault.kind == kind);
    let losses = is(FaultKind::PartialErrors).then_some(Losses { every: 7, remaining: 3 });
    let invalid =
        |message: String| Reply::errors(400, &[json!({ "message": message, "extensions": { "category": "graphql" } })]);
    let operation = document
        .operations
        .get(request.operation_name.as_deref())
        .map_err(|error| invalid(error.message().to_string()))?;
    if operation.operation_type == OperationType::Subscription {
        return Err(invalid("Only queries and mutations are served.".to_owned()));
    }
    let given = request.variables.clone().unwrap_or_default();
    let variables = coerce_variable_values(&store.served.schema, operation, &given)
        .map_err(|error| invalid(error.message().to_string()))?;
    let mut plan = Planner::new(&store.served, document, &variables).plan(operation);
    if let Some(cap) = store.config.page_cap {
        cap.apply(&mut plan).map_err(|error| Reply::errors(400, &[error]))?;
    }
    if let Some(fault) = fault {
        stuck::bend_plan(fault, &mut store.faults(), &mut plan);
    }
    let cost = complexity::of(&plan);
    let needs = permissions::needs(&plan, &store.config.permissions);
    let mut extensions = json!({ "complexity": cost, "permissionsUsed": needs.used, "appVersion": APP_VERSION });
    let deprecated = deprecated_fields(&plan);
    if !deprecated.is_empty() {
        extensions["deprecatedFieldsUsed"] = deprecated.into();
    }
    if !needs.errors.is_empty() {
        let body = json!({ "errors": needs.errors, "extensions": extensions });
        return Err(Reply::json(store.config.permission_status, &body));
    }
    let allowed = store.limits().take("QUERY_COMPLEXITY", cost, Instant::now());
    allowed.map_err(|wait| limited(store, wait))?;
    let changes =
        if operation.operation_type == OperationType::Mutation { change(store, &plan)? } else { HashMap::new() };
    let meta = introspect(store, document, operation, &variables).map_err(invalid)?;
    let overlay = store.overlay();
    let context = Context {
        view: store.view(&overlay),
        renames: store.served.renames,
        changes,
        int64_as_string: store.config.int64 == Int64Form::String,
        limits: store.limits().state(Instant::now()),
        broken: &store.config.broken,
        zone: store.config.zone,
        repeats_last: is(FaultKind::LastPageRepeated),
    };
    let answer = execute::execute(&context, &plan, &meta, losses).map_err(|error| {
        let category = if error.internal { "internal" } else { "graphql" };
        let errors = [json!({ "message": error.message, "path": error.path, "extensions": { "category": category } })];
        Reply::errors(if error.internal { 500 } else { 400 }, &errors)
    })?;
    if answer.data == b"null" {
        let body = json!({ "errors": answer.errors, "data": null, "extensions": extensions });
        return Ok(Reply::json(store.config.null_status, &body));
    }
    let mut body = answer.data;
    body.splice(0..0, b"{\"data\":".iter().copied());
    if !answer.errors.is_empty() {
        body.extend_from_slice(format!(",\"errors\":{}", Json::from(answer.errors)).as_bytes());
    }
    body.extend_from_slice(format!(",\"extensions\":{extensions}}}").as_bytes());
    if let Some(fault) = fault.filter(|fault| stuck::bends_rows(fault)) {
        body = stuck::bend_rows(fault, number, &plan, &body);
    }
    let mut stats = store.stats();
    stats.answered += 1;
    stats.complexity += cost;
    stats.bytes += body.len() as u64;
    for field in &plan.fields {
        *stats.pages.entry(field.name.clone()).or_default() += 1;
    }
    Ok(Reply { status: StatusCode::OK, body, retry_after: None, breaks: false, wrong: None })
}

/// Carries out the mutations of a document, one after the other; what each did, by its key in the answer.
fn change(store: &Store, plan: &Plan) -> Result<HashMap<String, Record>, Reply> {
    let count = i64::try_from(plan.fields.len()).unwrap_or(i64::MAX);
    let allowed = store.limits().take("MUTATION_COUNT", count, Instant::now());
    allowed.map_err(|wait| limited(store, wait))?;
    let mut changes = HashMap::new();
    for field in &plan.fields {
        let payload = mutation::payload_type(&field.name);
        let done = match payload {
            Some(payload) => mutation::run(store, &field.name, &field.arguments, payload),
            None => event_mutations::run(store, &field.name, &field.arguments),
        };
        let unknown = || Reply::errors(400, &[json!({ "message": format!("{} is not simulated.", field.name) })]);
        changes.insert(field.key.to_string(), done.ok_or_else(unknown)?);
    }
    Ok(changes)
}

fn introspect(
    store: &Store,
    document: &Valid<ExecutableDocument>,
    operation: &Operation,
    variables: &Valid<JsonMap>,
) -> Result<JsonMap, String> {
    if !operation.root_fields(document).any(|field| matches!(field.name.as_str(), "__schema" | "__type")) {
        return Ok(JsonMap::new());
    }
    introspection::check_max_depth(document, operation).map_err(|error| error.message().to_string())?;
    let response = introspection::partial_execute(
        &store.served.schema,
        &store.served.implementers,
        document,
        operation,
        variables,
    );
    response.map(|found| found.data.unwrap_or_default()).map_err(|error| error.message().to_string())
}

/// Centra's sentences about deprecated fields, each once.
fn deprecated_fields(plan: &Plan) -> Vec<String> {
    let mut found = Vec::new();
    let mut open: Vec<&Plan> = vec![plan];
    while let Some(plan) = open.pop() {
        for field in &plan.fields {
            if let Some(reason) = &field.deprecated {
                let sentence = format!("Field: {}.{}, reason: {reason}", plan.type_name, field.served_name);
                if !found.contains(&sentence) {
                    found.push(sentence);
                }
            }
            open.extend(&field.sub);
        }
    }
    found
}
