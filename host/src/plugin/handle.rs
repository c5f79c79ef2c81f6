//! A plugin in use: its own runtime, its connections, and what it does wrong.

use std::{
    path::PathBuf,
    sync::{
        Arc, Weak,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use connector_api::{
    ConnectorError, ErrorCode,
    wire::{credentials::OpenConnection, manifest::Manifest},
};
use tokio::runtime::{Builder, Handle, Runtime};

use super::{
    Refusal, RefusalCode,
    install::Installed,
    loader::Library,
    quarantine::{Behaviour, FaultKind, Quarantine},
    services::AbortOnDrop,
    speech,
};
use crate::{
    clock::{Clock, SystemClock},
    metrics,
    net::Scrubber,
};

/// How long a call that was dropped may go on before its thread counts as lost.
const GRACE: Duration = Duration::from_millis(500);

/// A plugin in use. Cheap to clone.
#[derive(Clone)]
pub struct PluginHandle(pub(super) Arc<Plugin>);

pub(super) struct Plugin {
    pub(super) manifest: Manifest,
    /// The manifest as a text: it was written before any secret was given.
    pub(super) public: Arc<str>,
    file: Installed,
    pub(super) library: Library,
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
            public: serde_json::to_string(&manifest).unwrap_or_default().into(),
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
    pub fn behaviour(&self) -> Behaviour {
        self.0.quarantine.behaviour(Instant::now(), SystemClock.now())
    }

    /// Holds the plugin back for this reason, or releases it without one; see [`Quarantine::hold`].
    pub fn hold(&self, reason: Option<&str>) {
        self.0.quarantine.hold(reason);
    }

    /// Why the plugin is held back; nothing when it is not.
    pub fn held(&self) -> Option<String> {
        self.0.quarantine.held()
    }

    /// Takes the secrets of a connection out of everything that the plugin says.
    pub fn scrubber(&self, connection: &OpenConnection) -> Scrubber {
        Scrubber::beside(&speech::secrets_of(&self.0.manifest, connection), &self.0.public)
    }

    /// Whether the plugin may be called now.
    pub(super) fn admit(&self) -> Result<(), ConnectorError> {
        self.0.quarantine.admit(&self.0.manifest.id, Instant::now())
    }

    pub(super) fn runtime(&self) -> Result<&Runtime, ConnectorError> {
        self.0.runtime.as_ref().ok_or_else(host_ended)
    }

    /// Waits for work on the plugin's runtime; when it is late, or the caller goes away, leaves it and watches whether it
    /// ends. The work keeps the mark it is given for as long as it runs.
    pub(super) async fn within<T, W>(
        &self,
        deadline: Duration,
        what: &str,
        work: impl FnOnce(Mark) -> W,
    ) -> Result<T, ConnectorError>
    where
        T: Send + 'static,
        W: Future<Output = T> + Send + 'static,
    {
        let ended = Arc::new(AtomicBool::new(false));
        let _watch = WatchOnDrop { plugin: Arc::downgrade(&self.0), what: what.to_owned(), ended: Arc::clone(&ended) };
        let mut task = AbortOnDrop(self.runtime()?.spawn(work(Mark(ended))));
        if let Ok(output) = tokio::time::timeout(deadline, &mut task).await {
            return output.map_err(|_| host_ended());
        }
        let message = format!("`{what}` did not end within {} ms", deadline.as_millis());
        self.fault(FaultKind::Late, &message);
        Err(ConnectorError::new(ErrorCode::PluginTimeout, format!("plugin `{}`: {message}", self.0.manifest.id))
            .retry_with_backoff())
    }

    /// Counts an error that is the plugin's own fault.
    pub(super) fn note(&self, error: &ConnectorError) {
        match error.code {
            ErrorCode::PluginPanicked => self.fault(FaultKind::Panic, &error.message),
            ErrorCode::PluginContractBroken => self.fault(FaultKind::BrokenAnswer, &error.message),
            _ => {}
        }
    }

    /// Counts and logs what the plugin did wrong; `message` holds no secret.
    pub(super) fn fault(&self, kind: FaultKind, message: &str) {
        self.0.fault(kind, message);
    }
}

impl Plugin {
    fn fault(&self, kind: FaultKind, message: &str) {
        tracing::warn!(plugin = self.manifest.id, kind = kind.as_str(), message, "plugin fault");
        metrics::plugin_at_fault(&self.manifest.id, kind.as_str());
        match kind {
            FaultKind::Stuck => self.quarantine.note_stuck(message, Instant::now()),
            _ => self.quarantine.note_fault(kind, message, Instant::now()),
        }
    }
}

pub(super) fn fault(plugin: &Weak<Plugin>, kind: FaultKind, message: &str) {
    if let Some(plugin) = plugin.upgrade() {
        plugin.fault(kind, message);
    }
}

/// Held by a call while it runs.
pub(super) struct Mark(Arc<AtomicBool>);

impl Drop for Mark {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}

/// Watches a call that nobody waits for any more: a plugin that yields ends it at once, one that spins never.
struct WatchOnDrop {
    plugin: Weak<Plugin>,
    what: String,
    ended: Arc<AtomicBool>,
}

impl Drop for WatchOnDrop {
    fn drop(&mut self) {
        if self.ended.load(Ordering::Acquire) {
            return;
        }
        let Ok(runtime) = Handle::try_current() else { return };
        let (plugin, ended) = (self.plugin.clone(), Arc::clone(&self.ended));
        let message = format!("`{}` cannot be stopped", self.what);
        runtime.spawn(async move {
            tokio::time::sleep(GRACE).await;
            if ended.load(Ordering::Acquire) {
                return;
            }
            fault(&plugin, FaultKind::Stuck, &message);
            while !ended.load(Ordering::Acquire) {
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
            if let Some(plugin) = plugin.upgrade() {
                plugin.quarantine.note_unstuck();
            }
        });
    }
}

pub(super) fn host_ended() -> ConnectorError {
    ConnectorError::new(ErrorCode::HostFailed, "the host is shutting down")
}
