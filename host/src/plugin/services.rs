//! What a plugin may ask of the host, as it crosses the ABI.

use std::{future::Future, pin::Pin, sync::Arc};

use abi_stable::{
    sabi_trait::TD_Opaque,
    std_types::{RArc, RStr, RVec},
};
use async_ffi::FutureExt;
use connector_api::{
    ConnectorError, ErrorCode,
    abi::{
        v1::{AbiHost, AbiHost_TO, HostObject, Reply},
        write_reply,
    },
    connector::{Host, HostPort, Level, PortFuture, PortReply},
    wire::service::{LogRecord, PANIC_IN_CLEANUP},
};
use tokio::runtime::Handle;
use tracing::Instrument;

use super::{quarantine::FaultKind, speech::Speech};
use crate::net::Scrubber;

/// What a connector has asked of its platform so far. Two of them, taken before and after a call, say what the call did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Asked {
    /// Requests that the connector made, however often the host sent each.
    pub requests: u64,
    /// Those that were answered, and not with an error or a redirect.
    pub answered: u64,
    /// Those that were answered with 404 or 410: a record by its own address is not there.
    pub absent: u64,
}

impl Asked {
    /// What was asked since then.
    #[must_use]
    pub fn since(self, before: Self) -> Self {
        let requests = self.requests.saturating_sub(before.requests);
        let (answered, absent) =
            (self.answered.saturating_sub(before.answered), self.absent.saturating_sub(before.absent));
        Self { requests, answered, absent }
    }

    /// Requests that failed in the end.
    pub fn failed(self) -> u64 {
        self.requests.saturating_sub(self.answered)
    }

    /// Whether what the connector says rests on the platform: it asked, and every request was answered well.
    pub fn proves(self) -> bool {
        self.requests > 0 && self.failed() == 0
    }

    /// Whether it may say that single records are gone: as [`Self::proves`], and 404 is an answer as well.
    pub fn proves_absence(self) -> bool {
        self.requests > 0 && self.failed() == self.absent
    }
}

/// The services of one connection. Implementations may use the host's own runtime freely.
pub trait HostServices: Send + Sync + 'static {
    /// Answers a request that there is nothing to wait for, on the plugin's own thread: two changes of thread take longer
    /// than such an answer. `None` sends the request the usual way.
    fn call_now(&self, _service: &str) -> Option<PortReply> {
        None
    }

    /// What the connection's secrets are taken out with; made from the connection when there is none yet.
    fn scrubber(&self) -> Option<Arc<Scrubber>> {
        None
    }

    /// What the plugin has asked of the platform so far; nothing where that is not counted.
    fn asked(&self) -> Asked {
        Asked::default()
    }

    /// Answers one request of the plugin.
    fn call(self: Arc<Self>, service: String, meta: Vec<u8>, body: Vec<u8>) -> PortFuture;

    /// Writes a line of the plugin's log.
    fn log(&self, level: Level, record: LogRecord);
}

/// Receives what a plugin says by itself, before anybody else does.
pub(super) struct Listener {
    /// Takes out secrets.
    pub speech: Speech,
    /// Counts a fault that the plugin reports of itself.
    pub on_fault: OnFault,
}

/// Counts a fault.
pub(super) type OnFault = Box<dyn Fn(FaultKind, &str) + Send + Sync>;

/// The object handed to the plugin. Requests run on the host's runtime, not on the plugin's: that is where the
/// network is, and a plugin that stalls its own runtime must not stall answers on their way.
pub(super) fn host_object(services: Arc<dyn HostServices>, runtime: Handle, listener: Listener) -> HostObject {
    let listener = Arc::new(listener);
    AbiHost_TO::from_ptr(RArc::new(HostAcrossAbi { services, runtime, listener }), TD_Opaque)
}

/// As the loader hands it to a plugin, for measurements: nothing is scrubbed and no fault counted.
pub fn bare_host_object(services: Arc<dyn HostServices>, runtime: Handle) -> HostObject {
    host_object(services, runtime, Listener { speech: Speech::unscrubbed(), on_fault: Box::new(|_, _| {}) })
}

#[derive(Clone)]
struct HostAcrossAbi {
    services: Arc<dyn HostServices>,
    runtime: Handle,
    listener: Arc<Listener>,
}

impl AbiHost for HostAcrossAbi {
    fn call(&self, service: RStr<'_>, meta: RVec<u8>, body: RVec<u8>) -> Reply {
        if let Some(reply) = self.services.call_now(service.as_str()) {
            return std::future::ready(write_reply(reply)).into_ffi();
        }
        let services = Arc::clone(&self.services);
        let meta = self.listener.speech.request(service.as_str(), meta.into_vec());
        let answer = services.call(service.as_str().to_owned(), meta, body.into_vec()).in_current_span();
        let task = AbortOnDrop(self.runtime.spawn(answer));
        async move {
            let reply = task
                .await
                .unwrap_or_else(|_| Err(ConnectorError::new(ErrorCode::HostFailed, "the host ended this request")));
            write_reply(reply)
        }
        .into_ffi()
    }

    fn log(&self, level: u8, record: RStr<'_>) {
        let level = match level {
            1 => Level::Debug,
            2 => Level::Info,
            3 => Level::Warn,
            _ => Level::Error,
        };
        let Ok(record) = serde_json::from_str::<LogRecord>(record.as_str()) else { return };
        let record = self.listener.speech.log(record);
        if record.fault.as_deref() == Some(PANIC_IN_CLEANUP) {
            (self.listener.on_fault)(FaultKind::PanicInCleanup, &record.message);
        } else {
            self.services.log(level, record);
        }
    }
}

/// Any [`Host`] as services: how the conformance list scripts the host of a loaded plugin.
pub struct ScriptedServices(pub Host);

impl HostServices for ScriptedServices {
    fn call(self: Arc<Self>, service: String, meta: Vec<u8>, body: Vec<u8>) -> PortFuture {
        self.0.call(&service, meta, body)
    }

    fn log(&self, level: Level, record: LogRecord) {
        if let Ok(record) = serde_json::to_string(&record) {
            HostPort::log(&self.0, level, &record);
        }
    }
}

/// Ends the task when the plugin drops its request.
pub(super) struct AbortOnDrop<T>(pub(super) tokio::task::JoinHandle<T>);

impl<T> Drop for AbortOnDrop<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl<T> Future for AbortOnDrop<T> {
    type Output = Result<T, tokio::task::JoinError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut std::task::Context<'_>) -> std::task::Poll<Self::Output> {
        Pin::new(&mut self.0).poll(context)
    }
}
