//! Lists of rows: which rows match, in which order, and which of them make one page.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value as Json};

use crate::filter::Filter;
use crate::shop::View;
use crate::value::{Kind, Page, Val};

/// The rows a list chooses from.
#[derive(Clone, Debug)]
pub enum Rows<'a> {
    /// A whole table.
    All,
    /// These rows of it.
    These(Cow<'a, [i64]>),
}

/// The default of `limit` on root lists and of `first` on connections.
pub const DEFAULT_LIMIT: i64 = 20;

/// The page asked for by `limit` and `page`; no limit means all rows.
#[derive(Clone, Copy, Debug)]
pub struct Window {
    /// Rows to skip.
    pub skip: i64,
    /// Rows to take.
    pub take: i64,
}

impl Window {
    /// Reads `limit` and `page`. Where the schema has them with a default, the limit must be within 1 and `maximum`.
    pub fn of(arguments: &Map<String, Json>, default: Option<i64>, maximum: i64) -> Result<Self, String> {
        let limit = arguments.get("limit").and_then(Json::as_i64).or(default);
        let page = arguments.get("page").and_then(Json::as_i64).unwrap_or(1);
        let Some(limit) = limit else { return Ok(Self { skip: 0, take: i64::MAX }) };
        check_limit(limit, maximum)?;
        if page < 1 {
            return Err("Page must be at least 1.".to_owned());
        }
        Ok(Self { skip: limit.saturating_mul(page - 1), take: limit })
    }

    /// The part of a list this window shows.
    pub fn apply<T>(self, items: impl Iterator<Item = T>) -> Vec<T> {
        let size = |number: i64| usize::try_from(number).unwrap_or(usize::MAX);
        items.skip(size(self.skip)).take(size(self.take)).collect()
    }
}

fn check_limit(limit: i64, maximum: i64) -> Result<(), String> {
    if (1..=maximum).contains(&limit) { Ok(()) } else { Err(format!("Limit must be in range 1 - {maximum}.")) }
}

/// A list to be read.
#[derive(Debug)]
pub struct Listing<'a> {
    /// The store.
    pub view: View<'a>,
    /// The table.
    pub kind: Kind,
    /// The rows chosen from.
    pub rows: Rows<'a>,
    /// What they must pass.
    pub filter: Filter,
    /// `sort`, as given.
    pub sort: Vec<String>,
}

impl<'a> Listing<'a> {
    /// A list with the `where` and `sort` of the arguments.
    pub fn new(
        view: View<'a>,
        kind: Kind,
        rows: Rows<'a>,
        arguments: &Map<String, Json>,
        narrow: impl FnOnce(Filter) -> Filter,
    ) -> Result<Self, String> {
        let filter = narrow(Filter::parse(arguments.get("where"))?).simplified(view, kind);
        let sort = arguments
            .get("sort")
            .and_then(Json::as_array)
            .map(|values| values.iter().filter_map(Json::as_str).map(str::to_owned).collect())
            .unwrap_or_default();
        Ok(Self { view, kind, rows, filter, sort })
    }

    /// The first sort criterion other than ascending ids; ties and further criteria fall back to ids.
    fn special_sort(&self) -> Option<(&str, bool)> {
        let (field, direction) = self.sort.first()?.rsplit_once('_')?;
        let descending = direction == "DESC";
        (descending || !matches!(field, "id" | "customOrder")).then_some((field, descending))
    }

    /// The matching ids after one, in ascending order, found lazily.
    fn scan(&self, after: i64) -> Box<dyn Iterator<Item = i64> + '_> {
        if self.filter.is_impossible() {
            return Box::new(std::iter::empty());
        }
        let (view, kind) = (self.view, self.kind);
        let present = move |id: &i64| *id > after && view.exists(kind, *id);
        let candidates: Box<dyn Iterator<Item = i64> + '_> = match (&self.rows, self.filter.ids()) {
            (Rows::These(ids), _) => Box::new(ids.iter().copied().filter(present)),
            (Rows::All, Some(ids)) => {
                let mut ids = ids.to_vec();
                ids.sort_unstable();
                ids.dedup();
                Box::new(ids.into_iter().filter(present))
            }
            // Only what was touched while the store runs can be newer than the newest row of the seed.
            (Rows::All, None) if self.filter.updated_from().is_some_and(|from| from > view.shop.newest) => {
                let touched = view.overlay.touched.keys().filter(move |(of, _)| *of == kind).map(|(_, id)| *id);
                let both: std::collections::BTreeSet<i64> = touched.chain(view.added(kind)).collect();
                Box::new(both.into_iter().filter(present))
            }
            (Rows::All, None) => view.ids_after(kind, after),
        };
        Box::new(candidates.filter(move |id| self.filter.matches(view, kind, *id)))
    }

    fn sorted(&self, field: &str, descending: bool) -> Vec<i64> {
        let mut rows: Vec<(SortKey, i64)> =
            self.scan(i64::MIN).map(|id| (SortKey::of(&self.view.get(self.kind, id, field)), id)).collect();
        rows.sort_by(|(left, left_id), (right, right_id)| {
            let order = left.cmp(right).then(left_id.cmp(right_id));
            if descending { order.reverse() } else { order }
        });
        rows.into_iter().map(|(_, id)| id).collect()
    }

    /// How many rows match.
    pub fn count(&self) -> i64 {
        if matches!(self.rows, Rows::All) && self.filter.is_trivial() {
            return self.view.count(self.kind);
        }
        i64::try_from(self.scan(i64::MIN).count()).unwrap_or(i64::MAX)
    }

    /// The rows of one offset page.
    pub fn page(&self, window: Window) -> Vec<i64> {
        if let Some((field, descending)) = self.special_sort() {
            return window.apply(self.sorted(field, descending).into_iter());
        }
        if matches!(self.rows, Rows::All) && self.filter.is_trivial() && self.view.is_complete(self.kind) {
            let end = window.skip.saturating_add(window.take).min(self.view.count(self.kind));
            return (window.skip..end).filter_map(|index| self.view.nth(self.kind, index)).collect();
        }
        window.apply(self.scan(i64::MIN))
    }

    /// A page, or instead of one that is not full the last that is: of a store whose list never ends.
    pub fn or_last(&self, page: Vec<i64>, wanted: i64) -> Vec<i64> {
        let wanted = usize::try_from(wanted).unwrap_or(usize::MAX);
        if page.len() >= wanted {
            return page;
        }
        let all = self.page(Window { skip: 0, take: i64::MAX });
        all[all.len().saturating_sub(wanted)..].to_vec()
    }

    /// One page of a Relay connection.
    pub fn connection(&self, arguments: &Map<String, Json>, type_name: &str, count: bool) -> Result<Page, String> {
        let number = |name: &str| arguments.get(name).and_then(Json::as_i64);
        let cursor = |name: &str| match arguments.get(name).and_then(Json::as_str) {
            None => Ok(None),
            Some(text) => read_cursor(self.kind, text).map(Some).ok_or_else(|| format!("Invalid cursor in {name}.")),
        };
        let (after, before, last) = (cursor("after")?, cursor("before")?, number("last"));
        let first = number("first").or(if last.is_none() { Some(DEFAULT_LIMIT) } else { None });
        for limit in [first, last].into_iter().flatten() {
            check_limit(limit, 200)?;
        }
        let total = count.then(|| self.count());
        let page = |ids, has_next, has_previous| Page {
            kind: self.kind,
            ids,
            has_next,
            has_previous,
            total,
            type_name: type_name.to_owned(),
        };
        let size = |limit: i64| usize::try_from(limit).unwrap_or(0);
        if let (None, None, None, Some(first)) = (self.special_sort(), before, last, first) {
            let mut ids: Vec<i64> = self.scan(after.unwrap_or(i64::MIN)).take(size(first) + 1).collect();
            let has_next = ids.len() > size(first);
            ids.truncate(size(first));
            return Ok(page(ids, has_next, after.is_some()));
        }
        let all = match self.special_sort() {
            Some((field, descending)) => self.sorted(field, descending),
            None => self.scan(i64::MIN).collect(),
        };
        let place = |id: i64| all.iter().position(|found| *found == id);
        let mut start = after.and_then(place).map_or(0, |index| index + 1);
        let mut end = before.and_then(place).unwrap_or(all.len()).max(start);
        if let Some(first) = first {
            end = end.min(start + size(first));
        }
        if let Some(last) = last {
            start = start.max(end.saturating_sub(size(last)));
        }
        let ids = all.get(start..end).unwrap_or_default().to_vec();
        Ok(page(ids, end < all.len(), start > 0))
    }
}

/// A value in the order of `sort`.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum SortKey {
    Nothing,
    Number(i64),
    Text(String),
}

impl SortKey {
    fn of(value: &Val<'_>) -> Self {
        match value {
            Val::Int(number) | Val::Int64(number) | Val::Time(number) | Val::Ref(_, number) => Self::Number(*number),
            Val::Str(text) => Self::Text(text.to_string()),
            _ => Self::Nothing,
        }
    }
}

/// Orders are addressed by number, everything else by id.
fn cursor_field(kind: Kind) -> &'static str {
    if kind == Kind::DirectToConsumerOrder { "number" } else { "id" }
}

/// The opaque cursor of a row: base64 of `field:value`.
pub fn write_cursor(kind: Kind, id: i64) -> String {
    STANDARD.encode(format!("{}:{id}", cursor_field(kind)))
}

fn read_cursor(kind: Kind, cursor: &str) -> Option<i64> {
    let text = String::from_utf8(STANDARD.decode(cursor).ok()?).ok()?;
    text.strip_prefix(cursor_field(kind))?.strip_prefix(':')?.parse().ok()
}
