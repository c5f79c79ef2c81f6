//! Rows read so that one which the platform cannot give does not keep the others back: a part that may not be null takes
//! the whole answer with it, so fewer rows are asked for until the bad one stands alone, and then it is passed over. A row
//! with lists below it that may be cut is read alone, too.

use connector_api::{ConnectorError, wire::pull::Page};
use serde::de::DeserializeOwned;
use serde_json::{json, value::RawValue};

use super::{
    place::Place,
    rows::{RawRows, Roots, note, pass_over},
};
use crate::{
    client::{Asked, Client, LostPart, Reply, Variables},
    error,
    operation::Operation,
    wire::{self, PageInfo},
};

/// A page of a list that is read by page number, with the place that was read in the end. No reply: the one row there is
/// lost, and counted in `page`.
pub async fn by_page<T: DeserializeOwned>(
    client: &Client,
    operation: Operation,
    way: &[&str],
    variables: &Variables,
    mut place: Place,
    page: &mut Page,
) -> Result<(Option<Reply<T>>, Place), ConnectorError> {
    loop {
        let mut variables = variables.clone();
        variables.extend([("limit", json!(place.size)), ("page", json!(place.page))]);
        match client.ask_rows(operation, &variables, place.size, way).await? {
            Asked::Answered(reply) => {
                tell_cut(&reply, page);
                return Ok((Some(reply), place));
            }
            Asked::RowLost => {
                pass_over(page);
                return Ok((None, place));
            }
            Asked::Fewer(rows) => place = place.within(rows),
        }
    }
}

/// A record that is not whole counts as skipped, so that nothing of it is taken for gone.
fn tell_cut<T>(reply: &Reply<T>, page: &mut Page) {
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
        variables.extend(after.map(|after| ("after", json!(after))));
        loop {
            variables.insert("limit", json!(size));
            match client.ask_rows::<Roots>(self.operation, &variables, size, &way).await? {
                Asked::Answered(reply) => {
                    tell_cut(&reply, page);
                    return self.window(reply.data, reply.lost, after);
                }
                Asked::Fewer(rows) => size = rows,
                Asked::RowLost => {
                    pass_over(page);
                    let reply = client.ask::<Roots>(self.cursors, &variables, 1).await?;
                    return Ok(CursorWindow { rows: vec![], ..self.window(reply.data, vec![], after)? });
                }
            }
        }
    }

    fn window(self, mut data: Roots, lost: Vec<LostPart>, after: Option<&str>) -> Result<CursorWindow, ConnectorError> {
        let invalid = |what: &str| error::answer_invalid(&format!("to `{}` {what}", self.operation.name()));
        let Some(part) = data.remove(self.root).flatten() else { return Err(invalid("holds no rows")) };
        let part: wire::Connection<Box<RawValue>> =
            serde_json::from_str(part.get()).map_err(|_| invalid("has an unexpected form"))?;
        let PageInfo { has_next_page, end_cursor } = part.page_info;
        if has_next_page && (end_cursor.is_none() || end_cursor.as_deref() == after) {
            return Err(invalid("says that there is more, but not where"));
        }
        Ok(CursorWindow {
            rows: part.edges.into_iter().map(|edge| edge.and_then(|edge| edge.node)).collect(),
            lost,
            next: end_cursor.filter(|_| has_next_page),
            total: part.total_count,
        })
    }
}
