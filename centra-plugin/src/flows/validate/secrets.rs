//! The two optional secrets. The Checkout API's is tried; the webhooks' can only be looked at.

use connector_api::{
    ConnectorError, ErrorCode,
    wire::{
        credentials::{OpenConnection, Secret},
        service::{Cost, Header, HttpRequest},
    },
};
use serde_json::Value;

use super::{
    super::source::Source,
    checklist::{Checklist, Verdict},
    help,
    reach::FIX_BLOCKED,
};
use crate::{
    address::clean_secret,
    checkout,
    form::{CHECKOUT_SECRET, TOKEN, WEBHOOK_SECRET},
};

const CHECKOUT: &str = "The Checkout API shared secret works";
const WEBHOOK: &str = "The webhook endpoint secret looks right";

/// What Centra fills the endpoint secret with has 32 characters; much shorter ones can be guessed.
const SHORT_SECRET: usize = 16;

const FIX_SECRET: &str = "In your Centra AMS, open the Checkout API plugin, find Shared Secret and copy it again. The Storefront API plugin has a shared secret of its own, which does not work here. You can also leave the field empty.";

/// Tries the Checkout API's secret. `true` when it works.
pub(super) async fn checkout(
    source: &Source,
    connection: &OpenConnection,
    list: &mut Checklist<'_>,
) -> Result<bool, ConnectorError> {
    let began = list.begin().await?;
    let verdict = match connection.credential(CHECKOUT_SECRET).map(clean_secret) {
        None => Verdict::skip("No secret was given: carts are priced from synced data."),
        Some(secret) if source.client.token() == Some(&secret) => Verdict::fail(
            ErrorCode::ConfigInvalid,
            "This is the Integration API token, not the Checkout API's shared secret.",
            FIX_SECRET,
        ),
        Some(secret) if secret.contains(char::is_whitespace) => {
            Verdict::fail(ErrorCode::ConfigInvalid, "A shared secret has no spaces.", FIX_SECRET)
        }
        Some(secret) => {
            let tried = try_checkout(source, &secret).await?;
            // Each of the two plugins has a shared secret, and nothing in the value says which it is.
            let accepts = async || source.storefront.accepts(&Secret::new(secret.clone())).await.unwrap_or(false);
            if tried.is_fatal() && source.storefront.has_carts() && accepts().await {
                Verdict::fail(
                    ErrorCode::ConfigInvalid,
                    "This is the shared secret of the Storefront API, not the Checkout API's.",
                    FIX_SECRET,
                )
            } else {
                tried
            }
        }
    };
    let works = verdict.is_pass();
    list.end(began, "checkout_secret", CHECKOUT, verdict.or_at("/checkout_api_shared_secret").help(help::CHECKOUT))
        .await?;
    Ok(works)
}

/// Whether the Checkout API takes a secret.
pub(super) async fn is_of_checkout(source: &Source, secret: &str) -> Result<bool, ConnectorError> {
    Ok(try_checkout(source, secret).await?.is_pass())
}

async fn try_checkout(source: &Source, secret: &str) -> Result<Verdict, ConnectorError> {
    let Ok(address) = source.client.address() else {
        return Ok(Verdict::skip("The store URL must work first."));
    };
    let path = &source.chosen.checkout_path;
    let request = HttpRequest {
        method: "GET".to_owned(),
        url: address.checkout(path, "markets"),
        headers: vec![
            Header { name: "authorization".to_owned(), value: format!("Bearer {secret}"), secret: true },
            Header { name: "accept".to_owned(), value: "application/json".to_owned(), secret: false },
        ],
        operation: "CheckoutMarkets".to_owned(),
        idempotent: true,
        cost: Cost::default(),
        quota: Some(checkout::QUOTA.to_owned()),
        timeout_ms: Some(15_000),
    };
    let answer = match source.client.host().http(&request, vec![]).await {
        Ok(answer) => answer,
        Err(error) if error.code == ErrorCode::HostFailed => return Err(error),
        Err(error) => {
            return Ok(Verdict::warn(
                error.code,
                "The Checkout API does not answer, so the secret could not be tested.",
                "Try again later.",
            ));
        }
    };
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or(Value::Null);
    let no_plugin = || {
        Verdict::fail(
            ErrorCode::NotFound,
            format!("There is no Checkout API at /api/{path}."),
            "Check the URI of the Checkout API plugin in your Centra AMS and enter it as Checkout API path. A store that has only the Storefront API plugin cannot price carts this way: leave the secret empty.",
        )
        .at("/checkout_plugin_path")
    };
    Ok(match answer.response.status {
        200..=299 if body["markets"].is_array() => Verdict::pass("The Checkout API accepts the secret."),
        // A GraphQL answer: the Storefront API is what stands at this path.
        _ if body.get("data").is_some() || body["extensions"].is_object() => Verdict::fail(
            ErrorCode::ConfigInvalid,
            format!("At /api/{path} the Storefront API answers, not the Checkout API."),
            FIX_SECRET,
        ),
        429 | 500..=599 => Verdict::warn(
            ErrorCode::PlatformUnavailable,
            "The Checkout API is unavailable at the moment, so the secret could not be tested.",
            "Try again later.",
        ),
        401 | 403 if checkout::is_centras(&answer.body) => {
            Verdict::fail(ErrorCode::AuthInvalid, "The Checkout API refuses the secret.", FIX_SECRET)
        }
        401 | 403 | 407 => Verdict::warn(
            ErrorCode::Blocked,
            "Something between this host and Centra answered, so the secret could not be tested.",
            FIX_BLOCKED,
        ),
        // Without a valid secret the plugin may answer as the public API, which does not tell markets.
        200..=299 if body.is_object() => Verdict::fail(
            ErrorCode::AuthInvalid,
            "The Checkout API answers, but does not accept the secret.",
            FIX_SECRET,
        ),
        // 404 and the like: nothing, or something else, stands at this path.
        _ => no_plugin(),
    })
}

/// Looks at the webhook secret. `true` when there is a usable one.
pub(super) async fn webhook(connection: &OpenConnection, list: &mut Checklist<'_>) -> Result<bool, ConnectorError> {
    let began = list.begin().await?;
    let same_as = |field: &str, secret: &str| connection.credential(field).map(clean_secret).as_deref() == Some(secret);
    let fix = "In your Centra AMS, open the Webhook plugin, enter or generate an Endpoint Secret and copy it here.";
    let verdict = match connection.credential(WEBHOOK_SECRET).map(clean_secret) {
        None => Verdict::skip("No secret was given: changes are checked for at intervals."),
        Some(secret) if secret.contains(char::is_whitespace) => {
            Verdict::fail(ErrorCode::ConfigInvalid, "An endpoint secret has no spaces.", fix)
        }
        Some(secret) if same_as(TOKEN, &secret) => {
            Verdict::fail(ErrorCode::ConfigInvalid, "This is the Integration API token, not the endpoint secret.", fix)
        }
        Some(secret) if same_as(CHECKOUT_SECRET, &secret) => Verdict::warn(
            ErrorCode::ConfigInvalid,
            "The endpoint secret is the same as the Checkout API's secret.",
            fix,
        ),
        Some(secret) if secret.chars().count() < SHORT_SECRET => Verdict::warn(
            ErrorCode::ConfigInvalid,
            format!("The endpoint secret has fewer than {SHORT_SECRET} characters and could be guessed."),
            fix,
        ),
        Some(_) => Verdict::pass("The secret has the format of an endpoint secret; the first webhook confirms it."),
    };
    let usable = verdict.is_usable();
    list.end(began, "webhook_secret", WEBHOOK, verdict.or_at("/webhook_endpoint_secret").help(help::WEBHOOKS)).await?;
    Ok(usable)
}
