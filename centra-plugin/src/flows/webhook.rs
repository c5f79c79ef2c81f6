//! `verify_webhook` and `parse_webhook`: the connection's secrets and limits around the pure parts in
//! [`webhook`](crate::webhook).

use connector_api::{
    domain::Timestamp,
    wire::{
        credentials::{OpenConnection, Secret},
        webhook::{ParseWebhookResponse, VerifyWebhookRequest, VerifyWebhookResponse, WebhookVerdict},
    },
};

use crate::{
    address::clean_secret,
    form::{Chosen, WEBHOOK_SECRET},
    webhook::{envelope, likely_cause, signature::Claim},
};

/// Decides whether a webhook is authentic.
pub fn verify(
    connection: &OpenConnection,
    chosen: &Chosen,
    request: &VerifyWebhookRequest,
    body: &[u8],
) -> VerifyWebhookResponse {
    let secrets = secrets(connection);
    if secrets.is_empty() {
        return refused(
            WebhookVerdict::NoSecret,
            "The connection has no webhook endpoint secret: nothing can be checked. Enter the Endpoint Secret of the Webhook plugin.",
        );
    }
    let Some(claim) = Claim::read(&request.headers) else {
        return refused(
            WebhookVerdict::Unsigned,
            "There is no header X-Centra-Signature. Enter an Endpoint Secret in the Webhook plugin of your Centra AMS; if there is one, something in front of this host removes the header.",
        );
    };
    let secrets: Vec<&str> = secrets.iter().map(Secret::expose).collect();
    let Some(proof) = claim.check(&secrets, body) else {
        return refused(WebhookVerdict::BadSignature, likely_cause(&claim, &request.headers, &secrets, body));
    };
    let limit = i64::from(request.max_age_s.unwrap_or(chosen.webhook_max_age_s));
    let age = request.received_at.as_unix_ms().div_euclid(1_000).saturating_sub(proof.signed_at);
    let (verdict, likely_cause) = match age {
        _ if request.any_age => (WebhookVerdict::Authentic, None),
        age if age > limit => (
            WebhookVerdict::Stale,
            Some(format!(
                "The signature is right, but {age} s old, and {limit} s are allowed: the delivery was delayed or replayed by someone else, or this host's clock is {age} s ahead."
            )),
        ),
        age if age < -limit => (
            WebhookVerdict::Future,
            Some(format!(
                "The signature is right, but made {} s in the future: this host's clock is off by that much.",
                age.unsigned_abs()
            )),
        ),
        _ => (WebhookVerdict::Authentic, None),
    };
    VerifyWebhookResponse {
        verdict,
        // Half of it distinguishes deliveries and is no signature that anybody could use.
        dedupe_key: Some(format!("{}.{}", proof.signed_at, hex::encode(&proof.digest[..16]))),
        signed_at: proof.signed_at.checked_mul(1_000).and_then(Timestamp::from_unix_ms),
        likely_cause,
    }
}

/// Reads a webhook that is authentic.
pub fn parse(body: &[u8]) -> ParseWebhookResponse {
    ParseWebhookResponse { events: envelope::read(body) }
}

/// The secret in force, and the one before it. Each as it is kept and, should it have been pasted with more around it,
/// without that.
fn secrets(connection: &OpenConnection) -> Vec<Secret> {
    let before = connection.previous_credentials.get(WEBHOOK_SECRET).map(Secret::expose);
    let mut found: Vec<Secret> = vec![];
    for secret in connection.credential(WEBHOOK_SECRET).into_iter().chain(before) {
        for form in [secret.to_owned(), clean_secret(secret)] {
            let form = Secret::new(form);
            if !form.expose().is_empty() && !found.contains(&form) {
                found.push(form);
            }
        }
    }
    found
}

fn refused(verdict: WebhookVerdict, likely_cause: impl Into<String>) -> VerifyWebhookResponse {
    VerifyWebhookResponse { verdict, dedupe_key: None, signed_at: None, likely_cause: Some(likely_cause.into()) }
}
