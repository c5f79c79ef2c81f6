//! Stock: warehouse by warehouse, page by page, of those warehouses that serve the market. It has no `updatedAt`, so
//! every pass is full.

use std::collections::BTreeSet;

use connector_api::{
    ConnectorError,
    wire::pull::{Page, PullRequest, Record},
};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    super::{
        place::{MOST_ROWS, Place},
        source::{RawRows, Roots, SILENT_LIMIT, Source, note, read_rows, report_cut, rows_of},
        window::by_page,
    },
    checkpoint::{checkpoint, resume},
};
use crate::{
    client::{Variables, is_of_page},
    error, map,
    operation::Operation,
    wire::{
        commerce::{Stock, StockOfWarehouse},
        store::{Market, Store, Warehouse},
    },
};

/// Most warehouses whose stock is read; Centra environments have few.
const MOST_WAREHOUSES: usize = 500;

/// Most rows of the lists that say which warehouses serve.
const MOST_IN_ALL: usize = 20_000;

/// The way to the stock in the answer.
const WAY: [&str; 2] = ["warehouses", "stock"];
const STOCK: &str = "warehouses.stock";

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StockCursor {
    /// Warehouses still to read, by id and name; the first is being read.
    warehouses: Vec<(i64, String)>,
    /// Where its list stands.
    place: Place,
}

pub(super) async fn pull(source: &Source, request: &PullRequest) -> Result<Page, ConnectorError> {
    let mut page = Page::default();
    let mut cursor = match resume::<StockCursor>(request)? {
        Some(cursor) if cursor.place.is_possible() => cursor,
        Some(_) => return Err(error::foreign_checkpoint()),
        None if !can_read(source).await? => {
            unreadable(&mut page);
            return Ok(page);
        }
        None => {
            let serving = serving(source, &mut page).await?;
            if let Some(why) = serving.unsure {
                note(&mut page, "allocation_rule_unreadable", why);
            }
            if let Some(list) = serving.may_be_cut {
                report_cut(&mut page, list);
            }
            let warehouses = serving.warehouses.into_iter().take(MOST_WAREHOUSES).collect();
            StockCursor { warehouses, place: source.start(Operation::Stock, request.limit).await? }
        }
    };
    let Some((id, name)) = cursor.warehouses.first().cloned() else { return Ok(page) };
    if let Some(next) = read(source, id, &name, cursor.place, &mut page).await? {
        cursor.place = next;
    } else {
        cursor.warehouses.remove(0);
        cursor.place = source.start(Operation::Stock, request.limit).await?;
    }
    if !cursor.warehouses.is_empty() {
        page.next = checkpoint(&cursor)?;
    }
    Ok(page)
}

async fn read(
    source: &Source,
    id: i64,
    name: &str,
    place: Place,
    page: &mut Page,
) -> Result<Option<Place>, ConnectorError> {
    let variables = Variables::from([("warehouse", json!([id])), ("name", json!(name))]);
    let (reply, place) =
        by_page::<WarehousesPart>(&source.client, Operation::Stock, &WAY, &variables, place, page).await?;
    if !reply.query.has(STOCK) {
        // That the token may not read stock is found out only by asking.
        unreadable(page);
        return Ok(None);
    }
    let Some(warehouse) = reply.data.warehouses.into_iter().flatten().find(|warehouse| warehouse.id == id) else {
        page.skipped += 1;
        note(page, "warehouse_gone", "A warehouse disappeared while its stock was read.");
        return Ok(None);
    };
    let rows = warehouse.stock.unwrap_or_default();
    let next = source.following(Operation::Stock, place, rows.len()).await?;
    for stock in read_rows::<Stock>(rows, &reply.lost, &WAY, page) {
        let Some(size) = stock.product_size else {
            page.skipped += 1;
            note(page, "stock_without_size", "A stock row does not name its variant, and was left out.");
            continue;
        };
        let offset = size.product_variant.as_ref().and_then(|variant| variant.stock_offset);
        let preorder = size.preorder.unwrap_or(false);
        let level =
            map::stock::level(size.id, id, stock.free_to_allocate_quantity, warehouse.threshold, offset, preorder);
        page.records.push(Record::InventoryLevel(level));
    }
    Ok(next)
}

/// Whether the live schema has stock at all.
async fn can_read(source: &Source) -> Result<bool, ConnectorError> {
    let variables = Variables::from([("limit", json!(1)), ("page", json!(1))]);
    Ok(source.client.fitted(Operation::Stock, &variables).await?.has(STOCK))
}

fn unreadable(page: &mut Page) {
    page.skipped += 1;
    note(page, "stream_unreadable", "The store's schema or token does not let stock be read.");
}

#[derive(Deserialize)]
struct WarehousesPart {
    #[serde(default)]
    warehouses: Vec<Option<StockOfWarehouse>>,
}

/// The warehouses whose stock may be sold.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Serving {
    /// By id and name.
    pub warehouses: Vec<(i64, String)>,
    /// How many rows of stock one size has at most: one for each warehouse, serving or not.
    pub rows_per_size: u32,
    /// Why these may be too many.
    pub unsure: Option<&'static str>,
    /// The list that the platform may have cut, so that these may be too few.
    pub may_be_cut: Option<&'static str>,
}

impl Serving {
    /// Their ids.
    pub fn ids(&self) -> BTreeSet<i64> {
        self.warehouses.iter().map(|(id, _)| *id).collect()
    }
}

/// Finds the warehouses of the market's allocation rule, or of all the store's markets when none is chosen. One that cannot be read is
/// passed over, and counted in `page`.
pub async fn serving(source: &Source, page: &mut Page) -> Result<Serving, ConnectorError> {
    match at_once(source).await {
        Err(failure) if is_of_page(&failure) => apart(source, page).await,
        serving => serving,
    }
}

/// The same by three questions, each of which passes over what cannot be read.
async fn apart(source: &Source, page: &mut Page) -> Result<Serving, ConnectorError> {
    let of_store = source.of_store().await?;
    let (warehouses, cut) =
        source.all_there_are::<Warehouse>(Operation::Warehouses, "warehouses", &Variables::new(), page).await?;
    let (markets, _) = source.all_there_are::<Market>(Operation::Markets, "markets", &of_store, page).await?;
    let (stores, _) = source.all_there_are::<Store>(Operation::Stores, "stores", &Variables::new(), page).await?;
    let may_be_cut = (cut || page.skipped > 0).then_some("warehouses");
    Ok(Serving { may_be_cut, ..chosen_of(source, warehouses, markets, stores).await? })
}

async fn at_once(source: &Source) -> Result<Serving, ConnectorError> {
    let (mut warehouses, mut markets, mut stores) = (vec![], vec![], vec![]);
    let mut cut = vec![];
    let mut next = Some(source.start(Operation::StockPlan, MOST_ROWS).await?);
    while let Some(place) = next {
        let variables = source.of_store().await?;
        let mut record = Page::default();
        // Three lists at once: no row of one of them is passed over.
        let (reply, place) =
            by_page::<Roots>(&source.client, Operation::StockPlan, &[], &variables, place, &mut record).await?;
        let mut data = reply.data;
        let mut most = 0;
        let mut rows = |root: &str| -> Result<RawRows, ConnectorError> {
            let list = data.remove(root).flatten();
            if list.is_none() && !reply.lost.is_empty() {
                return Err(error::answer_invalid("to `StockPlan` lacks parts"));
            }
            let rows = rows_of(list.as_deref())?;
            // A list that cannot be read in pages was whole the first time.
            let paged = reply.query.paged_roots.contains(root);
            most = most.max(if paged { rows.len() } else { 0 });
            if !paged && rows.len() == SILENT_LIMIT {
                cut.push(root.to_owned());
            }
            Ok(if paged || place.page == 1 { rows } else { vec![] })
        };
        warehouses.extend(read_rows::<Warehouse>(rows("warehouses")?, &reply.lost, &["warehouses"], &mut record));
        markets.extend(read_rows::<Market>(rows("markets")?, &reply.lost, &["markets"], &mut record));
        stores.extend(read_rows::<Store>(rows("stores")?, &reply.lost, &["stores"], &mut record));
        if record.skipped > 0 {
            return Err(error::answer_invalid("to `StockPlan` lacks parts"));
        }
        next = source.following(Operation::StockPlan, place, most).await?;
        if warehouses.len().max(markets.len()).max(stores.len()) > MOST_IN_ALL {
            return Err(error::stuck("warehouses"));
        }
    }
    let chosen = source.chosen.market;
    let is_cut = |root: &str| cut.iter().any(|own| own == root);
    // What was looked for and found is whole.
    let has_market = markets.iter().any(|market| chosen.is_none_or(|chosen| market.id == chosen));
    let store = source.store().await?;
    let has_store = stores.iter().any(|own| store.is_none_or(|store| own.id == store));
    let may_be_cut = if is_cut("warehouses") {
        Some("warehouses")
    } else if is_cut("markets") && (chosen.is_none() || !has_market) {
        Some("markets")
    } else if is_cut("stores") && !has_store {
        Some("stores")
    } else {
        None
    };
    Ok(Serving { may_be_cut, ..chosen_of(source, warehouses, markets, stores).await? })
}

/// Those of the chosen market and the store.
async fn chosen_of(
    source: &Source,
    warehouses: Vec<Warehouse>,
    mut markets: Vec<Market>,
    mut stores: Vec<Store>,
) -> Result<Serving, ConnectorError> {
    let (store, chosen) = (source.store().await?, source.chosen.market);
    markets.retain(|market| chosen.is_none_or(|chosen| market.id == chosen));
    stores.retain(|own| store.is_none_or(|store| own.id == store));
    Ok(choose(&warehouses, &markets, &stores))
}

/// A market without a rule of its own is taken to be served by its store's \[I\].
fn choose(warehouses: &[Warehouse], markets: &[Market], stores: &[Store]) -> Serving {
    let of_store = stores.iter().find_map(|store| store.allocation_rule.as_ref()).map(|rule| rule.id);
    let rules: BTreeSet<i64> =
        markets.iter().filter_map(|market| market.allocation_rule.as_ref().map(|rule| rule.id).or(of_store)).collect();
    let active = |warehouse: &&Warehouse| map::is_active(warehouse.status.as_deref());
    let named = |warehouse: &Warehouse| (warehouse.id, warehouse.name.clone().unwrap_or_default());
    // Centra charges for the rows asked for, so no more are asked for than there can be.
    let rows_per_size = u32::try_from(warehouses.len()).unwrap_or(MOST_ROWS).clamp(1, MOST_ROWS);
    let all = || warehouses.iter().filter(active).map(named).collect();
    let unsure = "Which warehouses serve the market cannot be read: stock of every active warehouse counts.";
    if rules.is_empty() || warehouses.iter().all(|warehouse| warehouse.allocation_rules.is_none()) {
        return Serving { warehouses: all(), rows_per_size, unsure: Some(unsure), may_be_cut: None };
    }
    let serves =
        |warehouse: &&Warehouse| warehouse.allocation_rules.iter().flatten().any(|rule| rules.contains(&rule.id));
    Serving {
        warehouses: warehouses.iter().filter(active).filter(serves).map(named).collect(),
        rows_per_size,
        unsure: None,
        may_be_cut: None,
    }
}
