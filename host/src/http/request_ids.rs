//! By which ids a request is found again.

/// The ids of a request, in the log and in problems; the first in the answer's header as well.
#[derive(Clone)]
pub(super) struct RequestIds {
    /// Of the request.
    pub(super) request: String,
    /// Of its trace: the caller's, or where traces are on its own.
    pub(super) trace: Option<String>,
}
