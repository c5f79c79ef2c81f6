//! Offers: displays by cursor, and in an increment also the displays of products, variants and sizes that changed,
//! because their change does not move the display's own `updatedAt`.

use connector_api::{
    ConnectorError,
    domain::Timestamp,
    wire::pull::{Page, PullRequest, Record},
};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    super::{
        bundles,
        place::{MOST_ROWS, Place},
        source::{OTHER_STORE, Source, leave_out, note, read_rows},
        window::Connection,
    },
    checkpoint::{checkpoint, resume},
    moment::moment,
};
use crate::{
    client::Variables,
    error, map,
    operation::Operation,
    wire::{Id, catalog::Display},
};

const DISPLAYS: Connection =
    Connection { operation: Operation::Offers, cursors: Operation::OfferCursors, root: "displayConnection" };

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
    #[serde(default)]
    at: DisplaysAt,
    /// Ids whose displays are being read; empty when the next ids are to be read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    ids: Vec<i64>,
    /// Where the list of changed ids stands; absent before the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    next_ids: Option<Place>,
    /// Whether all changed ids were read.
    #[serde(default)]
    no_more_ids: bool,
}

impl OffersCursor {
    fn start(phase: Phase, size: u32) -> Self {
        Self { phase, size, at: DisplaysAt::default(), ids: vec![], next_ids: None, no_more_ids: false }
    }

    fn is_possible(&self) -> bool {
        let places = [self.at.place, self.next_ids];
        (1..=MOST_ROWS).contains(&self.size) && places.iter().flatten().all(|place| place.is_possible())
    }
}

pub(super) async fn pull(source: &Source, request: &PullRequest) -> Result<Page, ConnectorError> {
    let most = request.limit.clamp(1, MOST_ROWS);
    let mut cursor = match resume::<OffersCursor>(request)? {
        Some(cursor) if cursor.is_possible() => cursor,
        Some(_) => return Err(error::foreign_checkpoint()),
        None => OffersCursor::start(Phase::Displays, source.client.fitting_rows(Operation::Offers).await?.min(most)),
    };
    let request = &PullRequest { since: source.since(request.since), ..request.clone() };
    let mut page = Page::default();
    // Phases that the live schema does not allow cost no request; all others end this call.
    loop {
        if let Some((operation, root, _)) = cursor.phase.changes().filter(|_| cursor.ids.is_empty()) {
            if let Some(since) = request.since.filter(|_| !cursor.no_more_ids)
                && let Some(following) = read_changes(source, &cursor, since, operation, root, &mut page).await?
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
        let read = read_displays(source, &filter, &cursor.at, cursor.size, &mut page).await?;
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
fn following(cursor: &OffersCursor, next: Option<DisplaysAt>, incremental: bool) -> Option<OffersCursor> {
    if let Some(at) = next {
        return Some(OffersCursor { at, ..cursor.clone() });
    }
    if cursor.phase != Phase::Displays && !cursor.no_more_ids {
        return Some(OffersCursor { at: DisplaysAt::default(), ids: vec![], ..cursor.clone() });
    }
    cursor.phase.next().filter(|_| incremental).map(|phase| OffersCursor::start(phase, cursor.size))
}

/// Reads a page of changed ids. `None`: the live schema has no such list. `Some(None)`: nothing is left at all.
async fn read_changes(
    source: &Source,
    cursor: &OffersCursor,
    since: Timestamp,
    operation: Operation,
    root: &str,
    page: &mut Page,
) -> Result<Option<Option<OffersCursor>>, ConnectorError> {
    let variables = Variables::from([("since", json!(moment(since)))]);
    let place = match cursor.next_ids {
        Some(place) => place,
        None => source.start(operation, MOST_ROWS).await?,
    };
    let list = source.list(operation, root, &variables, place, page).await?;
    if !list.readable {
        note(
            page,
            "changes_unreadable",
            "Changes of products, variants or sizes alone are noticed at the next full pass.",
        );
        return Ok(None);
    }
    let rows: Vec<ChangedRow> = read_rows(list.rows, &list.lost, &[root], page);
    let mut ids: Vec<i64> = rows.into_iter().filter_map(ChangedRow::id).collect();
    ids.sort_unstable();
    ids.dedup();
    let here = OffersCursor {
        ids,
        next_ids: list.next,
        no_more_ids: list.next.is_none(),
        at: DisplaysAt::default(),
        ..cursor.clone()
    };
    if here.ids.is_empty() && here.no_more_ids {
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

/// Where a page of displays begins: by cursor, or by number where there are no cursors.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DisplaysAt {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    after: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    place: Option<Place>,
}

/// A page of displays.
#[derive(Debug, Default)]
pub struct Displays {
    /// As offers.
    pub records: Vec<Record>,
    /// Where the next page begins.
    pub next: Option<DisplaysAt>,
    /// How many rows came, whatever became of them.
    pub rows: u64,
    /// How many rows the platform says there are, where it counts this store's alone.
    pub total: Option<u64>,
    by_cursor: bool,
}

/// Reads one page of displays. What cannot be sold or read is noted in `page`.
pub async fn read_displays(
    source: &Source,
    filter: &DisplayFilter,
    at: &DisplaysAt,
    size: u32,
    page: &mut Page,
) -> Result<Displays, ConnectorError> {
    let store = source.store().await?;
    let mut variables = source.of_store().await?;
    if let Some(market) = source.chosen.market {
        variables.insert("market", json!([market]));
    }
    if let Some(since) = filter.since {
        variables.insert("since", json!(moment(since)));
    }
    if let Some((variable, ids)) = &filter.ids {
        variables.insert(variable, json!(ids));
    }
    let mut read = Displays::default();
    let mut asked = variables.clone();
    asked.insert("limit", json!(size));
    let query = source.client.fitted(Operation::Offers, &asked).await?;
    let (rows, lost, way): (_, _, &[&str]) = if query.has(DISPLAYS.root) {
        let window = DISPLAYS.read(&source.client, &variables, at.after.as_deref(), size, page).await?;
        read.next = window.next.map(|after| DisplaysAt { after: Some(after), place: None });
        // Where the store cannot be asked for alone, the total counts others' displays, too.
        read.total = window.total.filter(|_| store.is_none() || query.variables.contains_key("store"));
        read.by_cursor = true;
        (window.rows, window.lost, &[DISPLAYS.root, "edges"])
    } else {
        let place = at.place.unwrap_or_else(|| Place::start(size));
        let list = source.list(Operation::OffersByPage, "displays", &variables, place, page).await?;
        read.next = list.next.map(|place| DisplaysAt { after: None, place: Some(place) });
        (list.rows, list.lost, &["displays"])
    };
    read.rows = rows.len() as u64;
    let displays = read_rows::<Display>(rows, &lost, way, page);
    let products = displays.iter().filter_map(|display| display.product.as_ref());
    let made_of_others: Vec<i64> =
        products.filter(|product| product.is_bundle.unwrap_or(false)).map(|product| product.id).collect();
    let bundles = bundles::of_products(source, &made_of_others, page).await?;
    for display in displays {
        let bundle = display.product.as_ref().and_then(|product| bundles.get(&product.id));
        let elsewhere = display.store.as_ref().is_some_and(|own| store.is_some_and(|store| own.id != store));
        match map::offer::offer(&display, bundle, &source.chosen) {
            _ if elsewhere => leave_out(page, OTHER_STORE, "Records of another store are not read."),
            Some(offer) => read.records.push(Record::Offer(Box::new(offer))),
            None => {
                let (code, message) =
                    ("display_without_product", "A display without a product cannot be sold and was left out.");
                note(page, code, message);
                leave_out(page, code, message);
            }
        }
    }
    Ok(read)
}
