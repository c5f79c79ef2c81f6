//! For tests: a scripted [`Host`](crate::Host) and the conformance list every connector must pass.
//!
//! A connector may only await its host, so a test needs no runtime and no sockets:
//!
//! ```
//! # connector_api::example_connector! {
//! #     async fn pull(&self, _: &Call, _: PullRequest) -> Answer<Page> {
//! #         self.get("/products").await?;
//! #         Ok(Page::default())
//! #     }
//! # }
//! # use connector_api::testing::examples::{Answer, Connector, Page};
//! # use connector_api::wire::pull::{PullRequest, Stream};
//! use connector_api::{
//!     testing::{ScriptedHost, block_on},
//!     wire::{Op, credentials::OpenConnection, envelope::Call},
//! };
//! use serde_json::json;
//!
//! let host = ScriptedHost::new(|_, _| Ok(ScriptedHost::json(200, &json!({ "items": [] }))));
//! let shop = Shop::open(host.host(), OpenConnection::default())?;
//!
//! let page = block_on(shop.pull(&Call::named(&Op::Pull), PullRequest::new(Stream::Offers, 100)))?;
//!
//! assert!(page.records.is_empty() && page.next.is_none());
//! assert_eq!(host.requests()[0].0.url, "https://shop.example/products");
//! # Ok::<(), connector_api::ConnectorError>(())
//! ```

mod conformance;
#[doc(hidden)]
pub mod examples;
mod scripted_host;

pub use conformance::{CONFORMANCE_SECRET, Finding, Subject, SubjectCall, run_conformance};
pub use scripted_host::{Logged, ScriptedHost};

use std::{
    future::Future,
    pin::pin,
    sync::Arc,
    task::{Context, Poll, Wake, Waker},
    thread::{self, Thread},
};

/// Runs a future to its end on this thread, without a runtime. Enough for a connector: it may only await its host.
///
/// ```
/// use connector_api::testing::{ScriptedHost, block_on};
///
/// let host = ScriptedHost::offline().host();
/// assert_eq!(block_on(host.now())?.to_string(), "2026-01-01T00:00:00Z");
/// # Ok::<(), connector_api::ConnectorError>(())
/// ```
pub fn block_on<F: Future>(future: F) -> F::Output {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}
