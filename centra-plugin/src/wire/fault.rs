//! Something that an answer says was wrong.

/// One thing that was wrong.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fault {
    /// Its name, mostly a field's.
    pub name: String,
    /// What stands with it.
    pub text: String,
}
