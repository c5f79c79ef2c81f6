//! The GraphQL client: one question, fitted to the live schema, asked until it is answered or clear why not.
//!
//! A question is asked again here when the token may not read an optional field (without that field), when the
//! platform refuses the query (with the schema read afresh), and when an answer is incomplete. Rate limits, failures
//! of the network and of the platform are left to the host, which retries with pauses.

mod answer;
mod fit;
mod graphql_error;
mod question;
mod refusal;
mod session;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use connector_api::{
    ConnectorError, ErrorCode, Host,
    connector::{HttpAnswer, Level},
    wire::{
        credentials::{OpenConnection, Secret},
        service::{Cost, Header, HttpRequest, QuotaReport, QuotaWindow},
    },
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

pub use answer::LostPart;
use answer::Outcome;
pub use answer::is_of_page;
pub use fit::MOST_LOST;
pub use question::Asked;
use session::Session;

use crate::{
    address::{InvalidAddress, StoreAddress, clean_secret},
    error,
    form::{STORE_URL, TOKEN},
    operation::Operation,
    schema::{
        adapt::{Adapted, Missing, types_to_read},
        introspect,
        known::{Known, Plan, STATE_KEY, fitting_rows},
        live::LiveSchema,
    },
};

/// How often a question is asked again because part of its answer was lost, or could not be read.
const SPOILED_ANSWERS: u32 = 2;

/// Values of variables; what is absent is left out of the query, too.
pub type Variables = BTreeMap<&'static str, Value>;

/// An answer.
#[derive(Debug)]
pub struct Reply<T> {
    /// What was asked for.
    pub data: T,
    /// The query as it was sent.
    pub query: Arc<Adapted>,
    /// Parts the platform failed to give, after several tries.
    pub lost: Vec<LostPart>,
    /// Whether a list below a row may be cut although the largest limit was given.
    pub may_be_cut: bool,
}

/// The Integration API of one connection.
#[derive(Debug)]
pub struct Client {
    host: Host,
    address: Result<StoreAddress, InvalidAddress>,
    token: Option<Secret>,
    plan: Mutex<Option<Arc<Plan>>>,
    session: Mutex<Session>,
}

impl Client {
    /// A client for a connection, whose credentials may be wrong.
    pub fn new(host: Host, connection: &OpenConnection) -> Self {
        Self {
            host,
            address: StoreAddress::read(connection.credential(STORE_URL).unwrap_or_default()),
            token: connection.credential(TOKEN).map(clean_secret).filter(|token| !token.is_empty()).map(Secret::new),
            plan: Mutex::default(),
            session: Mutex::default(),
        }
    }

    /// The host.
    pub fn host(&self) -> &Host {
        &self.host
    }

    /// The store's address, if it is one.
    pub fn address(&self) -> Result<&StoreAddress, InvalidAddress> {
        self.address.as_ref().map_err(Clone::clone)
    }

    /// The token, cleaned, if there is one.
    pub fn token(&self) -> Option<&str> {
        self.token.as_ref().map(Secret::expose)
    }

    /// Permissions the platform said were used.
    pub fn permissions_used(&self) -> Vec<String> {
        self.session().permissions_used.iter().cloned().collect()
    }

    /// How many seconds the host's clock is ahead of the platform's, when its answers tell.
    pub fn clock_ahead_s(&self) -> Option<i64> {
        self.session().clock_ahead_s
    }

    /// Notes that a list is abandoned for this reason: several records in a row were asked for one by one, and none came.
    pub fn abandon(&self, failure: &ConnectorError) {
        self.session().abandoned = Some(failure.clone());
    }

    /// Whether this is why a list was abandoned.
    pub fn is_abandoned(&self, failure: &ConnectorError) -> bool {
        self.session().abandoned.as_ref() == Some(failure)
    }

    /// The quota's windows as last told.
    pub fn windows(&self) -> Vec<QuotaWindow> {
        self.session().windows.clone()
    }

    /// How many rows of an operation fit one page.
    pub async fn fitting_rows(&self, operation: Operation) -> Result<u32, ConnectorError> {
        let plan = self.plan().await?;
        let session = self.session();
        let quota = session.complexity_per_10s.or(plan.known.complexity_per_10s);
        let fitting = fitting_rows(session.row_cost(&plan.known, operation), quota);
        let smaller = session.fit(operation).map_or(fitting, |fit| fit.size);
        Ok(fitting.min(plan.known.row_cap.unwrap_or(fitting)).min(smaller))
    }

    /// The query as it would be sent with these variables.
    pub async fn fitted(&self, operation: Operation, variables: &Variables) -> Result<Arc<Adapted>, ConnectorError> {
        let plan = self.plan().await?;
        plan.adapt(operation, &variables.keys().copied().collect(), false)
            .map_err(|missing| lacking(operation, &plan, &missing))
    }

    /// Asks for a change, once. Only what the platform refused to read at all, so that it changed nothing, is fitted to
    /// the schema read afresh and sent again.
    pub async fn change<T: DeserializeOwned>(
        &self,
        operation: Operation,
        variables: &Variables,
    ) -> Result<T, ConnectorError> {
        let given: BTreeSet<&str> = variables.keys().copied().collect();
        for last in [false, true] {
            let plan = self.plan().await?;
            let query = plan.adapt(operation, &given, false).map_err(|missing| lacking(operation, &plan, &missing))?;
            if query.is_empty() {
                return Err(nothing_left(operation, &plan, &query));
            }
            let estimate = self.session().row_cost(&plan.known, operation).saturating_add(10);
            let answer = self.send(operation.name(), &query.text, &sent(variables, &query), estimate, true).await?;
            match Outcome::of(&answer) {
                Outcome::Denied(refusals) => {
                    return Err(error::permission_missing(refusals.iter().map(refusal::Refusal::needs).collect()));
                }
                Outcome::Refused(_) | Outcome::TooMany(_) if last => break,
                Outcome::Refused(_) | Outcome::TooMany(_) => drop(self.read_schema(Some(&plan.known)).await?),
                Outcome::Failed(failure) | Outcome::Nothing { failure, .. } => return Err(failure),
                Outcome::Data { data, extensions, .. } => {
                    self.account(operation, data, &extensions, false, Some(1), estimate).await?;
                    return serde_json::from_str(data).map_err(|_| {
                        error::answer_invalid(&format!("to `{}` has an unexpected form", operation.name()))
                    });
                }
            }
        }
        Err(error::schema_incompatible(operation.name(), "form that it accepts"))
    }

    /// The cheapest question, without any knowledge of the schema: does the address answer, and take the token?
    pub async fn ping(&self) -> Result<(), ConnectorError> {
        let answer = self.send(Operation::Ping.name(), Operation::Ping.source().trim(), &json!({}), 1, false).await?;
        match Outcome::of(&answer) {
            Outcome::Failed(failure) | Outcome::Nothing { failure, .. } => Err(failure),
            // Nothing is asked that needs a permission: what names none means the token.
            Outcome::Denied(refusals) if refusals.iter().all(|refusal| refusal.permission.is_none()) => {
                Err(refusal::of_token(&answer.body))
            }
            _ => Ok(()),
        }
    }

    /// Reads the live schema and forgets what was learned before; `keep` names what is still true.
    pub async fn read_schema(&self, keep: Option<&Known>) -> Result<Arc<Plan>, ConnectorError> {
        let mut schema = LiveSchema::default();
        let mut asked: BTreeSet<String> = introspect::TYPES.iter().map(|name| (*name).to_owned()).collect();
        let mut next = asked.clone();
        let mut spoiled = 0;
        while !next.is_empty() {
            let query = introspect::query(&next.iter().map(String::as_str).collect::<Vec<_>>());
            let answer = self.send("Introspection", &query, &json!({}), 1_000, false).await?;
            match Outcome::of(&answer) {
                Outcome::Data { data, lost, .. } if lost.is_empty() => introspect::read(data, &mut schema)
                    .map_err(|_| error::answer_invalid("to a question for its schema has an unexpected form"))?,
                // A type that is lost would be taken for one that does not exist.
                Outcome::Data { .. } | Outcome::Nothing { .. } if spoiled < SPOILED_ANSWERS => {
                    spoiled += 1;
                    continue;
                }
                Outcome::Data { .. } | Outcome::Nothing { .. } => {
                    return Err(error::answer_invalid("to a question for its schema lacks parts"));
                }
                Outcome::Failed(failure) => return Err(failure),
                Outcome::Denied(_) | Outcome::Refused(_) | Outcome::TooMany(_) => break,
            }
            let touched = Operation::ALL.iter().flat_map(|operation| types_to_read(*operation, &schema));
            next = touched.filter(|name| asked.insert(name.clone())).collect();
        }
        let schema = schema.types.contains_key("Query").then_some(schema);
        if schema.is_none() {
            self.host.log(
                Level::Warn,
                "the platform does not show its schema; reading only fields that certainly exist",
                json!({}),
            );
        }
        let mut known = Known::new(schema);
        if let Some(old) = keep {
            known.denied.clone_from(&old.denied);
            known.row_costs.clone_from(&old.row_costs);
            known.complexity_per_10s = old.complexity_per_10s;
            known.row_cap = old.row_cap;
        }
        self.learn(known).await
    }

    /// Reads these types of the live schema and keeps nothing of them; `None` where the platform does not show its schema.
    pub async fn read_types(&self, names: &[&str]) -> Result<Option<LiveSchema>, ConnectorError> {
        let answer = self.send("Introspection", &introspect::query(names), &json!({}), 100, false).await?;
        let mut schema = LiveSchema::default();
        match Outcome::of(&answer) {
            Outcome::Data { data, lost, .. } if lost.is_empty() => introspect::read(data, &mut schema)
                .map(|()| Some(schema))
                .map_err(|_| error::answer_invalid("to a question for its schema has an unexpected form")),
            Outcome::Failed(failure) => Err(failure),
            _ => Ok(None),
        }
    }

    /// Keeps what is known with the connection.
    pub async fn save(&self) -> Result<(), ConnectorError> {
        let plan = self.plan().await?;
        self.keep(&plan).await
    }

    /// What is known; read from the connection's state, or from the platform, when nothing is.
    pub async fn plan(&self) -> Result<Arc<Plan>, ConnectorError> {
        if let Some(plan) = self.lock_plan().as_ref() {
            return Ok(Arc::clone(plan));
        }
        match self.host.state_get(STATE_KEY).await?.as_deref().and_then(Known::read) {
            Some(known) => {
                let plan = Arc::new(Plan::new(known));
                *self.lock_plan() = Some(Arc::clone(&plan));
                Ok(plan)
            }
            None => self.read_schema(None).await,
        }
    }

    async fn learn(&self, known: Known) -> Result<Arc<Plan>, ConnectorError> {
        let plan = Arc::new(Plan::new(known));
        *self.lock_plan() = Some(Arc::clone(&plan));
        self.keep(&plan).await?;
        Ok(plan)
    }

    async fn keep(&self, plan: &Plan) -> Result<(), ConnectorError> {
        let mut known = plan.known.clone();
        self.session().add_to(&mut known);
        let bytes = serde_json::to_vec(&known)
            .map_err(|failure| ConnectorError::new(ErrorCode::PluginContractBroken, failure.to_string()))?;
        self.host.state_put(STATE_KEY, bytes).await
    }

    /// Leaves out the fields the token may not read; fails when one of them is needed.
    async fn deny(&self, plan: &Plan, query: &Adapted, refusals: &[refusal::Refusal]) -> Result<(), ConnectorError> {
        let mut known = plan.known.clone();
        let mut needed = vec![];
        for refusal in refusals {
            match refusal.droppable_field(query) {
                Some(field) => drop(known.denied.insert(field, refusal.needs())),
                None => needed.push(refusal.needs()),
            }
        }
        let learned = known.denied.len() > plan.known.denied.len();
        if learned {
            self.learn(known).await?;
        }
        if needed.is_empty() && learned {
            return Ok(());
        }
        needed.sort();
        needed.dedup();
        Err(error::permission_missing(needed))
    }

    /// Leaves out the fields the platform named when it refused a query although its schema was just read.
    async fn hide(&self, operation: Operation, plan: &Plan, fields: &[(String, String)]) -> Result<(), ConnectorError> {
        let mut known = plan.known.clone();
        let hidden =
            fields.iter().any(|(ty, field)| known.schema.as_mut().is_some_and(|schema| schema.hide_field(ty, field)));
        if hidden {
            return self.learn(known).await.map(drop);
        }
        let named =
            fields.first().map_or_else(|| "the form the query needs".to_owned(), |(ty, field)| format!("{ty}.{field}"));
        Err(error::schema_incompatible(operation.name(), &named))
    }

    async fn account(
        &self,
        operation: Operation,
        data: &str,
        extensions: &answer::Extensions,
        with_limits: bool,
        rows: Option<u32>,
        estimate: u64,
    ) -> Result<(), ConnectorError> {
        let reports_limits = with_limits || operation == Operation::RateLimits;
        let windows = if reports_limits { session::windows_of(data) } else { vec![] };
        let deprecated = self.session().note(operation, extensions, &windows, reports_limits, rows);
        for sentence in deprecated {
            self.host.log(Level::Warn, "the platform will remove a field in use", json!({ "field": sentence }));
        }
        let report = QuotaReport {
            quota: None,
            windows,
            charged_complexity: extensions.complexity,
            estimated_complexity: Some(estimate),
        };
        self.host.report_quota(&report).await
    }

    async fn send(
        &self,
        name: &str,
        query: &str,
        variables: &Value,
        complexity: u64,
        mutation: bool,
    ) -> Result<HttpAnswer, ConnectorError> {
        let address = self.address().map_err(InvalidAddress::into_error)?;
        let token = self.token().ok_or_else(|| {
            ConnectorError::new(ErrorCode::ConfigInvalid, "The Integration API token is missing.").at_field(
                "/integration_api_token",
                "required",
                "Please fill this in.",
            )
        })?;
        let header =
            |name: &str, value: &str, secret: bool| Header { name: name.to_owned(), value: value.to_owned(), secret };
        let request = HttpRequest {
            method: "POST".to_owned(),
            url: address.graphql(),
            headers: vec![
                header("authorization", &format!("Bearer {token}"), true),
                header("content-type", "application/json", false),
                header("accept", "application/json", false),
            ],
            operation: name.to_owned(),
            idempotent: !mutation,
            cost: Cost { mutation, complexity },
            quota: None,
            timeout_ms: Some(30_000),
        };
        let body = json!({ "query": query, "variables": variables, "operationName": name });
        let answer = self.host.http(&request, body.to_string().into_bytes()).await?;
        if let Some(date) = answer.header("date").and_then(session::seconds_of) {
            let now = self.host.now().await?.as_unix_ms().div_euclid(1_000);
            self.session().clock_ahead_s = Some(now.saturating_sub(date));
        }
        Ok(answer)
    }

    fn session(&self) -> MutexGuard<'_, Session> {
        self.session.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock_plan(&self) -> MutexGuard<'_, Option<Arc<Plan>>> {
        self.plan.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The variables a fitted query uses, in the form its live types want.
fn sent(variables: &Variables, query: &Adapted) -> Value {
    let used = variables.iter().filter_map(|(name, value)| {
        let ty = query.variables.get(*name)?;
        let single = ty.as_deref().is_some_and(|ty| !ty.starts_with('['));
        let value = match value {
            Value::Array(items) if single && items.len() == 1 => items[0].clone(),
            value => value.clone(),
        };
        Some(((*name).to_owned(), value))
    });
    Value::Object(used.collect())
}

/// Why nothing of a query is left.
fn nothing_left(operation: Operation, plan: &Plan, query: &Adapted) -> ConnectorError {
    let lost = query.differences.first().map_or(operation.name(), |own| own.path.as_str());
    match plan.known.denied.get(lost) {
        Some(permission) => error::permission_missing(vec![permission.clone()]),
        None => error::schema_incompatible(operation.name(), lost),
    }
}

fn lacking(operation: Operation, plan: &Plan, missing: &Missing) -> ConnectorError {
    if missing.denied {
        let permission = plan.known.denied.get(&missing.field).cloned();
        error::permission_missing(permission.into_iter().collect())
    } else {
        error::schema_incompatible(operation.name(), &missing.field)
    }
}
