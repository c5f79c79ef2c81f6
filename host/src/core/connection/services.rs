//! The host's services for one connection: network, clock, small values, quota, progress, log.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use connector_api::{
    ConnectorError, ErrorCode,
    connector::{Level, PortFuture, PortReply},
    domain::ConnectionId,
    wire::{
        service::{ClockResponse, HttpRequest, LogRecord, Service, StateAction, StateRequest, StateResponse},
        validate::Check,
    },
};
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    clock::Clock,
    model::state::{MAX_KEY_BYTES, MAX_VALUE_BYTES, MAX_VALUES},
    net::{ConnectionNetwork, Scrubber},
    plugin::{Asked, HostServices},
    secret::Vault,
};

/// Is reported each check as it ends.
pub type CheckListener = Box<dyn Fn(&Check) + Send + Sync>;

/// Where a connection's small values are kept.
pub enum StateKeeper {
    /// In memory, while the connection does not exist yet or must not be changed.
    Memory(Mutex<BTreeMap<String, Vec<u8>>>),
    /// In the store, sealed.
    Stored(Vault),
}

/// The services of one connection.
pub struct LiveServices {
    /// The connection.
    pub connection: ConnectionId,
    /// Its network.
    pub network: ConnectionNetwork,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Its small values.
    pub state: StateKeeper,
    /// Receives the results of checks.
    pub on_check: CheckListener,
    /// Longest wait for one answer of the platform, its retries included.
    pub http_deadline: Duration,
    /// Microseconds spent waiting for the platform so far.
    pub waited_us: AtomicU64,
}

impl HostServices for LiveServices {
    fn call_now(&self, service: &str) -> Option<PortReply> {
        (Service::from(service) == Service::Clock).then(|| answer(&ClockResponse { now: self.clock.now() }, vec![]))
    }

    fn scrubber(&self) -> Option<Arc<Scrubber>> {
        Some(Arc::clone(self.network.scrubber()))
    }

    fn asked(&self) -> Asked {
        let traffic = self.network.traffic();
        Asked { requests: traffic.asked, answered: traffic.answered, absent: traffic.absent }
    }

    fn call(self: Arc<Self>, service: String, meta: Vec<u8>, body: Vec<u8>) -> PortFuture {
        Box::pin(async move {
            match Service::from(service.as_str()) {
                Service::Http => self.http(&read(&meta)?, body).await,
                Service::State => self.state(&read(&meta)?, body).await,
                Service::Quota => {
                    self.network.report_quota(&read(&meta)?);
                    answer(&serde_json::json!({}), vec![])
                }
                Service::Progress => {
                    (self.on_check)(&read(&meta)?);
                    answer(&serde_json::json!({}), vec![])
                }
                _ => Err(ConnectorError::new(
                    ErrorCode::UnsupportedOperation,
                    format!("this host has no service `{service}`"),
                )),
            }
        })
    }

    fn log(&self, level: Level, record: LogRecord) {
        let (connection, message) = (self.connection.as_str(), record.message);
        let fields = serde_json::Value::Object(record.fields);
        match level {
            Level::Debug => tracing::debug!(connection, %fields, "plugin: {message}"),
            Level::Info => tracing::info!(connection, %fields, "plugin: {message}"),
            Level::Warn => tracing::warn!(connection, %fields, "plugin: {message}"),
            Level::Error => tracing::error!(connection, %fields, "plugin: {message}"),
        }
    }
}

impl LiveServices {
    /// How long the connector has waited for the platform so far.
    pub fn waited(&self) -> Duration {
        Duration::from_micros(self.waited_us.load(Ordering::Relaxed))
    }

    async fn http(&self, request: &HttpRequest, body: Vec<u8>) -> PortReply {
        let wanted = request.timeout_ms.map_or(self.http_deadline, Duration::from_millis).min(self.http_deadline);
        let start = tokio::time::Instant::now();
        let sent = self.network.send(request, body, start + wanted).await;
        self.waited_us.fetch_add(u64::try_from(start.elapsed().as_micros()).unwrap_or(0), Ordering::Relaxed);
        let (response, body) = sent?;
        if self.network.is_live() {
            self.network.shared().note_date(&response, self.clock.now());
        }
        answer(&response, body)
    }

    async fn state(&self, request: &StateRequest, value: Vec<u8>) -> PortReply {
        if request.key.is_empty() || request.key.len() > MAX_KEY_BYTES {
            let message = format!("a state key must have 1 to {MAX_KEY_BYTES} bytes");
            return Err(ConnectorError::new(ErrorCode::InvalidRequest, message));
        }
        // Values are sealed, their names are not.
        if self.network.scrubber().holds(&request.key) {
            let message = "the key of a state value must not contain a secret; use its hash";
            return Err(ConnectorError::new(ErrorCode::InvalidRequest, message));
        }
        if value.len() > MAX_VALUE_BYTES {
            let message = format!("a state value may have {MAX_VALUE_BYTES} bytes");
            return Err(ConnectorError::new(ErrorCode::TooLarge, message));
        }
        let value = match &self.state {
            StateKeeper::Memory(values) => in_memory(values, request, value)?,
            StateKeeper::Stored(vault) => {
                let (id, key) = (&self.connection, request.key.as_str());
                let kept = match request.action {
                    StateAction::Get => vault.state(id, key).await.map(|value| value.map(|value| value.to_vec())),
                    StateAction::Put => vault.put_state(id, key, &value, self.clock.now()).await.map(|()| None),
                    _ => vault.delete_state(id, key).await.map(|_| None),
                };
                kept.map_err(|error| ConnectorError::new(ErrorCode::HostFailed, error.to_string()))?
            }
        };
        answer(&StateResponse { found: value.is_some() }, value.unwrap_or_default())
    }
}

fn in_memory(
    values: &Mutex<BTreeMap<String, Vec<u8>>>,
    request: &StateRequest,
    value: Vec<u8>,
) -> Result<Option<Vec<u8>>, ConnectorError> {
    let mut values = values.lock().unwrap_or_else(PoisonError::into_inner);
    Ok(match request.action {
        StateAction::Get => values.get(&request.key).cloned(),
        StateAction::Put if values.len() >= MAX_VALUES as usize && !values.contains_key(&request.key) => {
            return Err(ConnectorError::new(
                ErrorCode::TooLarge,
                format!("at most {MAX_VALUES} state values are kept"),
            ));
        }
        StateAction::Put => values.insert(request.key.clone(), value),
        _ => values.remove(&request.key),
    })
}

fn read<T: DeserializeOwned>(meta: &[u8]) -> Result<T, ConnectorError> {
    serde_json::from_slice(meta)
        .map_err(|error| ConnectorError::new(ErrorCode::InvalidRequest, format!("the request cannot be read: {error}")))
}

fn answer(meta: &impl Serialize, body: Vec<u8>) -> PortReply {
    let meta =
        serde_json::to_vec(meta).map_err(|error| ConnectorError::new(ErrorCode::HostFailed, error.to_string()))?;
    Ok((meta, body))
}
