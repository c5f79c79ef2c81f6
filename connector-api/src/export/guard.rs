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
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| Err(panicked(entry, panic)))
}

/// Drops `what`; a panic in that becomes a report, since nobody waits for an answer any more.
pub(super) fn no_unwind_in_drop<T>(entry: &str, what: T, report: &impl Fn(&ConnectorError)) {
    if let Err(panic) = catch_unwind(AssertUnwindSafe(move || drop(what))) {
        report(&panicked_in_cleanup(entry, panic));
    }
}

/// A future whose polls and whose end cannot unwind. What is left of it after a panic is leaked rather than the host ended;
/// `report` is given a panic that has no answer to stand in.
pub(super) struct Guarded<F, R: Fn(&ConnectorError)> {
    entry: String,
    future: Option<Pin<Box<F>>>,
    /// In a box, so that the whole can be moved whatever it is.
    report: Box<R>,
}

impl<F, R: Fn(&ConnectorError)> Guarded<F, R> {
    pub(super) fn new(entry: String, future: F, report: R) -> Self {
        Self { entry, future: Some(Box::pin(future)), report: Box::new(report) }
    }
}

impl<T, F: Future<Output = Result<T, ConnectorError>>, R: Fn(&ConnectorError)> Future for Guarded<F, R> {
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
                Poll::Ready(Err(panicked(&this.entry, panic)))
            }
        }
    }
}

impl<F, R: Fn(&ConnectorError)> Guarded<F, R> {
    fn forget(&mut self) {
        no_unwind_in_drop(&self.entry, self.future.take(), &*self.report);
    }
}

impl<F, R: Fn(&ConnectorError)> Drop for Guarded<F, R> {
    fn drop(&mut self) {
        self.forget();
    }
}

fn panicked(entry: &str, panic: Box<dyn Any + Send>) -> ConnectorError {
    let message = format!("the plugin panicked in `{entry}`: {}", said(panic));
    ConnectorError::new(ErrorCode::PluginPanicked, message)
}

fn panicked_in_cleanup(entry: &str, panic: Box<dyn Any + Send>) -> ConnectorError {
    let message = format!("the plugin panicked during the cleanup of `{entry}`: {}", said(panic));
    ConnectorError::new(ErrorCode::PluginPanicked, message)
}

/// What a panic says, and where it was.
fn said(panic: Box<dyn Any + Send>) -> String {
    let text = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("a panic without a message");
    let place = PLACE.with(|kept| kept.borrow_mut().take()).map(|place| format!(" ({place})")).unwrap_or_default();
    let said = text.chars().take(300).chain(place.chars()).collect();
    // The drop of what was thrown may panic as well.
    std::mem::forget(panic);
    said
}

#[cfg(test)]
mod tests {
    use std::{future::poll_fn, task::Waker};

    use super::*;

    fn poll_once<T>(future: impl Future<Output = Result<T, ConnectorError>>) -> Poll<Result<T, ConnectorError>> {
        let mut guarded = Box::pin(Guarded::new("pull".to_owned(), future, |_| panic!("there is an answer")));
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
    fn a_panic_while_a_dropped_call_is_cleaned_up_is_contained_and_reported() {
        struct Bomb;
        impl Drop for Bomb {
            fn drop(&mut self) {
                panic!("bomb");
            }
        }
        let bomb = Bomb;
        let reported = RefCell::new(vec![]);
        let future = poll_fn(move |_| -> Poll<Result<(), ConnectorError>> {
            let _held = &bomb;
            Poll::Pending
        });
        let mut guarded = Box::pin(Guarded::new("pull".to_owned(), future, |error: &ConnectorError| {
            reported.borrow_mut().push(error.to_string());
        }));
        assert!(guarded.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        drop(guarded);
        let expected = "plugin_panicked: the plugin panicked during the cleanup of `pull`: bomb";
        assert_eq!(reported.into_inner(), [expected]);
    }

    #[test]
    fn a_panic_in_an_entry_becomes_an_error() {
        let error = no_unwind::<()>("manifest", || panic!("no manifest")).unwrap_err();
        assert_eq!(error.code, ErrorCode::PluginPanicked);
    }
}
