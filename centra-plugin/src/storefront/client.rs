//! One question to the Storefront API, and what its answer means.

use connector_api::{
    ConnectorError, ErrorCode, Host,
    connector::HttpAnswer,
    wire::{
        credentials::Secret,
        service::{Cost, Header, HttpRequest},
    },
};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json, value::RawValue};

use crate::{
    error,
    form::{STOREFRONT_SESSION_TOKEN, STOREFRONT_TOKEN, StorefrontPlugins},
    reported::reported,
};

/// The quota of the Storefront API. Centra states none; the Integration API's is another one.
pub const QUOTA: &str = "storefront_api";
/// Longest wait for one answer: a cart's shipping and tax are calculated for it.
const TIMEOUT_MS: u64 = 20_000;
/// A token that no plugin gives: to see how one is refused.
const MADE_UP: &str = "made-up-by-the-connector-to-see-a-refusal";

/// The Storefront API plugins of one store.
#[derive(Debug)]
pub struct Storefront {
    host: Host,
    plugins: StorefrontPlugins,
}

/// An answer.
#[derive(Debug)]
pub struct Answer<T> {
    /// What was asked for.
    pub data: T,
    /// The session's token, which may be another than the one sent.
    pub token: Option<Secret>,
}

/// What is sent.
struct Question<'a> {
    /// Where to.
    url: &'a str,
    token: &'a Secret,
    /// Beside it, where it is privileged.
    secret: Option<&'a Secret>,
    /// The setting that holds the token, for errors.
    field: &'static str,
    operation: &'static str,
    document: &'a str,
    variables: &'a Value,
    /// Whether asking twice does the same as asking once.
    idempotent: bool,
}

impl Storefront {
    /// The plugins that the settings name.
    pub fn new(host: Host, plugins: StorefrontPlugins) -> Self {
        Self { host, plugins }
    }

    /// The host.
    pub fn host(&self) -> &Host {
        &self.host
    }

    /// Whether prices can be read without a session.
    pub fn has_catalog(&self) -> bool {
        self.plugins.catalog.is_some()
    }

    /// Whether carts can be priced.
    pub fn has_carts(&self) -> bool {
        self.plugins.carts.is_some()
    }

    /// Whether market and pricelist of a cart can be set.
    pub fn has_secret(&self) -> bool {
        self.plugins.secret.is_some()
    }

    /// Asks the plugin without sessions.
    pub async fn catalog<T: DeserializeOwned>(
        &self,
        operation: &'static str,
        document: &str,
        variables: &Value,
    ) -> Result<T, ConnectorError> {
        let Some((url, token)) = &self.plugins.catalog else { return Err(not_set_up(STOREFRONT_TOKEN)) };
        let field = STOREFRONT_TOKEN;
        let question = Question { url, token, secret: None, field, operation, document, variables, idempotent: true };
        Ok(self.ask(question).await?.data)
    }

    /// Asks the plugin with sessions: in a session, or by the plugin's own token, which opens one.
    pub async fn session<T: DeserializeOwned>(
        &self,
        session: Option<&Secret>,
        operation: &'static str,
        document: &str,
        variables: &Value,
        idempotent: bool,
    ) -> Result<Answer<T>, ConnectorError> {
        let Some((url, own)) = &self.plugins.carts else { return Err(not_set_up(STOREFRONT_SESSION_TOKEN)) };
        let token = session.unwrap_or(own);
        let secret = self.plugins.secret.as_ref();
        let field = STOREFRONT_SESSION_TOKEN;
        self.ask(Question { url, token, secret, field, operation, document, variables, idempotent }).await
    }

    /// How the plugin without sessions refuses a token that it never gave: the HTTP status, and the error that this connector makes of
    /// it; `None` where it is not refused.
    pub async fn refusal(&self) -> Result<(u16, Option<ConnectorError>), ConnectorError> {
        let Some((url, _)) = &self.plugins.catalog else { return Err(not_set_up(STOREFRONT_TOKEN)) };
        let question = Question {
            url,
            token: &Secret::new(MADE_UP),
            secret: None,
            field: STOREFRONT_TOKEN,
            operation: "ProbeRefusal",
            document: "query ProbeRefusal { markets { id } }",
            variables: &json!({}),
            idempotent: true,
        };
        let answer = self.send(&question).await?;
        Ok((answer.response.status, read::<Value>(&answer, STOREFRONT_TOKEN, false).err()))
    }

    /// Tries the plugin without sessions.
    pub async fn try_catalog(&self) -> Result<(), ConnectorError> {
        self.catalog::<Value>("Probe", "query Probe { markets { id } }", &json!({})).await.map(drop)
    }

    /// Tries the plugin with sessions.
    pub async fn try_session(&self) -> Result<(), ConnectorError> {
        self.opened().await.map(drop)
    }

    /// Whether the plugin with sessions takes this shared secret: a new session is given the market that it has.
    pub async fn accepts(&self, secret: &Secret) -> Result<bool, ConnectorError> {
        let opened = self.opened().await?;
        let (Some((url, _)), Some(token)) = (&self.plugins.carts, &opened.token) else { return Ok(false) };
        let question = Question {
            url,
            token,
            secret: Some(secret),
            field: STOREFRONT_SESSION_TOKEN,
            operation: "ProbeSecret",
            document: "mutation ProbeSecret($id: Int!) { setMarket(id: $id) { userErrors { message } } }",
            variables: &json!({ "id": opened.data["session"]["market"]["id"] }),
            idempotent: true,
        };
        match self.ask::<Value>(question).await {
            Ok(_) => Ok(true),
            Err(failure) if failure.code == ErrorCode::ConfigInvalid => Ok(false),
            Err(failure) => Err(failure),
        }
    }

    /// A new session, with its market. No secret goes along: it may be the one that is in doubt.
    async fn opened(&self) -> Result<Answer<Value>, ConnectorError> {
        let Some((url, token)) = &self.plugins.carts else { return Err(not_set_up(STOREFRONT_SESSION_TOKEN)) };
        let question = Question {
            url,
            token,
            secret: None,
            field: STOREFRONT_SESSION_TOKEN,
            operation: "ProbeSession",
            document: "query ProbeSession { session { market { id } } }",
            variables: &json!({}),
            idempotent: true,
        };
        self.ask(question).await
    }

    async fn ask<T: DeserializeOwned>(&self, question: Question<'_>) -> Result<Answer<T>, ConnectorError> {
        read(&self.send(&question).await?, question.field, question.secret.is_some())
    }

    async fn send(&self, question: &Question<'_>) -> Result<HttpAnswer, ConnectorError> {
        let header =
            |name: &str, value: &str, secret| Header { name: name.to_owned(), value: value.to_owned(), secret };
        let mut headers = vec![
            header("authorization", &format!("Bearer {}", question.token.expose()), true),
            header("content-type", "application/json", false),
            header("accept", "application/json", false),
        ];
        headers.extend(question.secret.map(|secret| header("X-Shared-Secret", secret.expose(), true)));
        let request = HttpRequest {
            method: "POST".to_owned(),
            url: question.url.to_owned(),
            headers,
            operation: format!("Storefront{}", question.operation),
            idempotent: question.idempotent,
            cost: Cost::default(),
            quota: Some(QUOTA.to_owned()),
            timeout_ms: Some(TIMEOUT_MS),
        };
        let body = json!({ "query": question.document, "variables": question.variables,
            "operationName": question.operation });
        self.host.http(&request, body.to_string().into_bytes()).await
    }
}

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow, default)]
    data: Option<&'a RawValue>,
    #[serde(default)]
    errors: Option<Vec<Fault>>,
    #[serde(default)]
    extensions: Option<Extensions>,
}

#[derive(Deserialize)]
struct Fault {
    #[serde(default)]
    message: String,
    #[serde(default)]
    extensions: Value,
}

#[derive(Deserialize)]
struct Extensions {
    #[serde(default)]
    token: Option<String>,
}

fn read<T: DeserializeOwned>(
    answer: &HttpAnswer,
    field: &'static str,
    has_secret: bool,
) -> Result<Answer<T>, ConnectorError> {
    let status = answer.response.status;
    if status == 429 {
        return Err(limited(answer));
    }
    let Ok(body) = serde_json::from_slice::<Envelope<'_>>(&answer.body) else {
        return Err(of_status(answer, field));
    };
    let faults = body.errors.unwrap_or_default();
    // What needs the secret is refused with the category of a missing right [I]; the token was taken then.
    let is_privileged = |fault: &Fault| fault.extensions["category"] == "authorization";
    if has_secret && status < 500 && faults.iter().any(is_privileged) {
        return Err(secret_refused());
    }
    let is_graphql = body.data.is_some() || body.extensions.is_some() || !faults.is_empty();
    let says = faults.iter().find_map(|fault| reported(&fault.message));
    // Which status goes with a token that is refused is not documented: its words count as well.
    let speaks_of_token = |fault: &Fault| {
        let text = fault.message.to_ascii_lowercase();
        ["token", "unauthor", "authenticat", "forbidden"].iter().any(|word| text.contains(word))
    };
    if is_graphql && (matches!(status, 401 | 403) || (body.data.is_none() && faults.iter().any(speaks_of_token))) {
        return Err(refused(field));
    }
    let data = body.data.filter(|_| faults.is_empty() && (200..=299).contains(&status));
    let Some(data) = data else {
        return Err(match says {
            Some(says) if status < 500 => error::answer_invalid(&format!("of the Storefront API is an error: {says}")),
            _ => of_status(answer, field),
        });
    };
    let data = serde_json::from_str(data.get())
        .map_err(|_| error::answer_invalid("of the Storefront API has an unexpected form"))?;
    let token = body.extensions.and_then(|own| own.token).filter(|own| !own.is_empty()).map(Secret::new);
    Ok(Answer { data, token })
}

fn of_status(answer: &HttpAnswer, field: &'static str) -> ConnectorError {
    match answer.response.status {
        401 | 403 | 407 => error::blocked(answer),
        408 | 499 | 500..=599 => ConnectorError::new(
            ErrorCode::PlatformUnavailable,
            format!("Centra's Storefront API fails for the moment ({}).", error::form(answer)),
        )
        .retry_with_backoff(),
        200..=299 => error::answer_invalid(&format!("is none of the Storefront API ({})", error::form(answer))),
        status => {
            let url = if field == STOREFRONT_TOKEN { "/storefront_url" } else { "/storefront_session_url" };
            ConnectorError::new(
                ErrorCode::ConfigInvalid,
                format!("There is no Storefront API at the address in the settings (HTTP status {status})."),
            )
            .at_field(url, "wrong", "Copy the API endpoint of the Storefront API plugin again.")
        }
    }
}

fn refused(field: &'static str) -> ConnectorError {
    let kind = if field == STOREFRONT_TOKEN { "No session" } else { "Session" };
    ConnectorError::new(ErrorCode::ConfigInvalid, format!("The Storefront API refuses the token of its {kind} plugin."))
        .at_field(
            &format!("/{field}"),
            "refused",
            "Copy the token of that Storefront API plugin again; each plugin has its own, and the Checkout API's secret does not work here.",
        )
}

fn secret_refused() -> ConnectorError {
    ConnectorError::new(ErrorCode::ConfigInvalid, "The Storefront API refuses its shared secret.").at_field(
        "/storefront_shared_secret",
        "refused",
        "Copy the shared secret of the Storefront API plugin again; that of the Checkout API plugin does not work here.",
    )
}

fn not_set_up(field: &'static str) -> ConnectorError {
    ConnectorError::new(ErrorCode::ConfigInvalid, "The Storefront API is not set up for this connection.").at_field(
        &format!("/{field}"),
        "missing",
        "Enter the address and the token of the Storefront API plugin.",
    )
}

fn limited(answer: &HttpAnswer) -> ConnectorError {
    let error = ConnectorError::new(ErrorCode::RateLimited, "The rate limit of Centra's Storefront API is reached.");
    match answer.header("retry-after").and_then(|text| text.trim().parse::<u64>().ok()) {
        Some(seconds) if seconds <= 86_400 => error.retry_after_ms(seconds * 1_000),
        _ => error.retry_with_backoff(),
    }
}
