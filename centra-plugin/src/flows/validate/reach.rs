//! Does the address answer, does it take the token, does it show its schema, and how much may be asked of it?

use connector_api::{
    ConnectorError, ErrorCode,
    wire::service::{QuotaKind, QuotaWindow},
};
use serde_json::Value;

use super::{
    super::source::Source,
    checklist::{Checklist, Verdict},
    help,
};
use crate::{client::Variables, operation::Operation};

const ADDRESS: &str = "The store's address answers";
const TOKEN: &str = "The Integration API token is accepted";
pub(super) const BUDGET: &str = "The store's API limits are sufficient";

const CLOCK: &str = "The clocks of host and store agree";
/// How far apart the clocks may be, in seconds.
const MOST_CLOCK_SKEW_S: i64 = 60;

const FIX_ADDRESS: &str =
    "Check the store URL: it is the address of your Centra AMS, such as https://yourbrand.centra.com.";
const FIX_LATER: &str = "Wait a few minutes and try again.";
pub(super) const FIX_BLOCKED: &str = "Let the requests of this host pass the firewall or proxy in front of the store; the credentials need not be changed. Then try again.";
const FIX_TOKEN: &str =
    "In your Centra AMS, go to System > Api Tokens, create a new Integration API token and enter it here.";

/// Address and token, by one question. `true` when both work.
pub(super) async fn check(source: &Source, list: &mut Checklist<'_>) -> Result<bool, ConnectorError> {
    let began = list.begin().await?;
    let missing = source.client.token().is_none();
    let no_token = Verdict::fail(ErrorCode::ConfigInvalid, "The Integration API token is missing.", FIX_TOKEN)
        .at("/integration_api_token")
        .help(help::INTEGRATION);
    if let Err(invalid) = source.client.address() {
        let verdict = Verdict::fail(ErrorCode::ConfigInvalid, invalid.to_string(), invalid.fix()).at("/store_url");
        list.end(began, "address_answers", ADDRESS, verdict).await?;
        let token = if missing { no_token } else { Verdict::skip("The store URL must work first.") };
        list.end(began, "token_accepted", TOKEN, token).await?;
        return Ok(false);
    }
    if missing {
        list.skip_all(&[("address_answers", ADDRESS)], "The Integration API token must be given first.").await?;
        list.end(began, "token_accepted", TOKEN, no_token).await?;
        return Ok(false);
    }
    let (address, token) = match source.client.ping().await {
        Ok(()) => (Verdict::pass("Centra's Integration API answers."), Verdict::pass("The token works.")),
        Err(error) if error.is_auth() => (
            Verdict::pass("Centra's Integration API answers."),
            Verdict::of_error(&error, FIX_TOKEN).at("/integration_api_token").help(help::INTEGRATION),
        ),
        Err(error) if error.code == ErrorCode::Blocked => (
            Verdict::of_error(&error, FIX_BLOCKED).at("/store_url"),
            Verdict::skip("The token could not be tested: something between this host and Centra answered."),
        ),
        Err(error) => {
            let temporary =
                matches!(error.code, ErrorCode::PlatformUnavailable | ErrorCode::RateLimited | ErrorCode::Timeout);
            let fix = if temporary { FIX_LATER } else { FIX_ADDRESS };
            (Verdict::of_error(&error, fix).at("/store_url"), Verdict::skip("The address must answer first."))
        }
    };
    let works = !address.is_fatal() && !token.is_fatal();
    list.end(began, "address_answers", ADDRESS, address).await?;
    list.end(list.begin().await?, "token_accepted", TOKEN, token).await?;
    clocks(source, list).await?;
    Ok(works)
}

/// Whether host and store agree on the time. Nothing is said where they do, or where nobody knows.
async fn clocks(source: &Source, list: &mut Checklist<'_>) -> Result<(), ConnectorError> {
    let Some(ahead) = source.client.clock_ahead_s().filter(|ahead| ahead.abs() > MOST_CLOCK_SKEW_S) else {
        return Ok(());
    };
    let began = list.begin().await?;
    let seconds = ahead.unsigned_abs();
    let message = if ahead > 0 {
        format!("This host's clock is {seconds} s ahead of Centra's: changes made in that time may arrive late.")
    } else {
        format!(
            "This host's clock is {seconds} s behind Centra's: signatures of webhooks may be refused as made in the future."
        )
    };
    let verdict = Verdict::warn(ErrorCode::Conflict, message, "Synchronise the host's clock with a time server.");
    list.end(began, "clock", CLOCK, verdict).await
}

/// Reads the schema afresh. The inner error says why the platform could not be asked; it ends validation.
pub(super) async fn read_schema(
    source: &Source,
    list: &mut Checklist<'_>,
) -> Result<Result<(), String>, ConnectorError> {
    let began = list.begin().await?;
    match source.client.read_schema(None).await {
        Ok(_) => Ok(Ok(())),
        Err(error) if error.code == ErrorCode::HostFailed => Err(error),
        Err(error) => {
            let verdict = if error.code == ErrorCode::Blocked {
                Verdict::of_error(&error, FIX_BLOCKED).at("/store_url")
            } else if error.is_auth() {
                Verdict::of_error(&error, FIX_TOKEN).at("/integration_api_token")
            } else {
                Verdict::of_error(&error, FIX_LATER).at("/store_url")
            };
            list.end(began, "schema_readable", "The store's schema can be read", verdict).await?;
            Ok(Err("The store's schema must be readable first.".to_owned()))
        }
    }
}

/// How much of the quota is left.
pub(super) async fn budget(source: &Source, list: &mut Checklist<'_>) -> Result<(), ConnectorError> {
    let began = list.begin().await?;
    let asked = source.client.ask::<Value>(Operation::RateLimits, &Variables::new(), 1).await;
    let windows = source.client.windows();
    let verdict = match asked {
        Err(error) => {
            Verdict::warn(error.code, "The API limits cannot be read; the smallest plan is assumed.", FIX_LATER)
        }
        Ok(_) if windows.is_empty() => Verdict::warn(
            ErrorCode::PlatformAnswerInvalid,
            "The API limits cannot be read; the smallest plan is assumed.",
            "No action needed; the first sync may be slower.",
        ),
        Ok(_) => match windows.iter().find(|window| window.remaining < window.quota / 10) {
            Some(low) => Verdict::warn(
                ErrorCode::RateLimited,
                format!(
                    "Of {} only {} are left. Other integrations of this store share them.",
                    shown(low),
                    low.remaining
                ),
                "Let other integrations finish; the first sync continues automatically when the limits allow it.",
            ),
            None => Verdict::pass(
                windows
                    .iter()
                    .filter(|window| window.kind != QuotaKind::Mutations)
                    .map(shown)
                    .collect::<Vec<_>>()
                    .join(", "),
            ),
        },
    };
    list.end(began, "rate_limit_budget", BUDGET, verdict.help(help::RATE_LIMITS)).await
}

fn shown(window: &QuotaWindow) -> String {
    let span = if window.interval_s == 3_600 { "hour".to_owned() } else { format!("{} seconds", window.interval_s) };
    let what = match window.kind {
        QuotaKind::Requests => "requests",
        QuotaKind::Mutations => "changes",
        _ => "points of complexity",
    };
    format!("{} {what} per {span}", window.quota)
}
