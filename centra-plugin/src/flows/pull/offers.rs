//! Offers: displays by cursor, and in an increment also the displays of products, variants and sizes that changed,
//! because their change does not move the display's own `updatedAt`.

use connector_api::{
    ConnectorError,
    domain::Timestamp,
    wire::pull::{Page, PullRequest, Record},
};
use serde::{Deserialize, Serialize};
use serde_json::{json, value::RawValue};

use super::{
    super::source::{Roots, Source, note, read_rows},
    checkpoint, moment, resume,
};
use crate::{
    client::Variables,
    error, map,
    operation::Operation,
    wire::{Connection, Id, catalog::Display},
};

/// Most displays in one page.
const MOST_ROWS: u32 = 200;

/// What is being read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Phase {
    /// Displays themselves.
    Displays,
    /// Displays of changed products.
    Products,
    /// Displays of changed variants.
    Variants,
    /// Displays of variants whose sizes changed.
    Sizes,
}

impl Phase {
    fn next(self) -> Option<Self> {
        match self {
            Self::Displays => Some(Self::Products),
            Self::Products => Some(Self::Variants),
            Self::Variants => Some(Self::Sizes),
            Self::Sizes => None,
        }
    }

    /// The query for what changed, its root, and the display filter its ids go into.
    fn changes(self) -> Option<(Operation, &'static str, &'static str)> {
        match self {
            Self::Displays => None,
            Self::Products => Some((Operation::ChangedProducts, "products", "products")),
            Self::Variants => Some((Operation::ChangedVariants, "productVariants", "variants")),
            Self::Sizes => Some((Operation::ChangedSizes, "productSizes", "variants")),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct OffersCursor {
    phase: Phase,
    /// Rows in the next page.
    size: u32,
    /// Where the next page of displays begins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    after: Option<String>,
    /// Its number, where there are no cursors.
    page: u32,
    /// Ids whose displays are being read; empty when the next ids are to be read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    ids: Vec<i64>,
    /// The next page of changed ids; absent after the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    next_ids: Option<u32>,
    /// Rows in a page of changed ids.
    ids_size: u32,
}

impl OffersCursor {
    fn start(phase: Phase, size: u32) -> Self {
        Self { phase, size, after: None, page: 1, ids: vec![], next_ids: Some(1), ids_size: 0 }
    }
}

pub(super) async fn pull(source: &Source, request: &PullRequest) -> Result<Page, ConnectorError> {
    let most = request.limit.clamp(1, MOST_ROWS);
    let mut cursor = match resume::<OffersCursor>(request)? {
        Some(cursor) if (1..=MOST_ROWS).contains(&cursor.size) && cursor.page >= 1 => cursor,
        Some(_) => return Err(error::foreign_checkpoint()),
        None => OffersCursor::start(Phase::Displays, source.client.fitting_rows(Operation::Offers).await?.min(most)),
    };
    let mut page = Page::default();
    // Phases that the live schema does not allow cost no request; all others end this call.
    loop {
        if let Some((operation, root, _)) = cursor.phase.changes().filter(|_| cursor.ids.is_empty()) {
            if let (Some(since), Some(next)) = (request.since, cursor.next_ids)
                && let Some(following) = read_changes(source, &cursor, since, next, operation, root, &mut page).await?
            {
                page.next = following.map(|cursor| checkpoint(&cursor)).transpose()?.flatten();
                return Ok(page);
            }
            match cursor.phase.next() {
                Some(phase) => cursor = OffersCursor::start(phase, cursor.size),
                None => return Ok(page),
            }
            continue;
        }
        let filter = DisplayFilter {
            since: request.since.filter(|_| cursor.phase == Phase::Displays),
            ids: cursor.phase.changes().map(|(.., variable)| (variable, cursor.ids.clone())),
        };
        let read = read_displays(source, &filter, &cursor.after, cursor.page, cursor.size, &mut page).await?;
        page.total = read.total.filter(|_| cursor.phase == Phase::Displays && request.since.is_none());
        page.records.extend(read.records);
        page.next = match following(&cursor, read.next, request.since.is_some()) {
            Some(mut cursor) => {
                if read.by_cursor {
                    cursor.size = source.client.fitting_rows(Operation::Offers).await?.min(most);
                }
                checkpoint(&cursor)?
            }
            None => None,
        };
        return Ok(page);
    }
}

/// Where to go on after a page of displays.
fn following(cursor: &OffersCursor, next: Option<Next>, incremental: bool) -> Option<OffersCursor> {
    if let Some(next) = next {
        return Some(OffersCursor { after: next.after, page: next.page, ..cursor.clone() });
    }
    let more_ids = cursor.next_ids.filter(|_| cursor.phase != Phase::Displays);
    if more_ids.is_some() {
        return Some(OffersCursor { after: None, page: 1, ids: vec![], ..cursor.clone() });
    }
    cursor.phase.next().filter(|_| incremental).map(|phase| OffersCursor::start(phase, cursor.size))
}

/// Reads a page of changed ids. `None`: the live schema has no such list. `Some(None)`: nothing is left at all.
async fn read_changes(
    source: &Source,
    cursor: &OffersCursor,
    since: Timestamp,
    next: u32,
    operation: Operation,
    root: &str,
    page: &mut Page,
) -> Result<Option<Option<OffersCursor>>, ConnectorError> {
    let variables = Variables::from([("since", json!(moment(since)))]);
    let size = if cursor.ids_size == 0 { source.page_size(operation, MOST_ROWS).await? } else { cursor.ids_size };
    let list = source.list(operation, root, &variables, next, size).await?;
    if !list.readable {
        note(
            page,
            "changes_unreadable",
            "Changes of products, variants or sizes alone are noticed at the next full pass.",
        );
        return Ok(None);
    }
    let more = list.more;
    let rows: Vec<ChangedRow> = read_rows(list.rows, &list.lost, &[root], page);
    let mut ids: Vec<i64> = rows.into_iter().filter_map(ChangedRow::id).collect();
    ids.sort_unstable();
    ids.dedup();
    let here = OffersCursor {
        ids,
        next_ids: more.then_some(next + 1),
        ids_size: size,
        after: None,
        page: 1,
        ..cursor.clone()
    };
    if here.ids.is_empty() && !more {
        return Ok(Some(cursor.phase.next().map(|phase| OffersCursor::start(phase, cursor.size))));
    }
    Ok(Some(Some(here)))
}

/// A changed product or variant, or a size with its variant.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ChangedRow {
    #[serde(default)]
    id: Option<i64>,
    #[serde(default)]
    product_variant: Option<Id>,
}

impl ChangedRow {
    fn id(self) -> Option<i64> {
        self.id.or(self.product_variant.map(|variant| variant.id))
    }
}

/// Which displays to read.
#[derive(Debug, Default)]
pub struct DisplayFilter {
    /// Only what changed since.
    pub since: Option<Timestamp>,
    /// Only those of these ids: the variable they go into (`ids`, `products`, `variants`), and the ids.
    pub ids: Option<(&'static str, Vec<i64>)>,
}

/// Where the next page of displays begins.
#[derive(Debug)]
pub(super) struct Next {
    after: Option<String>,
    page: u32,
}

/// A page of displays.
#[derive(Debug, Default)]
pub struct Displays {
    /// As offers.
    pub records: Vec<Record>,
    next: Option<Next>,
    total: Option<u64>,
    by_cursor: bool,
}

/// Reads one page of displays. What cannot be sold or read is noted in `page`.
pub async fn read_displays(
    source: &Source,
    filter: &DisplayFilter,
    after: &Option<String>,
    number: u32,
    size: u32,
    page: &mut Page,
) -> Result<Displays, ConnectorError> {
    let store = source.store().await?;
    let mut variables = source.of_store().await?;
    variables.insert("limit", json!(size));
    if let Some(market) = source.chosen.market {
        variables.insert("market", json!([market]));
    }
    if let Some(since) = filter.since {
        variables.insert("since", json!(moment(since)));
    }
    if let Some((variable, ids)) = &filter.ids {
        variables.insert(variable, json!(ids));
    }
    let mut by_cursor = variables.clone();
    if let Some(after) = after {
        by_cursor.insert("after", json!(after));
    }
    let mut read = Displays::default();
    let (rows, lost, way): (_, _, &[&str]) =
        if source.client.fitted(Operation::Offers, &by_cursor).await?.has("displayConnection") {
            let reply = source.client.ask::<ConnectionPart>(Operation::Offers, &by_cursor, size).await?;
            let Some(connection) = reply.data.display_connection else {
                return Err(error::answer_invalid("to `Offers` holds no displays"));
            };
            let info = connection.page_info;
            let moved = info.end_cursor.is_some() && info.end_cursor != *after;
            if info.has_next_page && !moved {
                return Err(error::answer_invalid("to `Offers` says that there is more, but not where"));
            }
            read.next = info.has_next_page.then_some(Next { after: info.end_cursor, page: 1 });
            read.total = connection.total_count;
            read.by_cursor = true;
            (
                connection.edges.into_iter().map(|edge| edge.node).collect::<Vec<_>>(),
                reply.lost,
                &["displayConnection", "edges"],
            )
        } else {
            variables.insert("page", json!(number));
            let reply = source.client.ask::<Roots>(Operation::OffersByPage, &variables, size).await?;
            let mut data = reply.data;
            let rows = super::super::source::rows_of(data.remove("displays").flatten().as_deref())?;
            read.next = (rows.len() >= size as usize).then_some(Next { after: None, page: number + 1 });
            (rows, reply.lost, &["displays"])
        };
    for display in read_rows::<Display>(rows, &lost, way, page) {
        let elsewhere = display.store.as_ref().is_some_and(|own| store.is_some_and(|store| own.id != store));
        match map::offer::offer(&display) {
            _ if elsewhere => {}
            Some(offer) => read.records.push(Record::Offer(Box::new(offer))),
            None => {
                note(page, "display_without_product", "A display without a product cannot be sold and was left out.");
            }
        }
    }
    Ok(read)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ConnectionPart {
    display_connection: Option<Connection<Box<RawValue>>>,
}
