//! What every row of a page carries, and what is the same in writing all of them.

use std::{collections::HashMap, hash::Hash};

use crate::store::db;

/// What every row of a page carries.
#[derive(Clone, Copy)]
pub(crate) struct Stamp {
    pub(crate) connection: i64,
    pub(crate) generation: i64,
    pub(crate) now: i64,
    /// When the reading of the page began.
    pub(crate) read_at: i64,
    /// The page as it is known from now on, when it may come again unchanged.
    pub(crate) page: Option<i64>,
}

impl Stamp {
    /// Binds what an upsert has before a row's own columns.
    pub(crate) fn bind(self, query: db::Query) -> db::Query {
        query.bind(self.connection).bind(self.generation).bind(self.now).bind(self.read_at).bind(self.page)
    }

    /// Binds what the statement that marks unchanged rows needs before its keys.
    pub(crate) fn bind_seen(self, query: db::Query) -> db::Query {
        let query = query.bind(self.generation).bind(self.read_at).bind(self.page).bind(self.connection);
        query.bind(self.generation).bind(self.read_at).bind(self.page)
    }
}

/// If a page has a record twice, only the later counts.
pub(crate) fn last_of_each<'r, R, K: Hash + Eq>(rows: &'r [R], key: impl Fn(&'r R) -> K) -> Vec<&'r R> {
    let last: HashMap<K, usize> = rows.iter().enumerate().map(|(at, row)| (key(row), at)).collect();
    rows.iter().enumerate().filter(|(at, row)| last.get(&key(row)) == Some(at)).map(|(_, row)| row).collect()
}
