//! Guess 14: how the Storefront API refuses a token.

use connector_api::{ErrorCode, wire::probe::Assumption};

use super::{evidence::Evidence, guess::Guess};

pub(super) const GUESS: Guess = Guess {
    id: "token_refusal",
    assumed: "The Storefront API refuses a token with 401 or 403 and a GraphQL answer, or says so in words.",
    otherwise: "The check of a wrong token says something else, and does not name the field.",
};

/// Looks at how a made-up token was refused.
pub(super) fn judge(evidence: &Evidence) -> Assumption {
    let (status, failure) = match &evidence.refusal {
        Ok((status, Some(failure))) => (status, failure),
        Ok((status, None)) => {
            return GUESS.refuted(format!("A made-up token is not refused (HTTP status {status})."));
        }
        Err(why) => return GUESS.not_seen(why.clone()),
    };
    let is_named = failure.code == ErrorCode::ConfigInvalid
        && failure.field_errors.iter().any(|own| own.pointer == "/storefront_token");
    if is_named {
        GUESS.confirmed(format!("A made-up token is refused with HTTP status {status}, and known for what it is."))
    } else {
        GUESS
            .refuted(format!("A made-up token is answered with HTTP status {status}, and read as: {}", failure.message))
    }
}
