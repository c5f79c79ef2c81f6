//! The connection as the flows read it: its client, its settings, and lists read row by row.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use connector_api::{
    ConnectorError, ErrorCode,
    wire::pull::{Notice, Page},
};
use serde::de::DeserializeOwned;
use serde_json::{json, value::RawValue};

use crate::{
    client::{Client, LostPart, Variables},
    form::Chosen,
    map::store::CONSUMER,
    operation::Operation,
    wire::store::Store,
};

/// Rows as they came; null where the platform failed to give one.
pub type RawRows = Vec<Option<Box<RawValue>>>;

/// The data of an answer by root field.
pub type Roots = BTreeMap<String, Option<Box<RawValue>>>;

/// Sizes of pages read by number. Each divides the next, mostly, so that a smaller one can take over in mid-list.
const PAGE_SIZES: &[u32] = &[200, 100, 50, 25, 10, 5, 2, 1];

/// How many rows an unpaged root list returns, silently.
const SILENT_LIMIT: usize = 20;

/// One connection.
#[derive(Debug)]
pub struct Source {
    /// The platform.
    pub client: Client,
    /// The settings.
    pub chosen: Chosen,
    store: Mutex<Option<i64>>,
}

/// One page of a list that is read by page number.
#[derive(Debug)]
pub struct ListPage {
    /// The rows.
    pub rows: RawRows,
    /// What the platform failed to give.
    pub lost: Vec<LostPart>,
    /// Whether there may be another page.
    pub more: bool,
    /// Whether the list can be read at all.
    pub readable: bool,
    /// Whether the platform may have cut it.
    pub may_be_cut: bool,
}

impl Source {
    /// A connection with its settings.
    pub fn new(client: Client, chosen: Chosen) -> Self {
        Self { client, chosen, store: Mutex::default() }
    }

    /// The store to read: the chosen one, else the first that sells to people.
    pub async fn store(&self) -> Result<Option<i64>, ConnectorError> {
        let known = self.chosen.store.or(*self.store.lock().unwrap_or_else(PoisonError::into_inner));
        if known.is_some() {
            return Ok(known);
        }
        let stores: Vec<Store> = self.all(Operation::Stores, "stores", &Variables::new()).await?;
        let found = stores.iter().find(|store| store.kind.as_deref() == Some(CONSUMER)).map(|store| store.id);
        *self.store.lock().unwrap_or_else(PoisonError::into_inner) = found;
        Ok(found)
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

    /// The largest page size by number that fits, and no larger than the caller wants.
    pub async fn page_size(&self, operation: Operation, limit: u32) -> Result<u32, ConnectorError> {
        let most = self.client.fitting_rows(operation).await?.min(limit.max(1));
        Ok(PAGE_SIZES.iter().copied().find(|size| *size <= most).unwrap_or(1))
    }

    /// Where to go on after `page` of `size` rows: the next page, smaller when what was charged asks for it.
    pub async fn next_window(&self, operation: Operation, page: u32, size: u32) -> Result<(u32, u32), ConnectorError> {
        let fits = self.client.fitting_rows(operation).await?;
        Ok(next_window(page, size, fits))
    }

    /// Reads one page of a root list.
    pub async fn list(
        &self,
        operation: Operation,
        root: &str,
        variables: &Variables,
        page: u32,
        size: u32,
    ) -> Result<ListPage, ConnectorError> {
        let mut variables = variables.clone();
        variables.insert("limit", json!(size));
        variables.insert("page", json!(page));
        let unreadable = ListPage { rows: vec![], lost: vec![], more: false, readable: false, may_be_cut: false };
        if !self.client.fitted(operation, &variables).await?.has(root) {
            return Ok(unreadable);
        }
        let reply = match self.client.ask::<Roots>(operation, &variables, size).await {
            Ok(reply) => reply,
            // That the list is lost may be found out only by asking.
            Err(failure) => {
                let told = matches!(failure.code, ErrorCode::PermissionMissing | ErrorCode::SchemaIncompatible);
                let lost = told && self.client.fitted(operation, &variables).await.is_ok_and(|query| !query.has(root));
                return if lost { Ok(unreadable) } else { Err(failure) };
            }
        };
        let paged = reply.query.paged_roots.contains(root);
        let mut data = reply.data;
        let rows = rows_of(data.remove(root).flatten().as_deref())?;
        Ok(ListPage {
            more: paged && rows.len() >= size as usize,
            readable: reply.query.has(root),
            may_be_cut: !paged && rows.len() == SILENT_LIMIT,
            lost: reply.lost,
            rows,
        })
    }

    /// Reads a whole small list; rows that cannot be read fail it.
    pub async fn all<T: DeserializeOwned>(
        &self,
        operation: Operation,
        root: &str,
        variables: &Variables,
    ) -> Result<Vec<T>, ConnectorError> {
        let size = self.page_size(operation, 200).await?;
        let (mut found, mut page) = (vec![], 1);
        loop {
            let list = self.list(operation, root, variables, page, size).await?;
            let mut record = Page::default();
            found.extend(read_rows::<T>(list.rows, &list.lost, &[root], &mut record));
            if record.skipped > 0 {
                return Err(crate::error::answer_invalid(&format!("to `{}` lacks parts", operation.name())));
            }
            if !list.more {
                return Ok(found);
            }
            page += 1;
        }
    }
}

fn next_window(page: u32, size: u32, fits: u32) -> (u32, u32) {
    let done = page.saturating_mul(size);
    let smaller = PAGE_SIZES.iter().copied().filter(|candidate| done.is_multiple_of(*candidate));
    let size = if size <= fits { size } else { smaller.filter(|candidate| *candidate <= fits).max().unwrap_or(1) };
    (done / size + 1, size)
}

/// The rows of a list, or none when it is null.
pub fn rows_of(list: Option<&RawValue>) -> Result<RawRows, ConnectorError> {
    let Some(list) = list else { return Ok(vec![]) };
    serde_json::from_str::<Option<RawRows>>(list.get())
        .map(Option::unwrap_or_default)
        .map_err(|_| crate::error::answer_invalid("holds no list where one was asked for"))
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
                note(page, "record_unreadable", "A record has a form this connector does not know, and was left out.");
            }
            None => {
                page.skipped += 1;
                note(page, "record_lost", "Centra failed to give a record completely, several times; it was left out.");
            }
        }
    }
    found
}

/// Adds a notice once.
pub fn note(page: &mut Page, code: &str, message: &str) {
    if !page.notices.iter().any(|notice| notice.code == code) {
        page.notices.push(Notice { code: code.to_owned(), message: message.to_owned() });
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_smaller_page_takes_over_exactly_where_the_larger_one_ended(page in 1_u32..5_000, index in 0_usize..PAGE_SIZES.len(), fits in 1_u32..=200) {
            let size = PAGE_SIZES[index];
            let (next, smaller) = next_window(page, size, fits);
            prop_assert_eq!((next - 1) * smaller, page * size);
            prop_assert!(smaller <= size.min(fits));
        }
    }
}
