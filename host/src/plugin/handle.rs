//! How the host calls a plugin: typed messages, on the plugin's own runtime, with a deadline.

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use abi_stable::std_types::RStr;
use connector_api::{
    ConnectorError, ErrorCode,
    abi::{
        read_error, read_reply,
        v1::{ConnectorObject, HostObject},
    },
    connector::PortReply,
    wire::{Op, credentials::OpenConnection, envelope::Envelope, manifest::Manifest},
};
use serde::{Serialize, de::DeserializeOwned};
use tokio::runtime::{Builder, Handle, Runtime};

use super::{
    Refusal, RefusalCode,
    install::Installed,
    loader::Library,
    quarantine::{Conduct, Quarantine},
    services::{AbortOnDrop, HostServices, host_object},
};
use crate::metrics;

/// How long opening a connection may take: it must not wait for anything.
const OPEN_DEADLINE: Duration = Duration::from_secs(5);
/// How long a call that was dropped may go on before its thread counts as lost.
const GRACE: Duration = Duration::from_millis(500);
/// How much longer than the caller waits a plugin gets before it counts as faulty, where it is the platform that is late.
const PATIENCE: Duration = Duration::from_secs(30);
/// Largest answer of a plugin, in bytes.
const LARGEST_ANSWER: usize = 64 * 1024 * 1024;

/// A plugin in use. Cheap to clone.
#[derive(Clone)]
pub struct PluginHandle(Arc<Plugin>);

struct Plugin {
    manifest: Manifest,
    file: Installed,
    library: Library,
    quarantine: Quarantine,
    /// Of the plugin alone, so that a plugin that never yields stalls nobody else.
    runtime: Option<Runtime>,
}

impl Drop for Plugin {
    fn drop(&mut self) {
        // Dropping a runtime waits for its tasks, and a stuck one never ends.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl PluginHandle {
    /// Takes a loaded library into use.
    pub fn new(file: Installed, library: Library, manifest: Manifest) -> Result<Self, Refusal> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(2)
            .max_blocking_threads(4)
            .thread_name(format!("plugin-{}", manifest.id))
            .build()
            .map_err(|error| {
                let source: PathBuf = file.source.clone();
                Refusal::new(&source, RefusalCode::LoadFailed, error.to_string(), "Allow the host more threads.")
            })?;
        Ok(Self(Arc::new(Plugin {
            manifest,
            file,
            library,
            quarantine: Quarantine::default(),
            runtime: Some(runtime),
        })))
    }

    /// What the plugin says of itself.
    pub fn manifest(&self) -> &Manifest {
        &self.0.manifest
    }

    /// The file it was loaded from.
    pub fn file(&self) -> &Installed {
        &self.0.file
    }

    /// How it behaves.
    pub fn conduct(&self) -> Conduct {
        self.0.quarantine.conduct(Instant::now())
    }

    /// Opens one connection.
    pub async fn open(
        &self,
        services: Arc<dyn HostServices>,
        connection: &OpenConnection,
    ) -> Result<ConnectorHandle, ConnectorError> {
        self.0.quarantine.admit(&self.0.manifest.id, Instant::now())?;
        let connection = serde_json::to_vec(connection)
            .map_err(|error| ConnectorError::new(ErrorCode::HostFailed, error.to_string()))?;
        let host: HostObject = host_object(services, Handle::current());
        let root = self.0.library.root();
        let work = self.runtime()?.spawn_blocking(move || root.open()(host, connection.into()).into_result());
        let connector = self
            .within(OPEN_DEADLINE, "open", async move { work.await.map_err(|_| host_ended()) })
            .await??
            .map_err(|error| read_error(&error))
            .inspect_err(|error| self.note(error))?;
        Ok(ConnectorHandle { plugin: self.clone(), connector: Arc::new(connector) })
    }

    fn runtime(&self) -> Result<&Runtime, ConnectorError> {
        self.0.runtime.as_ref().ok_or_else(host_ended)
    }

    /// Waits for work on the plugin's runtime; when it is late, leaves it and watches whether it ends.
    async fn within<T: Send + 'static>(
        &self,
        deadline: Duration,
        what: &str,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Result<T, ConnectorError> {
        let ended = Arc::new(AtomicBool::new(false));
        let mark = Arc::clone(&ended);
        let mut task = AbortOnDrop(self.runtime()?.spawn(async move {
            let _mark = MarkOnDrop(mark);
            work.await
        }));
        if let Ok(output) = tokio::time::timeout(deadline, &mut task).await {
            return output.map_err(|_| host_ended());
        }
        drop(task);
        let message = format!("`{what}` did not end within {} ms", deadline.as_millis());
        metrics::plugin_at_fault(&self.0.manifest.id);
        self.0.quarantine.note_fault(&message, Instant::now());
        self.watch(what.to_owned(), ended);
        Err(ConnectorError::new(ErrorCode::PluginTimeout, format!("plugin `{}`: {message}", self.0.manifest.id))
            .retry_with_backoff())
    }

    /// After a dropped call: a plugin that yields ends at once, one that spins never.
    fn watch(&self, what: String, ended: Arc<AtomicBool>) {
        let plugin = Arc::downgrade(&self.0);
        tokio::spawn(async move {
            tokio::time::sleep(GRACE).await;
            if ended.load(Ordering::Acquire) {
                return;
            }
            if let Some(plugin) = plugin.upgrade() {
                tracing::error!(plugin = plugin.manifest.id, operation = what, "a call cannot be stopped");
                plugin.quarantine.note_stuck(&format!("`{what}` cannot be stopped"));
            }
            while !ended.load(Ordering::Acquire) {
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
            if let Some(plugin) = plugin.upgrade() {
                plugin.quarantine.note_unstuck();
            }
        });
    }

    /// Counts an error that is the plugin's own fault.
    fn note(&self, error: &ConnectorError) {
        if matches!(error.code, ErrorCode::PluginPanicked | ErrorCode::PluginContractBroken) {
            tracing::warn!(plugin = self.0.manifest.id, code = %error.code, message = error.message, "plugin fault");
            metrics::plugin_at_fault(&self.0.manifest.id);
            self.0.quarantine.note_fault(&error.message, Instant::now());
        }
    }
}

/// One connection's connector inside a plugin. Cheap to clone; calls may overlap.
#[derive(Clone)]
pub struct ConnectorHandle {
    plugin: PluginHandle,
    connector: Arc<ConnectorObject>,
}

impl ConnectorHandle {
    /// The plugin behind it.
    pub fn plugin(&self) -> &PluginHandle {
        &self.plugin
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

    /// As [`Self::call_raw`], for orders: what changes something under an idempotency key, and what looks for it. That
    /// their platform is late is no fault of the plugin's, and a lost answer must not keep others from ordering.
    pub async fn call_keyed(
        &self,
        op: &Op,
        request: &(impl Serialize + Sync),
        key: Option<&str>,
        deadline: Duration,
    ) -> Result<Vec<u8>, ConnectorError> {
        let call = self.enveloped(op, request, key, vec![], (deadline, deadline + PATIENCE));
        tokio::time::timeout(deadline, call).await.unwrap_or_else(|_| {
            let message = format!("the platform did not answer `{op}` within {} ms", deadline.as_millis());
            Err(ConnectorError::new(ErrorCode::Timeout, message).retry_with_backoff())
        })
    }

    /// `deadline` is the one that the plugin is told, and the one after which it counts as faulty.
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
            trace_id: uuid::Uuid::now_v7().simple().to_string(),
            deadline_ms: u64::try_from(deadline.0.as_millis()).unwrap_or(u64::MAX),
            idempotency_key: key.map(str::to_owned),
            request,
        };
        let meta = serde_json::to_vec(&envelope)
            .map_err(|error| ConnectorError::new(ErrorCode::HostFailed, error.to_string()))?;
        let (meta, _) = self.send(op.as_str(), meta, body, deadline.1).await?;
        Ok(meta)
    }

    /// Sends one envelope as it is.
    pub async fn send(&self, op: &str, meta: Vec<u8>, body: Vec<u8>, deadline: Duration) -> PortReply {
        let start = Instant::now();
        let reply = self.answered(op, meta, body, deadline).await;
        let failure = reply.as_ref().err().map(|error| &error.code);
        metrics::plugin_called(&self.plugin.0.manifest.id, op, failure, start.elapsed());
        reply
    }

    async fn answered(&self, op: &str, meta: Vec<u8>, body: Vec<u8>, deadline: Duration) -> PortReply {
        self.plugin.0.quarantine.admit(&self.plugin.0.manifest.id, Instant::now())?;
        let connector = Arc::clone(&self.connector);
        let operation = op.to_owned();
        let work =
            async move { read_reply(connector.call(RStr::from_str(&operation), meta.into(), body.into()).await) };
        let reply = self.plugin.within(deadline, op, work).await?.inspect_err(|error| self.plugin.note(error))?;
        if reply.0.len().saturating_add(reply.1.len()) > LARGEST_ANSWER {
            return Err(self.broken(&Op::from(op), &format!("an answer larger than {LARGEST_ANSWER} bytes")));
        }
        Ok(reply)
    }

    /// The error for an answer that breaks the contract; counts against the plugin.
    pub fn broken(&self, op: &Op, problem: &dyn std::fmt::Display) -> ConnectorError {
        let error = ConnectorError::new(
            ErrorCode::PluginContractBroken,
            format!("plugin `{}` answered `{op}` against the contract: {problem}", self.plugin.0.manifest.id),
        );
        self.plugin.note(&error);
        error
    }
}

struct MarkOnDrop(Arc<AtomicBool>);

impl Drop for MarkOnDrop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}

fn host_ended() -> ConnectorError {
    ConnectorError::new(ErrorCode::HostFailed, "the host is shutting down")
}
