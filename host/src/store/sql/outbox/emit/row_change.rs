//! What happened to a row, by what it was and what it is.

use crate::model::event_data::RowChange;

/// What happened to a row that was (or was not) there and is (or is not) there.
pub(crate) fn row_change(was_there: bool, is_there: bool) -> Option<RowChange> {
    match (was_there, is_there) {
        (false, true) => Some(RowChange::New),
        (true, true) => Some(RowChange::Changed),
        (true, false) => Some(RowChange::Removed),
        (false, false) => None,
    }
}

/// Names of what differs in a changed row.
pub(crate) fn names_of(change: RowChange, differences: &[(&str, bool)]) -> Vec<String> {
    let differing = differences.iter().filter(|(_, differs)| *differs && change == RowChange::Changed);
    differing.map(|(name, _)| (*name).to_owned()).collect()
}
