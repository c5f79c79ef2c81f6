//! The store's data: tables of rows, a price table, a stock table, and the changes made while it runs.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use crate::sale::{self, Campaigns, Rules};
use crate::value::{Kind, Record, StockSums, Val};

/// One table: rows ordered by id.
#[derive(Debug, Default)]
pub struct Table {
    ids: Vec<i64>,
    rows: Vec<Record>,
}

impl Table {
    /// Adds a row. Rows are added in ascending order of their ids.
    pub fn push(&mut self, id: i64, mut row: Record) {
        if !row.fields.iter().any(|(name, _)| *name == "id") {
            row.set("id", id);
        }
        self.ids.push(id);
        self.rows.push(row);
    }

    fn row(&self, id: i64) -> Option<&Record> {
        self.rows.get(self.ids.binary_search(&id).ok()?)
    }

    /// A row to be completed.
    pub fn row_mut(&mut self, id: i64) -> Option<&mut Record> {
        self.rows.get_mut(self.ids.binary_search(&id).ok()?)
    }
}

/// A change made to a row while the store runs.
#[derive(Clone, Copy, Debug)]
pub struct Touch {
    /// The new `updatedAt`, seconds since 1970.
    pub at: i64,
    /// How often the row has been touched; its name shows it.
    pub times: u32,
}

/// The second in which a price changed, and what it was before in sub-units.
pub type FormerPrice = (i64, Option<i64>);

/// Changes made while the store runs.
#[derive(Clone, Debug, Default)]
pub struct Overlay {
    /// Rows with a later `updatedAt`.
    pub touched: BTreeMap<(Kind, i64), Touch>,
    /// Rows that came while the store runs.
    pub rows: BTreeMap<(Kind, i64), Record>,
    /// Rows that are gone.
    pub removed: BTreeSet<(Kind, i64)>,
    /// Prices in sub-units, by variant and pricelist.
    pub prices: BTreeMap<(i64, i64), i64>,
    /// What prices were before they changed, with the second of the change, oldest first.
    pub former_prices: BTreeMap<(i64, i64), Vec<FormerPrice>>,
    /// Units on the shelf, by size and warehouse.
    pub stock: BTreeMap<(i64, i64), i64>,
    /// Campaigns, those of the seed too.
    pub campaigns: Arc<Campaigns>,
}

/// A catalog that is computed from ids instead of stored.
pub trait GeneratedCatalog: std::fmt::Debug + Send + Sync {
    /// Rows of a generated table; none for a stored one.
    fn count(&self, kind: Kind) -> Option<i64>;

    /// Whether all rows have the same value here.
    fn is_uniform(&self, kind: Kind, field: &str) -> bool;

    /// The price of a variant in a pricelist; none is a price not set.
    fn price(&self, variant: i64, pricelist: i64) -> Option<i64>;

    /// The stock of a size in a warehouse.
    fn stock(&self, size: i64, warehouse: i64) -> StockSums;

    /// The value of a field.
    fn get<'a>(&self, kind: Kind, id: i64, field: &str) -> Val<'a>;
}

/// Everything a seed provides.
#[derive(Debug, Default)]
pub struct Shop {
    tables: BTreeMap<Kind, Table>,
    prices: HashMap<(i64, i64), i64>,
    stock: HashMap<(i64, i64), StockSums>,
    generated: Option<Box<dyn GeneratedCatalog>>,
    /// The newest `updatedAt` of any row that was not touched.
    pub newest: i64,
}

impl Shop {
    /// The table of a kind, created when it is not there.
    pub fn table(&mut self, kind: Kind) -> &mut Table {
        self.tables.entry(kind).or_default()
    }

    /// Adds a row.
    pub fn add(&mut self, kind: Kind, id: i64, row: Record) {
        if let Val::Time(at) = row.get("updatedAt") {
            self.newest = self.newest.max(at);
        }
        self.table(kind).push(id, row);
    }

    /// Sets the price of a variant in a pricelist, in sub-units.
    pub fn set_price(&mut self, variant: i64, pricelist: i64, minor: i64) {
        self.prices.insert((variant, pricelist), minor);
    }

    /// Takes a price away; its row stays, with null.
    pub fn unset_price(&mut self, variant: i64, pricelist: i64) {
        self.prices.remove(&(variant, pricelist));
    }

    /// Sets the stock of a size in a warehouse.
    pub fn set_stock(&mut self, size: i64, warehouse: i64, sums: StockSums) {
        self.stock.insert((size, warehouse), sums);
    }

    /// Lets the catalog be generated instead of stored.
    pub fn generate(&mut self, generated: impl GeneratedCatalog + 'static) {
        self.generated = Some(Box::new(generated));
    }

    /// The ids of a table, ascending.
    pub fn ids(&self, kind: Kind) -> Vec<i64> {
        match self.generated_count(kind) {
            Some(count) => (1..=count).collect(),
            None => self.tables.get(&kind).map(|table| table.ids.clone()).unwrap_or_default(),
        }
    }

    /// The price of a variant in a pricelist; none is a price not set.
    pub fn price(&self, variant: i64, pricelist: i64) -> Option<i64> {
        match &self.generated {
            Some(generated) => generated.price(variant, pricelist),
            None => self.prices.get(&(variant, pricelist)).copied(),
        }
    }

    /// The stock of a size in a warehouse.
    pub fn stock(&self, size: i64, warehouse: i64) -> StockSums {
        match &self.generated {
            Some(generated) => generated.stock(size, warehouse),
            None => self.stock.get(&(size, warehouse)).copied().unwrap_or_default(),
        }
    }

    fn generated_count(&self, kind: Kind) -> Option<i64> {
        self.generated.as_ref().and_then(|generated| generated.count(kind))
    }
}

/// The store as one request sees it.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    /// The seed's data.
    pub shop: &'a Shop,
    /// The changes made since.
    pub overlay: &'a Overlay,
    /// Where media are served.
    pub base_url: &'a str,
    /// What the store's clock says, in seconds since 1970.
    pub now: i64,
    /// How prices are computed.
    pub rules: Rules,
}

impl<'a> View<'a> {
    /// Rows of a table, removed ones counted too.
    pub fn base_count(self, kind: Kind) -> i64 {
        self.shop.generated_count(kind).unwrap_or_else(|| {
            self.shop.tables.get(&kind).map_or(0, |table| i64::try_from(table.ids.len()).unwrap_or(i64::MAX))
        })
    }

    /// Rows of a table.
    pub fn count(self, kind: Kind) -> i64 {
        let removed = self.overlay.removed.iter().filter(|(of, _)| *of == kind).count();
        let added = self.added(kind).count();
        self.base_count(kind) + i64::try_from(added).unwrap_or(0) - i64::try_from(removed).unwrap_or(0)
    }

    /// Ids of the rows that came while the store runs, ascending.
    pub fn added(self, kind: Kind) -> impl Iterator<Item = i64> + 'a {
        let rows = self.overlay.rows.range((kind, i64::MIN)..=(kind, i64::MAX)).map(|((_, id), _)| *id);
        rows.chain(sale::rows::ids(&self.overlay.campaigns, kind))
    }

    /// Whether a row is there.
    pub fn exists(self, kind: Kind, id: i64) -> bool {
        let known = match self.shop.generated_count(kind) {
            Some(count) => (1..=count).contains(&id),
            None => self.shop.tables.get(&kind).is_some_and(|table| table.ids.binary_search(&id).is_ok()),
        };
        let added =
            || self.overlay.rows.contains_key(&(kind, id)) || sale::rows::exists(&self.overlay.campaigns, kind, id);
        (known || added()) && !self.is_removed(kind, id)
    }

    /// Whether a row was removed while the store runs.
    pub fn is_removed(self, kind: Kind, id: i64) -> bool {
        !self.overlay.removed.is_empty() && self.overlay.removed.contains(&(kind, id))
    }

    /// Whether rows can be counted off by arithmetic.
    pub fn is_complete(self, kind: Kind) -> bool {
        !self.overlay.removed.iter().any(|(of, _)| *of == kind) && self.added(kind).next().is_none()
    }

    /// The ids after one, ascending.
    pub fn ids_after(self, kind: Kind, after: i64) -> Box<dyn Iterator<Item = i64> + 'a> {
        let present = move |id: &i64| !self.is_removed(kind, *id);
        if let Some(count) = self.shop.generated_count(kind) {
            return Box::new((after.max(0) + 1..=count).filter(present));
        }
        let ids = self.shop.tables.get(&kind).map_or(&[][..], |table| &table.ids);
        let start = ids.partition_point(|id| *id <= after);
        let stored = ids.get(start..).unwrap_or_default().iter().copied();
        if self.added(kind).next().is_some() {
            let all: BTreeSet<i64> = stored.chain(self.added(kind).filter(|id| *id > after)).collect();
            return Box::new(all.into_iter().filter(present));
        }
        Box::new(stored.filter(present))
    }

    /// The id at a position, when nothing of this table was removed.
    pub fn nth(self, kind: Kind, index: i64) -> Option<i64> {
        match self.shop.generated_count(kind) {
            Some(count) => (0..count).contains(&index).then_some(index + 1),
            None => self.shop.tables.get(&kind)?.ids.get(usize::try_from(index).ok()?).copied(),
        }
    }

    /// Whether every row of a generated table has the same value here, so that a filter needs no scan.
    pub fn is_uniform(self, kind: Kind, field: &str) -> bool {
        self.shop.generated.as_ref().is_some_and(|generated| generated.is_uniform(kind, field))
    }

    /// Whether the rows of two generated tables are all alike where a list of products looks, so that pages need no scan.
    pub(crate) fn is_alike(self, items: Kind, displays: Kind) -> bool {
        self.is_complete(items)
            && self.is_complete(displays)
            && ["status", "marketId"].iter().all(|field| self.is_uniform(displays, field))
    }

    /// The stored value of a field; computed ones are found in [`crate::resolve`].
    pub fn get(self, kind: Kind, id: i64, field: &str) -> Val<'a> {
        if let Some(row) = self.overlay.rows.get(&(kind, id)) {
            return row.get(field);
        }
        if let Some(value) = sale::rows::get(&self.overlay.campaigns, kind, id, field) {
            return value;
        }
        let value = match &self.shop.generated {
            Some(generated) if generated.count(kind).is_some() => generated.get(kind, id, field),
            _ => self.shop.tables.get(&kind).and_then(|table| table.row(id)).map_or(Val::Null, |row| row.get(field)),
        };
        if self.overlay.touched.is_empty() || !matches!(field, "name" | "updatedAt") {
            return value;
        }
        match (self.overlay.touched.get(&(kind, id)), field) {
            (Some(touch), "updatedAt") => Val::Time(touch.at),
            (Some(touch), "name") => format!("{} (touched {})", value.as_str().unwrap_or_default(), touch.times).into(),
            _ => value,
        }
    }

    /// The price of a variant in a pricelist; none is a price not set.
    pub fn price(self, variant: i64, pricelist: i64) -> Option<i64> {
        let changed = self.overlay.prices.get(&(variant, pricelist)).copied();
        changed.or_else(|| self.shop.price(variant, pricelist))
    }

    /// The price a variant had at an instant.
    pub(crate) fn price_at(self, variant: i64, pricelist: i64, at: i64) -> Option<i64> {
        let former = self.overlay.former_prices.get(&(variant, pricelist)).into_iter().flatten();
        former
            .copied()
            .find(|(until, _)| at < *until)
            .map_or_else(|| self.price(variant, pricelist), |(_, minor)| minor)
    }

    /// The seconds in which the price of a variant changed.
    pub(crate) fn price_changes(self, variant: i64, pricelist: i64) -> impl Iterator<Item = i64> + 'a {
        self.overlay.former_prices.get(&(variant, pricelist)).into_iter().flatten().map(|(at, _)| *at)
    }

    /// The stock of a size in a warehouse.
    pub fn stock(self, size: i64, warehouse: i64) -> StockSums {
        let sums = self.shop.stock(size, warehouse);
        match self.overlay.stock.get(&(size, warehouse)) {
            Some(physical) => StockSums { physical: *physical, allocated: sums.allocated.min(*physical), ..sums },
            None => sums,
        }
    }

    /// The ids a reference field points to.
    pub fn references(self, kind: Kind, id: i64, field: &str) -> Vec<i64> {
        match self.get(kind, id, field) {
            Val::Ref(_, id) => vec![id],
            Val::Refs(_, ids) => ids.into_owned(),
            _ => Vec::new(),
        }
    }
}
