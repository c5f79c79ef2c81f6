//! The two objects that cross the boundary, as the plugin's side makes and sees them.

use std::sync::Arc;

use abi_stable::std_types::{RStr, RVec};
use async_ffi::{FfiFuture, FutureExt};

use super::{dispatch::dispatch, guard};
use crate::{
    abi::{
        read_reply,
        v1::{AbiConnector, HostObject, Reply},
        write_reply,
    },
    connector::{Connector, HostPort, Level, PortFuture},
};

/// A connector, ready to be handed to the host.
pub(super) struct ConnectorAcrossAbi<C>(Arc<C>);

impl<C> ConnectorAcrossAbi<C> {
    pub(super) fn new(connector: C) -> Self {
        Self(Arc::new(connector))
    }
}

impl<C: Connector> AbiConnector for ConnectorAcrossAbi<C> {
    fn call(&self, op: RStr<'_>, meta: RVec<u8>, body: RVec<u8>) -> Reply {
        let op = op.as_str().to_owned();
        let connector = Arc::clone(&self.0);
        let built = guard::no_unwind(&op, || {
            Ok(guard::Guarded::new(op.clone(), dispatch(connector, meta.into_vec(), body.into_vec())))
        });
        match built {
            Ok(future) => async move { write_reply(future.await) }.into_ffi(),
            Err(error) => FfiFuture::new(std::future::ready(write_reply(Err(error)))),
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
