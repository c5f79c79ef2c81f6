//! The two objects that cross the boundary, as the plugin's side makes and sees them.

use std::sync::Arc;

use abi_stable::std_types::{RStr, RVec};
use async_ffi::{FfiFuture, FutureExt};

use super::{dispatch::dispatch, guard};
use crate::{
    ConnectorError, ErrorCode,
    abi::{
        read_reply,
        v1::{AbiConnector, HostObject, Reply},
        write_reply,
    },
    connector::{Connector, HostPort, Level, PortFuture},
    wire::service::{LogRecord, PANIC_IN_CLEANUP},
};

/// A connector, ready to be handed to the host.
pub(super) struct ConnectorAcrossAbi<C> {
    connector: Option<Arc<C>>,
    host: HostObject,
}

impl<C> ConnectorAcrossAbi<C> {
    pub(super) fn new(connector: C, host: HostObject) -> Self {
        Self { connector: Some(Arc::new(connector)), host }
    }
}

impl<C: Connector> AbiConnector for ConnectorAcrossAbi<C> {
    fn call(&self, op: RStr<'_>, meta: RVec<u8>, body: RVec<u8>) -> Reply {
        let op = op.as_str().to_owned();
        let (connector, report) = (self.connector.clone(), reporter(self.host.clone()));
        let built = guard::no_unwind(&op, || {
            let connector =
                connector.ok_or_else(|| ConnectorError::new(ErrorCode::HostFailed, "the connection is closed"))?;
            Ok(guard::Guarded::new(op.clone(), dispatch(connector, meta.into_vec(), body.into_vec()), report))
        });
        match built {
            Ok(future) => async move { write_reply(future.await) }.into_ffi(),
            Err(error) => FfiFuture::new(std::future::ready(write_reply(Err(error)))),
        }
    }
}

impl<C> Drop for ConnectorAcrossAbi<C> {
    fn drop(&mut self) {
        guard::no_unwind_in_drop("the connection", self.connector.take(), &reporter(self.host.clone()));
    }
}

/// Reports a fault that has no answer to stand in: the host logs and counts it.
fn reporter(host: HostObject) -> impl Fn(&ConnectorError) {
    move |error| {
        let (message, fault) = (error.message.clone(), Some(PANIC_IN_CLEANUP.to_owned()));
        if let Ok(record) = serde_json::to_string(&LogRecord { message, fault, ..LogRecord::default() }) {
            host.log(Level::Error as u8, RStr::from_str(&record));
        }
    }
}

/// The host's object, as a [`HostPort`].
pub(super) struct HostAcrossAbi(pub(super) HostObject);

impl HostPort for HostAcrossAbi {
    fn call(&self, service: &str, meta: Vec<u8>, body: Vec<u8>) -> PortFuture {
        let reply = self.0.call(RStr::from_str(service), meta.into(), body.into());
        Box::pin(async move { read_reply(reply.await) })
    }

    fn log(&self, level: Level, record: &str) {
        self.0.log(level as u8, RStr::from_str(record));
    }
}
