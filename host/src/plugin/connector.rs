//! How the host calls one connection's connector: typed messages, with a deadline; what comes back is scrubbed.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use abi_stable::std_types::RStr;
use connector_api::{
    ConnectorError, ErrorCode,
    abi::{read_reply, v1::ConnectorObject},
    connector::PortReply,
    wire::{Op, envelope::Envelope, validate::CheckStatus},
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use tracing::{Instrument, Span, field::Empty};

use super::{
    PluginHandle,
    quarantine::FaultKind,
    services::{Asked, HostServices},
    speech::Speech,
};
use crate::{metrics, trace};

/// How much longer than the caller waits a plugin gets before it counts as faulty, where it is the platform that is late.
const PATIENCE: Duration = Duration::from_secs(30);
/// Largest answer of a plugin, in bytes.
const LARGEST_ANSWER: usize = 64 * 1024 * 1024;

/// One connection's connector inside a plugin. Cheap to clone; calls may overlap.
#[derive(Clone)]
pub struct ConnectorHandle {
    plugin: PluginHandle,
    connector: Arc<ConnectorObject>,
    speech: Speech,
    services: Arc<dyn HostServices>,
}

impl ConnectorHandle {
    pub(super) fn new(
        plugin: PluginHandle,
        connector: ConnectorObject,
        speech: Speech,
        services: Arc<dyn HostServices>,
    ) -> Self {
        Self { plugin, connector: Arc::new(connector), speech, services }
    }

    /// The plugin behind it.
    pub fn plugin(&self) -> &PluginHandle {
        &self.plugin
    }

    /// What it has asked of its platform so far.
    pub fn asked(&self) -> Asked {
        self.services.asked()
    }

    /// Runs one operation and reads its answer.
    pub async fn call<A: DeserializeOwned>(
        &self,
        op: &Op,
        request: &(impl Serialize + Sync),
        deadline: Duration,
    ) -> Result<A, ConnectorError> {
        let meta = self.call_raw(op, request, vec![], deadline).await?;
        serde_json::from_slice(&meta).map_err(|error| self.broken(op, &error))
    }

    /// Runs one operation and gives its answer as JSON text, for those who read only parts of it.
    pub async fn call_raw(
        &self,
        op: &Op,
        request: &(impl Serialize + Sync),
        body: Vec<u8>,
        deadline: Duration,
    ) -> Result<Vec<u8>, ConnectorError> {
        self.enveloped(op, request, None, body, (deadline, deadline)).await
    }

    /// As [`Self::call_raw`], for carts and orders: what is asked of the platform while somebody waits. That the platform is late
    /// is no fault of the plugin's, and a lost answer must not keep others from ordering: the plugin has longer than it sees, and
    /// the caller stops waiting by itself.
    pub async fn call_patiently(
        &self,
        op: &Op,
        request: &(impl Serialize + Sync),
        key: Option<&str>,
        deadline: Duration,
    ) -> Result<Vec<u8>, ConnectorError> {
        self.enveloped(op, request, key, vec![], (deadline, deadline + PATIENCE)).await
    }

    /// `deadline` is the one that the plugin sees, and the one after which it counts as faulty.
    async fn enveloped(
        &self,
        op: &Op,
        request: &(impl Serialize + Sync),
        key: Option<&str>,
        body: Vec<u8>,
        deadline: (Duration, Duration),
    ) -> Result<Vec<u8>, ConnectorError> {
        let envelope = Envelope {
            op: op.to_string(),
            trace_id: trace::id_of(&Span::current()).unwrap_or_else(|| uuid::Uuid::now_v7().simple().to_string()),
            deadline_ms: u64::try_from(deadline.0.as_millis()).unwrap_or(u64::MAX),
            idempotency_key: key.map(str::to_owned),
            request,
        };
        let meta = serde_json::to_vec(&envelope)
            .map_err(|error| ConnectorError::new(ErrorCode::HostFailed, error.to_string()))?;
        let (meta, _) = self.send(op.as_str(), meta, body, deadline.1).await?;
        if *op == Op::Validate { self.held_to_its_checks(meta) } else { Ok(meta) }
    }

    /// A validation is as well as its checks are, whatever the plugin says of the whole.
    fn held_to_its_checks(&self, meta: Vec<u8>) -> Result<Vec<u8>, ConnectorError> {
        let Ok(mut answer) = serde_json::from_slice::<Value>(&meta) else { return Ok(meta) };
        let mut checks = answer["checks"].as_array().into_iter().flatten();
        let has_failed = checks.any(|check| check["status"] == CheckStatus::Fail.as_str());
        match answer["ok"].as_bool() {
            Some(true) if has_failed => {
                self.plugin.fault(FaultKind::BrokenAnswer, "`validate` returned ok although a check failed");
                answer["ok"] = Value::Bool(false);
                Ok(serde_json::to_vec(&answer).unwrap_or(meta))
            }
            Some(false) if !has_failed => Err(self.broken(&Op::Validate, &"it returned not ok without a failed check")),
            _ => Ok(meta),
        }
    }

    /// Sends one envelope as it is.
    pub async fn send(&self, op: &str, meta: Vec<u8>, body: Vec<u8>, deadline: Duration) -> PortReply {
        let start = Instant::now();
        let span = tracing::debug_span!(
            "plugin call",
            otel.name = format!("plugin {op}"),
            otel.status_code = Empty,
            connector = self.plugin.manifest().id,
            operation = op,
            outcome = Empty,
        );
        let reply = self.answered(op, meta, body, deadline).instrument(span.clone()).await;
        let failure = reply.as_ref().err().map(|error| &error.code);
        if let Some(code) = failure {
            span.record("outcome", code.as_str());
            span.record("otel.status_code", "ERROR");
        }
        metrics::plugin_called(&self.plugin.manifest().id, op, failure, start.elapsed());
        reply
    }

    async fn answered(&self, op: &str, meta: Vec<u8>, body: Vec<u8>, deadline: Duration) -> PortReply {
        self.plugin.admit()?;
        let connector = Arc::clone(&self.connector);
        let (operation, speech) = (op.to_owned(), self.speech.clone());
        let span = Span::current();
        let work = move |mark| {
            let called = async move {
                let _mark = mark;
                let reply = read_reply(connector.call(RStr::from_str(&operation), meta.into(), body.into()).await)?;
                let size = reply.0.len().saturating_add(reply.1.len());
                Ok::<_, ConnectorError>(if size > LARGEST_ANSWER { Err(size) } else { Ok(reply) })
            };
            // On another runtime, and what the plugin asks of the host belongs to the call.
            called.instrument(span)
        };
        let reply = self.plugin.within(deadline, op, work).await?;
        match reply.map_err(|error| self.speech.error(error)).inspect_err(|error| self.plugin.note(error))? {
            Ok(reply) => speech.reply(op, Ok(reply)),
            Err(size) => {
                let problem = format!("{size} bytes, an answer larger than {LARGEST_ANSWER} bytes");
                Err(self.broken(&Op::from(op), &problem))
            }
        }
    }

    /// The error for an answer that breaks the contract; counts against the plugin.
    pub fn broken(&self, op: &Op, problem: &dyn std::fmt::Display) -> ConnectorError {
        let id = &self.plugin.manifest().id;
        let message = self.speech.text(format!("plugin `{id}` broke the contract in its answer to `{op}`: {problem}"));
        let is_page = matches!(op, Op::Pull | Op::Fetch);
        self.plugin.fault(if is_page { FaultKind::RefusedPage } else { FaultKind::BrokenAnswer }, &message);
        ConnectorError::new(ErrorCode::PluginContractBroken, message)
    }
}
