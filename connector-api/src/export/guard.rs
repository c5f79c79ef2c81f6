//! Keeps panics inside the plugin.

use std::{
    any::Any,
    cell::RefCell,
    future::Future,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    task::{Context, Poll},
};

use crate::{ConnectorError, ErrorCode};

thread_local! {
    /// Where this thread panicked last.
    static PLACE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Keeps panics off standard error: the host reports them. A library has panic hooks of its own, so this changes
/// nothing for the host or for other plugins.
pub(super) fn quiet_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(|place| format!("{}:{}", place.file(), place.line()));
        PLACE.with(|kept| *kept.borrow_mut() = place);
    }));
}

/// Runs `work`; a panic becomes an error.
pub(super) fn no_unwind<T>(entry: &str, work: impl FnOnce() -> Result<T, ConnectorError>) -> Result<T, ConnectorError> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| Err(panicked(entry, panic.as_ref())))
}

/// A future whose polls cannot unwind.
pub(super) struct Guarded<F> {
    entry: String,
    future: Option<Pin<Box<F>>>,
}

impl<F> Guarded<F> {
    pub(super) fn new(entry: String, future: F) -> Self {
        Self { entry, future: Some(Box::pin(future)) }
    }
}

impl<T, F: Future<Output = Result<T, ConnectorError>>> Future for Guarded<F> {
    type Output = Result<T, ConnectorError>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let Some(future) = this.future.as_mut() else {
            return Poll::Ready(Err(ConnectorError::new(ErrorCode::PluginPanicked, "polled after its end")));
        };
        match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context))) {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(output)) => Poll::Ready(output),
            Err(panic) => {
                this.forget();
                Poll::Ready(Err(panicked(&this.entry, panic.as_ref())))
            }
        }
    }
}

impl<F> Guarded<F> {
    /// Drops the future; should that panic too, the rest of it is leaked rather than the host ended.
    fn forget(&mut self) {
        let future = self.future.take();
        if let Err(panic) = catch_unwind(AssertUnwindSafe(move || drop(future))) {
            // The payload's own drop may panic as well.
            std::mem::forget(panic);
        }
    }
}

impl<F> Drop for Guarded<F> {
    fn drop(&mut self) {
        self.forget();
    }
}

fn panicked(entry: &str, panic: &(dyn Any + Send)) -> ConnectorError {
    let text = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("a panic without a message");
    let text: String = text.chars().take(300).collect();
    let place = PLACE.with(|kept| kept.borrow_mut().take()).map(|place| format!(" ({place})")).unwrap_or_default();
    ConnectorError::new(ErrorCode::PluginPanicked, format!("the plugin panicked in `{entry}`: {text}{place}"))
}

#[cfg(test)]
mod tests {
    use std::{future::poll_fn, task::Waker};

    use super::*;

    fn poll_once<T>(future: impl Future<Output = Result<T, ConnectorError>>) -> Poll<Result<T, ConnectorError>> {
        let mut guarded = Box::pin(Guarded::new("pull".to_owned(), future));
        guarded.as_mut().poll(&mut Context::from_waker(Waker::noop()))
    }

    #[test]
    fn a_panic_in_a_poll_becomes_an_error_that_names_the_operation() {
        let Poll::Ready(Err(error)) = poll_once(poll_fn(|_| -> Poll<Result<(), _>> { panic!("boom {}", 7) })) else {
            panic!("expected an error");
        };
        assert_eq!(error.to_string(), "plugin_panicked: the plugin panicked in `pull`: boom 7");
    }

    #[test]
    fn a_panic_while_dropping_after_a_panic_is_contained_too() {
        struct Bomb;
        impl Drop for Bomb {
            fn drop(&mut self) {
                assert!(std::thread::panicking(), "bomb");
            }
        }
        let bomb = Bomb;
        let result = poll_once(poll_fn(move |_| -> Poll<Result<(), _>> {
            let _held = &bomb;
            Poll::Pending
        }));
        assert!(result.is_pending());
    }

    #[test]
    fn a_panic_in_an_entry_becomes_an_error() {
        let error = no_unwind::<()>("manifest", || panic!("no manifest")).unwrap_err();
        assert_eq!(error.code, ErrorCode::PluginPanicked);
    }
}
