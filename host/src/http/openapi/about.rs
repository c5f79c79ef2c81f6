//! What people read of an operation.

/// What people read of one operation.
#[derive(Clone, Copy)]
pub(in crate::http) struct About {
    pub(super) id: &'static str,
    pub(super) summary: &'static str,
    pub(super) description: &'static str,
}

/// An operation's id (in camel case), its summary (in the imperative) and its description.
pub(in crate::http) const fn about(id: &'static str, summary: &'static str, description: &'static str) -> About {
    About { id, summary, description }
}
