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
    wire::service::LogRecord,
};
use tokio::runtime::Handle;

/// The services of one connection. Implementations may use the host's own runtime freely.
pub trait HostServices: Send + Sync + 'static {
    /// Answers a request that there is nothing to wait for, on the plugin's own thread: two changes of thread take longer
    /// than such an answer. `None` sends the request the usual way.
    fn call_now(&self, _service: &str) -> Option<PortReply> {
        None
    }

    /// Answers one request of the plugin.
    fn call(self: Arc<Self>, service: String, meta: Vec<u8>, body: Vec<u8>) -> PortFuture;

    /// Writes a line of the plugin's log.
    fn log(&self, level: Level, record: LogRecord);
}

/// The object handed to the plugin. Requests run on the host's runtime, not on the plugin's: that is where the
/// network is, and a plugin that stalls its own runtime must not stall answers on their way.
pub fn host_object(services: Arc<dyn HostServices>, runtime: Handle) -> HostObject {
    AbiHost_TO::from_ptr(RArc::new(HostAcrossAbi { services, runtime }), TD_Opaque)
}

#[derive(Clone)]
struct HostAcrossAbi {
    services: Arc<dyn HostServices>,
    runtime: Handle,
}

impl AbiHost for HostAcrossAbi {
    fn call(&self, service: RStr<'_>, meta: RVec<u8>, body: RVec<u8>) -> Reply {
        if let Some(reply) = self.services.call_now(service.as_str()) {
            return std::future::ready(write_reply(reply)).into_ffi();
        }
        let services = Arc::clone(&self.services);
        let task = AbortOnDrop(self.runtime.spawn(services.call(
            service.as_str().to_owned(),
            meta.into_vec(),
            body.into_vec(),
        )));
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
        if let Ok(record) = serde_json::from_str(record.as_str()) {
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
