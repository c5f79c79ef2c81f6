//! One request to the Checkout API, and what its status means.

use connector_api::{
    ConnectorError, ErrorCode, Host,
    connector::HttpAnswer,
    wire::{
        credentials::{OpenConnection, Secret},
        service::{Cost, Header, HttpRequest},
    },
};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{
    address::{InvalidAddress, StoreAddress, clean_secret},
    error,
    form::{CHECKOUT_SECRET, STORE_URL},
    wire::{checkout::Answer, payment::Payment},
};

/// The quota of the Checkout API. Centra states none; the Integration API's is another one.
pub const QUOTA: &str = "checkout_api";
/// Longest wait for one answer. Centra reports 100 ms.
const TIMEOUT_MS: u64 = 10_000;
/// Longest wait for an answer to a payment, of which Centra reports 250 ms and more, or for a page of products.
const PAYMENT_TIMEOUT_MS: u64 = 30_000;

/// The Checkout API plugin of one store.
#[derive(Debug)]
pub struct Checkout {
    host: Host,
    address: Result<StoreAddress, InvalidAddress>,
    path: String,
    secret: Option<Secret>,
}

/// An answer that can be read, whether it grants what was asked for or not.
#[derive(Debug)]
pub struct Reply<A = Answer> {
    /// HTTP status.
    pub status: u16,
    /// What it says.
    pub answer: A,
}

impl Reply {
    /// Whether it was done as asked.
    pub fn granted(&self) -> bool {
        matches!(self.status, 200..=299) && self.answer.errors.is_empty()
    }

    /// Whether one of the errors is about a field.
    pub fn blames(&self, field: &str) -> bool {
        self.answer.errors.iter().any(|name| name.to_ascii_lowercase().contains(field))
    }
}

impl Checkout {
    /// The plugin at a path, whose secret may be missing or wrong.
    pub fn new(host: Host, connection: &OpenConnection, path: &str) -> Self {
        let secret = connection.credential(CHECKOUT_SECRET).map(clean_secret).filter(|secret| !secret.is_empty());
        Self {
            host,
            address: StoreAddress::read(connection.credential(STORE_URL).unwrap_or_default()),
            path: path.to_owned(),
            secret: secret.map(Secret::new),
        }
    }

    /// The host.
    pub fn host(&self) -> &Host {
        &self.host
    }

    /// The store's own site, for what must name a page of it.
    pub fn site(&self) -> Result<&str, ConnectorError> {
        self.address.as_ref().map(StoreAddress::base).map_err(|invalid| invalid.clone().into_error())
    }

    /// Carts can only be priced with the secret.
    pub fn must_have_secret(&self) -> Result<(), ConnectorError> {
        if self.secret.is_some() { Ok(()) } else { Err(no_secret()) }
    }

    /// Sends one request; `parts` are the segments of its path, encoded here.
    pub async fn call<A: DeserializeOwned>(
        &self,
        token: Option<&str>,
        method: &str,
        parts: &[&str],
        operation: &str,
        body: Option<&Value>,
    ) -> Result<Reply<A>, ConnectorError> {
        let address = self.address.as_ref().map_err(|invalid| invalid.clone().into_error())?;
        let secret = self.secret.as_ref().ok_or_else(no_secret)?;
        let header =
            |name: &str, value: &str, secret| Header { name: name.to_owned(), value: value.to_owned(), secret };
        let mut headers = vec![
            header("authorization", &format!("Bearer {}", secret.expose()), true),
            header("accept", "application/json", false),
        ];
        headers.extend(token.map(|token| header("API-token", token, true)));
        headers.extend(body.map(|_| header("content-type", "application/json", false)));
        let resource: Vec<String> = parts.iter().map(|part| encoded(part)).collect();
        let request = HttpRequest {
            method: method.to_owned(),
            url: address.checkout(&self.path, &resource.join("/")),
            headers,
            operation: operation.to_owned(),
            // A line set twice, a method chosen twice: the same. Items put in twice are refused the second time, which
            // whoever puts them in must know. What adds is sent once.
            idempotent: matches!(method, "GET" | "PUT") || parts == ["products"],
            cost: Cost::default(),
            quota: Some(QUOTA.to_owned()),
            timeout_ms: Some(match parts {
                ["payment" | "payment-result" | "products"] => PAYMENT_TIMEOUT_MS,
                _ => TIMEOUT_MS,
            }),
        };
        let body = body.map(|body| body.to_string().into_bytes()).unwrap_or_default();
        read(&self.host.http(&request, body).await?, &self.path)
    }
}

fn read<A: DeserializeOwned>(answer: &HttpAnswer, path: &str) -> Result<Reply<A>, ConnectorError> {
    let status = answer.response.status;
    match status {
        403 if is_closed(&answer.body) => return Err(login_needed()),
        401 | 403 if is_centras(&answer.body) => return Err(refused()),
        401 | 403 | 407 => return Err(error::blocked(answer)),
        429 => return Err(limited(answer)),
        408 | 499 | 500..=599 => return Err(unavailable(answer)),
        _ => {}
    }
    match serde_json::from_slice::<A>(&answer.body) {
        Ok(read) => Ok(Reply { status, answer: read }),
        Err(_) if matches!(status, 200..=299 | 410) => Err(error::answer_invalid(&format!(
            "to a question about a cart cannot be read: it is truncated or has an unexpected form ({})",
            error::form(answer)
        ))),
        Err(_) => Err(ConnectorError::new(
            ErrorCode::ConfigInvalid,
            format!("There is no Checkout API at /api/{path} (HTTP status {status})."),
        )
        .at_field("/checkout_plugin_path", "wrong", "Enter the URI of the Checkout API plugin.")),
    }
}

fn no_secret() -> ConnectorError {
    ConnectorError::new(
        ErrorCode::ConfigInvalid,
        "There is no Checkout API shared secret, so the store cannot price carts.",
    )
    .at_field("/checkout_api_shared_secret", "missing", "Enter the shared secret of the Checkout API plugin.")
}

/// Not one of the codes that say that the connection's credentials are refused: the Integration API's token is another
/// one, and may be right.
fn refused() -> ConnectorError {
    ConnectorError::new(ErrorCode::ConfigInvalid, "The Checkout API refuses its shared secret.").at_field(
        "/checkout_api_shared_secret",
        "refused",
        "Copy the shared secret of the Checkout API plugin again; that of the Storefront API plugin does not work here.",
    )
}

/// Whether a refusal is not about the secret: `{"accessRight":"denied"}` asks for a customer's login.
fn is_closed(body: &[u8]) -> bool {
    let reported: Value = serde_json::from_slice(body).unwrap_or_default();
    [&reported, &reported["errors"]].iter().any(|own| own["accessRight"] == "denied")
}

fn login_needed() -> ConnectorError {
    ConnectorError::new(
        ErrorCode::ConfigInvalid,
        "The Checkout API accepts its shared secret, but serves only customers who are logged in.",
    )
    .at_field(
        "/checkout_plugin_path",
        "login_needed",
        "Enter the URI of a Checkout API plugin that serves guests, or allow guests in its settings.",
    )
}

fn unavailable(answer: &HttpAnswer) -> ConnectorError {
    let says = words(&answer.body).map(|says| format!(" and says: {says}")).unwrap_or_default();
    ConnectorError::new(
        ErrorCode::PlatformUnavailable,
        format!("Centra's Checkout API is unavailable at the moment ({}){says}.", error::form(answer)),
    )
    .retry_with_backoff()
}

/// Whether a refusal has the form of the Checkout API's answers. Which form that of a wrong secret has is not documented; what
/// stands in the way answers with HTML, nothing, or an object of other fields.
pub(crate) fn is_centras(body: &[u8]) -> bool {
    let reported: Value = serde_json::from_slice(body).unwrap_or_default();
    if reported.as_object().is_some_and(serde_json::Map::is_empty) {
        return true;
    }
    ["errors", "error", "accessRight", "token", "status"].iter().any(|name| !reported[*name].is_null())
}

/// What an answer says in words, fit for an operator.
fn words(body: &[u8]) -> Option<String> {
    serde_json::from_slice::<Payment>(body).ok()?.words()
}

fn limited(answer: &HttpAnswer) -> ConnectorError {
    let error = ConnectorError::new(ErrorCode::RateLimited, "Centra's Checkout API rate limit is reached.");
    match answer.header("retry-after").and_then(|text| text.trim().parse::<u64>().ok()) {
        Some(seconds) if seconds <= 86_400 => error.retry_after_ms(seconds * 1_000),
        _ => error.retry_with_backoff(),
    }
}

/// A path segment with everything encoded that could be taken for something else: `TEST+CODE` as `TEST%2BCODE`.
fn encoded(part: &str) -> String {
    let mut text = String::with_capacity(part.len());
    for byte in part.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_are_encoded() {
        assert_eq!(encoded("TEST+CODE"), "TEST%2BCODE");
        assert_eq!(encoded("../rea år"), "..%2Frea%20%C3%A5r");
        assert_eq!(encoded("10-100_a.~"), "10-100_a.~");
    }
}
