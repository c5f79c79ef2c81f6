//! Whether the host lives and can work.

use axum::{
    Json,
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    core::connection,
    http::{
        Host,
        extract::{Answer, JsonAnswer},
        problem::Problem,
    },
    model::Code,
    secret,
};

/// Clocks that differ by less agree.
const CLOCKS_AGREE_MS: i64 = 5_000;

/// The process is alive.
#[derive(Serialize, JsonSchema)]
pub(in crate::http) struct Liveness {
    /// Status of the process; always `ok`.
    status: HealthStatus,
}

/// How the host is.
#[derive(Clone, Copy, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(in crate::http) enum HealthStatus {
    /// Everything works.
    Ok,
    /// Requests are served, but something does not work.
    Degraded,
}

/// Whether the host accepts requests, and what does not work although it does.
#[derive(Serialize, JsonSchema)]
pub(in crate::http) struct Readiness {
    /// `ok`, or `degraded` when something below does not work.
    status: HealthStatus,
    /// Connectors that connections need and no loaded plugin has.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    missing_connectors: Vec<MissingConnector>,
    /// Connectors whose plugins are held back, because the host crashed repeatedly while they ran. All others work.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    held_plugins: Vec<String>,
    /// What an operator should look at although requests are served, such as a disk that is almost full.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
}

/// A connector that no loaded plugin has.
#[derive(Serialize, JsonSchema)]
pub(in crate::http) struct MissingConnector {
    /// Id of the connector.
    connector: String,
    /// Connections that wait for it.
    connections: u64,
}

/// Name and version of the program.
#[derive(Serialize, JsonSchema)]
pub(in crate::http) struct Version {
    /// Name of the program.
    name: &'static str,
    /// Version of the program.
    version: &'static str,
}

pub(in crate::http) async fn livez() -> Json<Liveness> {
    Json(Liveness { status: HealthStatus::Ok })
}

/// A missing connector is named, but another host with the same files would miss it as well, and the other connections
/// work: it takes no host out of rotation.
pub(in crate::http) async fn readyz(State(host): State<Host>) -> JsonAnswer<Readiness> {
    if *host.shutdown.borrow() {
        return Err(Problem::new(Code::Draining, "the host is shutting down; send requests elsewhere").retry_after(5));
    }
    let stopped = host.services.workers.stopped();
    if !stopped.is_empty() {
        let detail = format!(
            "no worker is running for: {}; workers restart automatically; the log has the reason",
            stopped.join(", ")
        );
        return Err(Problem::new(Code::WorkStopped, detail).retry_after(5));
    }
    // The key file is read again here, so that the host recovers once it is right.
    host.services.connections.check_ready().await.map_err(name_the_key)?;
    // Webhooks and orders still have room when the disk is low: the host stays in rotation.
    let low = host.services.disk.check().err();
    let mut warnings: Vec<_> = low.map(|low| format!("syncs are deferred: {low}")).into_iter().collect();
    warnings.extend(clock_warning(host.services.clock.ahead_of_machine_ms()));
    let missing = host.services.connectors.missing().await?;
    let missing_connectors: Vec<_> =
        missing.into_iter().map(|(connector, connections)| MissingConnector { connector, connections }).collect();
    let held = host.services.connectors.held_back();
    let held_plugins: Vec<_> = held.into_iter().map(|(connector, _)| connector).collect();
    let is_whole = missing_connectors.is_empty() && held_plugins.is_empty() && warnings.is_empty();
    let status = if is_whole { HealthStatus::Ok } else { HealthStatus::Degraded };
    Ok(Json(Readiness { status, missing_connectors, held_plugins, warnings }))
}

/// What is wrong with this machine's clock, which nothing goes by as long as the database's is followed.
fn clock_warning(ahead_ms: i64) -> Option<String> {
    (ahead_ms.saturating_abs() > CLOCKS_AGREE_MS).then(|| {
        let (seconds, side) = (ahead_ms.saturating_abs() / 1_000, if ahead_ms > 0 { "behind" } else { "ahead of" });
        format!(
            "the clock of this machine is {seconds} s {side} that of the database, whose time is used; synchronise both with NTP"
        )
    })
}

/// Says which key is wrong, which is no secret, and leaves the rest to the log.
fn name_the_key(error: connection::Error) -> Problem {
    use secret::Error::{KeyMissing, KeyRemoved, KeyWrong};
    match &error {
        connection::Error::Secret(KeyMissing { kid } | KeyRemoved { kid, .. } | KeyWrong { kid, .. }) => {
            let detail = format!(
                "key `{kid}` of the keyring is missing, or is not the key that sealed secrets under this name; \
                 nothing is encrypted until it is restored; run `doctor` for what to do"
            );
            Problem::new(Code::Keys, detail)
        }
        _ => error.into(),
    }
}

pub(in crate::http) async fn version() -> Json<Version> {
    Json(Version { name: env!("CARGO_PKG_NAME"), version: env!("CARGO_PKG_VERSION") })
}

pub(in crate::http) async fn openapi(State(host): State<Host>) -> Answer<Response> {
    Ok(([(header::CONTENT_TYPE, "application/json")], host.document.clone()).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_differs_is_named_with_its_side() {
        assert_eq!(clock_warning(-5_000), None);
        assert!(clock_warning(-90_400).unwrap().starts_with("the clock of this machine is 90 s ahead of that of"));
        assert!(clock_warning(6_000).unwrap().starts_with("the clock of this machine is 6 s behind that of"));
    }
}
