//! Orders by cursor: those that changed, or all of them.

use connector_api::{
    ConnectorError, ErrorCode,
    domain::{Order, Timestamp},
    wire::pull::{Page, PullRequest, Record},
};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    super::{
        source::{OTHER_STORE, Source, leave_out, note, read_rows},
        window::Connection,
    },
    checkpoint::{checkpoint, resume},
    lists::is_of,
    moment::moment,
};
use crate::{map, operation::Operation, wire::order as wire};

/// Most orders in one page.
const MOST_ROWS: u32 = 200;

const ORDERS: Connection =
    Connection { operation: Operation::Orders, cursors: Operation::OrderCursors, root: "orderConnection" };

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct OrdersCursor {
    after: String,
}

/// A page of orders.
#[derive(Debug, Default)]
struct OrderWindow {
    /// Orders of the connected store, as Centra writes them.
    orders: Vec<wire::Order>,
    /// Cursor of the next page.
    next: Option<String>,
    /// Orders of all pages.
    total: Option<u64>,
}

pub(super) async fn pull(source: &Source, request: &PullRequest) -> Result<Page, ConnectorError> {
    let after = resume::<OrdersCursor>(request)?.map(|cursor| cursor.after);
    let size = source.client.fitting_rows(Operation::Orders).await?.min(request.limit.clamp(1, MOST_ROWS));
    let mut page = Page::default();
    let window = match read_orders(source, request.since, after.as_deref(), size, &mut page).await {
        Ok(window) => window,
        // That the token may not read orders is a fact about the connection, not a failure of the run.
        Err(failure) if matches!(failure.code, ErrorCode::PermissionMissing | ErrorCode::SchemaIncompatible) => {
            page.skipped = 1;
            note(&mut page, "stream_unreadable", &format!("Orders are not read: {}", failure.message));
            return Ok(page);
        }
        Err(failure) => return Err(failure),
    };
    page.total = window.total.filter(|_| request.since.is_none());
    let orders = map_orders(source, &window.orders, &mut page);
    page.records = orders.into_iter().map(|order| Record::Order(Box::new(order))).collect();
    page.next = match window.next {
        Some(after) => checkpoint(&OrdersCursor { after })?,
        None => None,
    };
    Ok(page)
}

/// Reads one page of orders. What cannot be read is noted in `page`.
async fn read_orders(
    source: &Source,
    since: Option<Timestamp>,
    after: Option<&str>,
    size: u32,
    page: &mut Page,
) -> Result<OrderWindow, ConnectorError> {
    let store = source.store().await?;
    let mut variables = source.of_store().await?;
    let since = source.since(since);
    variables.extend(since.map(|since| ("since", json!(moment(since)))));
    let mut asked = variables.clone();
    asked.insert("limit", json!(size));
    // Where the store cannot be asked for alone, the total counts others' orders, too.
    let query = source.client.fitted(Operation::Orders, &asked).await?;
    let counts_own = store.is_none() || query.variables.contains_key("store");
    let window = ORDERS.read(&source.client, &variables, after, size, page).await?;
    let mut orders = read_rows::<wire::Order>(window.rows, &window.lost, &[ORDERS.root, "edges"], page);
    orders.retain(|order| {
        let is_own = is_of(store, order.store.as_ref());
        if !is_own {
            leave_out(page, OTHER_STORE, "Records of another store are not read.");
        }
        is_own
    });
    Ok(OrderWindow { orders, next: window.next, total: window.total.filter(|_| counts_own) })
}

/// Orders in the words of the domain.
pub(in crate::flows) fn map_orders(source: &Source, rows: &[wire::Order], page: &mut Page) -> Vec<Order> {
    let mut orders = vec![];
    for row in rows {
        let Some(order) = map::order::order(row, source.chosen.order_attribute.as_deref()) else {
            page.skipped += 1;
            note(page, "order_without_currency", "An order has amounts in no known currency and was left out.");
            continue;
        };
        orders.push(order);
    }
    orders
}
