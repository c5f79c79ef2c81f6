//! Rows read so that one which the platform cannot give does not keep the others back: a part that may not be null takes
//! the whole answer with it, so fewer rows are asked for until the bad one stands alone, and then it is passed over. A row
//! with lists below it that may be cut is read alone, too.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use connector_api::{ConnectorError, wire::pull::Page};
use serde::de::DeserializeOwned;
use serde_json::{json, value::RawValue};

use super::{
    place::Place,
    rows::{RawRows, Roots, note, pass_over},
};
use crate::{
    client::{Asked, Client, LostPart, MOST_LOST, Reply, Variables},
    error,
    operation::Operation,
    wire::{self, PageInfo},
};

/// A page of a list that is read by page number, with the place that was read in the end. Records before it that are lost are passed over,
/// and counted in `page`, once one behind them is read: a list of which none can be read has not lost them.
pub async fn by_page<T: DeserializeOwned>(
    client: &Client,
    operation: Operation,
    way: &[&str],
    variables: &Variables,
    mut place: Place,
    page: &mut Page,
) -> Result<(Reply<T>, Place), ConnectorError> {
    let mut lost: Vec<(String, ConnectorError)> = vec![];
    loop {
        let mut variables = variables.clone();
        variables.extend([("limit", json!(place.size)), ("page", json!(place.page))]);
        match client.ask_rows(operation, &variables, place.size, way).await? {
            Asked::Answered(reply) => {
                report_lost(&lost, page);
                report_cut(&reply, page);
                return Ok((reply, place));
            }
            Asked::RowLost(failure) => {
                lost.push((format!("record {} of `{}`", place.done() + 1, way.join(".")), failure));
                end_of(client, &lost)?;
                place = place.next_row();
            }
            Asked::Fewer(rows) => place = place.within(rows),
        }
    }
}

/// Fails when too many records in a row are lost.
fn end_of(client: &Client, lost: &[(String, ConnectorError)]) -> Result<(), ConnectorError> {
    match lost.last() {
        Some((_, failure)) if lost.len() > MOST_LOST => {
            let message = format!("{} (So it is with {} records in a row.)", failure.message, lost.len());
            let failure = ConnectorError { message, ..failure.clone() };
            client.abandon(&failure);
            Err(failure)
        }
        _ => Ok(()),
    }
}

fn report_lost(lost: &[(String, ConnectorError)], page: &mut Page) {
    for (what, failure) in lost {
        pass_over(page, what, &failure.message);
    }
}

/// A record that is not whole counts as skipped, so that nothing of it is taken for gone.
fn report_cut<T>(reply: &Reply<T>, page: &mut Page) {
    if reply.may_be_cut {
        page.skipped += 1;
        note(page, "record_may_be_cut", "A record has as many parts of one kind as can be read: there may be more.");
    }
}

/// A connection.
#[derive(Debug, Clone, Copy)]
pub struct Connection {
    /// The question for its rows.
    pub operation: Operation,
    /// The same one without its rows.
    pub cursors: Operation,
    /// Where it stands in the answer.
    pub root: &'static str,
}

/// Rows of a connection.
#[derive(Debug, Default)]
pub struct CursorWindow {
    /// The rows.
    pub rows: RawRows,
    /// What the platform failed to give.
    pub lost: Vec<LostPart>,
    /// Cursor of the last row, when there are more.
    pub next: Option<String>,
    /// Rows of all pages.
    pub total: Option<u64>,
}

impl Connection {
    /// Reads at most `size` rows after a cursor.
    pub async fn read(
        self,
        client: &Client,
        variables: &Variables,
        after: Option<&str>,
        mut size: u32,
        page: &mut Page,
    ) -> Result<CursorWindow, ConnectorError> {
        let way = [self.root, "edges"];
        let mut variables = variables.clone();
        let mut after = after.map(str::to_owned);
        let mut lost: Vec<(String, ConnectorError)> = vec![];
        loop {
            variables.extend(after.as_ref().map(|after| ("after", json!(after))));
            variables.insert("limit", json!(size));
            match client.ask_rows::<Roots>(self.operation, &variables, size, &way).await? {
                Asked::Answered(reply) => {
                    report_lost(&lost, page);
                    report_cut(&reply, page);
                    return Ok(self.window(reply.data, reply.lost, after.as_deref())?.0);
                }
                Asked::Fewer(rows) => size = rows,
                Asked::RowLost(failure) => {
                    let reply = client.ask::<Roots>(self.cursors, &variables, 1).await?;
                    let (window, end) = self.window(reply.data, vec![], after.as_deref())?;
                    lost.push((format!("the record {} of `{}`", name_of(end.as_deref()), self.root), failure));
                    end_of(client, &lost)?;
                    let Some(next) = window.next else {
                        report_lost(&lost, page);
                        return Ok(CursorWindow { rows: vec![], ..window });
                    };
                    after = Some(next);
                }
            }
        }
    }

    /// The rows, and the cursor of the last.
    fn window(
        self,
        mut data: Roots,
        lost: Vec<LostPart>,
        after: Option<&str>,
    ) -> Result<(CursorWindow, Option<String>), ConnectorError> {
        let invalid = |what: &str| error::answer_invalid(&format!("to `{}` {what}", self.operation.name()));
        let Some(part) = data.remove(self.root).flatten() else { return Err(invalid("contains no rows")) };
        let part: wire::Connection<Box<RawValue>> =
            serde_json::from_str(part.get()).map_err(|_| invalid("has an unexpected form"))?;
        let PageInfo { has_next_page, end_cursor } = part.page_info;
        if has_next_page && (end_cursor.is_none() || end_cursor.as_deref() == after) {
            return Err(invalid("reports more pages, but no cursor"));
        }
        let window = CursorWindow {
            rows: part.edges.into_iter().map(|edge| edge.and_then(|edge| edge.node)).collect(),
            lost,
            next: end_cursor.clone().filter(|_| has_next_page),
            total: part.total_count,
        };
        Ok((window, end_cursor))
    }
}

/// A record's name by its cursor: Centra's are `field:value` in base64. Others stand for themselves.
fn name_of(cursor: Option<&str>) -> String {
    let Some(cursor) = cursor else { return "whose cursor is not known".to_owned() };
    let decoded = STANDARD.decode(cursor).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let plain = decoded.filter(|own| own.len() <= 60 && own.chars().all(|own| own.is_ascii_graphic()));
    plain.unwrap_or_else(|| format!("at the cursor {}", cursor.chars().take(60).collect::<String>()))
}
