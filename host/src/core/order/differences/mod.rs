//! Holds what a platform answers against what was agreed or asked. The order stays what it is; where it differs, a person
//! decides. What an answer does not show is no proof: it is named with nothing in its place.
//!
//! [`placed`] is about orders that were made of a draft, [`changed`] about what follows.

pub(super) mod changed;
pub(super) mod placed;

use serde::Serialize;

use crate::model::intent::Difference;

/// Differences, as they are found.
#[derive(Default)]
struct Found(Vec<Difference>);

impl Found {
    fn differ(&mut self, field: impl Into<String>, agreed: Option<impl Serialize>, actual: Option<impl Serialize>) {
        let agreed = agreed.and_then(|agreed| serde_json::to_value(agreed).ok());
        let actual = actual.and_then(|actual| serde_json::to_value(actual).ok());
        self.0.push(Difference { field: field.into(), agreed, actual });
    }

    fn list(self) -> Vec<Difference> {
        self.0
    }
}
