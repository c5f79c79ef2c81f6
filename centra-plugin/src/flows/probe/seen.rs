//! What was read of the store, or why it was not.

/// What was read of it, or in words why it was not.
pub(super) type Seen<T> = Result<T, String>;
