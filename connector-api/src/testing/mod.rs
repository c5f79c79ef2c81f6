//! For tests: a scripted [`Host`](crate::Host) and the conformance list every connector must pass.

mod conformance;
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
