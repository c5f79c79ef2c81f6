//! Rows as the platform gives them, read one by one.

use std::collections::BTreeMap;

use connector_api::{
    ConnectorError,
    wire::pull::{LeftOut, Notice, Page},
};
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use crate::{client::LostPart, error};

/// Rows as they came; null where the platform failed to give one.
pub type RawRows = Vec<Option<Box<RawValue>>>;

/// The data of an answer by root field.
pub type Roots = BTreeMap<String, Option<Box<RawValue>>>;

/// The rows of a list, or none when it is null.
pub fn rows_of(list: Option<&RawValue>) -> Result<RawRows, ConnectorError> {
    let Some(list) = list else { return Ok(vec![]) };
    serde_json::from_str::<Option<RawRows>>(list.get())
        .map(Option::unwrap_or_default)
        .map_err(|_| error::answer_invalid("contains no list where one was requested"))
}

/// Reads rows one by one. What the platform failed to give, or gave in a form nobody knows, is counted as skipped:
/// never lost in silence, and no reason to fail the others.
pub fn read_rows<T: DeserializeOwned>(rows: RawRows, lost: &[LostPart], way: &[&str], page: &mut Page) -> Vec<T> {
    let mut found = vec![];
    let everything = lost.iter().any(|part| part.path.is_empty());
    for (index, row) in rows.into_iter().enumerate() {
        let spoiled = everything || lost.iter().any(|part| part.index_below(way) == Some(index));
        match row.filter(|_| !spoiled).map(|row| serde_json::from_str::<T>(row.get())) {
            Some(Ok(row)) => found.push(row),
            Some(Err(_)) => {
                page.skipped += 1;
                note(
                    page,
                    "record_unreadable",
                    "A record has a format that this connector does not support, and was left out.",
                );
            }
            None => {
                let what = format!("record {} of a page of `{}`", index + 1, way.join("."));
                pass_over(page, &what, "a part that may not be null is lost");
            }
        }
    }
    found
}

/// Counts a row that the platform cannot give, and names it.
pub fn pass_over(page: &mut Page, what: &str, why: &str) {
    page.skipped += 1;
    let message =
        format!("Skipped {what}, which Centra failed to return several times: {}.", why.trim_end_matches('.'));
    page.notices.push(Notice { code: "record_lost".to_owned(), message });
}

/// The notice of a list that the platform may have cut.
pub const CUT: &str = "list_may_be_cut";

/// Counts what may be missing of a list that cannot be read in pages, so that nothing is taken for gone.
pub fn report_cut(page: &mut Page, list: &str) {
    page.skipped += 1;
    note(
        page,
        CUT,
        &format!("The list of {list} has exactly 20 entries and cannot be read in pages: there may be more."),
    );
}

/// Why records of another store than the connected one are left out.
pub const OTHER_STORE: &str = "other_store";

/// Counts a record that exists and is deliberately not mapped.
pub fn leave_out(page: &mut Page, reason: &str, message: &str) {
    match page.left_out.iter_mut().find(|left_out| left_out.reason == reason) {
        Some(left_out) => left_out.count += 1,
        None => page.left_out.push(LeftOut::new(reason, message, 1)),
    }
}

/// Adds a notice once.
pub fn note(page: &mut Page, code: &str, message: &str) {
    if !page.notices.iter().any(|notice| notice.code == code) {
        page.notices.push(Notice { code: code.to_owned(), message: message.to_owned() });
    }
}
