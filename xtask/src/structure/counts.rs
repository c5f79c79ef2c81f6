//! Something that is counted, by which rule, and where it was found.

use serde::Serialize;

/// A count with what it counted, so that a number can be checked.
#[derive(Debug, Serialize)]
pub(super) struct Count {
    pub(super) name: &'static str,
    pub(super) rule: &'static str,
    pub(super) places: Vec<String>,
}

impl Count {
    pub(super) fn new(name: &'static str, rule: &'static str, places: impl IntoIterator<Item = String>) -> Self {
        Self { name, rule, places: places.into_iter().collect() }
    }
}
