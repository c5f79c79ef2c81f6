//! The platform prices a cart, within the caller's deadline.

use std::time::Duration;

use connector_api::{
    ConnectorError, ErrorCode, Retry,
    domain::{Cart, Quote},
    wire::{
        Op,
        capability::CapabilityName,
        quote::{QuoteRequest, QuoteResponse},
    },
};

use super::contract::{self, Breach};
use crate::core::connection::{Connection, ConnectionStatus, Platform, Question};

/// Why the platform did not price a cart, for programs and for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Absence {
    /// Stable word.
    pub(super) code: &'static str,
    /// In one sentence.
    pub(super) text: String,
}

impl Absence {
    pub(super) fn new(code: &'static str, text: impl Into<String>) -> Self {
        Self { code, text: text.into() }
    }
}

/// How a call went.
pub(super) enum Outcome {
    /// Priced.
    Quote(Box<Quote>),
    /// The cart cannot be priced as it is.
    CartRefused(ConnectorError),
    /// The credentials are refused.
    AuthRefused(ConnectorError),
    /// Not priced; says nothing about the platform's health.
    Declined(Absence),
    /// The platform failed or was late, and asked for this pause.
    Failed(Absence, Option<u64>),
}

/// Why a connection's platform is not asked at all.
pub(super) fn not_asked(connection: &Connection) -> Option<Absence> {
    let health = &connection.health;
    match health.status {
        ConnectionStatus::ReauthRequired => {
            let text = "the platform refuses the connection's credentials until the merchant renews them";
            return Some(Absence::new("realtime_reauth_required", text));
        }
        ConnectionStatus::Pending | ConnectionStatus::Validating => {
            return Some(Absence::new("realtime_not_validated", "the connection is not validated yet"));
        }
        _ => {}
    }
    if connection.paused_at.is_some() {
        return Some(Absence::new("realtime_paused", "the connection is paused"));
    }
    let capability = connection.findings.capabilities.iter().find(|state| state.name == CapabilityName::CartRealtime);
    match capability {
        Some(state) if state.on => None,
        Some(state) => Some(Absence::new("realtime_off", state.reason.clone())),
        None => Some(Absence::new("realtime_off", "this connector has no realtime quotes")),
    }
}

/// Asks the platform, at most until the deadline.
pub(super) async fn ask(
    platform: &dyn Platform,
    connection: &Connection,
    cart: &Cart,
    every_method: bool,
    deadline: Duration,
) -> Outcome {
    let asked = quote(platform, connection, QuoteRequest { cart: cart.clone(), every_method }, deadline);
    match tokio::time::timeout(deadline, asked).await {
        Err(_) => {
            let text = format!("the platform did not answer within {} ms", deadline.as_millis());
            Outcome::Failed(Absence::new("realtime_late", text), None)
        }
        Ok(Err(error)) => judge(error),
        Ok(Ok(quote)) => match contract::check(&quote, cart) {
            Ok(()) => Outcome::Quote(Box::new(quote)),
            Err(Breach { code, text }) => {
                tracing::error!(connection = %connection.id, problem = text, "a platform's quote breaks the contract");
                let absence = Absence::new(code, format!("the platform's answer is inconsistent: {text}"));
                // One cart whose sums are unclear says nothing about the others.
                if code == contract::UNCLEAR { Outcome::Declined(absence) } else { Outcome::Failed(absence, None) }
            }
        },
    }
}

async fn quote(
    platform: &dyn Platform,
    connection: &Connection,
    request: QuoteRequest,
    deadline: Duration,
) -> Result<Quote, ConnectorError> {
    let request =
        serde_json::to_value(request).map_err(|error| ConnectorError::new(ErrorCode::HostFailed, error.to_string()))?;
    let answer = platform.ask(connection, Question { op: Op::Quote, request, key: None, deadline }).await?;
    let answer: Result<QuoteResponse, _> = serde_json::from_slice(&answer);
    let broken = |error: serde_json::Error| platform.broken(&connection.id, &Op::Quote, &error.to_string());
    answer.map(|answer| answer.quote).map_err(broken)
}

fn judge(error: ConnectorError) -> Outcome {
    use ErrorCode::{
        ConfigInvalid, InvalidRequest, PluginContractBroken, PluginPanicked, PluginQuarantined, PluginTimeout,
        RateLimited, Timeout, UnsupportedOperation,
    };
    if error.is_auth() {
        return Outcome::AuthRefused(error);
    }
    let pause = match error.retry {
        Retry::After { ms } => Some(ms),
        _ => None,
    };
    match error.code {
        InvalidRequest if !error.field_errors.is_empty() => Outcome::CartRefused(error),
        UnsupportedOperation | ConfigInvalid => Outcome::Declined(Absence::new("realtime_off", error.message)),
        PluginQuarantined => Outcome::Declined(Absence::new("realtime_plugin_failed", error.message)),
        PluginContractBroken | PluginPanicked => {
            Outcome::Failed(Absence::new("realtime_plugin_failed", error.message), pause)
        }
        PluginTimeout | Timeout => Outcome::Failed(Absence::new("realtime_late", error.message), pause),
        RateLimited => Outcome::Failed(Absence::new("realtime_busy", error.message), pause),
        _ => Outcome::Failed(Absence::new("realtime_failed", error.message), pause),
    }
}
