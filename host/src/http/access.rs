//! Who may call which operation.

use std::collections::HashMap;

/// Who may call what: by path, and there by method.
pub(super) type AccessList = HashMap<&'static str, Vec<(&'static str, Access)>>;

/// Who may call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    /// Anybody.
    Open,
    /// An operator's or a channel's key.
    Key,
    /// An operator's key only.
    Operator,
    /// A merchant with a link.
    Link,
}
