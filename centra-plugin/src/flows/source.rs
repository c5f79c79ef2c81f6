//! The connection as the flows read it: its client, its settings, and lists read row by row.

use std::sync::{Mutex, PoisonError};

use connector_api::{ConnectorError, ErrorCode, domain::Timestamp, wire::pull::Page};
use serde::de::DeserializeOwned;
use serde_json::{Value, json, value::RawValue};

pub use super::rows::{CUT, OTHER_STORE, RawRows, Roots, leave_out, note, pass_over, read_rows, report_cut, rows_of};
use super::{
    kept_campaigns::Kept,
    place::{MOST_ROWS, Place, may_be_capped},
    pull::Abandoned,
    window::by_page,
};
use crate::{
    checkout::Checkout,
    client::{Asked, Client, LostPart, Reply, Variables},
    error,
    form::Chosen,
    map::store::CONSUMER,
    operation::Operation,
    storefront::Storefront,
    wire::store::Store,
};

/// How many rows an unpaged root list returns, silently.
pub const SILENT_LIMIT: usize = 20;

/// Most rows of a list that is small by its nature.
const MOST_IN_ALL: usize = 20_000;

/// One connection.
#[derive(Debug)]
pub struct Source {
    /// The platform.
    pub client: Client,
    /// The settings.
    pub chosen: Chosen,
    /// Abandoned pages.
    pub abandoned: Abandoned,
    /// Campaigns as they were last read.
    pub campaigns: Kept,
    /// The Checkout API, for prices.
    pub checkout: Checkout,
    /// The Storefront API.
    pub storefront: Storefront,
    store: Mutex<Option<i64>>,
}

/// One page of a list that is read by page number.
#[derive(Debug, Default)]
pub struct ListPage {
    /// The rows.
    pub rows: RawRows,
    /// What the platform failed to give.
    pub lost: Vec<LostPart>,
    /// Where there may be another page.
    pub next: Option<Place>,
    /// Whether the list can be read at all.
    pub readable: bool,
    /// Whether the platform may have cut it.
    pub may_be_cut: bool,
}

impl Source {
    /// A connection with its settings.
    pub fn new(client: Client, chosen: Chosen, checkout: Checkout, storefront: Storefront) -> Self {
        let (abandoned, campaigns) = (Abandoned::default(), Kept::default());
        Self { client, chosen, abandoned, campaigns, checkout, storefront, store: Mutex::default() }
    }

    /// The store to read: the chosen one, else the first that sells to people.
    pub async fn store(&self) -> Result<Option<i64>, ConnectorError> {
        let known = self.chosen.store.or(*self.store.lock().unwrap_or_else(PoisonError::into_inner));
        if known.is_some() {
            return Ok(known);
        }
        let (stores, _) =
            self.all_there_are::<Store>(Operation::Stores, "stores", &Variables::new(), &mut Page::default()).await?;
        let found = stores.iter().find(|store| store.kind.as_deref() == Some(CONSUMER)).map(|store| store.id);
        *self.store.lock().unwrap_or_else(PoisonError::into_inner) = found;
        Ok(found)
    }

    /// From when on changes are asked for, by the platform's clock: what a host whose clock is ahead calls a minute ago may not have come
    /// yet over there.
    pub fn since(&self, since: Option<Timestamp>) -> Option<Timestamp> {
        let since = since?;
        // By the minute, so that all pages of a pass ask for the same.
        let ahead = self.client.clock_ahead_s().unwrap_or(0).max(0).div_euclid(60);
        Some(if ahead > 0 { since.plus_seconds(-60 * (ahead + 1)) } else { since })
    }

    /// Reads this store from now on, unless the settings name one.
    pub fn use_store(&self, store: i64) {
        *self.store.lock().unwrap_or_else(PoisonError::into_inner) = Some(store);
    }

    /// The variable every list of a store is narrowed by.
    pub async fn of_store(&self) -> Result<Variables, ConnectorError> {
        let mut variables = Variables::new();
        if let Some(store) = self.store().await? {
            variables.insert("store", json!([store]));
        }
        Ok(variables)
    }

    /// The beginning of a list that is read by page number, in pages that fit and are no larger than the caller wants.
    pub async fn start(&self, operation: Operation, limit: u32) -> Result<Place, ConnectorError> {
        let most = Place::start(limit).most;
        Ok(Place { most, ..Place::start(self.client.fitting_rows(operation).await?.min(most)) })
    }

    /// Where to go on after a page of so many rows: the size follows what was charged.
    pub async fn following(
        &self,
        operation: Operation,
        place: Place,
        rows: usize,
    ) -> Result<Option<Place>, ConnectorError> {
        let fits = self.client.fitting_rows(operation).await?;
        Ok(place.after(rows).map(|next| next.within(fits)))
    }

    /// Reads one page of a root list. A row that cannot be read is passed over, and counted in `page`.
    pub async fn list(
        &self,
        operation: Operation,
        root: &str,
        variables: &Variables,
        place: Place,
        page: &mut Page,
    ) -> Result<ListPage, ConnectorError> {
        if !self.can_read(operation, root, variables).await? {
            return Ok(ListPage::default());
        }
        let (reply, place) = match by_page::<Roots>(&self.client, operation, &[root], variables, place, page).await {
            Ok(read) => read,
            Err(failure) => return self.unreadable(operation, root, variables, failure).await,
        };
        let paged = reply.query.paged_roots.contains(root);
        let list = list_of(reply, root)?;
        let next = if paged { self.following(operation, place, list.rows.len()).await? } else { None };
        Ok(ListPage { next, may_be_cut: !paged && list.rows.len() == SILENT_LIMIT, ..list })
    }

    /// Reads the rows that a filter leaves, at most `size`, all or none.
    pub async fn named(
        &self,
        operation: Operation,
        root: &str,
        variables: &Variables,
        size: u32,
    ) -> Result<ListPage, ConnectorError> {
        if !self.can_read(operation, root, variables).await? {
            return Ok(ListPage::default());
        }
        let mut variables = variables.clone();
        variables.extend([("limit", json!(size)), ("page", json!(1))]);
        match self.client.ask::<Roots>(operation, &variables, size).await {
            Ok(reply) => list_of(reply, root),
            Err(failure) => self.unreadable(operation, root, &variables, failure).await,
        }
    }

    /// Reads the rows that references name, all or none; `None` when the list cannot be read. `variable` takes the
    /// references.
    pub async fn by_refs<T: DeserializeOwned>(
        &self,
        operation: Operation,
        root: &str,
        variable: &'static str,
        refs: &[Value],
    ) -> Result<Option<Vec<T>>, ConnectorError> {
        let fits = self.client.fitting_rows(operation).await?.max(1) as usize;
        let mut waiting: Vec<&[Value]> = refs.chunks(fits).rev().collect();
        let mut found = vec![];
        while let Some(refs) = waiting.pop() {
            let mut variables = Variables::from([(variable, json!(refs))]);
            if !self.can_read(operation, root, &variables).await? {
                return Ok(None);
            }
            let size = u32::try_from(refs.len()).unwrap_or(1);
            variables.extend([("limit", json!(size)), ("page", json!(1))]);
            let list = match self.client.ask_rows::<Roots>(operation, &variables, size, &[root]).await {
                Ok(Asked::Answered(reply)) => list_of(reply, root)?,
                Ok(Asked::Fewer(_)) => {
                    let (first, second) = refs.split_at(refs.len() / 2);
                    waiting.extend([second, first]);
                    continue;
                }
                Ok(Asked::RowLost(failure)) => return Err(failure),
                Err(failure) => self.unreadable(operation, root, &variables, failure).await?,
            };
            if !list.readable {
                return Ok(None);
            }
            if may_be_capped(list.rows.len(), refs.len()) {
                let (first, second) = refs.split_at(refs.len() / 2);
                waiting.extend([second, first]);
                continue;
            }
            let mut record = Page::default();
            found.extend(read_rows::<T>(list.rows, &list.lost, &[root], &mut record));
            if record.skipped > 0 {
                return Err(error::answer_invalid("lacks parts of what was requested"));
            }
        }
        Ok(Some(found))
    }

    /// Whether the token or the schema does not let delivery methods be read: the list is empty then, and means nothing.
    pub async fn options_are_hidden(&self) -> Result<bool, ConnectorError> {
        Ok(!self.can_read(Operation::ShippingOptions, "shippingOptions", &self.of_store().await?).await?)
    }

    async fn can_read(&self, operation: Operation, root: &str, variables: &Variables) -> Result<bool, ConnectorError> {
        let mut variables = variables.clone();
        variables.extend([("limit", json!(1)), ("page", json!(1))]);
        Ok(self.client.fitted(operation, &variables).await?.has(root))
    }

    /// That the list is lost may be found out only by asking.
    async fn unreadable(
        &self,
        operation: Operation,
        root: &str,
        variables: &Variables,
        failure: ConnectorError,
    ) -> Result<ListPage, ConnectorError> {
        let reported = matches!(failure.code, ErrorCode::PermissionMissing | ErrorCode::SchemaIncompatible);
        let lost = reported && self.can_read(operation, root, variables).await.is_ok_and(|can| !can);
        if lost { Ok(ListPage::default()) } else { Err(failure) }
    }

    /// Reads a whole small list, as far as the platform gives it; rows that cannot be read fail it.
    pub async fn all<T: DeserializeOwned>(
        &self,
        operation: Operation,
        root: &str,
        variables: &Variables,
    ) -> Result<Vec<T>, ConnectorError> {
        Ok(self.all_or_cut(operation, root, variables).await?.0)
    }

    /// The same, and whether the platform may have cut it.
    pub async fn all_or_cut<T: DeserializeOwned>(
        &self,
        operation: Operation,
        root: &str,
        variables: &Variables,
    ) -> Result<(Vec<T>, bool), ConnectorError> {
        let mut record = Page::default();
        let all = self.all_there_are(operation, root, variables, &mut record).await?;
        if record.skipped > 0 {
            return Err(error::answer_invalid(&format!("to `{}` lacks parts", operation.name())));
        }
        Ok(all)
    }

    /// The same; rows that cannot be read are passed over, and counted in `page`.
    pub async fn all_there_are<T: DeserializeOwned>(
        &self,
        operation: Operation,
        root: &str,
        variables: &Variables,
        page: &mut Page,
    ) -> Result<(Vec<T>, bool), ConnectorError> {
        let (mut found, mut may_be_cut, mut read) = (vec![], false, 0);
        let mut next = Some(self.start(operation, MOST_ROWS).await?);
        let mut before: Vec<String> = vec![];
        while let Some(place) = next {
            let list = self.list(operation, root, variables, place, page).await?;
            let text = |row: &Option<Box<RawValue>>| row.as_ref().map(|row| row.get().to_owned()).unwrap_or_default();
            let rows: Vec<String> = list.rows.iter().map(text).collect();
            if place.done() > 0 && !rows.is_empty() && rows == before {
                return Err(error::stuck(root));
            }
            // What is not readable counts, too: it must not be read for ever either.
            read += rows.len();
            before = rows;
            found.extend(read_rows::<T>(list.rows, &list.lost, &[root], page));
            if read > MOST_IN_ALL {
                return Err(error::stuck(root));
            }
            may_be_cut |= list.may_be_cut;
            next = list.next;
        }
        Ok((found, may_be_cut))
    }
}

/// The rows of a root list. Null is none, unless something was lost.
fn list_of(reply: Reply<Roots>, root: &str) -> Result<ListPage, ConnectorError> {
    let mut data = reply.data;
    let list = data.remove(root).flatten();
    if list.is_none() && !reply.lost.is_empty() {
        return Err(error::answer_invalid(&format!("contains nothing of `{root}`")));
    }
    let readable = reply.query.has(root);
    Ok(ListPage { rows: rows_of(list.as_deref())?, lost: reply.lost, readable, ..ListPage::default() })
}
